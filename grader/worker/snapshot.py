"""Snapshots: what values, models and the world were like before the student's code ran, and what has changed
since.

Untrusted side. A change is told as a pair of strings: the name of the thing, and what is another one now.
"""

from __future__ import annotations

import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import torch
from torch import nn

from grader.worker import tree

Change = list[str]
_PLAIN = (type(None), bool, int, float, str, bytes, torch.dtype, torch.device, torch.Size)
_DEEPEST = 8
_GLOBAL_HOOKS = [
    table
    for name, table in vars(nn.modules.module).items()
    if name.startswith("_global") and type(table) is OrderedDict
]
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_HOOKS_OF_A_TENSOR = ("_backward_hooks", "_post_accumulate_grad_hooks")


class _Tensor:
    """A tensor as it was."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        self.values = tensor.detach().clone()
        self.facts = _facts(tensor)

    def changes(self, now: Any) -> list[str]:
        """Return what is another one now, in words."""
        if now is not self.tensor:
            return ["it is another object"]
        found = [
            f"{name}, from {was} to {new}"
            for (name, was), (_, new) in zip(self.facts, _facts(now), strict=True)
            if was != new
        ]
        if not found and not _equal(now.detach(), self.values):
            found = ["its values"]
        return found


class _Plain:
    """A number, a string or any other thing that is looked at as a whole."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.text = repr(value) if type(value) in _PLAIN else ""

    def changes(self, now: Any) -> list[str]:
        """Return what is another one now, in words."""
        if type(self.value) in _PLAIN:
            same = type(now) is type(self.value) and repr(now) == self.text
            new = repr(now) if type(now) in _PLAIN else type(now).__name__
            return [] if same else [f"from {self.text[:80]} to {new[:80]}"]
        return [] if now is self.value else ["it is another object"]


class _Container:
    """A list, a tuple or a mapping, and what was in it."""

    def __init__(self, value: Any, depth: int) -> None:
        self.value = value
        self.items = [(key, item, of(item, depth + 1)) for key, item in _items(value)]

    def changes(self, now: Any) -> list[str]:
        """Return what is another one now, in words."""
        if now is not self.value:
            return ["it is another object"]
        there = _items(now)
        was, new = [key for key, *_ in self.items], [key for key, _ in there]
        if all(type(item) in _PLAIN for _, item, _ in self.items) and all(
            type(item) in _PLAIN for _, item in there
        ):
            before, after = [item for _, item, _ in self.items], [item for _, item in there]
            if (was, before) == (new, after):
                return []
            kind = dict if isinstance(now, Mapping) else list
            if kind is dict:
                return [
                    f"from {dict(zip(was, before, strict=True))} to {dict(zip(new, after, strict=True))}"[
                        :200
                    ]
                ]
            return [f"from {before} to {after}"[:200]]
        if was != new:
            if isinstance(now, Mapping):
                return [f"its keys, from {was} to {new}"[:200]]
            return [f"its length, from {len(was)} to {len(new)}"]
        found = []
        for (key, before_item, before), (_, item) in zip(self.items, there, strict=True):
            if item is not before_item and type(item) not in _PLAIN:
                found.append(f"what stands at {key!r}")
            else:
                found += [f"what stands at {key!r}: {change}" for change in before.changes(item)]
        return found[:3]


class Model:
    """A model as it was: values, names, modes, gradients, hooks, places.

    Of a model that ``learns``, values and gradients may change.
    """

    def __init__(self, net: nn.Module, *, learns: bool = False) -> None:
        self.net = net
        self.learns = learns
        self.parts = tree.modules(net)
        self.tensors = _named(net)
        self.values = (
            {} if learns else {name: tensor.detach().clone() for name, tensor in self.tensors.items()}
        )
        self.facts = self._facts()

    def _facts(self) -> list[Any]:
        """What holds of each tensor, then of each part, in the order of ``_names``."""
        parts = self.parts.values()
        return [
            *(self._facts_of(tensor) for tensor in self.tensors.values()),
            *(part.training for part in parts),
            *(sum(len(getattr(part, table)) for table in _HOOKS) for part in parts),
        ]

    def _told(self, index: int, was: Any, now: Any) -> str:
        """Say in words what has changed at a place of ``_facts``."""
        tensors, parts = list(self.tensors), [name or "the model" for name in self.parts]
        if index < len(tensors):
            what, old, new = next((a, b, d) for (a, b), (_, d) in zip(was, now, strict=True) if b != d)
            return f"{what} of {tensors[index]}, from {old} to {new}"
        index -= len(tensors)
        if index < len(parts):
            mode = {True: "train", False: "eval"}
            return f"the mode of {parts[index]}, from {mode[was]} to {mode[now]}"
        return f"the number of hooks on {parts[index - len(parts)]}, from {was} to {now}"

    def _facts_of(self, tensor: torch.Tensor) -> list[tuple[str, Any]]:
        """What holds of a tensor; where a model learns, gradients come and go."""
        return [fact for fact in _facts(tensor) if not (self.learns and fact[0] == "grad")]

    def changes(self, now: Any) -> list[str]:
        """Return what is another one now, in words."""
        if now is not self.net:
            return ["it is another object"]
        tensors, parts = _named(self.net), tree.modules(self.net)
        for what, was, new in (("its tensors", self.tensors, tensors), ("its modules", self.parts, parts)):
            if list(was) != list(new):
                more, less = [n for n in new if n not in was], [n for n in was if n not in new]
                told = [*(f"more: {name}" for name in more), *(f"gone: {name}" for name in less)]
                return [f"{what}: {', '.join(told[:4]) or 'their order'}"]
        if other := [name for name in parts if parts[name] is not self.parts[name]]:
            return [f"{other[0]}: another module stands there"]
        if other := [name for name in tensors if tensors[name] is not self.tensors[name]]:
            return [f"{other[0]}: another tensor stands there"]
        pairs = enumerate(zip(self.facts, self._facts(), strict=True))
        found = [self._told(index, was, new) for index, (was, new) in pairs if was != new]
        found += [
            f"the values of {name}"
            for name, was in self.values.items()
            if not _equal(tensors[name].detach(), was)
        ]
        return found[:3]


