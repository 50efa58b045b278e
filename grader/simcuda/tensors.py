"""What a tensor says of where it is, and how it is moved: the attributes of torch.Tensor that are replaced.

Each does what the original does while no machine is simulated, so that the replacements may stay in place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch._C import TensorBase
from torch.nn.parameter import UninitializedTensorMixin  # type: ignore[attr-defined]
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext

from grader.simcuda.machine import (
    FLOATING,
    HOST,
    Machine,
    _untyped_storage,
    current,
    device_at,
    index_of,
    put,
)
from grader.simcuda.moves import moved

_original = {
    name: vars(torch.Tensor).get(name) or getattr(TensorBase, name)
    for name in (
        "device", "is_cuda", "is_cpu", "get_device", "type", "to", "cuda", "cpu", "numpy", "tolist", "copy_",
        "type_as", "new_tensor", "new", "pin_memory", "is_pinned", "grad", "__dlpack__", "record_stream",
        "__repr__",
        "register_hook",
    )
}  # fmt: skip
_tensor, _as_tensor = torch.tensor, torch.as_tensor


def _simulated(name: str) -> Callable[[Any], Any]:
    """Make a method that calls the original where no machine is simulated."""
    original = _original[name]

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(self: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            machine = current()
            if machine is None:
                return original(self, *args, **kwargs)
            return method(machine, self, *args, **kwargs)

        return replacement

    return wrap


# --- where it is --------------------------------------------------------------------------------------------


def _get_device(tensor: torch.Tensor) -> torch.device:
    index = HOST if current() is None else index_of(tensor)
    device: torch.device = device_at(index) if index >= 0 else _original["device"].__get__(tensor)
    return device


def _is_cuda(tensor: torch.Tensor) -> bool:
    return _get_device(tensor).type == "cuda"


def _is_cpu(tensor: torch.Tensor) -> bool:
    return _get_device(tensor).type == "cpu"


@_simulated("get_device")
def _get_index(machine: Machine, tensor: torch.Tensor) -> int:
    return max(index_of(tensor), HOST)


@_simulated("type")
def _type(machine: Machine, tensor: torch.Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    original = _original["type"]
    if dtype is None:
        name: str = original(tensor)
        return name.replace("torch.", "torch.cuda.", 1) if index_of(tensor) >= 0 else name
    if isinstance(dtype, torch.dtype):
        return tensor.to(dtype, non_blocking=non_blocking)
    if isinstance(dtype, str) and dtype.startswith("torch.cuda."):
        target = getattr(torch, dtype.removeprefix("torch.cuda."), None)
        if target is None:
            raise ValueError(f"invalid type: '{dtype}'")
        return tensor.to("cuda", target.dtype, non_blocking=non_blocking)
    own = tensor.cpu() if index_of(tensor) >= 0 else tensor
    return original(own, dtype, non_blocking)


# --- moves --------------------------------------------------------------------------------------------------


@_simulated("to")
def _to(machine: Machine, tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    original = _original["to"]
    wanted = _wanted_of(args, kwargs)
    device = wanted.pop("device", None)
    if device is None:
        return original(tensor, *args, **kwargs)  # type: ignore[no-any-return]
    source = max(index_of(tensor), HOST)
    if isinstance(device, str):
        device = torch.device(device)
    if isinstance(device, torch.device) and device.type not in ("cpu", "cuda"):
        return original(tensor, *args, **kwargs)  # type: ignore[no-any-return]
    target = machine.index_for(device)
    if tensor.is_meta:
        return original(tensor, "cpu")  # type: ignore[no-any-return]  # refused: there is nothing to copy
    if target == source:
        return original(tensor, **wanted) if wanted else tensor
    return moved(
        tensor,
        target,
        wanted.get("dtype"),
        non_blocking=wanted.get("non_blocking", False),
        memory_format=wanted.get("memory_format"),
    )


def _wanted_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``Tensor.to`` in its three forms by their names; those that are None are left out."""
    if not kwargs and args and isinstance(args[0], (str, torch.device)):  # as nearly always
        if len(args) == 1:
            return {"device": args[0]}
        if len(args) == 3 and args[1] is None:  # so asks Module.to
            return {"device": args[0], "non_blocking": args[2]}
    wanted = dict(kwargs)
    rest = list(args)
    other = wanted.pop("other", None)
    if rest and isinstance(rest[0], torch.Tensor):
        other = rest.pop(0)
    if other is not None:
        wanted.update(device=other.device, dtype=other.dtype)
    elif rest and isinstance(rest[0], torch.dtype):
        wanted["dtype"] = rest.pop(0)
    elif rest:
        wanted["device"] = rest.pop(0)
        if rest and (rest[0] is None or isinstance(rest[0], torch.dtype)):
            wanted["dtype"] = rest.pop(0)
    wanted.update(zip(("non_blocking", "copy"), rest, strict=False))
    return {name: value for name, value in wanted.items() if value is not None}


