"""What a probe may use: small helpers that run beside the student's code.

Untrusted side. Nothing here may know what is right; it only gathers evidence.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import warnings
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from grader import simcuda
from grader.worker import tree

M = TypeVar("M", bound=nn.Module)

_SCALE = 0.5
_FAR = 1 << 40
_run = {"seed": 0}
_FILTERS = list(warnings.filters)


def reseed(seed: int) -> None:
    """Put every source of random numbers, and the settings of the whole program, into a known state.

    So a probe finds nothing that an earlier one has left, and what it sets itself is seen as a change.
    """
    _run["seed"] = seed
    seed_torch(seed)
    random.seed(seed)
    torch.set_grad_enabled(True)
    if torch.get_default_dtype() is not torch.float32:
        torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    if warnings.filters != _FILTERS:
        warnings.resetwarnings()
        warnings.filters.extend(_FILTERS)  # type: ignore[attr-defined]
    if torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(False)
    if torch.is_anomaly_enabled():
        torch.autograd.set_detect_anomaly(False)
    for kind in ("cpu", "cuda"):
        if torch.is_autocast_enabled(kind):
            torch.set_autocast_enabled(kind, False)


def seed_of_run() -> int:
    """Return the seed of the run."""
    return _run["seed"]


def seed_torch(seed: int) -> None:
    """Seed the CPU and what GPUs there are; torch.manual_seed also looks for every kind of accelerator.

    Far from the seeds that people choose, so that a torch.manual_seed(0) of the student's is always seen.
    """
    seed += _FAR
    torch.default_generator.manual_seed(seed)
    machine = simcuda.current()
    if machine is not None:
        machine.seed(seed)
    elif torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)


def machine_for(device: str, arguments: tuple[Any, ...] = ()) -> contextlib.AbstractContextManager[Any]:
    """Return the machine that a probe runs on: one with two simulated GPUs, unless ``device`` is ``cpu``.

    Suites that don't say their device yet hand it to the probe: an argument such as ``cuda:1`` also counts.
    Where torch sees a real GPU, nothing is simulated; in the sandbox torch never sees one.
    """
    given = any(type(argument) is str and argument.startswith("cuda") for argument in arguments)
    return machine("cuda" if given else device)


def machine(device: str) -> contextlib.AbstractContextManager[Any]:
    """Return the machine that a run on ``device`` needs: with two simulated GPUs, or as it is."""
    simulated = device != "cpu" and not torch.cuda.is_available()
    return simcuda.devices(2) if simulated else contextlib.nullcontext()


def fill(module: M, but: Collection[int] = ()) -> M:
    """Give parameters and saved floating buffers values that depend on their name, shape and the run's seed.

    So two models with equal names have equal weights, in whatever order they were created and however they
    were initialised. Also seeds torch's generators anew, so that what a probe draws next does not depend on
    what the constructor drew or seeded. A tensor with two names is filled by the first in sorting order. A
    buffer with ``persistent=False`` stays as it is: it is not part of the state, but a constant that the
    constructor worked out. Tensors whose ``id`` is in ``but``, and those whose shape is not known yet, stay
    as they are, too. Returns the module.
    """
    named = tree.buffers(module)
    for prefix, part in tree.modules(module).items():
        for name in part._non_persistent_buffers_set:
            named.pop(f"{prefix}.{name}".lstrip("."), None)
    named.update(tree.parameters(module))
    with torch.no_grad(), simcuda.outside():
        for name in sorted(named):
            tensor = named[name]
            if tensor.is_floating_point() and id(tensor) not in but and not is_lazy(tensor):
                tensor.copy_(_values(name, tensor.shape))
    seed_torch(_run["seed"])
    return module


def _values(name: str, shape: torch.Size) -> torch.Tensor:
    """Values in float64 that depend on nothing but a name, a shape and the run's seed; nobody writes to
    them.
    """
    return _drawn(name, shape, _run["seed"])


@cache
def _drawn(name: str, shape: torch.Size, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) ^ seed)
    values = torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu") * _SCALE
    return values.abs() + 0.5 if name.endswith("running_var") else values


def catch(function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Call ``function`` and say how it ended, for tests on errors.

    Returns ``{"raised": NAME, "kinds": [NAME, ...], "message": TEXT}`` where ``kinds`` are the names of the
    exception's class and its bases, or, where it returned, the same keys with ``raised`` None, ``kinds``
    empty and ``message`` the name of the returned value's type.
    """
    try:
        value = function(*args, **kwargs)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return {"raised": kinds[0], "kinds": kinds, "message": str(error)[:600]}
    return {"raised": None, "kinds": [], "message": type(value).__name__}


