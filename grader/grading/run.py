"""One run: submissions in, verdicts out, from judges alone or with a ledger before them.

Trusted side. What would stop the run later is looked at before it starts.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from pathlib import Path

from grader.errors import KataError
from grader.exercise import Exercise
from grader.grading import ledger as ledgers
from grader.grading import pool
from grader.sandbox.system import missing
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict


class CannotRun(KataError):
    """Something that a run needs is not here; the message says what, and what can be done."""


def run(
    submissions: Sequence[Submission],
    exercises: Sequence[Exercise],
    *,
    ledger: Path | None = None,
    seed: int | None = None,
    jobs: int = 1,
    mode: SandboxMode = SandboxMode.FULL,
) -> Generator[Verdict]:
    """Return an iterator over the verdicts on ``submissions`` to ``exercises``, in the order they come.

    With a ``ledger``, what is in there is not judged again, and what is judged is kept there. Without a
    ``seed``, the ledger's is taken, or a new one drawn. Raises CannotRun, PoolError and LedgerError.
    """
    handed_in = {submission.exercise for submission in submissions}
    _check_suites([exercise for exercise in exercises if exercise.name in handed_in])
    _check_sandbox(mode)
    root = exercises[0].root
    if ledger is not None:
        kept = ledgers.Ledger(ledger)
        return ledgers.grade(root, submissions, kept, seed=seed, jobs=jobs, mode=mode)
    drawn = secrets.randbelow(2**31) if seed is None else seed
    return pool.grade(root, submissions, seed=drawn, jobs=jobs, mode=mode)


def _check_suites(exercises: Sequence[Exercise]) -> None:
    if absent := [exercise.name for exercise in exercises if not exercise.has_suite()]:
        raise CannotRun(
            f"there is no hidden suite here for {', '.join(absent)}; `kata check` runs visible tests."
        )


def _check_sandbox(mode: SandboxMode) -> None:
    if mode is SandboxMode.FULL and (lacking := missing()):
        raise CannotRun(
            f"this system lacks, for the full sandbox: {'; '.join(lacking)}.\n"
            "Students' code would be able to reach the grader. If you accept that: --sandbox=reduced"
        )
