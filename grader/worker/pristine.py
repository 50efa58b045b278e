"""Keeps torch, Python's builtins and the grader's own modules as they were before a submission was imported.

Untrusted side. A probe's evidence rests on functions such as ``isinstance`` and ``Module.named_parameters``.
A submission that replaces one of them would forge the evidence. What it replaces while it is imported is put
back before a probe runs; what it replaces while a probe runs is put back and reported.

Comparing every name takes long: it counts references, and so copies 1,800 pages that a worker shares with
the warm parent. Each dict and each function has a word of memory that changes when it does: CPython's version
of the dict, the pointer to the function's code. Reading these words copies nothing. A dict whose
word has changed may still be what it was: the bytes of its table say so. Where a word or a table is seen not
to change with the dict, as in CPython 3.14, all names are compared.
"""

from __future__ import annotations

import builtins
import copy
import ctypes
import gc
import itertools
import pickle
import sys
import types
import weakref
import zlib
from collections.abc import Iterator
from operator import is_
from typing import Any

import cloudpickle
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
        cloudpickle,
        msgpack,
        zlib,
        weakref,
        gc,
        copy,
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
        self._builtins = _Builtins()
        watched: list[_Watched] = [
            self._builtins,
            *(_Space(space) for space in _watched(ours)),
            *(_Function(function) for function in functions),
            _Modules(modules),
        ]
        self._told: list[_Watched] = []
        self._compared: list[_Watched] = []
        for each in watched:
            (self._told if _is_told_by_its_word(each) else self._compared).append(each)
        self._words = [each.word for each in self._told]
        self._seen = [word.value for word in self._words]

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it, as ``torch.relu``."""
        now = [word.value for word in self._words]
        if now == self._seen and not self._compared:
            return []
        replaced = self._builtins.restore()  # first, since all that follows uses them
        for watched, seen, word in zip(self._told, self._seen, now, strict=True):
            if seen != word:
                replaced += watched.restore()
        for watched in self._compared:
            replaced += watched.restore()
        self._seen = [word.value for word in self._words]
        return replaced


def _is_told_by_its_word(watched: _Watched) -> bool:
    """Change what is watched, and look whether its word changes: nobody promises where CPython keeps it."""
    words = [watched.word.value, *(watched.word.value for _ in watched.changes())]
    return all(before != after for before, after in itertools.pairwise(words))


class _Space:
    """One module or class, and its names as they were."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.names = dict(vars(space))
        self.keys = list(self.names)
        live = vars(space)
        names = live if isinstance(live, dict) else gc.get_referents(live)[0]
        self.word = _word_of_dict(names)
        self.table = _Table(names)

    def changes(self) -> Iterator[None]:
        """Change it in every way that matters, and back; yields after each change."""
        setattr(self.space, _TRIAL, 1)
        self.table = _Table(self.table.names)
        yield
        setattr(self.space, _TRIAL, 2)
        tells = not self.table.is_as_it_was()
        yield
        delattr(self.space, _TRIAL)
        tells &= not self.table.is_as_it_was()
        yield
        self.table = _Table(self.table.names) if tells else _Table({})

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it."""
        if self.table.is_as_it_was():
            return []  # somebody set a name to what it was: torch.set_default_dtype sets torch.Storage
        live = vars(self.space)
        if [*live] == [*self.names] and False not in _map(is_, live.values(), self.names.values()):
            return []
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


class _Builtins(_Space):
    """Python's builtins. They are put back without the use of any."""

    def __init__(self) -> None:
        super().__init__(builtins)
        self.live = vars(builtins)

    def restore(self) -> list[str]:
        live, names = self.live, self.names
        replaced = [name for name in names if live.get(name) is not names[name]]
        if replaced:
            live.update(names)
        return ["builtins." + name for name in replaced]


class _Function:
    """One function, and the code that it had."""

    def __init__(self, function: types.FunctionType) -> None:
        self.function = function
        self.code = function.__code__
        self.word = ctypes.c_uint64.from_address(id(function) + _CODE_OFFSET)

    def changes(self) -> Iterator[None]:
        self.function.__code__ = self.code.replace()
        yield
        self.function.__code__ = self.code
        yield

    def restore(self) -> list[str]:
        if self.function.__code__ is self.code:
            return []
        self.function.__code__ = self.code
        return [self.function.__qualname__]


class _Modules:
    """What ``import`` gives for the names of torch and of Python's builtins."""

    def __init__(self, modules: dict[str, types.ModuleType]) -> None:
        self.modules = modules
        self.word = _word_of_dict(sys.modules)

    def changes(self) -> Iterator[None]:
        sys.modules[_TRIAL] = builtins
        yield
        sys.modules[_TRIAL] = torch
        yield
        del sys.modules[_TRIAL]
        yield

    def restore(self) -> list[str]:
        replaced = [name for name, module in self.modules.items() if sys.modules.get(name) is not module]
        sys.modules.update({name: self.modules[name] for name in replaced})
        return [f"sys.modules[{name!r}]" for name in replaced]


_Watched = _Space | _Function | _Modules


class _Table:
    """The table of a dict in memory: pointers to its keys and values. Whoever holds these objects knows that
    the dict is as it was where the table is, without touching one of them.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        words = (ctypes.c_uint64 * (dict.__basicsize__ // _WORD)).from_address(id(names))
        self.place = ctypes.c_uint64.from_address(id(names) + _TABLE_OFFSET)
        self.was_at = self.place.value
        self.bytes: Any = None
        if words[-1] == 0 and (size := dict.__sizeof__(names) - dict.__basicsize__ - _TABLE_HEAD) > 0:
            self.bytes = (ctypes.c_char * size).from_address(self.was_at + _TABLE_HEAD)
            self.held = self.bytes.raw

    def is_as_it_was(self) -> bool:
        """Whether nothing was added, removed or set to something else; False also where nobody knows."""
        known = self.bytes is not None and self.place.value == self.was_at
        return known and self.bytes.raw == self.held


def _word_of_dict(names: dict[str, Any]) -> ctypes.c_uint64:
    """Return the number that CPython 3.11 to 3.13 changes with every change to a dict (PEP 509)."""
    return ctypes.c_uint64.from_address(id(names) + _VERSION_OFFSET)


def _code_offset() -> int:
    """Return where a function has the pointer to its code."""
    words = (ctypes.c_uint64 * (types.FunctionType.__basicsize__ // _WORD)).from_address(id(_code_offset))
    return list(words).index(id(_code_offset.__code__)) * _WORD


_TRIAL = "_kata_trial"
_WORD = ctypes.sizeof(ctypes.c_void_p)
_VERSION_OFFSET = 3 * _WORD  # after the reference count, the type and the length
_TABLE_OFFSET = 4 * _WORD  # after the version; the word behind it is 0 unless objects share the keys
_TABLE_HEAD = 2 * _WORD  # of the table: a reference count, sizes, and a number for the interpreter's caches
_CODE_OFFSET = _code_offset()