class Optimizer:
    """An optimizer as it was set: its groups and its hooks, but not what it remembers."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer
        self.facts = self._facts()

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"the hooks on the optimizer": _hooks(vars(self.optimizer))}
        for index, group in enumerate(self.optimizer.param_groups):
            which = "" if len(self.optimizer.param_groups) == 1 else f" of group {index}"
            for key, value in group.items():
                facts[f"{key}{which}"] = [id(p) for p in value] if key == "params" else repr(value)
        return facts

    def changes(self, now: Any) -> list[str]:
        """Return what is another one now, in words."""
        if now is not self.optimizer:
            return ["it is another object"]
        facts = self._facts()
        if facts.keys() != self.facts.keys():
            return ["its groups, or what is set for them"]
        return [
            f"its {what}" if what.startswith("params") else f"{what}, from {was} to {facts[what]}"
            for what, was in self.facts.items() if facts[what] != was
        ]  # fmt: skip


def of(value: Any, depth: int = 0) -> Any:
    """Return a snapshot of a value; its method ``changes(now)`` tells what is another one."""
    if isinstance(value, torch.Tensor):
        return _Tensor(value)
    if isinstance(value, nn.Module):
        return Model(value)
    if isinstance(value, torch.optim.Optimizer):
        return Optimizer(value)
    if isinstance(value, (list, tuple, Mapping)) and depth < _DEEPEST:
        return _Container(value, depth)
    return _Plain(value)


def of_what_learns(value: Any) -> Any:
    """Return a snapshot of what stays as it is while a value is changed; None if that is nothing."""
    if isinstance(value, nn.Module):
        return Model(value, learns=True)
    return Optimizer(value) if isinstance(value, torch.optim.Optimizer) else None


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return what has changed of several named values."""
    return [[name, change] for name, snapshot in before.items() for change in snapshot.changes(now[name])][:6]


_WORLD: Final[dict[str, Callable[[], Any]]] = {
    "torch.is_grad_enabled()": torch.is_grad_enabled,
    "torch.is_inference_mode_enabled()": torch.is_inference_mode_enabled,
    "torch.get_default_dtype()": torch.get_default_dtype,
    "torch.get_default_device()": torch.get_default_device,
    "torch.is_autocast_enabled('cpu')": partial(torch.is_autocast_enabled, "cpu"),
    "torch.is_autocast_enabled('cuda')": partial(torch.is_autocast_enabled, "cuda"),
    "torch.are_deterministic_algorithms_enabled()": torch.are_deterministic_algorithms_enabled,
    "torch.is_anomaly_enabled()": torch.is_anomaly_enabled,
    "the seed of torch's generator": torch.default_generator.initial_seed,
    # A module of a library that torch imports when it is first needed may add one for its own category.
    "warnings.filters": lambda: [f for f in warnings.filters if f[2].__module__ == "builtins"],
    "the number of hooks for all modules": lambda: sum(map(len, _GLOBAL_HOOKS)),
    "the number of hooks for all optimizers": lambda: _hooks(
        vars(sys.modules["torch.optim.optimizer"]), "_global"
    ),
}


def world() -> dict[str, Any]:
    """Return what belongs to the whole program: gradient mode, defaults, autocast, seeds, warnings, hooks."""
    return {name: look() for name, look in _WORLD.items()}


def world_changes(before: dict[str, Any], *, building: bool = False) -> list[Change]:
    """Return what has changed in the world. While a model is built, it may seed torch's generator."""
    now = world()
    return [
        [name, "it was changed" if name == "warnings.filters" else f"from {was} to {now[name]}"]
        for name, was in before.items()
        if _ours(name, now[name]) != _ours(name, was)
        and not (building and name == "the seed of torch's generator")
    ]


def _ours(name: str, value: Any) -> Any:
    """Return what counts of a value: libraries that torch imports late add filters for warnings of their
    own.
    """
    return [f for f in value if f[2].__module__ == "builtins"] if name == "warnings.filters" else value


def _named(net: nn.Module) -> dict[str, torch.Tensor]:
    return tree.parameters(net) | tree.buffers(net)


def _facts(tensor: torch.Tensor) -> list[tuple[str, Any]]:
    grad = tensor.grad if tensor.is_leaf else None
    return [
        ("requires_grad", tensor.requires_grad),
        ("the device", str(tensor.device)),
        ("the dtype", str(tensor.dtype)),
        ("the shape", tuple(tensor.shape)),
        ("grad", None if grad is None else "a tensor"),
        ("the hooks", _hooks({name: getattr(tensor, name, None) for name in _HOOKS_OF_A_TENSOR})),
    ]


def _hooks(tables: Mapping[str, Any], start: str = "") -> int:
    """Return how many hooks stand in tables of hooks, which are known by their names."""
    return sum(
        len(table) for name, table in tables.items()
        if "hooks" in name and name.startswith(start) and isinstance(table, dict)
    )  # fmt: skip


def _equal(got: torch.Tensor, was: torch.Tensor) -> bool:
    same_kind = (got.shape, got.dtype, got.device) == (was.shape, was.dtype, was.device)
    return same_kind and (torch.equal(got, was) or torch.allclose(got, was, rtol=0, atol=0, equal_nan=True))


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else list(enumerate(value))
