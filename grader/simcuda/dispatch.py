"""Every operator passes through here, also those of backward and of the optimizers: on which device does it
run, is that allowed, and where does its result lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.simcuda.machine import (
    FLOATING,
    HOST,
    Block,
    Machine,
    _untyped_storage,
    cuda_error,
    device_at,
    id_of,
    index_of,
    put,
    storage_index,
)
from grader.simcuda.mixing import Composite, common_device, two_devices
from grader.simcuda.operators import operator

aten = torch.ops.aten
_Tensor = torch.Tensor
_CPU = torch.device("cpu")
_KEY = torch._C.DispatchKey
Handler = Callable[["Dispatch", Any, Any, dict[str, Any]], Any]

# Operators whose result's shape or value the host has to wait for.
_WAITS = {
    aten.nonzero, aten.masked_select, aten._unique2, aten._unique, aten.unique_dim,
    aten.unique_consecutive, aten.unique_dim_consecutive, aten.bincount, aten.is_nonzero,
}  # fmt: skip
# Those that do it with item(), and how often: Equal.cpp, TensorCompare.cpp and Repeat.h in ATen/native.
_READS = {aten.equal: 1, aten.allclose: 1, aten.repeat_interleave: 2}
# Those that read a value if it is on a GPU: masked_fill__cuda in ATen/native/cuda/IndexKernel.cpp.
_READS_VALUE = {aten.masked_fill.Tensor, aten.masked_fill_.Tensor}


class _Facts:
    """What is asked of an operator whenever it runs; kept on the operator itself, to be at hand."""

    __slots__ = (
        "call", "handler", "indexes", "is_foreach", "is_implicit", "is_random", "reads",
        "reads_value", "takes_a_scalar", "takes_tensors", "waits",
    )  # fmt: skip

    def __init__(self, func: Any) -> None:
        schema = func._schema
        self.call = func._op
        self.handler = _HANDLERS.get(func)
        # Only made of other operators: one sees such under inference_mode alone.
        self.is_implicit = torch._C._dispatch_has_kernel_for_dispatch_key(
            func.name(), "CompositeImplicitAutograd"
        )
        self.is_foreach = schema.name.startswith("aten::_foreach_")
        self.is_random = torch.Tag.nondeterministic_seeded in func.tags
        self.indexes = func.overloadpacket in (aten.index, aten.index_put, aten.index_put_)
        self.reads = _READS.get(func.overloadpacket, 0)
        self.reads_value = func in _READS_VALUE
        self.waits = func.overloadpacket in _WAITS or self.reads > 0 or self.reads_value
        # Whether it may be given a GPU's tensor and a CPU tensor of no dimensions, whichever comes first.
        tensors = sum("Tensor" in str(argument.type) for argument in schema.arguments)
        self.takes_tensors = tensors > 0
        self.takes_a_scalar = (
            tensors == 2 and not schema.is_mutable and operator(func).kind == "iterator"
        )  # fmt: skip


class Dispatch(TorchDispatchMode):
    """Runs operators for a machine's GPUs on the host, with CUDA's rules."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would otherwise import its compiler, which takes seconds, to keep it out of here

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operator."""
        facts: _Facts = func.__dict__.get("_simcuda") or _noted(func)
        if facts.handler is not None:
            return facts.handler(self, func, args, kwargs or {})
        if facts.is_implicit:
            return self.parts_of(func, _KEY.CompositeImplicitAutograd, args, kwargs or {})
        if facts.takes_tensors:
            index, mixed, floating = _look((*args, *kwargs.values()) if kwargs else args)
        else:
            index, mixed, floating = HOST, 0, _NONE
        if kwargs:
            if "device" in kwargs:
                index, kwargs = self.asked_for(kwargs, index, mixed)
                mixed = 0
            if kwargs.get("pin_memory"):
                return self.pinned(func, args, kwargs)
        if mixed and not (mixed == _A_SCALAR and facts.takes_a_scalar):
            settled = self.settle(func, args, kwargs or {}, facts)
            if settled is None:
                return self.parts_of(func, _KEY.CompositeExplicitAutograd, args, kwargs or {})
            index = settled
        if floating and index != FLOATING:
            for tensor in floating:
                put(_untyped_storage(tensor), index, self.machine)
        return self.run(facts, args, kwargs or {}, index)

    # --- where ---

    def asked_for(self, kwargs: dict[str, Any], index: int, mixed: int) -> tuple[int, dict[str, Any]]:
        """The device of an operator that is told one, and its arguments for running it on the host.

        torch's C++ code, which believes that all tensors are on the CPU, says ``device=cpu`` where it means
        "like that other tensor". It can be told from a user's: only Python's functions also say
        ``pin_memory``.
        """
        device = kwargs["device"]
        if device is None:
            return index, kwargs
        if device.type == "cuda":
            index = self.machine.index_for(device)
            if kwargs.get("pin_memory"):
                raise RuntimeError("Only dense CPU tensors can be pinned")
            return index, {**kwargs, "device": _CPU}
        if device.type != "cpu":
            return HOST, kwargs
        if "pin_memory" in kwargs:
            return HOST, kwargs
        return (FLOATING if index == HOST and not mixed else index), kwargs

    def settle(self, func: Any, args: Any, kwargs: dict[str, Any], facts: _Facts) -> int | None:
        """The device of an operator that was given tensors on several; None if its parts have to be run."""
        if facts.is_foreach:
            return _row_by_row(args)
        try:
            index = common_device(func, args, kwargs)
        except Composite:
            return None
        if func.overloadpacket is aten.where:  # copies scalars there: where_self_out in TensorCompare.cpp
            for tensor in args:
                if index_of(tensor) == HOST:
                    self.machine.count_copy(HOST, index, waits=False)
        return index

    def parts_of(self, func: Any, key: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run a composite operator's own kernel, so that its parts come by here.

        ``func.decompose`` would rather take kernels in Python, which import sympy: a second in every worker.
        """
        with self:
            return func._op_dk(key, *args, **kwargs)

    # --- running ---

    def run(self, facts: _Facts, args: Any, kwargs: dict[str, Any], index: int) -> Any:
        """Run an operator on the host, counting, drawing and raising what the device of that index would."""
        has_generator = facts.is_random and self.is_given_generator(index, args, kwargs)
        if index >= 0 and facts.indexes:
            self.count_indices(args, kwargs, index)
        elif index >= 0 and facts.waits:
            self.count_waits(facts, args, kwargs, index)
        try:
            if facts.is_random and index >= 0 and not has_generator:
                result = self.drawn(facts.call, args, kwargs, index)
            else:
                result = facts.call(*args, **kwargs)
        except IndexError as error:
            if index >= 0:
                raise _on_a_gpu(error) from error
            raise
        return result if index == HOST else self.place(result, args, index)

    def count_waits(self, facts: _Facts, args: Any, kwargs: dict[str, Any], index: int) -> None:
        """Count how often the host waits for an operator, and what it copies back."""
        if facts.reads_value:
            index = index_of(args[2])
            reads = int(index >= 0)
        elif facts.reads:  # repeat_interleave reads nothing if it is told the size of its result
            reads = facts.reads if kwargs.get("output_size") is None else 0
        else:
            self.machine.synchronisations += 1
            return
        for _ in range(reads):
            self.machine.count_copy(index, HOST, waits=True)

    def count_indices(self, args: Any, kwargs: dict[str, Any], index: int) -> None:
        """Count what indexing takes: the host waits to know how many elements a mask picks, and an index on
        the CPU is copied: TensorAdvancedIndexing.cpp, expandTensors in IndexingUtils.h.
        """
        picks = [tensor for tensor in args[1] if tensor is not None]
        for tensor in picks:
            if index_of(tensor) == HOST:
                self.machine.count_copy(HOST, index, waits=False)
        if _has_mask(args, kwargs):
            self.machine.synchronisations += 1

    def drawn(self, call: Any, args: Any, kwargs: dict[str, Any], index: int) -> Any:
        """Run an operator that draws random numbers, from the GPU's generator rather than the host's."""
        own, host = self.machine.gpus[index].generator, torch.default_generator
        kept = host.get_state()
        host.set_state(own.get_state())
        try:
            return call(*args, **kwargs)
        finally:
            own.set_state(host.get_state())
            host.set_state(kept)

    def is_given_generator(self, index: int, args: Any, kwargs: dict[str, Any]) -> bool:
        """Whether an operator is given a generator; raises CUDA's error if it is another device's."""
        generator = kwargs.get("generator") or (args[-1] if args else None)  # by name, or as the last
        if not isinstance(generator, torch._C.Generator):
            return False
        wanted = "cpu" if index < 0 else "cuda"
        found = "cuda" if id_of(generator) in self.machine.generators else "cpu"
        if found != wanted:
            raise RuntimeError(f"Expected a '{wanted}' device type for generator but found '{found}'")
        return True

    def place(self, result: Any, args: Any, index: int) -> Any:
        """Say of the new tensors in ``result`` that they are on the device of that index."""
        if isinstance(result, torch.Tensor):
            storage: Any = _untyped_storage(result)
            if getattr(storage, "_simcuda", None) is None:
                put(storage, index, self.machine)
        elif isinstance(result, (list, tuple)):
            rows = args[0] if index == _ROWS else ()
            for position, item in enumerate(result):
                self.place(item, args, index_of(rows[position]) if rows else index)
        return result

    def pinned(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """A new tensor on the host in pinned memory."""
        result = func(*args, **{**kwargs, "pin_memory": False})
        vars(_untyped_storage(result))["_simcuda_pinned"] = True
        return result


# --- looking at arguments -----------------------------------------------------------------------------------

_A_SCALAR, _SEVERAL, _ROWS = 1, 2, -3
_NONE: list[torch.Tensor] = []


def _look(arguments: Any) -> tuple[int, int, list[torch.Tensor]]:
    """The device of the tensors among an operator's arguments, and how mixed they are.

    Mixed is 0 for one device, ``_A_SCALAR`` for one GPU and CPU tensors of no dimensions, ``_SEVERAL``
    otherwise. The third is the tensors that float.
    """
    gpu, mixed, host, scalars = HOST, 0, False, False
    floating: list[torch.Tensor] = []
    for value in arguments:
        if isinstance(value, _Tensor):
            tensors: Any = (value,)
        elif type(value) is list or type(value) is tuple:
            tensors = [item for item in value if isinstance(item, _Tensor)]
        else:
            continue
        for tensor in tensors:
            try:
                block: Block | None = getattr(_untyped_storage(tensor), "_simcuda", None)
            except (NotImplementedError, RuntimeError):  # it wraps another one, or is sparse
                block = None
            if block is None:
                if tensor.dim():
                    host = True
                else:
                    scalars = True
                continue
            index = block.index
            if index == gpu:
                continue
            if gpu == HOST and index >= 0:
                gpu = index
            elif index == FLOATING:
                floating.append(tensor)
            else:
                mixed = _SEVERAL
    if gpu == HOST:
        return (FLOATING if floating and not host else HOST), 0, floating
    if host:
        mixed = _SEVERAL
    return gpu, mixed or (_A_SCALAR if scalars else 0), floating


def _on_a_gpu(error: IndexError) -> Exception:
    """What a kernel on a GPU makes of an index that is out of range: no exception, but an assertion."""
    said = str(error)
    if "out of bounds" in said or "out of range in self" in said:
        return cuda_error("device-side assert triggered")
    return error


def _has_mask(args: Any, kwargs: dict[str, Any]) -> bool:
    """Whether the GPU has to count first: for a mask on it, unless all that it picks gets one value that the
    host knows, which is then masked_fill: canDispatchToMaskedFill in ATen/native.
    """
    picks = [index for index in args[1] if index is not None]
    masks = [index for index in picks if index.dtype in (torch.bool, torch.uint8) and index_of(index) >= 0]
    accumulate = args[3] if len(args) > 3 else kwargs.get("accumulate", False)
    known = len(args) > 2 and args[2].numel() == 1 and index_of(args[2]) < 0
    return bool(masks) and not (known and len(picks) == 1 and not accumulate)


def _row_by_row(args: Any) -> int:
    """For operators on lists: the tensors of one position must be on one device, or CPU scalars."""
    lists = [value for value in args if isinstance(value, (list, tuple)) and value]
    for row in zip(*(items for items in lists if isinstance(items[0], torch.Tensor)), strict=False):
        places = [index_of(tensor) for tensor in row if tensor.dim() or index_of(tensor) >= 0]
        if places and any(place != places[0] for place in places):
            raise two_devices(*sorted(set(places), reverse=True)[:2])
    return _ROWS


# --- operators with a handler of their own ------------------------------------------------------------------


def _to_copy(mode: Dispatch, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A copy that C++ code makes; where a user moves a tensor, ``moves`` has done so before."""
    source, device = index_of(args[0]), kwargs.get("device")
    target = mode.machine.index_for(device) if device is not None and device.type == "cuda" else source
    if args[0].is_meta or (device is not None and device.type not in ("cuda", "cpu")):
        return func(*args, **kwargs)
    if target != source:
        mode.machine.count_copy(max(source, HOST), target, waits=not kwargs.get("non_blocking", False))
    result = func(*args, **{key: value for key, value in kwargs.items() if key != "device"})
    if target != HOST:
        put(_untyped_storage(result), target, mode.machine)
    return result


def _copy_(mode: Dispatch, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Copying into a tensor is allowed from every device."""
    target, source = index_of(args[0]), index_of(args[1])
    if FLOATING in (target, source):
        for tensor, other in ((args[0], source), (args[1], target)):
            if index_of(tensor) == FLOATING and other != FLOATING:
                put(_untyped_storage(tensor), other, mode.machine)
    elif target != source:
        mode.machine.count_copy(source, target, waits=not (len(args) > 2 and args[2]))
    return func(*args, **kwargs)


def _read_scalar(mode: Dispatch, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """``item()`` and all that calls it: the host waits for the value."""
    if index_of(args[0]) >= 0:
        mode.machine.count_copy(index_of(args[0]), HOST, waits=True)
    return func(*args, **kwargs)


def _set_storage(mode: Dispatch, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A tensor that is given another storage is where that one is."""
    if isinstance(args[0], torch.Tensor) and len(args) > 1 and not isinstance(args[1], torch.Tensor):
        own, other = index_of(args[0]), storage_index(args[1])
        if own != other and FLOATING not in (own, other):
            raise RuntimeError(
                f'Attempted to set the storage of a tensor on device "{device_at(own)}" to a storage on '
                f'different device "{device_at(other)}".  This is no longer allowed; the devices must match.'
            )
    return func(*args, **kwargs)


def _packed(mode: Dispatch, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The batch sizes that this returns are on the CPU."""
    lengths = args[1]
    if index_of(lengths) >= 0:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.dim()}D "
            f"cuda:{index_of(lengths)} Long tensor"
        )
    data, sizes = func(*args, **kwargs)
    if index_of(args[0]) >= 0:
        mode.place(data, args, index_of(args[0]))
    return data, sizes


_HANDLERS: dict[Any, Handler] = {
    aten._to_copy.default: _to_copy,
    aten.copy_.default: _copy_,
    aten._local_scalar_dense.default: _read_scalar,
    aten.set_.source_Storage: _set_storage,
    aten.set_.source_Storage_storage_offset: _set_storage,
    aten._pack_padded_sequence.default: _packed,
}


def _noted(func: Any) -> _Facts:
    facts = _Facts(func)
    func._simcuda = facts
    return facts
