"""``torch.cuda`` and ``torch.accelerator`` as they answer on the simulated machine."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import torch
import torch.cuda.memory
import torch.cuda.nvtx
import torch.cuda.random

from grader.simcuda.machine import Gpu, Machine, current, device_at, id_of

NAME = "Simulated CUDA device"
CAPABILITY = (8, 0)  # what the simulated machine has: bfloat16 is supported
TOTAL_MEMORY = 16 << 30
PROCESSORS = 64


def _machine() -> Machine:
    machine = current()
    assert machine is not None  # the replacements are only called while there is one
    return machine


def index_for(device: Any = None) -> int:
    """The index of a CUDA device given as None (the current one), int, str or torch.device."""
    machine = _machine()
    if device is None:
        return machine.current
    if isinstance(device, int):
        machine.check(device)
        return device
    device = torch.device(device)
    if device.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {device}")
    return machine.index_for(device)


def _gpu(device: Any = None) -> Gpu:
    return _machine().gpus[index_for(device)]


# --- devices ------------------------------------------------------------------------------------------------


def set_device(device: Any) -> None:
    """Make a device the one that ``cuda`` without a number means."""
    if isinstance(device, int) and device < 0:
        return
    _machine().current = index_for(device)


def _exchange_device(index: int) -> int:
    machine = _machine()
    before = machine.current
    if index >= 0:
        machine.check(index)
        machine.current = index
    return before


def get_device_name(device: Any = None) -> str:
    """The name of a device."""
    return str(get_device_properties(device).name)


def get_device_properties(device: Any = None) -> Any:
    """What is known of a device."""
    index = device if isinstance(device, int) else index_for(device)
    if not 0 <= index < len(_machine().gpus):
        raise AssertionError("Invalid device id")
    major, minor = CAPABILITY
    return SimpleNamespace(
        name=NAME,
        major=major,
        minor=minor,
        total_memory=TOTAL_MEMORY,
        multi_processor_count=PROCESSORS,
    )


def synchronize(device: Any = None) -> None:
    """The host waits for a device."""
    index_for(device)
    _machine().synchronisations += 1


# --- memory -------------------------------------------------------------------------------------------------


def memory_allocated(device: Any = None) -> int:
    """Bytes of all tensors on a device, each rounded up as CUDA's allocator does."""
    return _gpu(device).allocated


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that were allocated at once; what kernels take for themselves is not among them."""
    return _gpu(device).peak


def reset_peak_memory_stats(device: Any = None) -> None:
    """Forget the peak."""
    gpu = _gpu(device)
    gpu.peak = gpu.allocated


# --- random numbers -----------------------------------------------------------------------------------------


_Generator: Any = torch._C.Generator


class Generator(_Generator):  # type: ignore[misc]
    """A ``torch.Generator`` that can be of a simulated device."""

    def __new__(cls, device: Any = "cpu") -> Generator:
        """Make one; ``device`` as for ``torch.Generator``."""
        machine, wanted = current(), torch.device(device)
        if machine is None or wanted.type != "cuda":
            return _Generator.__new__(cls, device)  # type: ignore[no-any-return]
        made: Generator = _Generator.__new__(cls, "cpu")
        made._index = machine.index_for(wanted)
        machine.generators[id_of(made)] = made
        return made

    _index = -1

    @property
    def device(self) -> torch.device:
        """Where it draws."""
        return device_at(self._index)


def manual_seed(seed: int) -> None:
    """Seed the current device's generator."""
    _gpu().generator.manual_seed(int(seed))


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all devices."""
    _machine().seed(int(seed))


def get_rng_state(device: Any = "cuda") -> torch.Tensor:
    """The state of a device's generator, for ``set_rng_state`` alone: CUDA's own looks different."""
    return _gpu(device).generator.get_state()


def set_rng_state(new_state: torch.Tensor, device: Any = "cuda") -> None:
    """Set the state of a device's generator."""
    _gpu(device).generator.set_state(new_state)


def _set_rng_states(states: Iterable[torch.Tensor]) -> None:
    for index, state in enumerate(states):
        set_rng_state(state, index)


# --- streams and events: everything is done at once, in order -----------------------------------------------


class Stream:
    """A queue of work; here all work is done when it is given."""

    def __init__(self, device: Any = None, priority: int = 0, **_: Any) -> None:
        self.device = device_at(index_for(device))
        self.device_index = self.device.index
        self.priority = priority

    def synchronize(self) -> None:
        """The host waits for it."""
        _machine().synchronisations += 1

    def query(self) -> bool:
        """Whether all is done."""
        return True

    def is_capturing(self) -> bool:
        """Whether work is kept for a graph: never."""
        return False

    def wait_stream(self, stream: Any) -> None:
        """Wait for another queue."""

    def wait_event(self, event: Any) -> None:
        """Wait for an event."""

    def record_event(self, event: Any = None) -> Any:
        """Note the moment."""
        event = event or Event()
        event.record(self)
        return event

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Event:
    """A moment in a queue; how long anything takes on a GPU is not known here."""

    def __init__(self, enable_timing: bool = False, **_: Any) -> None:
        self.enable_timing = enable_timing

    def record(self, stream: Any = None) -> None:
        """Note the moment."""

    def wait(self, stream: Any = None) -> None:
        """Wait in a queue."""

    def query(self) -> bool:
        """Whether it has come."""
        return True

    def synchronize(self) -> None:
        """The host waits for it."""
        _machine().synchronisations += 1

    def elapsed_time(self, end_event: Any) -> float:
        """Not known."""
        raise unknown("torch.cuda.Event.elapsed_time", "how long work takes on a GPU")


