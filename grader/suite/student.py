"""``student`` and ``reference``: what a hidden test runs its probes on.

Trusted side. Both are a source in a worker; they differ in whose source it is, and in that a reference's
answers are kept, since they are the same for every submission.
"""

from __future__ import annotations

import contextlib
import math
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cloudpickle

from grader.errors import KataError
from grader.sandbox.handle import MAX_RECEIVED, WorkerHandle
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import Crashed, StudentError, SubmissionError, TimedOut
from grader.suite.evidence import WHOLE, Observation
from grader.wire.case import CallCase, Case, ModelCase, Scenario
from grader.wire.commands import Limits
from grader.worker import scenario

# A reference is asked by every submission of a run, and none of them is to blame for what ends it.
_PATIENT = Limits(all_calls=math.inf, patience=100)


class SuiteError(KataError):
    """The hidden suite or its reference is at fault: no submission is to blame."""


@dataclass(frozen=True)
class Question:
    """What a test asked a subject, and the answer: a value, an observation, or the SubmissionError that
    came.
    """

    key: tuple[Any, ...]
    answer: Any
    ask: Callable[[Subject], Any]

    def put_to(self, other: Subject) -> Any:
        """Ask somebody else the same; returns the answer, or the SubmissionError that came instead."""
        try:
            return self.ask(other)
        except SubmissionError as error:
            return error


