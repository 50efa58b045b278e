"""What a snippet did, as plain data for JSON, and how two such outcomes differ.

An outcome is ``{"returns": data}`` or ``{"raises": "RuntimeError", "message": first line of the error}``. In data a
tensor is ``{"device", "dtype", "shape", "value"}``, where complex numbers are pairs and what is not finite is
"nan", "inf" or "-inf". An expectation may have ``"contains"``, a list of certain pieces, in place of a message whose
exact words are not certain, and says ``"sure": false`` where it may be wrong. Dicts with a tensor's four keys are
compared as tensors.
"""

import math
import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

TENSOR = {"device", "dtype", "shape", "value"}
LOW_PRECISION = {"float16", "bfloat16"}


def run(function: Callable[[], Any]) -> dict[str, Any]:
    """Calls the snippet and describes what came of it; leaves torch's settings as they were."""
    with undisturbed():
        try:
            return {"returns": plain(function())}
        except Unrepresentable:
            raise
        except Exception as error:
            lines = str(error).splitlines() or [""]
            return {"raises": type(error).__name__, "message": lines[0]}


@contextmanager
def undisturbed() -> Iterator[None]:
    """Seeds to begin with; afterwards seed, default device, current device and default dtype as before.

    Warnings are off: on real CUDA some come once per process, and would make outcomes depend on the order.
    """
    dtype, states = torch.get_default_dtype(), (random.getstate(), torch.get_rng_state())
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_default_device(None)
            torch.set_default_dtype(dtype)
            random.setstate(states[0])
            torch.set_rng_state(states[1])
            if torch.cuda.is_available():
                torch.cuda.set_device(0)


class Unrepresentable(Exception):
    """The snippet returned what the table cannot hold: a mistake in the snippet."""


def plain(value: Any) -> Any:
    """The value as data for JSON."""
    if isinstance(value, torch.Tensor):
        return describe(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):  # a torch.Size is a tuple
        return [plain(item) for item in value]
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise Unrepresentable(f"the snippet returned a {type(value).__name__}, which the table cannot hold")


def describe(tensor: torch.Tensor) -> dict[str, Any]:
    """A tensor's device, dtype, shape and values; the values by way of a copy in host memory."""
    copy = tensor.detach().cpu()
    if copy.is_complex():
        copy = torch.view_as_real(copy)
    if plain(copy.dtype) in LOW_PRECISION:
        copy = copy.float()
    return {
        "device": str(tensor.device),
        "dtype": plain(tensor.dtype),
        "shape": list(tensor.shape),
        "value": plain(copy.tolist()),
    }


def differences(got: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Sentences on how an outcome differs from the expected one; none where it does not."""
    if "raises" in got and "raises" in expected:
        return list(_error_differences(got, expected))
    if "raises" in got:
        return [
            f"it raised {got['raises']}: {got['message']!r}; expected was the result {expected['returns']!r}"
        ]
    if "raises" in expected:
        words = expected.get("message", expected.get("contains"))
        return [f"it returned {got['returns']!r}; expected was {expected['raises']}: {words!r}"]
    return list(_data_differences(got["returns"], expected["returns"], "the result", 1e-4))


def _error_differences(got: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    if got["raises"] != expected["raises"]:
        yield f"it raised {got['raises']}, expected was {expected['raises']} (its message: {got['message']!r})"
    if "message" in expected and got["message"] != expected["message"]:
        yield f"the message is {got['message']!r}, expected was {expected['message']!r}"
    for piece in expected.get("contains", []):
        if piece not in got["message"]:
            yield f"the message is {got['message']!r}, expected were the words {piece!r} in it"


def _data_differences(got: Any, expected: Any, where: str, tolerance: float) -> Iterator[str]:
    """Walks through both; ``where`` names the place, ``tolerance`` is relative."""
    if isinstance(got, dict) and isinstance(expected, dict):
        if got.keys() != expected.keys():
            yield f"{where} has the keys {list(got)}, expected were {list(expected)}"
            return
        if got.keys() == TENSOR and got["dtype"] in LOW_PRECISION:
            tolerance = 1e-2
        for key in expected:
            place = f"{key} of {where}" if got.keys() == TENSOR else f"{where}[{key!r}]"
            yield from _data_differences(got[key], expected[key], place, tolerance)
    elif isinstance(got, list) and isinstance(expected, list):
        if len(got) != len(expected):
            yield f"{where} has {len(got)} items ({got!r}), expected were {len(expected)} ({expected!r})"
            return
        for index, (one, other) in enumerate(zip(got, expected, strict=True)):
            yield from _data_differences(one, other, f"{where}[{index}]", tolerance)
    elif not _same(got, expected, tolerance):
        yield f"{where} is {got!r}, expected was {expected!r}"


def _same(got: Any, expected: Any, tolerance: float) -> bool:
    """Equal, of the same type, floats nearly; True is not 1, and 1 is not 1.0."""
    if type(got) is not type(expected):
        return False
    if isinstance(got, float):
        return math.isclose(got, expected, rel_tol=tolerance, abs_tol=1e-6)
    return bool(got == expected)
