"""For a learner: grade one's own file, where it lies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from grader.exercise import Exercise
from grader.grading.discover import read_file
from grader.grading.pool import grade
from grader.sandbox.system import missing
from grader.verdict import SandboxMode, Verdict


def check(exercises: Sequence[Exercise], *, seed: int) -> list[Verdict]:
    """The verdicts on the learner's own files, by the hidden suites. Raises PoolError.

    One's own code needs no protection from, so where the full sandbox can't be had, the reduced one will do.
    """
    submissions = [read_file("you", exercise, exercise.stub) for exercise in exercises]
    mode: SandboxMode = "reduced" if missing() else "full"
    verdicts = grade(exercises[0].root, submissions, seed=seed, mode=mode)
    return sorted(verdicts, key=lambda verdict: verdict.exercise)


def run_visible_tests(exercises: Sequence[Exercise]) -> bool:
    """Run the visible tests in a pytest of their own, which prints as it goes; returns whether all passed."""
    folders = [str(exercise.folder) for exercise in exercises]
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *folders]
    return subprocess.run(command, cwd=exercises[0].root, check=False).returncode == 0
