"""For a learner: grade one's own file, where it lies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from grader.batch.discover import read_file
from grader.exercise import Exercise
from grader.judge import judge_all
from grader.sandbox import missing
from grader.verdict import Verdict


def check(exercises: Sequence[Exercise], *, seed: int) -> list[Verdict]:
    """The verdicts on the learner's own files, by the hidden suites. Raises JudgeError.

    One's own code needs no protection from, so where the full sandbox can't be had, the reduced one will do.
    """
    submissions = [read_file("you", exercise, exercise.stub) for exercise in exercises]
    return judge_all(exercises, submissions, seed=seed, mode="reduced" if missing() else "full")


def run_visible_tests(exercises: Sequence[Exercise]) -> bool:
    """Run the visible tests in a pytest of their own, which prints as it goes; returns whether all passed."""
    folders = [str(exercise.folder) for exercise in exercises]
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *folders]
    return subprocess.run(command, cwd=exercises[0].root, check=False).returncode == 0
