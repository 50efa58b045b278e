"""Keeps torch and Python's builtins as they were before the student's module was loaded.

Untrusted side. A probe's evidence rests on functions such as ``isinstance`` and ``Module.named_parameters``.
A module that replaces one of them at import would forge it, so what was replaced is put back before a probe
runs; what is replaced while it runs is put back and reported.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import pickle
import sys
import types
import zlib
from operator import is_
from typing import Any

import msgpack
import torch
from torch import nn

_map = map  # as it was: a submission may replace the one of builtins
# Python and torch set these by themselves, when first asked for them.
_LAZY = frozenset(
    {
        "__annotations__", "__slotnames__", "__signature__", "__parameters__", "__abstractmethods__",
        "_fork_rng_warned_already",
    }
)  # fmt: skip


def _ours() -> list[Any]:
    """Return the grader's modules that are in a worker, and their classes."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("grader.")]
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    return [*modules, *dict.fromkeys(classes)]


def _watched(ours: list[Any]) -> list[Any]:
    modules = [
        pickle,
        msgpack,
        zlib,
        builtins,
        torch,
        torch.nn,
        torch.nn.functional,
        torch.nn.init,
        torch.autograd,
        torch.random,
    ]
    layers = [kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
    optimizers = [torch.optim.Optimizer, torch.optim.SGD, torch.optim.Adam]
    classes = [torch.Tensor, nn.Parameter, torch.autograd.Function, *optimizers, *dict.fromkeys(layers)]
    return [*ours, *modules, *classes]


class Pristine:
    """A picture of the watched names, to compare with and to restore."""

    def __init__(self) -> None:
        ours = _ours()
        modules = {name: module for name, module in sys.modules.items() if name.startswith("torch.nn")}
        modules.update(torch=torch, builtins=builtins)
        functions = dict.fromkeys(
            function
            for space in [nn.Module, *ours]
            for function in vars(space).values()
            if isinstance(function, types.FunctionType)
        )
        self._watched: list[_Space | _Function | _Modules] = [
            *(_Space(space) for space in _watched(ours)),
            *(_Function(function) for function in functions),
            _Modules(modules),
        ]
        addresses = [watched.address for watched in self._watched] if _HAS_WORDS else []
        self._words = [ctypes.c_uint64.from_address(address) for address in addresses]
        self._seen = [word.value for word in self._words]

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it, as ``torch.relu``."""
        now = [word.value for word in self._words]
        if _HAS_WORDS and now == self._seen:
            return []
        replaced: list[str] = []
        for index, watched in enumerate(self._watched):
            if not _HAS_WORDS or now[index] != self._seen[index]:
                replaced += watched.restore()
        self._seen = [word.value for word in self._words]
        return replaced


class _Space:
    """One module or class, and its names as they were."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.names = dict(vars(space))
        live = vars(space)
        self.address = _version_of(live if isinstance(live, dict) else gc.get_referents(live)[0])

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it."""
        live = vars(self.space)
        if [*live] == [*self.names] and False not in _map(is_, live.values(), self.names.values()):
            return []  # somebody set a name to what it was: torch.set_default_dtype sets torch.Storage
        space, now = self.space, dict(live)
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


class _Function:
    """One function, and the code that it had."""

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function
        self.code = function.__code__
        self.address = id(function) + _CODE_OFFSET

    def restore(self) -> list[str]:
        """Put its code back; returns its name if it had another one."""
        if self.function.__code__ is self.code:
            return []
        self.function.__code__ = self.code
        return [self.function.__qualname__]


class _Modules:
    """What ``import`` gives for the names of torch and of Python's builtins."""

    def __init__(self, modules: dict[str, types.ModuleType]) -> None:
        self.modules = modules
        self.address = _version_of(sys.modules)

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it."""
        replaced = [name for name, module in self.modules.items() if sys.modules.get(name) is not module]
        sys.modules.update({name: self.modules[name] for name in replaced})
        return [f"sys.modules[{name!r}]" for name in replaced]


# What is watched has a word of memory that changes with it. Looking at that word only reads it, where looking
# at the object itself counts a reference, and so copies the page that it shares with the warm parent.


def _version_of(names: dict[str, Any]) -> int:
    """Where a dict has the number that CPython 3.11 to 3.13 changes with every change to it (PEP 509)."""
    return id(names) + _VERSION_OFFSET


def _code_offset() -> int:
    """Where a function has the pointer to its code."""
    size = ctypes.sizeof(ctypes.c_void_p)
    words = (ctypes.c_uint64 * (types.FunctionType.__basicsize__ // size)).from_address(id(_code_offset))
    return list(words).index(id(_code_offset.__code__)) * size


_HAS_WORDS = sys.implementation.name == "cpython" and sys.version_info < (3, 14)
_VERSION_OFFSET = 3 * ctypes.sizeof(ctypes.c_void_p)  # after the reference count, the type and the length
_CODE_OFFSET = _code_offset() if _HAS_WORDS else 0