@_simulated("cuda")
def _cuda(
    machine: Machine,
    tensor: torch.Tensor,
    device: Any = None,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> torch.Tensor:
    target = torch.device("cuda") if device is None else device
    if isinstance(target, str):
        target = torch.device(target)
    if isinstance(target, torch.device) and target.type != "cuda":
        raise RuntimeError("Invalid device, must be cuda device")
    return tensor.to(target, non_blocking=non_blocking, memory_format=memory_format)


@_simulated("cpu")
def _cpu(machine: Machine, tensor: torch.Tensor, memory_format: Any = None) -> torch.Tensor:
    return tensor.to("cpu", memory_format=memory_format)


@_simulated("type_as")
def _type_as(machine: Machine, tensor: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return tensor.to(other)


@_simulated("copy_")
def _copy_(
    machine: Machine, tensor: torch.Tensor, src: torch.Tensor, non_blocking: bool = False
) -> torch.Tensor:
    if isinstance(src, torch.Tensor) and src.requires_grad:
        target = max(index_of(tensor), HOST)
        if target != max(index_of(src), HOST):
            src = moved(src, target, non_blocking=non_blocking)  # so that its gradient finds the way back
    return _original["copy_"](tensor, src, non_blocking)  # type: ignore[no-any-return]


# --- to Python and numpy ------------------------------------------------------------------------------------


@_simulated("numpy")
def _numpy(machine: Machine, tensor: torch.Tensor, *, force: bool = False) -> Any:
    if index_of(tensor) >= 0:
        if not force:
            raise TypeError(
                f"can't convert {tensor.device} device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        tensor = tensor.detach().cpu()
    return _original["numpy"](tensor, force=force)


@_simulated("tolist")
def _tolist(machine: Machine, tensor: torch.Tensor) -> Any:
    return _original["tolist"](tensor.detach().cpu() if index_of(tensor) >= 0 else tensor)


@_simulated("__repr__")
def _repr(machine: Machine, tensor: torch.Tensor, **kwargs: Any) -> str:
    before = machine.synchronisations
    text: str = _original["__repr__"](tensor, **kwargs)
    index = index_of(tensor)
    if index >= 0 and machine.synchronisations == before:  # that of a single number passes by unseen
        machine.count_copy(index, HOST, waits=True)
    return text


@_simulated("__dlpack__")
def _dlpack(machine: Machine, tensor: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
    if index_of(tensor) >= 0:
        raise NotImplementedError("The simulation can't hand a CUDA tensor to another library by DLPack.")
    return _original["__dlpack__"](tensor, *args, **kwargs)


# --- new tensors that C++ makes without asking --------------------------------------------------------------


def _default_index(machine: Machine) -> int:
    """Where new tensors go: the host, but for ``with torch.device(...)`` and ``set_default_device``."""
    for mode in reversed(_get_current_function_mode_stack()):
        if isinstance(mode, DeviceContext) and mode.device.type in ("cuda", "cpu"):
            return machine.index_for(mode.device)
    return HOST


def _is_other(device: Any) -> bool:
    """Whether a device is neither the host nor a GPU; a number is a GPU's."""
    if device is None or isinstance(device, int):
        return False
    return torch.device(device).type not in ("cpu", "cuda")


def _placed(machine: Machine, made: torch.Tensor, target: int) -> torch.Tensor:
    """A tensor that was just made on the host, as one that was then copied to its device."""
    if target >= 0:
        machine.count_copy(HOST, target, waits=False)
        machine.place(made, target)
    return made


_PLAIN = frozenset((int, float, bool, complex))


def _count_reads(machine: Machine, data: Any) -> None:
    """Count what it takes to read the GPUs' tensors in lists of numbers: ``item()`` of one after the other,
    out of our sight: recursive_store in torch/csrc/utils/tensor_new.cpp.
    """
    if not isinstance(data, (list, tuple)) or _PLAIN.issuperset(map(type, data)):
        return
    for item in data:
        if isinstance(item, torch.Tensor):
            if index_of(item) >= 0:
                machine.count_copy(index_of(item), HOST, waits=True)
        else:
            _count_reads(machine, item)


@functools.wraps(_tensor)
def _new_tensor_of(data: Any, *, dtype: Any = None, device: Any = None, **kwargs: Any) -> torch.Tensor:
    machine = current()
    if machine is None or _is_other(device):
        return _tensor(data, dtype=dtype, device=device, **kwargs)
    if isinstance(data, torch.Tensor):
        source = max(index_of(data), HOST)
        target = source if device is None else machine.index_for(device)
        made = _tensor(data, dtype=dtype, device="cpu", **kwargs)
        if target != source:
            machine.count_copy(source, target, waits=True)
            machine.place(made, target)
        return made
    target = _default_index(machine) if device is None else machine.index_for(device)
    made = _tensor(data, dtype=dtype, device="cpu", **kwargs)
    _count_reads(machine, data)
    return _placed(machine, made, target)


@functools.wraps(_as_tensor)
def _as_tensor_of(data: Any, dtype: Any = None, device: Any = None) -> torch.Tensor:
    machine = current()
    if machine is None or _is_other(device):
        return _as_tensor(data, dtype=dtype, device=device)
    if isinstance(data, torch.Tensor):
        return data.to(device=device, dtype=dtype)
    target = _default_index(machine) if device is None else machine.index_for(device)
    made = _as_tensor(data, dtype=dtype, device="cpu")
    _count_reads(machine, data)
    if target >= 0:
        made = moved(made, target)  # a copy: numpy's memory stays on the host
    return made


@_simulated("new_tensor")
def _new_tensor(
    machine: Machine, tensor: torch.Tensor, data: Any, *, dtype: Any = None, device: Any = None, **kwargs: Any
) -> torch.Tensor:
    return torch.tensor(data, dtype=dtype or tensor.dtype, device=device or tensor.device, **kwargs)


@_simulated("new")
def _new(machine: Machine, tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    made: torch.Tensor = _original["new"](tensor, *args, **kwargs)
    if args:
        _count_reads(machine, args[0])
    put(_untyped_storage(made), max(index_of(tensor), HOST), machine)
    return made


def _settle_on_host(tensor: torch.Tensor, *args: Any, **_: Any) -> None:
    """After ``torch.Tensor(2, 3)``: it is on the CPU, whatever is done with it next."""
    machine = current()
    if args and machine is not None:
        _count_reads(machine, args[0])
    if index_of(tensor) == FLOATING:
        put(_untyped_storage(tensor), HOST, None)


# --- pinned memory ------------------------------------------------------------------------------------------


@_simulated("pin_memory")
def _pin_memory(machine: Machine, tensor: torch.Tensor, device: Any = None) -> torch.Tensor:
    if index_of(tensor) >= 0:
        raise RuntimeError(f"cannot pin '{tensor.type()}' only dense CPU tensors can be pinned")
    if tensor.is_pinned():
        return tensor
    copy = tensor.detach().clone()
    vars(_untyped_storage(copy))["_simcuda_pinned"] = True
    return copy


@_simulated("is_pinned")
def _is_pinned(machine: Machine, tensor: torch.Tensor, device: Any = None) -> bool:
    return bool(getattr(_untyped_storage(tensor), "_simcuda_pinned", False))


@_simulated("record_stream")
def _record_stream(machine: Machine, tensor: torch.Tensor, stream: Any) -> None:
    return None


# --- gradients ----------------------------------------------------------------------------------------------


def _get_grad(tensor: torch.Tensor) -> torch.Tensor | None:
    grad: torch.Tensor | None = _original["grad"].__get__(tensor)
    machine = current()
    if grad is not None and machine is not None:
        own = max(index_of(tensor), HOST)
        if index_of(grad) != own:  # autograd puts a gradient beside its tensor
            put(_untyped_storage(grad), own, machine)
    return grad


def _set_grad(tensor: torch.Tensor, grad: torch.Tensor | None) -> None:
    if grad is not None and current() is not None and isinstance(grad, torch.Tensor):
        own, other = tensor.device, grad.device
        if own.type != other.type:
            raise RuntimeError(
                f"attempting to assign a gradient with device type '{other.type}' to a tensor with device "
                f"type '{own.type}'. Please ensure that the gradient and the tensor are on the same device"
            )
        if own != other:
            raise RuntimeError(
                f"attempting to assign a gradient located on device with index '{other.index}' to a tensor "
                f"located on device with index '{own.index}'. Please ensure that the gradient and the tensor "
                "are on the same device"
            )
    _original["grad"].__set__(tensor, grad)


def _delete_grad(tensor: torch.Tensor) -> None:
    _original["grad"].__delete__(tensor)


@_simulated("register_hook")
def _register_hook(machine: Machine, tensor: torch.Tensor, hook: Callable[..., Any]) -> Any:
    """check_variable_result in torch/csrc/autograd/python_hook.cpp: a hook may not move the gradient."""

    @functools.wraps(hook)
    def checked(grad: torch.Tensor) -> Any:
        result = hook(grad)
        if isinstance(result, torch.Tensor) and current() is not None and result.is_cuda != grad.is_cuda:
            name = getattr(hook, "__name__", type(hook).__name__)
            raise RuntimeError(
                f"hook '{name}' has changed the type of value (was {grad.type()} got {result.type()})"
            )
        return result

    return _original["register_hook"](tensor, checked)


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    methods = {
        "device": property(_get_device),
        "is_cuda": property(_is_cuda),
        "is_cpu": property(_is_cpu),
        "grad": property(_get_grad, _set_grad, _delete_grad),
        "get_device": _get_index,
        "type": _type,
        "to": _to,
        "cuda": _cuda,
        "cpu": _cpu,
        "type_as": _type_as,
        "copy_": _copy_,
        "numpy": _numpy,
        "tolist": _tolist,
        "__repr__": _repr,
        "__dlpack__": _dlpack,
        "new_tensor": _new_tensor,
        "new": _new,
        "pin_memory": _pin_memory,
        "is_pinned": _is_pinned,
        "register_hook": _register_hook,
        "record_stream": _record_stream,
        "__init__": _settle_on_host,
    }
    found: list[tuple[Any, str, Any]] = [(torch.Tensor, name, value) for name, value in methods.items()]
    # What a lazy module's parameter answers before it has a shape; C++ code looks methods up by their names.
    allowed = UninitializedTensorMixin._allowed_methods
    answered = [methods[method.__name__] for method in allowed if method.__name__ in methods]
    found.append((UninitializedTensorMixin, "_allowed_methods", [*allowed, *answered]))
    return [*found, (torch, "tensor", _new_tensor_of), (torch, "as_tensor", _as_tensor_of)]
