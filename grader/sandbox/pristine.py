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
from typing import Any

import msgpack
import torch
from torch import nn

# Python and torch set these on classes by themselves, when first asked for them.
_LAZY = frozenset(
    {"__annotations__", "__slotnames__", "__signature__", "__parameters__", "__abstractmethods__"}
)


def _ours() -> list[Any]:
    """The modules of the grader that are in a worker, and their classes."""
    from grader import simcuda, wire
    from grader.sandbox import probekit, worker
    from grader.simcuda import (
        autocast,
        cuda,
        dispatch,
        functions,
        machine,
        mixing,
        moves,
        operators,
        storages,
        tensors,
    )

    modules = [wire, probekit, worker, simcuda, autocast, cuda, dispatch, functions, machine, mixing, moves]
    modules += [operators, storages, tensors]
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
        self._spaces = [_Space(space) for space in _watched(ours)]
        self._versions = [_version(space.live) for space in self._spaces] if _HAS_VERSIONS else []
        self._seen = [version.value for version in self._versions]
        functions = {
            function: function.__code__
            for space in [nn.Module, *ours]
            for function in vars(space).values()
            if isinstance(function, types.FunctionType)
        }
        self._functions = list(functions)
        self._codes = list(functions.values())
        self._modules = {name: module for name, module in sys.modules.items() if name.startswith("torch.nn")}
        self._modules.update(torch=torch, builtins=builtins)

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it, as ``torch.relu``."""
        replaced: list[str] = []
        if not self._versions or [version.value for version in self._versions] != self._seen:
            for space in self._spaces:
                replaced += space.restore()
            self._seen = [version.value for version in self._versions]
        if [function.__code__ for function in self._functions] != self._codes:
            for function, code in zip(self._functions, self._codes, strict=True):
                if function.__code__ is not code:
                    function.__code__ = code
                    replaced.append(function.__qualname__)
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                replaced.append(f"sys.modules[{name!r}]")
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


def _version(names: dict[str, Any]) -> ctypes.c_uint64:
    """The number in a dict that CPython 3.11 to 3.13 changes with every change to the dict (PEP 509).

    Reading it touches one page, where comparing the dict touches the pages of all that is in it.
    """
    return ctypes.c_uint64.from_address(id(names) + _VERSION_OFFSET)


_VERSION_OFFSET = 3 * ctypes.sizeof(ctypes.c_void_p)  # after the reference count, the type and the length
_HAS_VERSIONS = sys.implementation.name == "cpython" and sys.version_info < (3, 14)
