"""The judge: turns submissions into verdicts, one after the other.

Trusted side. The student's code runs in the sandbox's workers; here, hidden tests look at the data that came
back.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from grader import __version__
from grader.errors import KataError
from grader.exercise import Exercise
from grader.judge import flags
from grader.judge.bank import known_mistakes
from grader.judge.diagnosis import MOST_CANDIDATES, Diagnostician
from grader.judge.fingerprints import key_of
from grader.judge.suites import HiddenTest, Suite, collect, run_test
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import Crashed, NoWorker, SandboxError, SubmissionError, TimedOut
from grader.submission import Submission
from grader.suite.compare import Mismatch
from grader.suite.plugin import unreached
from grader.suite.rules import Broken, NotShown
from grader.suite.student import Question, Reference, Subject, SuiteError
from grader.verdict import LEFT_OUT, UNTOUCHED, Diagnosis, Status, TestResult, Verdict
from grader.words import plain_text, shown


def shorten_reprs() -> None:
    """For a process that does nothing but judge: whatever a message of a test names is named in a few words.

    Torch's own ``repr`` takes minutes for a tensor of many dimensions, and an f-string is soon written.
    """

    def short(tensor: torch.Tensor, **_: Any) -> str:
        return shown(tensor)

    torch.Tensor.__repr__ = short  # type: ignore[method-assign, assignment]


@dataclass(frozen=True)
class _Outcome:
    """What came of one submission: its results, its diagnoses, and why it is ungraded if it is."""

    results: Sequence[TestResult]
    diagnoses: Sequence[Diagnosis] = ()
    ungraded: str = ""
    left_out: Sequence[str] = ()


class Judge:
    """The hidden suites of some exercises, collected once, and a sandbox to run submissions in.

    The sandbox stays the caller's, who closes it after the last submission.
    """

    def __init__(self, exercises: Sequence[Exercise], sandbox: Sandbox, seed: int) -> None:
        """Raises KataError if a suite or a bank is not in order, or if the sandbox does not work."""
        torch.set_num_threads(1)
        self._sandbox = sandbox
        self._seed = seed
        self._root = re.compile(rf"{re.escape(str(exercises[0].root))}(?![\w-])")
        self._suites = collect(exercises)
        self._diagnosticians = {
            exercise.name: Diagnostician(known_mistakes(exercise), exercise, sandbox, seed)
            for exercise in exercises
        }
        self._references = {
            exercise.name: Reference(
                sandbox, exercise.filename, exercise.reference.read_bytes(), seed, exercise.without
            )
            for exercise in exercises
        }
        self._versions = {
            exercise.name: {
                "grader": __version__,
                "torch": str(torch.__version__),
                "suite": exercise.suite_digest(),
            }
            for exercise in exercises
        }
        self._without = {exercise.name: exercise.without for exercise in exercises}
        # Candidates run for three seconds each; a verdict without a diagnosis is better than none.
        self._time_to_diagnose = sandbox.limits.whole - 6 * MOST_CANDIDATES
        self._stubs = {
            exercise.name: exercise.stub.read_bytes() if exercise.stub.is_file() else None
            for exercise in exercises
        }
        sandbox.worker().close()  # find out now whether the sandbox works at all

    def judge(self, submission: Submission) -> Verdict:
        """Return the verdict on one submission."""
        start = time.perf_counter()
        outcome = self._run(submission)
        results = tuple(replace(result, message=self._fit(result.message)) for result in outcome.results)
        verdict = Verdict(
            student=submission.student,
            exercise=submission.exercise,
            submission=submission.path,
            sha256=submission.sha256,
            score=round(sum(result.points for result in results), 6),
            max_score=round(sum(result.max_points for result in results), 6),
            tests=results,
            diagnoses=tuple(replace(one, says=self._fit(one.says)) for one in outcome.diagnoses),
            seed=self._seed,
            seconds=0.0,
            sandbox=self._sandbox.mode,
            versions=self._versions[submission.exercise],
            flags=(*self._flags(submission), *(f"{LEFT_OUT}{one}" for one in outcome.left_out)),
            ungraded=outcome.ungraded,
        )
        return replace(verdict, seconds=round(time.perf_counter() - start, 4))

    def _flags(self, submission: Submission) -> tuple[str, ...]:
        """What there is for an instructor to look at."""
        if submission.files.get(submission.main) == self._stubs[submission.exercise]:
            return (UNTOUCHED,)
        return flags.of(submission.files, self._without[submission.exercise])

    def _fit(self, message: str) -> str:
        """Cut and clean a message; an exception that names a file of ours does not tell where that is."""
        return plain_text(self._root.sub("...", message))

    def _run(self, submission: Submission) -> _Outcome:
        """Load a submission and run its suite, as far as there is anything to load."""
        start = time.monotonic()
        suite = self._suites[submission.exercise]
        if problem := submission.problem:
            diagnosis = Diagnosis("", "nothing-to-run", problem)
            ungraded = problem if submission.ungraded else ""
            return _Outcome(_all_alike(suite, "failed", problem), [diagnosis], ungraded)
        reference = self._references[submission.exercise]
        without = self._without[submission.exercise]
        with contextlib.closing(
            Subject(self._sandbox, submission.main, submission.files, self._seed, without=without)
        ) as student:
            try:
                student.load()
                results, asked = _run_suite(suite, student, reference, self._seed)
                if time.monotonic() - start > self._time_to_diagnose:
                    return _Outcome(results, left_out=student.left_out)
                diagnostician = self._diagnosticians[submission.exercise]
                found: Sequence[Diagnosis] = ()
                with contextlib.suppress(NoWorker):
                    found = diagnostician.diagnose(results, asked)
                return _Outcome(results, found, left_out=student.left_out)
            except SubmissionError as error:
                message = _load_message(student, error)
                diagnosis = Diagnosis("", "does-not-load", message)
                return _Outcome(_all_alike(suite, _status_of(error), message), [diagnosis])
            except (SuiteError, NoWorker) as error:
                results = _all_alike(suite, "skipped", "The grader failed here, not your code.")
                return _Outcome(results, ungraded=str(error))


def _run_suite(
    suite: Suite, student: Subject, reference: Reference, seed: int
) -> tuple[list[TestResult], dict[str, list[Question]]]:
    """Run every test on a submission; returns the results in the order of the suite, and what each test
    asked.

    Those on the CPU come first: a worker that has never seen a GPU says of ``.cuda()`` what a machine
    without one says. Raises SuiteError.
    """
    titles = {test.name: test.title for test in suite}
    failed: set[tuple[str, str]] = set()
    results: dict[HiddenTest, TestResult] = {}
    asked: dict[str, list[Question]] = {}
    for test in sorted(suite, key=lambda test: test.device != "cpu"):
        needed = unreached(failed, test.name, test.device, test.needs)
        if needed is None:
            student.asked = []
            results[test] = _result_of(test, run_test(test, student, reference, seed))
        elif needed == test.name:
            results[test] = _result(
                test, "not_reached", "Not reached, because this has to work on the CPU first."
            )
        else:
            message = f"Not reached, because this has to work first: {titles[needed]}."
            results[test] = _result(test, "not_reached", message)
        if results[test].status != "passed":
            asked[key_of(results[test])] = student.asked
            failed.add((test.name, test.device))
    return [results[test] for test in suite], asked


def _all_alike(suite: Suite, status: Status, message: str) -> list[TestResult]:
    """Return the same result for every test: for a submission that no test could be run on."""
    return [_result(test, status, message) for test in suite]


def _result(test: HiddenTest, status: Status, message: str = "", hint: str = "") -> TestResult:
    points = test.max_points if status == "passed" else 0.0
    return TestResult(
        test.name, test.title, test.device, status, points, test.max_points, message, hint, part=test.part
    )


def _result_of(test: HiddenTest, error: BaseException | None) -> TestResult:
    """Say what the end of a test means for the student. Raises SuiteError where it is the grader's fault."""
    if error is None:
        return _result(test, "passed")
    if isinstance(error, SandboxError):
        raise error
    if isinstance(error, KataError):
        raise SuiteError(str(error)) from error
    if isinstance(error, Mismatch):
        result = _result(test, "failed", str(error), error.hint)
        return replace(result, rule=error.rule, part=error.part) if isinstance(error, Broken) else result
    if isinstance(error, SubmissionError):
        return _result(test, _status_of(error), error.report())
    if isinstance(error, NotShown):
        return _result(test, "not_reached", f"Not reached. {error}")
    if isinstance(error, pytest.skip.Exception):
        return _result(test, "skipped", str(error))
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return _result(test, "failed", str(error) or f"This does not hold: {test.title}.")
    if not isinstance(error, Exception):
        raise error
    kind = type(error).__name__
    return _result(test, "failed", f"What came back is nothing that this test can look at ({kind}: {error}).")


def _status_of(error: SubmissionError) -> Status:
    if isinstance(error, TimedOut):
        return "timeout"
    return "crashed" if isinstance(error, Crashed) else "failed"


def _load_message(student: Subject, error: SubmissionError) -> str:
    error.called = f"Importing {student.main}"
    extra = ""
    if isinstance(error, TimedOut):
        extra = ' What is only for running it as a script belongs under `if __name__ == "__main__":`.'
    return error.report() + extra
