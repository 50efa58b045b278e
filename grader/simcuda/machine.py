"""The machine that is simulated: its GPUs, what lies in their memory, and what was copied and waited for.

Knows nothing of grading. A tensor's values are in host memory always; what says that it is on a GPU is a
``Block`` that hangs on its storage. So views, ``detach()`` and ``.data`` are where their storage is, and a
block is freed when the storage is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch

HOST: Final = -1  # the index of tensors in host memory
FLOATING: Final = -2  # of tensors that torch made for itself and has not yet used with another one

_ALLOCATION: Final = 512  # bytes: CUDA's caching allocator gives memory in multiples of it
_untyped_storage: Final = torch._C.TensorBase.untyped_storage
_DEVICES: Final = [torch.device("cuda", index) for index in range(16)]


class Gpu:
    """One simulated GPU. ``allocated`` and ``peak`` are bytes."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.allocated = 0
        self.peak = 0
        self.generator = torch.Generator()


class Block:
    """A storage's place in a GPU's memory, of ``count`` bytes; given back when the storage is gone."""

    __slots__ = ("gpu", "index", "size")

    def __init__(self, gpu: Gpu, count: int) -> None:
        self.gpu = gpu
        self.index = gpu.index
        self.size = -(-count // _ALLOCATION) * _ALLOCATION
        gpu.allocated += self.size
        if gpu.allocated > gpu.peak:
            gpu.peak = gpu.allocated

    def __del__(self) -> None:
        self.gpu.allocated -= self.size


class _Floating:
    index = FLOATING


_FLOATING: Final = _Floating()


@dataclass
class Counters:
    """How often something was copied from one device to another, and how often the host waited for a GPU."""

    host_to_device: int = 0
    device_to_host: int = 0
    device_to_device: int = 0
    synchronisations: int = 0


class Machine(Counters):
    """A host with ``count`` GPUs. The counters of copies and synchronisations are its attributes."""

    def __init__(self, count: int) -> None:
        super().__init__()
        if not 1 <= count <= len(_DEVICES):
            raise ValueError(f"{count} devices can't be simulated; take 1 to {len(_DEVICES)}.")
        self.gpus = [Gpu(index) for index in range(count)]
        self.current = 0
        self.ranges = 0  # that are open; a profiler would show them
        self.generators: dict[int, Any] = {}  # those of torch.Generator("cuda"), by id_of
        self.seed(torch.initial_seed())

    def seed(self, seed: int) -> None:
        """Seed the generators of all GPUs, as ``torch.manual_seed`` does."""
        for gpu in self.gpus:
            gpu.generator.manual_seed(seed)

    def reset_counters(self) -> None:
        """Count from zero again."""
        self.__dict__.update(Counters().__dict__)

    def index_for(self, device: Any) -> int:
        """The index that ``device`` (a torch.device, str or int of type cuda or cpu) means on this machine.

        ``cuda`` without a number is the current device. Raises CUDA's error if there is no such device.
        """
        if isinstance(device, int) and not isinstance(device, bool):
            device = torch.device("cuda", device)
        elif not isinstance(device, torch.device):
            device = torch.device(device)
        if device.type == "cpu":
            return HOST
        index: int = self.current if device.index is None else device.index
        self.check(index)
        return index

    def check(self, index: int) -> None:
        """Raise CUDA's error if there is no GPU of that index."""
        if index >= len(self.gpus):
            raise cuda_error(
                "invalid device ordinal", "GPU device may be out of range, do you have enough GPUs?"
            )

    def place(self, tensor: torch.Tensor, index: int) -> None:
        """Say of a tensor whose storage is new that it is on the device of that index."""
        put(_untyped_storage(tensor), index, self)

    def count_copy(self, source: int, target: int, *, waits: bool) -> None:
        """Count a copy between two devices; ``waits`` if the host waits for it."""
        if source < 0:
            self.host_to_device += 1
        elif target < 0:
            self.device_to_host += 1
            self.synchronisations += waits
        else:
            self.device_to_device += 1


_simulated: list[Machine | None] = [None]


def current() -> Machine | None:
    """The machine that is simulated now, or None."""
    return _simulated[0]


def switch(machine: Machine | None) -> None:
    """Simulate ``machine`` from now on, or none."""
    _simulated[0] = machine


def put(storage: Any, index: int, machine: Machine | None) -> None:
    """Say of a storage on which device it is; a GPU is one of ``machine``'s."""
    if index >= 0 and machine is not None:
        storage._simcuda = Block(machine.gpus[index], storage.nbytes())
    else:
        storage._simcuda = _FLOATING if index == FLOATING else None


def storage_index(storage: Any) -> int:
    """The index of the device that a storage is on."""
    block = getattr(storage, "_simcuda", None)
    return HOST if block is None else block.index


def index_of(tensor: torch.Tensor) -> int:
    """The index of the device that a tensor is on: HOST, FLOATING, or a GPU's."""
    try:
        block = getattr(_untyped_storage(tensor), "_simcuda", None)
    except ValueError:  # the parameters of lazy modules answer nothing until they have a shape
        with torch._C.DisableTorchFunctionSubclass():
            return storage_index(_untyped_storage(tensor))
    except (NotImplementedError, RuntimeError):
        return _index_without_storage(tensor)
    return HOST if block is None else block.index


def _index_without_storage(tensor: torch.Tensor) -> int:
    """For tensors of torch.func, which wrap another one; sparse tensors are only simulated on the host."""
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
        try:
            return storage_index(_untyped_storage(tensor))
        except (NotImplementedError, RuntimeError):
            continue
    return HOST


def id_of(generator: Any) -> int:
    """What a generator of C++ is known by, however often Python wraps it."""
    return int(generator._cdata)


def device_at(index: int) -> torch.device:
    """The torch.device of an index."""
    return _DEVICES[index] if index >= 0 else torch.device("cpu")


def cuda_error(words: str, *more: str) -> RuntimeError:
    """The exception that torch raises for an error of the CUDA runtime."""
    kind: type[RuntimeError] = getattr(torch, "AcceleratorError", RuntimeError)
    lines = [
        f"CUDA error: {words}",
        *more,
        "CUDA kernel errors might be asynchronously reported at some other API call, "
        "so the stacktrace below might be incorrect.",
    ]
    return kind("\n".join(lines))
