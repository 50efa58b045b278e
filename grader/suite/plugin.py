"""The pytest plugin that makes a hidden suite: what a test may ask for, its markers, and who gives what.

Trusted side. The judge collects suites with it. An author who types
``pytest tests/hidden/03_modulelist --submission FILE`` also runs them with it; without the option, the
reference is tested. In a learner's own pytest it gives the visible tests their ``device``, and
``suite.learner`` says what to write.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.exercise import Exercise, ExerciseError, load
from grader.suite import learner
from grader.wire.case import CallCase, ModelCase, Scenario
from grader.words import listed

if TYPE_CHECKING:
    from grader.sandbox.host import Sandbox
    from grader.suite.rules import Rule
    from grader.suite.student import Reference, Subject

HIDDEN = ("tests", "hidden")
FIXTURES = ("student", "reference", "seed", "device")
_MARKERS = {
    "points": "points(n): what the test is worth, whatever its parameters (1)",
    "needs": "needs(name): not reached if the test of that name did not pass",
    "part": "part(name): the class or function that the test is about (its case's, or what its title "
    "begins with)",
}
# The second GPU: whoever means the model's device is right there, and whoever means "the" GPU is not.
CUDA = "cuda:1"
_WHAT_THERE_IS = f"a hidden test can have {listed(FIXTURES)}, and its own parameters"


class Bench:
    """What the fixtures draw on in an author's session: one sandbox, one seed, one submission at a time."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.sandbox = sandbox
        self.seed = seed
        self.student: Subject | None = None
        self.failed: set[tuple[str, str]] = set()
        self._references: dict[str, Reference] = {}

    def has(self, exercise: Exercise) -> bool:
        """Whether a submission for this exercise is on the bench."""
        return self.student is not None and self.student.main == exercise.filename

    def take(self, exercise: Exercise, source: bytes) -> Subject:
        """Put a submission on the bench, in place of the last one."""
        from grader.suite.student import Subject

        self.clear()
        self.student = Subject(
            self.sandbox, exercise.filename, {exercise.filename: source}, self.seed, without=exercise.without
        )
        return self.student

    def reference(self, exercise: Exercise) -> Reference:
        """The exercise's reference solution, in a worker of its own."""
        from grader.suite.student import Reference

        if exercise.name not in self._references:
            source = exercise.reference.read_bytes()
            self._references[exercise.name] = Reference(
                self.sandbox, exercise.filename, source, self.seed, exercise.without
            )
        return self._references[exercise.name]

    def clear(self) -> None:
        """End the submission that is on the bench."""
        if self.student is not None:
            self.student.close()
            self.student = None
        self.failed.clear()

    def close(self) -> None:
        """End everything."""
        self.clear()
        for reference in self._references.values():
            reference.close()
        self.sandbox.close()


BENCH = pytest.StashKey[Bench]()


def exercise_of(item: pytest.Item | pytest.FixtureRequest) -> Exercise | None:
    """The exercise whose hidden suite a test belongs to; None for a test that is in no hidden suite."""
    return _exercise_at(item.path)


@cache
def _exercise_at(path: Path) -> Exercise | None:
    folder = _suite_of(path)
    return load(folder.parents[2], folder.name) if folder else None


@cache
def _suite_of(path: Path) -> Path | None:
    """The folder of the hidden suite that a file belongs to, or None."""
    for folder in path.parents:
        if (folder.parent.parent.name, folder.parent.name) == HIDDEN:
            return folder
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options for authors."""
    group = parser.getgroup("torch-kata")
    group.addoption("--submission", metavar="FILE", help="the file that hidden suites test (the reference)")
    group.addoption("--seed", type=int, default=None, help="the seed of hidden suites (drawn anew)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    for line in _MARKERS.values():
        config.addinivalue_line("markers", line)
    if config.pluginmanager.has_plugin("terminal"):  # the judge has none
        config.pluginmanager.register(learner)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a suite whose markers can't be meant, and a hidden one that the judge could not run."""
    seen: dict[Path, set[str]] = {}
    for item in items:
        if _suite_of(item.path) and (reason := _reason_to_refuse(item)):
            raise pytest.UsageError(f"{item.nodeid}: {reason}")
        names = seen.setdefault(item.path, set())
        for needed in needs_of(item):
            if needed not in names:
                raise pytest.UsageError(
                    f"{item.nodeid} needs '{needed}', but no test of that name comes before it"
                )
        names.add(name_of(item))
        if points_of(item) <= 0:
            raise pytest.UsageError(f"{item.nodeid}: points must be more than 0")


def _reason_to_refuse(item: pytest.Item) -> str:
    """Return why the judge, which calls tests itself, can't run a hidden test; empty if it can."""
    if not isinstance(item, pytest.Function) or item.cls is not None:
        return "a hidden test is a function at the top level of its file"
    for marker in item.iter_markers():
        if marker.name not in (*_MARKERS, "parametrize"):
            return f"the marker '{marker.name}' means nothing to the judge, which knows {listed(_MARKERS)}"
    given = {*FIXTURES, *parameters_of(item)}
    for name in arguments_of(item):
        if name not in given:
            return f"it asks for the fixture '{name}'; {_WHAT_THERE_IS}"
    for name, definitions in item._fixtureinfo.name2fixturedefs.items():
        if any(item.nodeid.startswith(f"{definition.baseid}::") for definition in definitions):
            return f"the suite has a fixture '{name}' of its own; {_WHAT_THERE_IS}"
    return ""


