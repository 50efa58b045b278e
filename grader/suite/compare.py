"""``same``: compare what came back with what was expected, and say the first difference in words.

Trusted side. In order: type, shape, dtype, device, values, requires_grad, so that a message names the
difference that explains the others.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import torch

from grader.wire.messages import sent
from grader.words import shown

# (relative, absolute): wide enough for sums in another order, too narrow for another precision.
_TOLERANCE = {
    torch.float64: (1e-9, 1e-10),
    torch.complex128: (1e-9, 1e-10),
    torch.float32: (1e-4, 1e-5),
    torch.complex64: (1e-4, 1e-5),
    torch.float16: (1e-2, 1e-3),
    torch.bfloat16: (2e-2, 1e-2),
}
_EXACT = (0.0, 0.0)
_PIECE = 1 << 18  # values that are compared at a time: what that takes does not grow with a tensor
_MANY_KEYS = 600  # characters for the keys of a dict


class Mismatch(AssertionError):
    """What came back is not what was expected; ``hint`` is the author's word on what to look at."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def same(
    got: Any,
    expected: Any,
    *,
    called: str = "",
    hint: str = "",
    rtol: float | None = None,
    atol: float | None = None,
    requires_grad: bool = True,
) -> None:
    """Raise Mismatch unless ``got`` equals ``expected`` in type, shape, dtype, device and values.

    ``called`` is what was called, in the student's words: ``"MLP([3, 4, 2])(x)"``. Where a dict is compared,
    its keys name what is compared (``{"the gradient of x": ...}``), and must be the same on both sides.
    ``rtol`` and ``atol`` replace the tolerances that go with the dtype; numbers that are not tensors are
    compared as float64 where one of the two is a float. ``requires_grad=False`` leaves that out.
    """
    _Comparison(called, hint, rtol, atol, requires_grad).compare(got, expected, "")


class _Comparison:
    def __init__(
        self, called: str, hint: str, rtol: float | None, atol: float | None, requires_grad: bool
    ) -> None:
        self.called = called
        self.hint = hint
        self.rtol = rtol
        self.atol = atol
        self.requires_grad = requires_grad

    def fail(self, where: str, found: str, expected: str, hint: str = "") -> NoReturn:
        """Raise the Mismatch: ``found`` continues a sentence on what came back."""
        if where:
            start = f"After {self.called.rstrip(',')}, {where}" if self.called else where
            verb = "is"
        else:
            start, verb = (self.called or "The call"), "returned"
        message = f"{start} {verb} {found}; expected {expected}."
        raise Mismatch(message[0].upper() + message[1:] if not self.called else message, hint or self.hint)

    def compare(self, got: Any, expected: Any, where: str) -> None:
        if isinstance(expected, torch.Tensor) and isinstance(got, torch.Tensor):
            self.tensors(got, expected, where)
        elif isinstance(expected, dict) and isinstance(got, dict):
            self.dicts(got, expected, where)
        elif isinstance(expected, (list, tuple)) and type(got) is type(expected):
            self.sequences(got, expected, where)
        elif _is_number(expected) and _is_number(got) and float in (type(expected), type(got)):
            self.numbers(got, expected, where)
        elif type(got) is not type(expected):
            self.fail(where, describe(got), describe(expected), _forgotten(got, where))
        elif got != expected:
            self.fail(where, describe(got), describe(expected))

    def dicts(self, got: dict[Any, Any], expected: dict[Any, Any], where: str) -> None:
        if got.keys() != expected.keys():
            keys, right = (shown(list(keys), _MANY_KEYS) for keys in (got, expected))
            self.fail(where, f"a dict with the keys {keys}", f"the keys {right}")
        for key, value in expected.items():
            name = str(key) if not where else f"{where}[{key!r}]"
            self.compare(got[key], value, name)

    def sequences(self, got: Any, expected: Any, where: str) -> None:
        if _short(got) and _short(expected):
            if got != expected:
                self.fail(where, shown(got), shown(expected))
            return
        if len(got) != len(expected):
            self.fail(where, f"a {type(got).__name__} of length {len(got)}", f"length {len(expected)}")
        for index, (item, want) in enumerate(zip(got, expected, strict=True)):
            self.compare(item, want, f"{where or 'the result'}[{index}]")

    def numbers(self, got: float, expected: float, where: str) -> None:
        rtol, atol = self.tolerance(torch.float64)
        close = math.isclose(got, expected, rel_tol=rtol, abs_tol=atol)
        if not close and not (math.isnan(got) and math.isnan(expected)):
            self.fail(where, f"{got:.8g}", f"{expected:.8g}")

    def tolerance(self, dtype: torch.dtype) -> tuple[float, float]:
        rtol, atol = _TOLERANCE.get(dtype, _EXACT)
        return (self.rtol if self.rtol is not None else rtol, self.atol if self.atol is not None else atol)

    def tensors(self, got: torch.Tensor, expected: torch.Tensor, where: str) -> None:
        if got.shape != expected.shape:
            self.fail(where, f"a tensor of shape {_shape(got)}", f"shape {_shape(expected)}")
        if got.dtype != expected.dtype:
            self.fail(where, f"a tensor of dtype {got.dtype}", f"{expected.dtype}")
        if sent(got).device != sent(expected).device:
            self.fail(where, f"a tensor on {sent(got).device}", f"one on {sent(expected).device}")
        self.values(got.detach(), expected.detach(), where)
        if self.requires_grad and got.requires_grad != expected.requires_grad:
            if expected.requires_grad:
                self.fail(
                    where, "a tensor without requires_grad: it is cut off from the graph", "one with it"
                )
            self.fail(where, "a tensor with requires_grad", "one without it")

    def values(self, got: torch.Tensor, expected: torch.Tensor, where: str) -> None:
        if torch.equal(got, expected):
            return
        close = self.tolerance(expected.dtype)
        count, farthest, index = 0, -1.0, 0
        flat, right_flat = got.reshape(-1), expected.reshape(-1)
        for start in range(0, flat.numel(), _PIECE):
            piece = slice(start, start + _PIECE)
            wrong, distance, at_here = _differences(flat[piece], right_flat[piece], *close)
            count += wrong
            if wrong and distance > farthest:
                farthest, index = distance, start + at_here
        if not count:
            return
        found, right = _told_apart(flat[index].item(), right_flat[index].item())
        if got.ndim == 0:
            self.fail(where, f"a tensor of value {found}", right)
        at = [int(i) for i in torch.unravel_index(torch.tensor(index), got.shape)]
        share = (
            "all values are wrong" if count == got.numel() else f"{count} of {got.numel()} values are wrong"
        )
        self.fail(
            where,
            f"a tensor of the right shape {_shape(got)}, but {share}: at {at} it holds {found}",
            f"{right} there",
        )


