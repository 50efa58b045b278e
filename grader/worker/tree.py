"""A model's modules, parameters and buffers by their names, in the order in which torch gives them.

Untrusted side. They are read out of the tables that every ``nn.Module`` has, with functions of ours:
``nn.Module.named_parameters`` could be another one while a submission's code runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import Module


class Held(Module):
    """A model around others: ``Held({"net": net}).to(device)`` moves ``net`` as a part of a model."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        super().__init__()
        for name, module in modules.items():
            self._modules[name] = module


def modules(net: Module) -> dict[str, Module]:
    """Return a model and all of its parts, each under the first of its names; that of the model is empty."""
    found: dict[str, Module] = {}
    _collect(net, "", found, set())
    return found


def _collect(net: Module, name: str, found: dict[str, Module], seen: set[int]) -> None:
    if id(net) in seen:
        return
    seen.add(id(net))
    found[name] = net
    for key, part in net._modules.items():
        if part is not None:
            _collect(part, f"{name}.{key}" if name else key, found, seen)


def parameters(net: Module) -> dict[str, nn.Parameter]:
    """Return all parameters, each under the first of its names."""
    return _tensors(net, "_parameters")


def buffers(net: Module) -> dict[str, torch.Tensor]:
    """Return all buffers, each under the first of its names."""
    return _tensors(net, "_buffers")


def _tensors(net: Module, table: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for name, part in modules(net).items():
        for key, tensor in getattr(part, table).items():
            if tensor is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                found[f"{name}.{key}" if name else key] = tensor
    return found
