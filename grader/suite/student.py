"""``student`` and ``reference``: what a hidden test runs its probes on.

Trusted side. Both are a source in a worker; they differ in whose source it is, and in that a reference's
answers are kept, since they are the same for every submission.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import cloudpickle

from grader.sandbox.handle import WorkerHandle
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import StudentError, SubmissionError, TimedOut


class SuiteError(Exception):
    """The hidden suite or its reference is at fault: no submission is to blame."""


class Subject:
    """A source that probes are run on. ``run`` starts a worker when there is none, or it has died."""

    def __init__(self, sandbox: Sandbox, main: str, files: dict[str, bytes], seed: int) -> None:
        self._sandbox = sandbox
        self.main = main
        self._files = files
        self._seed = seed
        self._worker: WorkerHandle | None = None
        self._timed_out = False
        self._spent = 0.0  # seconds, waiting for answers
        self.load_error: SubmissionError | None = None

    def run(self, probe: Callable[..., Any], *args: Any, called: str = "", device: str = "cpu") -> Any:
        """Run ``probe(module, *args)`` in the sandbox and return what it returned, as plain data.

        ``called`` is what the probe calls, in the student's words, for the message if that goes wrong. The
        probe runs on a machine with two simulated GPUs if ``device`` is anything but ``cpu``.
        Raises StudentError (it raised), TimedOut, Crashed, NotData or Tampered: see grader.sandbox.outcome.
        """
        try:
            return self._ask(*_pickled(probe, args), device)
        except SubmissionError as error:
            error.called = called
            raise

    def load(self) -> None:
        """Import the module now rather than at the first probe; raises what that raises, each time anew."""
        if self.load_error is not None:
            raise self.load_error
        if self._worker is not None and self._worker.alive:
            return
        self._worker = self._sandbox.worker()
        try:
            with self._limited() as seconds:
                self._worker.load(self.main, self._files, seconds)
        except SubmissionError as error:
            self.load_error = error
            self.close()
            raise

    def _ask(self, probe: bytes, arguments: bytes, device: str) -> Any:
        self.load()
        assert self._worker is not None
        with self._limited() as seconds:
            return self._worker.run(probe, arguments, self._seed, seconds, device)

    @contextlib.contextmanager
    def _limited(self) -> Iterator[float]:
        """Around the wait for an answer: how many seconds that may take. Raises TimedOut if none are left."""
        limits = self._sandbox.limits
        if self._spent >= limits.all_calls:
            raise TimedOut(limits.all_calls, in_all=True)
        start = time.monotonic()
        try:
            yield limits.call_after_timeout if self._timed_out else limits.call
        except TimedOut:
            self._timed_out = True
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

    def __init__(self, sandbox: Sandbox, main: str, source: bytes, seed: int) -> None:
        super().__init__(sandbox, main, {main: source}, seed)
        self._answers: dict[tuple[bytes, bytes, str], Any] = {}

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
        return _pickled_probe(probe), pickle.dumps(args)
    except Exception as error:
        name = getattr(probe, "__name__", repr(probe))
        raise SuiteError(f"{name} and its arguments can't be sent to the sandbox: {error}") from None


@cache
def _pickled_probe(probe: Callable[..., Any]) -> bytes:
    module = sys.modules.get(probe.__module__)
    if module is not None and module.__name__ not in cloudpickle.list_registry_pickle_by_value():
        cloudpickle.register_pickle_by_value(module)
    pickled: bytes = cloudpickle.dumps(probe)
    return pickled
