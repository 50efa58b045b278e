"""A scenario: run lines as a learner would type them, then look at expressions.

Untrusted side. It knows nothing of what is right; how a line or a look ended is part of the evidence.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from grader.wire.case import Scenario
from grader.worker import loop, observation, ours, probekit, tree


def probe(module: Any, pickled: bytes, seed: int, device: str) -> dict[str, Any]:
    """Run a pickled scenario on the student's module: a probe."""
    with observation.default_dtype(torch.float64):
        return run(ours.unpickle(pickled), module, device, seed)


def run(scenario: Scenario, module: Any, device: str, seed: int) -> dict[str, Any]:
    """Run the lines, then the looks, with float64 as the default dtype. New models get weights by their
    names.

    Returns ``ended``, how the lines ended, ``ran``, the number of lines that did, and ``seen``, by look, its
    value or how it ended.
    """
    probekit.seed_torch(seed)
    given = dict(scenario.given())
    probekit.fill(tree.Held({name: value for name, value in given.items() if isinstance(value, nn.Module)}))
    given = {name: moved(value, device) for name, value in given.items()}
    own = observation.own_parameters(given)
    probekit.seed_torch(seed)
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional, "OrderedDict": OrderedDict}
    names |= (
        vars(module)
        | {"names": names_in, "modes": modes_in, "grads": gradients_in, "places": places_in, "device": device}
        | given
    )
    ran, filled = 0, {id(value): value for value in vars(module).values()}
    file = str(vars(module).get("__file__"))
    for line in scenario.lines():
        ended = run_line(line, names, file)
        if ended["raised"]:
            return {"ended": ended, "ran": ran, "seen": {}}
        ran += 1
        for name, value in names.items():
            if isinstance(value, nn.Module) and id(value) not in filled and name not in given:
                filled[id(value)] = value
                probekit.fill(value, but=own | observation.ids_of(value, scenario.constants))
    known = {id(value): name for name, value in names.items() if isinstance(value, nn.Module)}
    given_first = {id(value): name for name, value in given.items() if isinstance(value, nn.Module)}
    seen = {look: looked_at(look, names, known | given_first, file) for look in scenario.looks}
    return {"ended": {"raised": None}, "ran": ran, "seen": seen}


def moved(value: Any, device: str) -> Any:
    """Return a given module or tensor on ``device``, and anything else as it is."""
    return value.to(device) if isinstance(value, (nn.Module, torch.Tensor)) and device != "cpu" else value


def run_line(line: str, names: dict[str, Any], file: str) -> dict[str, Any]:
    """Run a line, and say how it ended: as ``raised`` does, if it raised."""
    try:
        exec(compile(line, "<the lines>", "exec"), names)
    except Exception as error:
        return raised(error, file)
    return {"raised": None}


def looked_at(look: str, names: dict[str, Any], known: Mapping[int, str], file: str) -> dict[str, Any]:
    """Return ``{"value": ...}``, or how the look ended."""
    try:
        return {"value": plain(observation.evaluate(look, names), known)}
    except Exception as error:
        return raised(error, file)


def raised(error: Exception, file: str) -> dict[str, Any]:
    """Return an exception as data: its class and bases, its text, and the lines of ``file`` it passed."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    frames, own = loop.own_lines(error, {file})
    return {"raised": kinds[0], "kinds": kinds, "message": str(error)[:600], "frames": frames, "own": own}


def plain(value: Any, known: Mapping[int, str]) -> Any:
    """Return a value as data, in which modules are told by the names that the lines give them."""
    if isinstance(value, nn.Module):
        return known.get(id(value), f"another {type(value).__name__}")
    if type(value) in (list, tuple):
        return type(value)(plain(item, known) for item in value)
    if type(value) in (dict, OrderedDict):
        return {key: plain(item, known) for key, item in value.items()}
    return value


def names_in(net: nn.Module) -> list[str]:
    """Return the names of a model's own modules, also of one that stands in two places."""
    return list(net._modules)


def modes_in(*modules: nn.Module) -> list[str]:
    """Return the mode of each module."""
    return ["train" if module.training else "eval" for module in modules]


def places_in(*modules: nn.Module) -> list[str]:
    """Return the device of each module's first parameter."""
    return [str(next(iter(tree.parameters(module).values())).device) for module in modules]


def gradients_in(net: nn.Module) -> dict[str, Any]:
    """Return the gradients of a model's parameters by their names."""
    return {name: parameter.grad for name, parameter in tree.parameters(net).items()}