class Subject:
    """A source that probes are run on. ``run`` starts a worker when there is none, or it has died.

    ``without`` are names in torch.nn that the source is to do without.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        main: str,
        files: dict[str, bytes],
        seed: int,
        limits: Limits | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self._sandbox = sandbox
        limits = limits or sandbox.limits
        self._limits = limits
        self.main = main
        self.asked: list[Question] = []  # by the test that is running; the judge puts a new list there
        self._files = files
        self._without = without
        self._seed = seed
        self._worker: WorkerHandle | None = None
        self._timed_out = False
        self._spent = 0.0  # seconds, waiting for answers
        self._patience = limits.patience
        self._room = MAX_RECEIVED
        self._observations: dict[tuple[Case, str, tuple[str, ...]], Observation] = {}
        self._looks: dict[tuple[Scenario, str], Any] = {}
        self.load_error: SubmissionError | None = None
        self.left_out: list[str] = []  # statements at the top that need what is not there

    def run(self, probe: Callable[..., Any], *args: Any, called: str = "", device: str = "cpu") -> Any:
        """Run ``probe(module, *args)`` in the sandbox and return what it returned, as plain data.

        ``called`` is what the probe calls, in the student's words, for the message if that goes wrong. The
        probe runs on a machine with two simulated GPUs if ``device`` is anything but ``cpu``.
        Raises StudentError (it raised), TimedOut, Crashed, NotData or Tampered: see grader.sandbox.outcome.
        """
        question = (*_pickled(probe, args), device)
        try:
            answer = self._ask(*question)
        except SubmissionError as error:
            error.called = called
            answer = error
        self.asked.append(Question(question, answer, lambda other: other._ask(*question)))
        if isinstance(answer, SubmissionError):
            raise answer
        return answer

    def observe(self, case: Case, device: str = "cpu", zeroed: tuple[str, ...] = ()) -> Observation:
        """Observe a case on a device: once, for every test that asks.

        A test that looks at what was not shown gets the SubmissionError that came instead. ``zeroed`` are
        parameters that are filled with zeros, as if the model did not have them.
        """
        key = case, device, zeroed
        if key not in self._observations:
            self._observations[key] = self._observe(*key, whole=case in WHOLE)
        seen = self._observations[key]
        self.asked.append(Question(key, seen, lambda other: other._observe(*key, whole=False)))
        return seen

    def _observe(self, case: Case, device: str, zeroed: tuple[str, ...], *, whole: bool) -> Observation:
        found = Observation(case, device, whole=whole)
        try:
            self.load()
            assert self._worker is not None
            with self._limited() as seconds:
                for shown in self._worker.observe(
                    _pickled_case(case), device, self._seed, seconds, whole=whole, zeroed=zeroed
                ):
                    found.take(*shown)
        except SubmissionError as error:
            found.take("", error, "")
        self._timed_out |= found.timed_out
        if any(self._was_killed(error) for error in found.errors.values()):
            return self._observe(case, device, zeroed, whole=whole)
        return found

    def look(self, scene: Scenario, device: str = "cpu") -> Any:
        """Return how the lines of a scenario ended and what its looks showed. It is run once per device."""
        key = scene, device
        if key not in self._looks:
            try:
                self._looks[key] = self._look(scene, device)
            except SubmissionError as error:
                error.called = error.called or "; ".join(scene.lines())
                self._looks[key] = error
        seen = self._looks[key]
        self.asked.append(Question(key, seen, lambda other: other._look(scene, device)))
        if isinstance(seen, SubmissionError):
            raise seen
        return seen

    def _look(self, scene: Scenario, device: str) -> Any:
        return self._ask(*_pickled(scenario.probe, (_pickled_case(scene), self._seed, device)), device)

    def load(self) -> None:
        """Import the module now rather than at the first probe; raises what that raises, each time anew."""
        if self.load_error is not None:
            raise self.load_error
        while self._worker is None or not self._worker.alive:
            if self._worker is not None:
                self._room = self._worker.room
            self._worker = self._sandbox.worker()
            self._worker.room = self._room
            try:
                with self._limited() as seconds:
                    self.left_out = self._worker.load(self.main, self._files, seconds(), self._without)
            except SubmissionError as error:
                self._worker.close()
                if not self._was_killed(error):
                    self.load_error = error
                    raise

    def _ask(self, probe: bytes, arguments: bytes, device: str) -> Any:
        self.load()
        assert self._worker is not None
        try:
            with self._limited() as seconds:
                return self._worker.run(probe, arguments, self._seed, seconds(), device)
        except SubmissionError as error:
            if self._was_killed(error):
                return self._ask(probe, arguments, device)
            raise

    def _was_killed(self, error: SubmissionError) -> bool:
        """Whether to ask again: a process may be killed because others took the memory that it needed.

        Only so often, since it may also have killed itself.
        """
        killed = isinstance(error, Crashed) and error.status == Crashed.KILLED and self._patience > 0
        self._patience -= killed
        return killed

    @contextlib.contextmanager
    def _limited(self) -> Iterator[Callable[[], float]]:
        """Around the wait for answers: gives a function that says how many seconds the next one may take.

        Raises TimedOut if none are left.
        """
        limits = self._limits
        start = time.monotonic()
        end = start + limits.all_calls - self._spent

        def seconds() -> float:
            left = end - time.monotonic()
            if left <= 0:
                raise TimedOut(limits.all_calls, in_all=True)
            return min(left, limits.call_after_timeout if self._timed_out else limits.call)

        try:
            yield seconds
        except TimedOut as error:
            self._timed_out = True
            if time.monotonic() >= end:
                raise TimedOut(limits.all_calls, in_all=True) from error
            raise
        finally:
            self._spent += time.monotonic() - start

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


class Reference(Subject):
    """The reference solution. The same probe with the same arguments on a device is run once and kept."""

    def __init__(
        self, sandbox: Sandbox, main: str, source: bytes, seed: int, without: Sequence[str] = ()
    ) -> None:
        super().__init__(sandbox, main, {main: source}, seed, _PATIENT, without)
        self._answers: dict[tuple[bytes, bytes, str], Any] = {}

    def _observe(self, case: Case, device: str, zeroed: tuple[str, ...], *, whole: bool) -> Observation:
        found = super()._observe(case, device, zeroed, whole=whole)
        if error := found.errors.get("built") or found.errors.get("run"):
            raise SuiteError(f"The reference could not be observed: {error.report()}")
        return found

    def _ask(self, probe: bytes, arguments: bytes, device: str) -> Any:
        question = (probe, arguments, device)
        if question not in self._answers:
            try:
                self._answers[question] = super()._ask(*question)
            except SubmissionError as error:
                where = error.where() if isinstance(error, StudentError) else ""
                raise SuiteError(f"The reference solution failed: {error}{where}") from None
        return self._answers[question]


def _pickled(probe: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bytes, bytes]:
    """The probe by value, since its module is not there in the sandbox and must not be; and its arguments."""
    try:
        return _pickled_probe(probe), _pickled_arguments(args)
    except Exception as error:
        name = getattr(probe, "__name__", repr(probe))
        raise SuiteError(f"{name} and its arguments can't be sent to the sandbox: {error}") from None


def _pickled_arguments(args: tuple[Any, ...]) -> bytes:
    """Plain pickle, which is fast; a case has functions of the suite in it."""
    if any(isinstance(arg, (ModelCase, CallCase, Scenario)) for arg in args):
        for arg in args:
            if isinstance(arg, (ModelCase, CallCase, Scenario)):
                _pickled_case(arg)
        pickled: bytes = cloudpickle.dumps(args)
        return pickled
    return pickle.dumps(args)


@cache
def _pickled_case(case: Case | Scenario) -> bytes:
    """A case by value: the functions in it are the suite's, which is not there in the sandbox."""
    for function in (case.given, getattr(case, "inputs", case.given)):
        _send_by_value(function.__module__)
    try:
        pickled: bytes = cloudpickle.dumps(case)
    except Exception as error:
        raise SuiteError(f"{case} can't be sent to the sandbox: {error}") from None
    return pickled


def _send_by_value(name: str) -> None:
    module = sys.modules.get(name)
    if module is None or name.startswith("grader."):
        return
    if name not in cloudpickle.list_registry_pickle_by_value():
        cloudpickle.register_pickle_by_value(module)


@cache
def _pickled_probe(probe: Callable[..., Any]) -> bytes:
    _send_by_value(probe.__module__)
    pickled: bytes = cloudpickle.dumps(probe)
    return pickled
