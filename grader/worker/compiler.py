"""Keeps torch's compiler out of memory.

Untrusted side. torch's optimizers mention ``torch._dynamo`` with every step, only to say that they are not to
be compiled, and so import all of it: half of an import of torch, and a quarter of its memory, for what no
answer uses. In its place stands a module with the two functions that they call, which have nothing to do
where nothing is compiled. It becomes the real one as soon as it is asked for anything else. ``torch.compile``
gives back what it is given: the results are the same, and the sandbox has no compiler to call.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from importlib.machinery import ModuleSpec
from typing import Any

import torch

NAME = "torch._dynamo"


def leave_out() -> None:
    """From now on, ``import torch._dynamo`` takes no time; without effect where it has been imported."""
    spec = importlib.util.find_spec(NAME)
    torch.compile = _as_it_is
    if NAME not in sys.modules and spec is not None:
        sys.modules[NAME] = torch._dynamo = _Waiting(spec)


def _as_it_is(model: Any = None, **_: Any) -> Any:
    """In the place of ``torch.compile``; without a model, a decorator."""
    return model if model is not None else lambda decorated: decorated


class _Waiting(types.ModuleType):
    """What stands there. The real module is made of this very object, since others have it by now."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__ = spec

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """End the graph that is being compiled: there is none."""

    @staticmethod
    def disable(function: Any = None, *_: Any, **__: Any) -> Any:
        """Keep the compiler from ``function``; without one, a decorator that does."""
        return function if callable(function) else lambda decorated: decorated

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # what Python asks of any module
            raise AttributeError(f"module {NAME!r} has no attribute {name!r}")
        spec: Any = self.__spec__
        self.__class__ = types.ModuleType  # type: ignore[assignment]
        vars(self).update(vars(importlib.util.module_from_spec(spec)))
        before = dict(vars(torch))
        spec.loader.exec_module(self)
        for own, value in before.items():  # it wraps manual_seed, which would look like tampering
            setattr(torch, own, value)
        return getattr(self, name)
