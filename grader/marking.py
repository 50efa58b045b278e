"""For an instructor: grade what students handed in, and write the results down."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from grader.course.folder import Course, course_of, exercises_of
from grader.errors import ExitCode, KataError, StoppedBySignal
from grader.exercise import pick
from grader.grading.discover import discover
from grader.grading.run import run
from grader.report import results
from grader.verdict import SandboxMode, Verdict


class CannotWrite(KataError):
    """Wrong usage: a place for results that can't be written to."""

    exit_code = ExitCode.WRONG_USAGE


class Stopped(KataError):
    """Somebody stopped it, by Ctrl-C or SIGTERM; the message says how far it got."""

    exit_code = ExitCode.STOPPED


@dataclass(frozen=True)
class Request:
    """What an instructor asks for: what to grade, where results go, and how it is graded."""

    paths: Sequence[Path]
    exercise: str | None = None
    out: Path | None = None
    json: Path | None = None
    jobs: int = 1
    seed: int | None = None
    mode: SandboxMode = SandboxMode.FULL


@dataclass(frozen=True)
class Report:
    """The verdicts, by student and exercise, and the places that they were written to."""

    verdicts: Sequence[Verdict]
    written: Sequence[Path]

    @property
    def ungraded(self) -> int:
        """How many submissions could not be graded."""
        return sum(bool(verdict.ungraded) for verdict in self.verdicts)

    @property
    def exit_code(self) -> ExitCode:
        """FINE where all were graded, whatever the marks."""
        return ExitCode.NOT_GRADED if self.ungraded else ExitCode.FINE


def grade(
    request: Request,
    progress: Callable[[int, int], None] = lambda done, of: None,
    tell: Callable[[str], None] = lambda line: None,
) -> Report:
    """Grade what the request names, and write the results.

    In an nbgrader course, verdicts are kept in its ledger: what is in there is not graded again. ``progress``
    hears how many of how many are graded, ``tell`` what else there is to say. Results are also written where
    grading ends early, as far as it got: then Stopped is raised, or another KataError.
    """
    course = course_of(request.paths)
    exercises = exercises_of(course)
    only = pick(exercises, request.exercise) if request.exercise else None
    places = _places(course, request.paths)
    found = discover(places, exercises, only, course=course is not None, tell=tell)
    _check_targets(request)
    ledger = course.ledger if course else None
    judged = run(found, exercises, ledger=ledger, seed=request.seed, jobs=request.jobs, mode=request.mode)
    verdicts: list[Verdict] = []
    written: list[Path] = []
    try:
        with closing(judged):  # which ends the judges, also where we are stopped
            for verdict in judged:
                verdicts.append(verdict)
                progress(len(verdicts), len(found))
    except (KeyboardInterrupt, StoppedBySignal) as stop:
        stopped = Stopped(f"stopped after {len(verdicts)} of {len(found)}.")
        if isinstance(stop, StoppedBySignal):
            stopped.exit_code = stop.exit_code
        raise stopped from None
    finally:
        verdicts.sort(key=lambda verdict: (verdict.student, verdict.exercise))
        if verdicts:
            written = results.write(verdicts, request.out, request.json)
    return Report(verdicts, written)


def _places(course: Course | None, paths: Sequence[Path]) -> list[Path]:
    """Return the paths to look in: a course's own folder means what was handed in there."""
    if course is None:
        return list(paths)
    return [course.submitted if os.path.abspath(path) == str(course.folder) else path for path in paths]


def _check_targets(request: Request) -> None:
    """Raise CannotWrite where results can't go; asked before grading starts rather than after."""
    for target, kind in ((request.out, "folder"), (request.json, "file")):
        if target is not None and not results.can_be_written(target, folder=kind == "folder"):
            raise CannotWrite(f"'{target}' can't be written to, as a {kind}.")