class Traffic:
    """Counts, on simulated CUDA, copies between devices and how often the host waited for one.

    ``Traffic()``, then run what is to be looked at, then ``.counts()`` is a dict with the keys
    ``host_to_device``, ``device_to_host``, ``device_to_device`` and ``synchronisations``; zeros on a CPU.
    """

    NAMES = ("host_to_device", "device_to_host", "device_to_device", "synchronisations")

    def __init__(self) -> None:
        self._before = self._now()

    def counts(self) -> dict[str, int]:
        """What has been counted since this was made."""
        return {name: now - self._before[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, int]:
        machine = simcuda.current()
        return {name: getattr(machine, name, 0) for name in self.NAMES}


def stayed_behind(net: nn.Module, device: str) -> list[str]:
    """The names of a model's tensors that are not on ``device``, each with where it is.

    Looks at parameters and buffers, and at tensors and modules in plain attributes of the object and of its
    class, also inside lists, tuples and dicts: ``["layers[0].weight (on cpu)"]``.
    """
    wanted = torch.device(device)
    found = (
        f"{name} (on {tensor.device})" for name, tensor in _tensors("", net, set()) if tensor.device != wanted
    )
    return list(itertools.islice(found, _MOST_NAMES))


@contextlib.contextmanager
def naming_what_stayed(net: nn.Module, device: str) -> Iterator[None]:
    """Adds to an error that is raised inside: which of the model's tensors are not on ``device``.

    On a machine without GPUs, nothing is added.
    """
    try:
        yield
    except Exception as error:
        if simcuda.current() is not None:
            names = ", ".join(stayed_behind(net, device))
            stayed = f"; these tensors of the model are not there: {names}" if names else ""
            error.args = (f"{error}\nModel and input had been moved to {device}{stayed}.",)
        raise


_MOST_NAMES = 6
_INNER = frozenset(vars(nn.Module()))  # what every Module has in itself


def _tensors(name: str, value: Any, seen: set[int]) -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor in ``value``, once, with its name as one would write it after ``self.``."""
    kind = type(value)
    if id(value) in seen:
        return
    if issubclass(kind, torch.Tensor):
        seen.add(id(value))
        yield name, value
    elif issubclass(kind, nn.Module):
        seen.add(id(value))
        for key, inner in _attributes(value).items():
            yield from _tensors(f"{name}.{key}".lstrip("."), inner, seen)
    elif issubclass(kind, (list, tuple, dict)):
        seen.add(id(value))
        for place, inner in value.items() if issubclass(kind, dict) else enumerate(value):
            yield from _tensors(f"{name}[{place!r}]", inner, seen)


def _attributes(module: nn.Module) -> dict[str, Any]:
    """What is registered, then the object's own attributes, then those of its classes."""
    found: dict[str, Any] = {**module._parameters, **module._buffers, **module._modules}
    found |= {key: value for key, value in vars(module).items() if key not in _INNER}
    for base in type(module).__mro__:
        if base is nn.Module:
            return found
        found |= {key: value for key, value in vars(base).items() if key not in found}
    return found


class Calls:
    """Counts how often modules are called as ``module(x)``, by a forward hook on each.

    ``Calls(net.layers)``, then run the model, then ``.counts`` is a list with one number per module. A module
    whose ``forward`` is called directly is not counted: that is what it is for.
    """

    def __init__(self, modules: Any) -> None:
        self.counts: list[int] = []
        for index, module in enumerate(modules):
            self.counts.append(0)
            nn.Module.register_forward_hook(module, self._hook(index))

    def _hook(self, index: int) -> Callable[..., None]:
        def count(*_: Any) -> None:
            self.counts[index] += 1

        return count
