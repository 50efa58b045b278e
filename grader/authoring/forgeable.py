"""Which tests rest on evidence that is the same under every seed, and so can be forged without the work.

Trusted side. The reference is tested under two seeds, and what each test was told is compared. House rules
count as forgeable without being asked.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from grader.exercise import Exercise
from grader.judge.diagnosis import alike
from grader.judge.suites import collect, run_test
from grader.sandbox.host import Sandbox
from grader.suite.student import Reference, Subject
from grader.verdict import SandboxMode

MOST = 3.0  # points of 10 that may rest on such evidence


def forgeable(exercise: Exercise, mode: SandboxMode) -> dict[str, float]:
    """Return the points of each test (its name) whose evidence does not depend on the seed."""
    suite = collect([exercise])[exercise.name]
    source = exercise.reference.read_bytes()
    told: dict[Any, list[list[Any]]] = {test: [] for test in suite}
    with Sandbox(exercise.root, mode) as sandbox:
        for seed in (0, 1):
            reference = Reference(sandbox, exercise.filename, source, seed, exercise.without)
            with (
                closing(reference),
                closing(
                    Subject(
                        sandbox,
                        exercise.filename,
                        {exercise.filename: source},
                        seed,
                        without=exercise.without,
                    )
                ) as student,
            ):
                for test in suite:
                    if "[" not in test.name:
                        student.asked = []
                        run_test(test, student, reference, seed)
                        told[test].append([question.answer for question in student.asked])
    found: dict[str, float] = {}
    for test, answers in told.items():  # a house rule has none
        if len({*map(len, answers)}) < 2 and all(map(alike, *answers) if answers else ()):
            found[test.name] = found.get(test.name, 0.0) + test.max_points
    return found