def current_stream(device: Any = None) -> Stream:
    """The queue of a device."""
    return Stream(device)


def _stream(stream: Any) -> Any:
    return stream if stream is not None else Stream()


# --- ranges with names, for a profiler ----------------------------------------------------------------------


def range_push(msg: str) -> int:
    """Open a range; returns how many are open around it."""
    _machine().ranges += 1
    return _machine().ranges - 1


def range_pop() -> int:
    """Close the range that was opened last; returns how many are open around it."""
    _machine().ranges -= 1
    return _machine().ranges


# --- what the simulation does not know ----------------------------------------------------------------------


def unknown(name: str, what: str) -> NotImplementedError:
    """The error for what the simulation can't know."""
    return NotImplementedError(f"{name} is not simulated: the simulation does not know {what}.")


def _not_simulated(name: str, what: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise unknown(name, what)

    return refuse


_CACHE = "what CUDA's caching allocator keeps back"
_HARDWARE = "what real hardware would say"
_UNKNOWN = {
    **dict.fromkeys(
        (
            "memory_reserved", "max_memory_reserved", "memory_stats", "memory_summary", "memory_snapshot",
            "mem_get_info", "get_memory_info", "memory_cached", "max_memory_cached",
        ),
        _CACHE,
    ),
    **dict.fromkeys(
        (
            "utilization", "temperature", "power_draw", "clock_rate", "memory_usage", "list_gpu_processes",
            "get_arch_list", "get_gencode_flags", "can_device_access_peer", "cudart", "device_memory_used",
        ),
        _HARDWARE,
    ),
    **dict.fromkeys(("CUDAGraph", "graph", "make_graphed_callables"), "how a graph of kernels runs"),
}  # fmt: skip


def _only_while_simulated(value: Callable[..., Any], original: Any) -> Callable[..., Any]:
    @functools.wraps(value)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        return value(*args, **kwargs) if current() is not None else original(*args, **kwargs)

    return replacement


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    cuda = torch.cuda
    functions: dict[str, Callable[..., Any]] = {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "init": lambda: None,
        "_lazy_init": lambda: None,
        "_lazy_call": lambda callable, **_: callable(),
        "device_count": lambda: len(_machine().gpus),
        "current_device": lambda: _machine().current,
        "set_device": set_device,
        "_exchange_device": _exchange_device,
        "_maybe_exchange_device": _exchange_device,
        "get_device_name": get_device_name,
        "get_device_properties": get_device_properties,
        "get_device_capability": lambda device=None: (index_for(device), CAPABILITY)[1],
        "is_bf16_supported": lambda including_emulation=True: True,
        "synchronize": synchronize,
        "empty_cache": lambda: None,
        "ipc_collect": lambda: None,
        "memory_allocated": memory_allocated,
        "max_memory_allocated": max_memory_allocated,
        "reset_peak_memory_stats": reset_peak_memory_stats,
        "reset_max_memory_allocated": reset_peak_memory_stats,
        "manual_seed": manual_seed,
        "manual_seed_all": manual_seed_all,
        "seed": lambda: _gpu().generator.seed(),
        "seed_all": lambda: _machine().seed(torch.default_generator.initial_seed()),
        "initial_seed": lambda: _gpu().generator.initial_seed(),
        "get_rng_state": get_rng_state,
        "set_rng_state": set_rng_state,
        "get_rng_state_all": lambda: [gpu.generator.get_state() for gpu in _machine().gpus],
        "set_rng_state_all": _set_rng_states,
        "is_current_stream_capturing": lambda: False,
        "current_stream": current_stream,
        "default_stream": current_stream,
        "set_stream": lambda stream: None,
        "stream": _stream,
        **{name: _not_simulated(f"torch.cuda.{name}", what) for name, what in _UNKNOWN.items()},
    }
    accelerator: dict[str, Callable[..., Any]] = {
        "is_available": lambda: True,
        "device_count": functions["device_count"],
        "current_accelerator": lambda check_available=False: torch.device("cuda"),
        "current_device_index": functions["current_device"],
        "current_device_idx": functions["current_device"],
        "set_device_index": set_device,
        "set_device_idx": set_device,
        "device_index": lambda device: cuda.device(device),
        "synchronize": synchronize,
        "current_stream": current_stream,
        "memory_allocated": memory_allocated,
        "max_memory_allocated": max_memory_allocated,
        "reset_peak_memory_stats": reset_peak_memory_stats,
        "empty_cache": functions["empty_cache"],
        **{name: _not_simulated(f"torch.accelerator.{name}", what) for name, what in _UNKNOWN.items()},
    }
    ranges: dict[str, Callable[..., Any]] = {
        "range_push": range_push,
        "range_pop": range_pop,
        "mark": lambda msg: None,
    }
    owners = [(cuda, functions), (cuda.memory, functions), (cuda.random, functions), (cuda.nvtx, ranges)]
    if hasattr(torch, "accelerator"):
        owners.append((torch.accelerator, accelerator))
    found: list[tuple[Any, str, Any]] = [
        (owner, name, _only_while_simulated(value, vars(owner)[name]))
        for owner, values in owners
        for name, value in values.items()
        if name in vars(owner)
    ]
    return [*found, (cuda, "Stream", Stream), (cuda, "Event", Event), (torch, "Generator", Generator)]
