"""The judge: one pytest session, collected once, that turns submissions into verdicts.

Trusted side. The student's code runs in the sandbox's workers; here, hidden tests look at the data that came
back. ``serve`` takes submissions from an iterator for as long as there are any.
"""

from __future__ import annotations

import inspect
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
import torch

from grader import __version__
from grader.bank import KnownMistake, diagnose, known_mistakes
from grader.exercise import Exercise, ExerciseError
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import Crashed, SandboxError, SubmissionError, TimedOut
from grader.submission import Submission
from grader.suite import plugin
from grader.suite.compare import Mismatch
from grader.suite.student import Subject, SuiteError
from grader.verdict import Diagnosis, Status, TestResult, Verdict, plain_text

Deliver = Callable[[Verdict], None]


class JudgeError(Exception):
    """The judge can't do its work: a suite that can't be collected, a sandbox that does not start."""


def serve(
    exercises: Sequence[Exercise],
    submissions: Iterable[Submission],
    deliver: Deliver,
    *,
    seed: int,
    sandbox: Sandbox,
) -> None:
    """Judge each submission, for as long as there are any, and hand each verdict to ``deliver``.

    Closes ``sandbox`` at the end. Raises JudgeError if the suites of ``exercises`` can't be collected or the
    sandbox does not work.
    """
    torch.set_num_threads(1)
    root = exercises[0].root
    bench = plugin.Bench(sandbox, seed)
    session = _Session(list(exercises), submissions, deliver, bench)
    options = ["--noconftest", "--assert=plain", "--capture=no", "--import-mode=importlib"]
    unused = [
        "terminal",
        "cacheprovider",
        "logging",
        "warnings",
        "faulthandler",
        "timeout",
        "debugging",
        "junitxml",
    ]
    disabled = [word for name in unused for word in ("-p", f"no:{name}")]
    try:
        pytest.main(
            [
                "-c",
                os.devnull,
                "--rootdir",
                str(root),
                *options,
                *disabled,
                *(str(e.suite) for e in exercises),
            ],
            plugins=[plugin, session],
        )
    finally:
        bench.close()
    if session.trouble is not None:
        raise session.trouble


@dataclass
class _Test:
    """One line of the verdict: all parameter cases of one test function on one device."""

    name: str
    title: str
    device: str
    max_points: float
    needs: list[str]
    cases: list[_Case]


class _Case:
    """One collected test with one set of parameters.

    Setting up a test takes pytest longer than most tests take to run. A function whose arguments are only its
    parameters and our own fixtures needs no setting up: ``direct`` says so, and ``parameters`` are what it is
    called with besides ``student`` and ``reference``. Everything else goes through pytest's whole protocol.
    """

    OURS: ClassVar = {"student", "reference", "seed", "device"}
    MARKERS: ClassVar = {"points", "needs", "parametrize", "timeout"}

    def __init__(self, item: pytest.Item, seed: int) -> None:
        self.item = item
        self.function: Callable[..., Any] = getattr(item, "function", lambda: None)
        callspec = getattr(item, "callspec", None)
        given = {"seed": seed, **(callspec.params if callspec else {})}
        self.wanted = set(inspect.signature(self.function).parameters)
        self.parameters = {name: value for name, value in given.items() if name in self.wanted}
        closure = set(getattr(item, "fixturenames", ())) - {"request", "_bench"}
        self.direct = (
            isinstance(item, pytest.Function)
            and item.cls is None
            and closure <= self.OURS | given.keys()
            and all(marker.name in self.MARKERS for marker in item.iter_markers())
        )


