"""A case: how to make a thing of the student's and what to call it with. And a scenario: lines that a
learner would type.

Read by both sides: the judge writes the words of a message from the same text that the worker runs, so that
message and code can't part. What needs to be made anew for each run (tensors, modules, lists) is made by
functions, which travel to the worker by value.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Callable[..., Mapping[str, Any]]


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, eq=False)
class ModelCase:
    """One way to make a model, and one way to call it.

    ``build`` is the expression that makes it, as ``MLP([3, 4, 2])``; ``given()`` makes the values that
    stand in it by name. ``inputs()`` makes what ``call`` is given, by name: tensors on the CPU, in float32
    where they hold fractions, with the batch in dimension 0 if ``batched``. ``other`` makes a model of
    other sizes, whose life must not matter. ``constants`` are names of parameters and buffers that keep the
    values that the model gives them, where others get values by their names.
    """

    build: str
    inputs: Values
    call: str = "model(x)"
    given: Values = _nothing
    batched: bool = True
    other: str = ""
    constants: frozenset[str] = frozenset()

    @property
    def part(self) -> str:
        """The class or function of the exercise that this case is about."""
        return self.build.partition("(")[0]

    @property
    def words(self) -> str:
        """The call as one expression: ``MLP([3, 4, 2])(x)``."""
        return self.build + self.call.removeprefix("model")


@dataclass(frozen=True, eq=False)
class CallCase:
    """One call of a function of the student's.

    ``call`` is the expression, as ``evaluate(model, batches, device)``; ``given()`` makes the values that
    stand in it by name, in torch's default dtype; it may have a parameter ``device``. ``device`` also stands
    in the expression for the device of the run. ``about`` says in words what is special about these values,
    for messages. ``changes`` names those that the call is there to change: of a model then its values and
    gradients may be others afterwards, and no more; of an optimizer what it remembers.
    """

    call: str
    given: Values
    about: str = ""
    changes: frozenset[str] = frozenset()

    def values(self, device: str) -> dict[str, Any]:
        """Make what is given to a call on ``device``."""
        place = {"device": device} if "device" in inspect.signature(self.given).parameters else {}
        return {**self.given(**place), "device": device}

    @property
    def part(self) -> str:
        """The function of the exercise that this case is about."""
        return self.call.partition("(")[0]

    @property
    def words(self) -> str:
        """The call, and what is special about it."""
        return f"{self.call} {self.about}".rstrip()


Case = ModelCase | CallCase


@dataclass(frozen=True, eq=False)
class Scenario:
    """Lines that run one after the other with the exercise's names, and expressions that are looked at after
    them.

    ``given()`` makes the values that stand in them by name. A line that raises ends the scenario; so does
    the end. ``without`` are classes of torch.nn that the student is to do without: no code of theirs may run
    in the lines, and no model may inherit from them. ``constants`` are those of a ModelCase,
    for every model that the lines make; ``*`` stands for all names, where models only hold what is given.
    """

    text: str
    looks: tuple[str, ...]
    given: Values = _nothing
    part: str = ""
    constants: frozenset[str] = frozenset()

    def lines(self) -> list[str]:
        """Return the statements, each as one text. Each begins on a line of its own."""
        rows = self.text.splitlines()
        body = ast.parse(self.text).body
        return ["\n".join(rows[node.lineno - 1 : node.end_lineno]) for node in body]