def _differences(
    got: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float
) -> tuple[int, float, int]:
    """Return how many values differ, and how far apart the two are that differ most, and where these are."""
    if got.is_floating_point() or got.is_complex():
        wrong = ~torch.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    else:
        wrong = got != expected
    count = int(wrong.sum())
    if not count:
        return 0, 0.0, 0
    distance = torch.where(wrong, (got.to(torch.complex128) - expected.to(torch.complex128)).abs(), -1.0)
    distance = torch.nan_to_num(distance, nan=math.inf, posinf=math.inf)
    at = int(distance.argmax())
    return count, float(distance[at]), at


def describe(value: Any) -> str:
    """A value in a few words, for a message: shapes for tensors, the value itself where it is short."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {_shape(value)} and dtype {value.dtype}"
    if value is None:
        return "None"
    text = shown(value, 121)
    if len(text) > 120 or _holds_tensors(value):
        return (
            f"a {type(value).__name__} of length {len(value)}"
            if hasattr(value, "__len__")
            else text[:117] + "…"
        )
    return text if isinstance(value, (str, bool, list, tuple, dict)) else f"{text} ({type(value).__name__})"


def _holds_tensors(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(isinstance(item, torch.Tensor) for item in items)


def _forgotten(got: Any, where: str) -> str:
    """A hint for a None that was returned; a gradient is None without any `return` being forgotten."""
    return "does the function end without a `return`?" if got is None and "grad" not in where else ""


def _told_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Two numbers with as few digits as show that they differ, and at least six."""
    for digits in (6, 9, 12):
        texts = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return shown(got), shown(expected)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _short(items: Any) -> bool:
    """Whether a message can show all of ``items``, and they are compared exactly."""
    return len(items) <= 12 and all(type(item) in (int, str, bool, type(None)) for item in items)


def _shape(tensor: torch.Tensor) -> str:
    return str(tuple(tensor.shape))
