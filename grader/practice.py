"""For a learner: hints, and grading one's own file where it lies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.errors import ExitCode
from grader.exercise import Exercise
from grader.grading.reading import Place, read_submission
from grader.grading.run import run
from grader.sandbox.system import best_mode
from grader.verdict import Verdict


@dataclass(frozen=True)
class Checked:
    """How a learner's own files did. There are no verdicts where only the visible tests could be run."""

    verdicts: Sequence[Verdict]
    exit_code: ExitCode


def check(exercises: Sequence[Exercise], *, seed: int | None, tell: Callable[[str], None]) -> Checked:
    """Judge the learner's own files by the hidden suites, or, where those are missing, run the visible tests.

    ``tell`` hears if it is the visible tests, which print as they go. Raises PoolError.
    """
    if not all(exercise.has_suite() for exercise in exercises):
        tell("The hidden tests are not here, so these are the visible ones only.")
        passed = run_visible_tests(exercises)
        return Checked((), ExitCode.FINE if passed else ExitCode.NOT_IN_ORDER)
    submissions = [read_submission(Place("you", exercise, exercise.stub)) for exercise in exercises]
    # Learners run their own code, so the reduced sandbox will do where the full one is missing.
    judged = run(submissions, exercises, seed=seed, mode=best_mode())
    verdicts = sorted(judged, key=lambda verdict: verdict.exercise)
    return Checked(verdicts, _exit_code(verdicts))


def _exit_code(verdicts: Sequence[Verdict]) -> ExitCode:
    if any(verdict.ungraded for verdict in verdicts):
        return ExitCode.NOT_GRADED
    return ExitCode.FINE if all(verdict.full_marks for verdict in verdicts) else ExitCode.NOT_IN_ORDER


def run_visible_tests(exercises: Sequence[Exercise]) -> bool:
    """Run the visible tests in a pytest of their own, which prints as it goes; returns whether all passed."""
    folders = [str(exercise.folder) for exercise in exercises]
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *folders]
    return subprocess.run(command, cwd=exercises[0].root, check=False).returncode == 0


def hint(exercise: Exercise, level: int) -> tuple[str, str]:
    """Return a hint, and what to type for the next one, which is empty after the last."""
    more = f"kata hint {exercise.number} --level {level + 1}" if level < len(exercise.hints) else ""
    return exercise.hints[level - 1], more
