"""Copies of tensors from one device to another, with their way back in autograd."""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from grader.simcuda.machine import HOST, current, index_of

_to_copy = torch.ops.aten._to_copy.default._op
_clone = torch._C.TensorBase.clone
_AS_ALWAYS = contextlib.nullcontext()


def moved(
    tensor: torch.Tensor,
    target: int,
    dtype: torch.dtype | None = None,
    *,
    non_blocking: bool = False,
    memory_format: torch.memory_format | None = None,
) -> torch.Tensor:
    """A copy of ``tensor`` on the device of index ``target``, differentiable like the original."""
    if tensor.requires_grad and torch.is_grad_enabled():
        copy: torch.Tensor = _ToCopy.apply(tensor, target, dtype, non_blocking, memory_format)
        return copy
    return _copy(tensor, target, dtype, non_blocking, memory_format)


def _copy(
    tensor: torch.Tensor,
    target: int,
    dtype: torch.dtype | None,
    non_blocking: bool,
    memory_format: torch.memory_format | None,
) -> torch.Tensor:
    machine = current()
    assert machine is not None
    machine.count_copy(max(index_of(tensor), HOST), target, waits=not non_blocking)
    # A lazy module's parameter, as long as it has no shape, refuses every function that is new to it.
    alone = torch._C.DisableTorchFunctionSubclass() if is_lazy(tensor) else _AS_ALWAYS
    with alone, torch._C._DisableTorchDispatch():
        if memory_format is None and (dtype is None or dtype is tensor.dtype):
            copy: torch.Tensor = _clone(tensor)  # the same, and faster
        else:
            copy = _to_copy(tensor, dtype=dtype or tensor.dtype, memory_format=memory_format)
    if target >= 0:
        machine.place(copy, target)
    return copy


class _ToCopy(torch.autograd.Function):
    """A move; its gradient moves back."""

    generate_vmap_rule = True

    @staticmethod
    def forward(tensor: torch.Tensor, target: int, dtype: Any, non_blocking: bool, memory_format: Any) -> Any:
        return _copy(tensor, target, dtype, non_blocking, memory_format)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.source, ctx.dtype = max(index_of(inputs[0]), HOST), inputs[0].dtype

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        if index_of(grad) == ctx.source:
            return grad.to(ctx.dtype), None, None, None, None
        return moved(grad, ctx.source, ctx.dtype), None, None, None, None


_ToCopy._backward_cls.__name__ = "ToCopyBackward0"