class _Session:
    """The pytest plugin that takes the place of pytest's own loop."""

    def __init__(
        self,
        exercises: list[Exercise],
        submissions: Iterable[Submission],
        deliver: Deliver,
        bench: plugin.Bench,
    ) -> None:
        self.exercises = {exercise.name: exercise for exercise in exercises}
        self.root = str(exercises[0].root)
        self.submissions = submissions
        self.deliver = deliver
        self.bench = bench
        self.tests: dict[str, list[_Test]] = {}
        self.known: dict[str, list[KnownMistake]] = {}
        self.versions: dict[str, dict[str, str]] = {}
        self.trouble: JudgeError | None = JudgeError("The hidden suites could not be collected.")
        self.calls: list[pytest.CallInfo[Any]] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.BENCH] = self.bench

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = JudgeError(f"{report.nodeid} could not be collected:\n{report.longreprtext}")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            return True
        try:
            self.arrange(session.items)
            self.bench.sandbox.worker().close()  # find out now whether the sandbox works at all
            self.trouble = None
            for submission in self.submissions:
                self.deliver(self.judge(submission))
        except (ExerciseError, SandboxError, JudgeError) as error:
            self.trouble = JudgeError(str(error))
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> pytest.TestReport:
        """Keep what happened; the report that pytest would write about it is for terminals, and slow."""
        self.calls.append(call)
        outcome = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)  # type: ignore[arg-type]

    # --- what there is to judge ---

    def arrange(self, items: list[pytest.Item]) -> None:
        """Group the collected cases by exercise, test function and device."""
        groups: dict[str, dict[tuple[str, str], _Test]] = {name: {} for name in self.exercises}
        for item in items:
            exercise = plugin.exercise_of(item)
            if exercise is None or exercise.name not in groups:
                raise JudgeError(f"{item.nodeid} belongs to no exercise.")
            name, device = plugin.name_of(item), plugin.device_of(item)
            test = groups[exercise.name].setdefault(
                (name, device),
                _Test(name, plugin.title_of(item), device, plugin.points_of(item), plugin.needs_of(item), []),
            )
            test.cases.append(_Case(item, self.bench.seed))
        for name, tests in groups.items():
            if not tests:
                raise JudgeError(f"The hidden suite of {name} has no tests.")
            devices = {key: sum(other == key for other, _ in tests) for key, _ in tests}
            self.tests[name] = [
                replace(test, max_points=test.max_points / devices[test.name]) for test in tests.values()
            ]
            exercise = self.exercises[name]
            self.known[name] = known_mistakes(exercise)
            self.versions[name] = {
                "grader": __version__,
                "torch": str(torch.__version__),
                "suite": exercise.suite_digest(),
            }

    # --- judging ---

    def judge(self, submission: Submission) -> Verdict:
        """The verdict on one submission."""
        start = time.perf_counter()
        exercise = self.exercises[submission.exercise]
        diagnosis, ungraded = None, ""
        if submission.problem:
            results = self.all_alike(exercise, "failed", submission.problem)
            diagnosis = Diagnosis("nothing-to-run", submission.problem)
            ungraded = submission.problem if submission.ungraded else ""
        else:
            subject = self.bench.take(submission.main, submission.files)
            try:
                subject.load()
                results = self.run_all(exercise)
            except SubmissionError as error:
                results = self.all_alike(exercise, _status_of(error), _load_message(subject, error))
                diagnosis = Diagnosis("does-not-load", results[0].message)
            except SuiteError as error:
                ungraded = str(error)
                results = self.all_alike(exercise, "skipped", "The grader failed here, not your code.")
            finally:
                self.bench.clear()
        results = [replace(result, message=self.fit_to_print(result.message)) for result in results]
        if diagnosis is not None:
            diagnosis = replace(diagnosis, says=self.fit_to_print(diagnosis.says))
        verdict = Verdict(
            student=submission.student,
            exercise=exercise.name,
            submission=submission.path,
            sha256=submission.sha256,
            score=round(sum(result.points for result in results), 6),
            max_score=round(sum(result.max_points for result in results), 6),
            tests=tuple(results),
            diagnosis=diagnosis,
            seed=self.bench.seed,
            seconds=round(time.perf_counter() - start, 4),
            sandbox=self.bench.sandbox.mode,
            versions=self.versions[exercise.name],
            ungraded=ungraded,
        )
        if diagnosis is None:
            verdict = replace(verdict, diagnosis=diagnose(verdict, self.known[exercise.name]))
        return verdict

    def fit_to_print(self, message: str) -> str:
        """Cut and cleaned; and an exception that names a file of ours does not tell where that is."""
        return plain_text(re.sub(rf"{re.escape(self.root)}(?![\w-])", "...", message))

    def all_alike(self, exercise: Exercise, status: Status, message: str) -> list[TestResult]:
        """Every test with the same outcome: for a submission that no test could be run on."""
        return [
            TestResult(test.name, test.title, test.device, status, 0.0, test.max_points, message)
            for test in self.tests[exercise.name]
        ]

    def run_all(self, exercise: Exercise) -> list[TestResult]:
        """Run every test of the exercise on the submission that is on the bench.

        Those on the CPU come first: a worker that has never seen a GPU says of ``.cuda()`` what a machine
        without one says.
        """
        tests, failed = self.tests[exercise.name], self.bench.failed
        titles = {test.name: test.title for test in tests}
        results: dict[tuple[str, str], TestResult] = {}
        for test in sorted(tests, key=lambda test: test.device != "cpu"):
            needed = plugin.unreached(failed, test.name, test.device, test.needs)
            if needed == test.name:
                message = "Not reached, because this has to work on the CPU first."
                result = _result(test, "not_reached", message)
            elif needed is not None:
                message = f"Not reached, because this has to work first: {titles[needed]}."
                result = _result(test, "not_reached", message)
            else:
                result = self.run_test(exercise, test)
            if result.status != "passed":
                failed.add((test.name, test.device))
            results[test.name, test.device] = result
        return [results[test.name, test.device] for test in tests]

    def run_test(self, exercise: Exercise, test: _Test) -> TestResult:
        """Run the cases of one test until one does not pass."""
        for case in test.cases:
            error = self.run_directly(exercise, case) if case.direct else self.run_by_pytest(case)
            if error is not None:
                return _explained(test, error)
        return _result(test, "passed")

    def run_directly(self, exercise: Exercise, case: _Case) -> BaseException | None:
        """Call the test function; what it raised, or None."""
        subjects = {"student": self.bench.student, "reference": self.bench.reference(exercise)}
        arguments = {name: subject for name, subject in subjects.items() if name in case.wanted}
        try:
            case.function(**case.parameters, **arguments)
        except BaseException as error:
            return error
        return None

    def run_by_pytest(self, case: _Case) -> BaseException | None:
        """Set up, call and tear down by pytest's protocol; what was raised first, or None."""
        self.calls.clear()
        case.item.config.hook.pytest_runtest_protocol(item=case.item, nextitem=None)
        raised = [call.excinfo.value for call in self.calls if call.excinfo is not None]
        return raised[0] if raised else None


def _result(test: _Test, status: Status, message: str = "", hint: str = "") -> TestResult:
    points = test.max_points if status == "passed" else 0.0
    return TestResult(test.name, test.title, test.device, status, points, test.max_points, message, hint)


def _explained(test: _Test, error: BaseException) -> TestResult:
    """What an exception in a test means for the student. Raises SuiteError and the like again."""
    if isinstance(error, (SuiteError, SandboxError, ExerciseError, pytest.UsageError)):
        raise SuiteError(str(error)) from error
    if isinstance(error, Mismatch):
        return _result(test, "failed", str(error), error.hint)
    if isinstance(error, SubmissionError):
        return _result(test, _status_of(error), error.report())
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


def _load_message(subject: Subject, error: SubmissionError) -> str:
    error.called = f"Importing {subject.main}"
    extra = ""
    if isinstance(error, TimedOut):
        extra = ' What is only for running it as a script belongs under `if __name__ == "__main__":`.'
    return error.report() + extra
