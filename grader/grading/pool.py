"""A pool of warm judges: each a process with the suites collected and torch in memory.

Trusted side. A judge that dies is replaced, and its submission tried once more; one that takes a judge with
it twice is reported as not graded, and holds up nobody else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from grader import __version__
from grader.errors import KataError
from grader.exercise import load
from grader.sandbox.host import Sandbox
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict

if TYPE_CHECKING:
    from grader.wire.commands import Limits

TRIES = 2
READY = True  # what a judge says once its suites are collected and its sandbox works
_Case = tuple[Path, list[str], int, SandboxMode, "Limits | None"]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class PoolError(KataError):
    """The judges can't work: the message is the first judge's own."""


def grade(
    root: Path,
    submissions: Sequence[Submission],
    *,
    seed: int,
    jobs: int = 1,
    mode: SandboxMode = SandboxMode.FULL,
    limits: Limits | None = None,
) -> Iterator[Verdict]:
    """A verdict for each submission, as they come. Raises PoolError if judges can't start at all."""
    waiting = deque(sorted(submissions, key=lambda submission: submission.exercise))
    tries: Counter[tuple[str, str]] = Counter()
    count = max(1, min(jobs, len(waiting)))
    case = (root, sorted({submission.exercise for submission in submissions}), seed, mode, limits)
    judges = [JudgeProcess(case) for _ in range(count)]
    try:
        for judge in judges:
            judge.give(waiting)
        while busy := [judge for judge in judges if judge.task is not None]:
            ready = wait([judge.connection for judge in busy])
            for judge in busy:
                if judge.connection not in ready:
                    continue
                answer = judge.answer()
                if answer is READY:
                    judge.ready = True
                    continue
                if isinstance(answer, Verdict):
                    yield answer
                    judge.give(waiting)
                    continue
                if isinstance(answer, str) and not judge.ready:
                    raise PoolError(answer)
                task = judge.task
                assert task is not None  # only judges with a task were waited for
                judge.close()
                judges.remove(judge)
                tries[task.student, task.exercise] += 1
                if tries[task.student, task.exercise] < TRIES:
                    waiting.appendleft(task)
                else:
                    yield _ungraded(task, seed, mode)
                if waiting:
                    judges.append(JudgeProcess(case))
                    judges[-1].give(waiting)
    finally:
        for judge in judges:
            judge.close()


class JudgeProcess:
    """A judge's process, and the submission that it has in hand."""

    def __init__(self, case: _Case) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs, *case), daemon=False)
        self.process.start()
        theirs.close()
        self.task: Submission | None = None
        self.ready = False

    def give(self, waiting: deque[Submission]) -> None:
        """Hand over the next submission, or the word that there is none."""
        self.task = waiting.popleft() if waiting else None
        with contextlib.suppress(OSError):
            self.connection.send(self.task)

    def answer(self) -> Verdict | str | bool | None:
        """A verdict; or READY; or in words why this judge can't go on; or None if it has died."""
        try:
            answer: Verdict | str | bool | None = self.connection.recv()
        except (EOFError, OSError):
            return None
        return answer

    def close(self) -> None:
        """End the process; its sandbox ends with it."""
        self.connection.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(
    connection: Connection, root: Path, names: list[str], seed: int, mode: SandboxMode, limits: Limits | None
) -> None:
    """In the judge's process: judge what comes in until None comes, or the parent has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with Sandbox(root, mode, limits) as sandbox:
                # Imports torch, while the sandbox's process does the same.
                from grader.judge.session import Judge

                judge = Judge([load(root, name) for name in names], sandbox, seed)
                connection.send(READY)
                while (submission := connection.recv()) is not None:
                    connection.send(judge.judge(submission))
        except KataError as error:
            connection.send(str(error))


def _ungraded(submission: Submission, seed: int, mode: SandboxMode) -> Verdict:
    return Verdict(
        student=submission.student,
        exercise=submission.exercise,
        submission=submission.path,
        sha256=submission.sha256,
        score=0.0,
        max_score=0.0,
        tests=(),
        diagnoses=(),
        seed=seed,
        seconds=0.0,
        sandbox=mode,
        versions={"grader": __version__},
        ungraded=f"The judge's process died on this submission, {TRIES} times.",
    )