def arguments_of(item: pytest.Function) -> tuple[str, ...]:
    """The names of the arguments that pytest would call the test with."""
    return tuple(item._fixtureinfo.argnames)


def parameters_of(item: pytest.Item) -> dict[str, Any]:
    """The parameters of this case of the test, by name."""
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def name_of(item: pytest.Item) -> str:
    """The test function's name, without parameters."""
    name = getattr(item, "originalname", None) or item.name
    rule = _rule_of(item)
    return f"{name}[{rule.id}]" if rule else name


def device_of(item: pytest.Item) -> str:
    """The kind of device that this case of the test runs on: ``cpu`` or ``cuda``."""
    return str(parameters_of(item).get("device", "cpu")).partition(":")[0]


def _rule_of(item: pytest.Item) -> Rule | None:
    """Return the house rule that this case of a test asks, if it asks one."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("rule") if callspec else None


def points_of(item: pytest.Item) -> float:
    """What the test function is worth."""
    marker = item.get_closest_marker("points")
    return float(marker.args[0]) if marker else 1.0


def needs_of(item: pytest.Item) -> list[str]:
    """The tests without which this one is not reached."""
    return [str(name) for marker in item.iter_markers("needs") for name in marker.args]


def title_of(item: pytest.Item) -> str:
    """The first line of the test's docstring: what a student reads as its title."""
    if rule := _rule_of(item):
        return f"House rule: {rule.sentence}"
    doc = getattr(getattr(item, "function", None), "__doc__", None) or name_of(item)
    return str(doc).strip().splitlines()[0].strip()


def part_of(item: pytest.Item) -> str:
    """The class or function that a test is about: its marker's, its case's, or what its title begins with."""
    if marker := item.get_closest_marker("part"):
        return str(marker.args[0])
    callspec = getattr(item, "callspec", None)
    for value in callspec.params.values() if callspec else ():
        if isinstance(value, (ModelCase, CallCase, Scenario)):
            return value.part
    part, colon, _ = title_of(item).partition(":")
    return part if colon and part.isidentifier() else ""


@pytest.fixture(scope="session")
def _bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    from grader.sandbox.host import Sandbox
    from grader.sandbox.system import best_mode

    exercise = exercise_of(request.session.items[0])
    seed = request.config.getoption("--seed")
    root = exercise.root if exercise else request.config.rootpath
    sandbox = Sandbox(root, best_mode())
    bench = Bench(sandbox, secrets.randbelow(2**31) if seed is None else seed)
    request.config.stash[BENCH] = bench
    yield bench
    bench.close()


@pytest.fixture
def student(request: pytest.FixtureRequest, _bench: Bench) -> Subject:
    """The submission: ``student.run(probe, *args)`` runs a probe on it, in the sandbox."""
    exercise = _required(request)
    if not _bench.has(exercise):
        option = request.config.getoption("--submission")
        path = Path(option) if option else exercise.reference
        try:
            source = path.read_bytes()
        except OSError as error:
            raise pytest.UsageError(f"--submission {path}: {error.strerror}") from None
        _bench.take(exercise, source)
    assert _bench.student is not None
    item = request.node
    if needed := unreached(_bench.failed, name_of(item), device_of(item), needs_of(item)):
        pytest.skip(f"not reached: {needed} did not pass")
    return _bench.student


@pytest.fixture
def reference(request: pytest.FixtureRequest, _bench: Bench) -> Reference:
    """The reference solution: ``reference.run(probe, *args)`` says what a probe should have brought back."""
    return _bench.reference(_required(request))


@pytest.fixture
def seed(_bench: Bench) -> int:
    """The run's seed: the same for every submission of the run."""
    return _bench.seed


def unreached(failed: set[tuple[str, str]], name: str, device: str, needs: Sequence[str]) -> str | None:
    """The test that has to pass before this one makes sense, and did not; None if there is none.

    ``failed`` holds names and devices. What does not work on the CPU need not be tried on another device.
    """
    for other in [*needs, *([name] if device != "cpu" else [])]:
        if (other, "cpu") in failed or (other, device) in failed:
            return other
    return None


@pytest.fixture(params=[pytest.param("cpu", id="cpu"), pytest.param(CUDA, id="cuda")])
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """The device that the model and its inputs are put on: ``cpu``, and a simulated ``cuda:1``.

    A hidden test hands it to its probes, which run on that machine in the sandbox. In a visible test the
    machine is simulated here, for the time of the test; where there is a real GPU, that one is taken.
    """
    device = str(request.param)
    if exercise_of(request) is not None or device == "cpu":
        yield device
        return
    import torch

    from grader import simcuda

    if torch.cuda.is_available():
        yield f"cuda:{torch.cuda.device_count() - 1}"
        return
    with simcuda.devices(2):
        yield device


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Before a learner's module is imported, which may keep functions of torch under names of its own."""
    if learner.is_exercise(module_path):
        from grader import simcuda

        simcuda.install()


def _required(request: pytest.FixtureRequest) -> Exercise:
    exercise = exercise_of(request)
    if exercise is None:
        raise ExerciseError(f"{request.node.nodeid} is in no folder of tests/hidden/")
    return exercise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In an author's session, remember which tests did not pass; say the seed with a failure."""
    report = yield
    bench = item.config.stash.get(BENCH, None)
    if bench is not None and not report.passed:
        bench.failed.add((name_of(item), device_of(item)))
        if report.failed and call.when == "call":
            report.sections.append(("seed", f"repeat with --seed {bench.seed}"))
    return report
