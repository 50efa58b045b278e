"""Functions of torch whose C++ code looks at devices by itself, and so has to be told the simulated ones."""

from __future__ import annotations

import functools
import operator
from typing import Any

import torch
import torch.backends.cudnn
from torch import _VF
from torch._library import simple_registry
from torch.autograd.function import BackwardCFunction

from grader.simcuda.dispatch import Dispatch
from grader.simcuda.machine import HOST, cuda_error, current, device_at, index_of
from grader.simcuda.moves import moved

_make_grads = torch.autograd._make_grads
_parse_to = torch._C._nn._parse_to
_group = torch._C._group_tensors_by_device_and_dtype
_apply = torch.autograd.Function.__dict__["apply"].__func__
_backward_apply = BackwardCFunction.apply
_find_rule: Any = getattr(simple_registry, "find_torch_dispatch_rule", None)  # since torch 2.6
_is_acceptable = torch.backends.cudnn.is_acceptable
_one_hot = torch._C._nn.one_hot


# --- autograd's checks: validate_outputs in torch/csrc/autograd/engine.cpp ----------------------------------


def _wrong_gradient(where: str, position: int, expected: int, got: int) -> RuntimeError:
    return RuntimeError(
        f"{where}invalid gradient at index {position} - expected device {device_at(expected)} "
        f"but got {device_at(got)}"
    )


@functools.wraps(_make_grads)
def _checked_grads(outputs: Any, grads: Any, *args: Any, **kwargs: Any) -> Any:
    """The gradients that a backward pass starts from must be where their outputs are."""
    made = _make_grads(outputs, grads, *args, **kwargs)
    if current() is not None:
        for position, (output, grad) in enumerate(zip(outputs, made, strict=False)):
            if isinstance(output, torch.Tensor) and isinstance(grad, torch.Tensor) and grad.dim():
                expected, got = max(index_of(output), HOST), max(index_of(grad), HOST)
                if expected != got:
                    raise _wrong_gradient("", position, expected, got)
    return made


def _noted_apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """``Function.apply``, noting where its inputs are for when its gradients come."""
    result = _apply(cls, *args, **kwargs)
    if current() is not None:
        outputs = result if isinstance(result, tuple) else (result,)
        node: Any = next(
            (out.grad_fn for out in outputs if isinstance(out, torch.Tensor) and out.grad_fn is not None),
            None,
        )
        if isinstance(node, BackwardCFunction):
            places = [max(index_of(arg), HOST) if isinstance(arg, torch.Tensor) else None for arg in args]
            vars(node)["_simcuda_inputs"] = places
    return result


@functools.wraps(_backward_apply)
def _checked_backward(self: Any, *grads: Any) -> Any:
    """What a Function's backward returns must be where its inputs are; a 0-dim gradient is moved."""
    result = _backward_apply(self, *grads)
    places = getattr(self, "_simcuda_inputs", None)
    if current() is None or places is None:
        return result
    checked = list(result) if isinstance(result, tuple) else [result]
    for position, (grad, expected) in enumerate(zip(checked, places, strict=False)):
        if isinstance(grad, torch.Tensor) and expected is not None and max(index_of(grad), HOST) != expected:
            if grad.dim():
                raise _wrong_gradient(
                    f"Function {type(self).__name__} returned an ",
                    position,
                    expected,
                    max(index_of(grad), HOST),
                )
            checked[position] = moved(grad, expected)
    return tuple(checked) if isinstance(result, tuple) else checked[0]


# --- Module.to(tensor), foreach optimizers, recurrent networks ----------------------------------------------


def _parsed(*args: Any, **kwargs: Any) -> Any:
    """``Module.to(tensor)`` means the tensor's device and dtype."""
    other = args[0] if args else kwargs.get("tensor")
    if current() is not None and isinstance(other, torch.Tensor):
        rest = {key: value for key, value in kwargs.items() if key != "tensor"}
        return _parse_to(other.device, other.dtype, *args[1:], **rest)
    return _parse_to(*args, **kwargs)


