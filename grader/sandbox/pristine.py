"""Keeps torch and Python's builtins as they were before the student's module was loaded.

Untrusted side. A probe's evidence rests on functions such as ``isinstance`` and ``Module.named_parameters``.
A module that replaces one of them at import would forge it, so what was replaced is put back before a probe
runs; what is replaced while it runs is put back and reported.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import sys
import types
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

# Python and torch set these on classes by themselves, when first asked for them.
_LAZY = frozenset(
    {"__annotations__", "__slotnames__", "__signature__", "__parameters__", "__abstractmethods__"}
)


def _watched() -> list[Any]:
    from grader import simcuda, wire
    from grader.sandbox import probekit, worker
    from grader.simcuda import dispatch, mixing, moves

    ours = [wire, probekit, worker, wire.Channel, probekit.Calls, probekit.Traffic, worker.Worker]
    ours += [simcuda, dispatch, dispatch.Dispatch, mixing, moves, simcuda.Machine]
    modules = [builtins, torch, torch.nn, torch.nn.functional, torch.nn.init, torch.autograd, torch.random]
    layers = [kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
    optimizers = [torch.optim.Optimizer, torch.optim.SGD, torch.optim.Adam]
    classes = [torch.Tensor, nn.Parameter, torch.autograd.Function, *optimizers, *dict.fromkeys(layers)]
    return [*ours, *modules, *classes]


class Pristine:
    """A picture of the watched names, to compare with and to restore."""

    def __init__(self) -> None:
        self._spaces = [_Space(space) for space in _watched()]
        self._names = _Words(_version_of(space.live) for space in self._spaces)
        methods = (value for value in vars(nn.Module).values() if isinstance(value, types.FunctionType))
        self._functions = list(dict.fromkeys(methods))
        self._codes = [function.__code__ for function in self._functions]
        self._pointers = _Words(_code_pointer_of(function) for function in self._functions)
        self._imported = sys.modules
        self._modules = {name: module for name, module in sys.modules.items() if name.startswith("torch.nn")}
        self._modules.update(torch=torch, builtins=builtins)
        self._imports = _Words([_version_of(sys.modules)])

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it, as ``torch.relu``."""
        replaced: list[str] = []
        if self._names.changed():
            for space in self._spaces:
                replaced += space.restore()
            self._names.remember()
        if self._pointers.changed():
            for function, code in zip(self._functions, self._codes, strict=True):
                if function.__code__ is not code:
                    function.__code__ = code
                    replaced.append(function.__qualname__)
            self._pointers.remember()
        if sys.modules is not self._imported or self._imports.changed():
            for name, module in self._modules.items():
                if sys.modules.get(name) is not module:
                    sys.modules[name] = module
                    replaced.append(f"sys.modules[{name!r}]")
            self._imports.remember()
        return replaced


class _Space:
    """One module or class, and its names as they were."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.names = dict(vars(space))
        live = vars(space)
        self.live = live if isinstance(live, dict) else gc.get_referents(live)[0]

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it."""
        space, now = self.space, dict(vars(self.space))
        replaced = []
        for name, value in self.names.items():
            if name not in _LAZY and now.get(name) is not value:
                setattr(space, name, value)
                replaced.append(f"{space.__name__}.{name}")
        if isinstance(space, type):
            for name in now.keys() - self.names.keys() - _LAZY:
                # An addition matters where it hides what a base class has.
                if any(name in vars(base) for base in space.__mro__[1:]):
                    delattr(space, name)
                    replaced.append(f"{space.__name__}.{name}")
        return replaced


class _Words:
    """Words of CPython's own memory that are written to when what they belong to is changed.

    Comparing the things themselves would write to each one's reference count, and so copy, in every worker,
    all the pages that they lie on. Where such words are not known, everything counts as changed.
    """

    def __init__(self, addresses: Iterable[int]) -> None:
        self._words = [_Word.from_address(address) for address in addresses] if _KNOWN else []
        self._seen: list[int] = []
        self.remember()

    def remember(self) -> None:
        """What the words are now is what ``changed`` compares with."""
        self._seen = [word.value for word in self._words]

    def changed(self) -> bool:
        """Whether a word is another than it was."""
        return not self._words or [word.value for word in self._words] != self._seen


_KNOWN = sys.implementation.name == "cpython" and sys.version_info < (3, 14)
_Word = ctypes.c_size_t


def _version_of(names: dict[str, Any]) -> int:
    """Address of the number that changes with every change to a dict (PEP 509)."""
    return id(names) + 3 * ctypes.sizeof(_Word)  # after the reference count, the type and the length


def _code_pointer_of(function: types.FunctionType) -> int:
    """Address of a function's pointer to its code: after globals, builtins, name and qualified name."""
    return id(function) + 6 * ctypes.sizeof(_Word)
