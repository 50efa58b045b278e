"""CUDA devices without CUDA: simulated, with real values, for tests of how code handles devices.

    from grader import simcuda

    with simcuda.devices(2) as cuda:
        model = Model().to("cuda:1")
        assert model(torch.ones(3, device="cuda:1")).device == torch.device("cuda:1")
        assert cuda.device_to_host == 0

Inside of the block, ``torch.cuda`` answers as if the devices were there, every tensor knows its device, and
an operation that mixes devices raises what CUDA raises. Usable by itself: nothing here knows of grading.
What can't be simulated raises NotImplementedError. ``docs/simulated-cuda.md`` says what it does, what it
can't, and how true it is.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import torch

from grader.simcuda.dispatch import Dispatch
from grader.simcuda.machine import Machine, current, switch
from grader.simcuda.patches import Patches

__all__ = ["Machine", "current", "devices", "install", "outside"]

_lock = threading.Lock()
_installed = False


def install() -> None:
    """Put the replacements into torch for good; without a simulated machine they do what the originals do.

    ``devices`` does this by itself, and undoes it. Call it once where many simulations follow each other, or
    before modules are imported that keep functions of torch under names of their own
    (``from torch import tensor``).
    """
    global _installed
    if not _installed:
        _patches().apply()
        _installed = True


@contextlib.contextmanager
def devices(count: int = 1) -> Iterator[Machine]:
    """Simulate a machine with ``count`` CUDA devices; gives the machine, whose counters can be read.

    Raises RuntimeError if a machine is simulated already.
    """
    with _lock:
        if current() is not None:
            raise RuntimeError("CUDA is being simulated already; end that block first.")
        machine = Machine(count)
        patches = None if _installed else _patches()
        if patches is not None:
            patches.apply()
        switch(machine)
    try:
        with Dispatch(machine):
            yield machine
    finally:
        switch(None)
        if patches is not None:
            patches.remove()


@contextlib.contextmanager
def outside() -> Iterator[None]:
    """For work on the host alone, on tensors that are new: not looked at, and so as fast as ever."""
    with torch._C._DisableTorchDispatch():
        yield


def _patches() -> Patches:
    from torch.utils._device import _device_constructors

    from grader.simcuda import autocast, cuda, functions, storages, tensors, threads

    _device_constructors()  # torch keeps this list of its own functions; it must not hold replacements
    owners = (tensors, storages, functions, autocast, cuda, threads)
    return Patches([replacement for owner in owners for replacement in owner.replacements()])