def _grouped(lists: Any, with_indices: bool = False) -> Any:
    """The tensors of equal positions in ``lists``, by the device and dtype of the first list's."""
    if current() is None:
        return _group(lists, with_indices)
    groups: dict[tuple[torch.device, torch.dtype], tuple[list[list[Any]], list[int]]] = {}
    for position, row in enumerate(zip(*(items or [None] * len(lists[0]) for items in lists), strict=True)):
        index, dtype = index_of(row[0]), row[0].dtype
        for other in row[1:]:
            if other is None or (index_of(other) == index and other.dtype is dtype):
                continue
            if index_of(other) != HOST or other.dtype not in (torch.float32, torch.float64):
                raise RuntimeError(
                    "Tensors of the same index must be on the same device and the same dtype except `step` "
                    "tensors that can be CPU and float32/64, and optimizer states that can be bfloat16 for "
                    "mixed-precision training"
                )
        columns, positions = groups.setdefault((device_at(index), dtype), ([[] for _ in lists], []))
        for column, item, items in zip(columns, row, lists, strict=True):
            if items:
                column.append(item)
        if with_indices:
            positions.append(position)
    return groups


def _recurrent(name: str) -> Any:
    """A recurrent network's function, with the device checks of ATen/native/RNN.cpp before it."""
    original = getattr(_VF, name)

    @functools.wraps(original)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if current() is not None:
            hidden = args[1] if isinstance(args[1], (list, tuple)) else [args[1]]
            if isinstance(args[3], (list, tuple)):  # packed: data, batch_sizes, hidden, parameters
                hidden = args[2] if isinstance(args[2], (list, tuple)) else [args[2]]
            own = index_of(args[0])
            parameters = next((value for value in args[2:] if isinstance(value, (list, tuple))), [])
            for kind, tensors in (("hidden", hidden), ("parameter", parameters)):
                for tensor in tensors:
                    if isinstance(tensor, torch.Tensor) and index_of(tensor) != own:
                        raise RuntimeError(
                            f"Input and {kind} tensors are not at the same device, found input tensor at "
                            f"{device_at(own)} and {kind} tensor at {device_at(index_of(tensor))}"
                        )
        return original(*args, **kwargs)

    return checked


@functools.wraps(_is_acceptable)
def _acceptable(tensor: torch.Tensor) -> bool:
    return False if current() is not None else _is_acceptable(tensor)  # no cuDNN here, and no warning of it


@functools.wraps(_one_hot)
def _one_hot_of(input: torch.Tensor, num_classes: Any = -1) -> torch.Tensor:
    """ATen/native/Onehot.cpp: on a GPU the host waits for the largest class only if it has to ask for it, and
    the device checks the classes. On the CPU it is the host that looks at them.
    """
    if (
        current() is None
        or not isinstance(input, torch.Tensor)
        or index_of(input) < 0
        or input.dtype is not torch.int64
        or not input.numel()
        or torch._C._functorch.is_functorch_wrapped_tensor(input)
    ):
        return _one_hot(input, num_classes)  # which does not read anything here, or refuses
    count = operator.index(num_classes)
    if count == -1:
        count = int(input.max().item()) + 1
    elif count < 1:
        raise RuntimeError("num_classes should be positive")
    made = input.new_zeros((*input.shape, count))
    try:
        return made.scatter_(-1, input.unsqueeze(-1), 1)
    except RuntimeError as error:
        raise cuda_error("device-side assert triggered") from error


def _rule_for(operator: Any, kind: Any) -> Any:
    """The rule that somebody registered for a mode; torch asks with every operator, and ours has none."""
    return None if kind is Dispatch else _find_rule(operator, kind)


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    return [
        (torch.autograd, "_make_grads", _checked_grads),
        (torch.autograd.Function, "apply", classmethod(_noted_apply)),
        (BackwardCFunction, "apply", _checked_backward),
        (torch._C._nn, "_parse_to", _parsed),
        (torch._C, "_group_tensors_by_device_and_dtype", _grouped),
        (torch.backends.cudnn, "is_acceptable", _acceptable),
        (torch._C._nn, "one_hot", _one_hot_of),
        (torch.nn.functional, "one_hot", _one_hot_of),
        *([(simple_registry, "find_torch_dispatch_rule", _rule_for)] if _find_rule else []),
        *((_VF, name, _recurrent(name)) for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
    ]
