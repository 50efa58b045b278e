"""Hidden suites as data: pytest collects and parametrises them once; their tests are called from here.

Trusted side. Setting up a test takes pytest longer than most hidden tests take to run, so no test goes
through pytest's protocol: ``grader.suite.plugin`` refuses the suites that would need it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from grader.errors import KataError
from grader.exercise import Exercise
from grader.suite import plugin

_OPTIONS = ["--collect-only", "--noconftest", "--assert=plain", "--capture=no", "--import-mode=importlib"]
_UNUSED = [
    "terminal", "cacheprovider", "logging", "warnings", "faulthandler", "timeout", "debugging", "junitxml",
    "unraisableexception", "threadexception",
]  # fmt: skip


class JudgeError(KataError):
    """A hidden suite that the judge can't collect or can't run; the message says which, and why."""


@dataclass(frozen=True)
class Case:
    """A test function with one set of parameters; ``wanted`` are the names of its arguments."""

    function: Callable[..., Any]
    wanted: tuple[str, ...]
    parameters: dict[str, Any]


@dataclass(frozen=True, eq=False)  # so that it can be a key, whatever its parameters
class HiddenTest:
    """One line of a verdict: all cases of one test function on one kind of device."""

    name: str
    title: str
    device: str
    max_points: float
    needs: tuple[str, ...]
    part: str
    cases: tuple[Case, ...]


Suite = tuple[HiddenTest, ...]


def run_test(test: HiddenTest, student: Any, reference: Any, seed: int) -> BaseException | None:
    """Call a test with each of its cases until one raises. Returns what that one raised, or None."""
    fixtures = {"student": student, "reference": reference, "seed": seed}
    for case in test.cases:
        given = fixtures | case.parameters
        try:
            case.function(**{name: given[name] for name in case.wanted})
        except BaseException as error:
            return error
    return None


def collect(exercises: Sequence[Exercise]) -> dict[str, Suite]:
    """Return the hidden suite of each exercise, by its name; the tests are in the order of their file.

    Raises JudgeError.
    """
    found: dict[str, list[pytest.Function]] = {exercise.name: [] for exercise in exercises}
    for item in _items(exercises):
        exercise = plugin.exercise_of(item)
        assert exercise is not None  # nothing but hidden suites was collected
        found[exercise.name].append(item)
    if without := [name for name, items in found.items() if not items]:
        raise JudgeError(f"The hidden suite of {', '.join(without)} has no tests.")
    return {name: _suite(items) for name, items in found.items()}


def _items(exercises: Sequence[Exercise]) -> list[pytest.Function]:
    """Enter pytest, once, and return what it collects."""
    collector = _Collector()
    place = ["-c", os.devnull, "--rootdir", str(exercises[0].root)]
    without = [word for name in _UNUSED for word in ("-p", f"no:{name}")]
    suites = [str(exercise.suite) for exercise in exercises]
    pytest.main([*place, *_OPTIONS, *without, *suites], plugins=[plugin, collector])
    if collector.trouble:
        raise JudgeError(collector.trouble)
    return collector.items


class _Collector:
    """The pytest plugin that keeps what was collected, or why that can't be run."""

    def __init__(self) -> None:
        self.items: list[pytest.Function] = []
        self.trouble = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = f"{report.nodeid} could not be collected:\n{report.longreprtext}"

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self) -> Generator[None]:
        try:
            yield
        except pytest.UsageError as error:  # from our plugin
            self.trouble = f"{error}."

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = [item for item in session.items if isinstance(item, pytest.Function)]


def _suite(items: Sequence[pytest.Function]) -> Suite:
    """Make one test of all items with the same function and device; the devices share its points."""
    groups: dict[tuple[str, str], list[pytest.Function]] = {}
    for item in items:
        groups.setdefault((plugin.name_of(item), plugin.device_of(item)), []).append(item)
    devices = Counter(name for name, _ in groups)
    return tuple(
        HiddenTest(
            name=name,
            title=plugin.title_of(alike[0]),
            device=device,
            max_points=plugin.points_of(alike[0]) / devices[name],
            needs=tuple(plugin.needs_of(alike[0])),
            part=plugin.part_of(alike[0]),
            cases=tuple(
                Case(item.function, plugin.arguments_of(item), plugin.parameters_of(item)) for item in alike
            ),
        )
        for (name, device), alike in groups.items()
    )
