"""Keeps torch and Python's builtins as they were before the student's module was loaded.

Untrusted side. A probe's evidence rests on functions such as ``isinstance`` and ``Module.named_parameters``.
A module that replaces one of them at import would forge it, so what was replaced is put back before a probe
runs; what is replaced while it runs is put back and reported.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any

import torch
from torch import nn

# Python and torch set these on classes by themselves, when first asked for them.
_LAZY = frozenset(
    {"__annotations__", "__slotnames__", "__signature__", "__parameters__", "__abstractmethods__"}
)


def _watched() -> list[Any]:
    modules = [builtins, torch, torch.nn, torch.nn.functional, torch.nn.init, torch.autograd, torch.random]
    classes = [
        torch.Tensor, nn.Parameter, nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList,
        nn.ParameterDict, nn.Identity, nn.Flatten, nn.Linear, nn.Conv2d, nn.MaxPool2d, nn.Dropout, nn.Embedding,
        nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.ReLU, nn.Tanh, nn.GELU, nn.Sigmoid, torch.optim.SGD,
        torch.optim.Adam, torch.optim.Optimizer, torch.autograd.Function,
    ]  # fmt: skip
    return [*modules, *classes]


class Pristine:
    """A picture of the watched names, to compare with and to restore.

    Comparing touches every watched object, and so copies its page into each worker: what is watched is what
    probes use, not all of torch.
    """

    def __init__(self) -> None:
        self._spaces = [(space, dict(vars(space))) for space in _watched()]
        functions = {
            function: function.__code__
            for function in vars(nn.Module).values()
            if isinstance(function, types.FunctionType)
        }
        self._functions = list(functions)
        self._codes = list(functions.values())
        self._modules = {name: module for name, module in sys.modules.items() if name.startswith("torch.nn")}
        self._modules.update(torch=torch, builtins=builtins)

    def restore(self) -> list[str]:
        """Put back what was replaced; returns the names of it, as ``torch.relu``."""
        replaced: list[str] = []
        for space, names in self._spaces:
            if vars(space) != names:
                replaced += self._restore_space(space, names)
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

    def _restore_space(self, space: Any, names: dict[str, Any]) -> list[str]:
        now = dict(vars(space))
        replaced = []
        for name, value in names.items():
            if name not in _LAZY and now.get(name) is not value:
                setattr(space, name, value)
                replaced.append(f"{space.__name__}.{name}")
        if isinstance(space, type):
            for name in now.keys() - names.keys() - _LAZY:
                # An addition matters where it hides what a base class has.
                if any(name in vars(base) for base in space.__mro__[1:]):
                    delattr(space, name)
                    replaced.append(f"{space.__name__}.{name}")
        return replaced
