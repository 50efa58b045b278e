"""A pool of warm judges: each a process with the suites collected and torch in memory.

Trusted side. A judge that dies is replaced, and its submission tried once more; one that takes a judge with
it twice is reported as not graded, and so is one that takes too long; neither holds up anybody else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from grader import __version__
from grader.errors import KataError
from grader.exercise import load
from grader.sandbox.host import Sandbox
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict
from grader.wire.commands import Limits
from grader.wire.parent import end_with

TRIES = 2
READY = True  # what a judge says once its suites are collected and its sandbox works
START_LIMIT = 300.0  # seconds for a judge to say so
FAILED_STARTS = 5  # in a row: then what waits for a judge waits in vain
_PAUSE = 0.5  # seconds after a start that failed, for the system to have a process to spare again
_Case = tuple[Path, list[str], int, SandboxMode, Limits]


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
) -> Generator[Verdict]:
    """A verdict for each submission, as they come. Raises PoolError if judges can't start at all.

    Close the iterator to end the judges before all are graded.
    """
    names = sorted({submission.exercise for submission in submissions})
    pool = _Pool((root, names, seed, mode, limits or Limits()), submissions, jobs)
    try:
        yield from pool.verdicts()
    finally:
        pool.close()


class _Pool:
    """The judges of one run, what waits for them, and what has gone wrong so far."""

    def __init__(self, case: _Case, submissions: Sequence[Submission], jobs: int) -> None:
        self.case = case
        self.limits = case[-1]
        self.waiting = deque(sorted(submissions, key=lambda submission: submission.exercise))
        self.jobs = jobs
        self.judges: list[JudgeProcess] = []
        self.lost: Counter[tuple[str, str]] = Counter()  # how many judges each submission took with it
        self.failed_starts = 0
        self.started_once = False

    def verdicts(self) -> Iterator[Verdict]:
        """Give a verdict for each submission, as they come."""
        while self.waiting or any(judge.task for judge in self.judges):
            yield from self.fill()
            now = time.monotonic()
            next_end = min((judge.end for judge in self.judges if judge.busy), default=now + _PAUSE)
            heard = wait([judge.connection for judge in self.judges], max(0.0, next_end - now))
            for judge in list(self.judges):
                if judge.connection in heard:
                    yield from self.take(judge, judge.answer())
                elif judge.busy and time.monotonic() > judge.end:
                    yield from self.give_up(judge)

    def fill(self) -> Iterator[Verdict]:
        """Give work to the judges that have none, and start as many as there is more work for."""
        for judge in self.judges:
            if self.waiting and not judge.busy:
                judge.give(self.waiting.popleft(), self.limits.whole)
        starting = sum(not judge.ready for judge in self.judges)
        while len(self.judges) < self.jobs and starting < len(self.waiting):
            try:
                self.judges.append(JudgeProcess(self.case))
            except OSError as error:
                yield from self.note_failed_start(f"A judge could not be started ({error.strerror}).")
                return
            starting += 1

    def take(self, judge: JudgeProcess, answer: Verdict | str | bool | None) -> Iterator[Verdict]:
        """Do what a judge's answer asks for."""
        if answer is READY:
            judge.ready = self.started_once = True
            self.failed_starts = 0
        elif isinstance(answer, Verdict):
            judge.task = None
            yield answer
        else:
            yield from self.replace(judge, answer if isinstance(answer, str) else "")

    def replace(self, judge: JudgeProcess, reason: str) -> Iterator[Verdict]:
        """Go on without a judge that has died, or said why it can't go on."""
        self.judges.remove(judge)
        judge.end_now()
        if not judge.ready:
            if reason and not self.started_once:
                raise PoolError(reason)
            yield from self.note_failed_start(reason or "The judge's process died before it could begin.")
        elif task := judge.task:
            self.lost[task.student, task.exercise] += 1
            if self.lost[task.student, task.exercise] < TRIES:
                self.waiting.appendleft(task)
            else:
                how = f": {reason}" if reason else "."
                yield self.ungraded(task, f"The judge's process died on this submission, {TRIES} times{how}")

    def give_up(self, judge: JudgeProcess) -> Iterator[Verdict]:
        """End a judge that takes too long."""
        if not judge.ready:
            yield from self.replace(judge, "")
            return
        self.judges.remove(judge)
        judge.end_now()
        if task := judge.task:
            seconds = f"{self.limits.whole:g} seconds"
            yield self.ungraded(task, f"It took too long: more than {seconds} for all tests together.")

    def note_failed_start(self, reason: str) -> Iterator[Verdict]:
        """Count a start that failed. After several in a row, a submission is given up, or the batch."""
        self.failed_starts += 1
        if self.failed_starts < FAILED_STARTS:
            return
        if not self.started_once:
            raise PoolError(reason)
        self.failed_starts = 0
        if self.waiting:
            yield self.ungraded(self.waiting.popleft(), f"There was no judge for it. {reason}")

    def close(self) -> None:
        """End the judges: those that have nothing to do by themselves, the others at once."""
        for judge in self.judges:
            judge.hang_up()
        for judge in self.judges:
            judge.wait()

    def ungraded(self, submission: Submission, reason: str) -> Verdict:
        """The verdict on a submission that no judge came to an end with."""
        _, _, seed, mode, _ = self.case
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
            ungraded=reason,
        )


class JudgeProcess:
    """A judge's process, the submission that it has in hand, and when it has to be done."""

    def __init__(self, case: _Case) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        with theirs:
            self.process: BaseProcess = context.Process(
                target=_serve, args=(theirs, os.getpid(), *case), daemon=False
            )
            try:
                self.process.start()
            except BaseException:
                self.connection.close()
                raise
        self.task: Submission | None = None
        self.ready = False
        self.end = time.monotonic() + START_LIMIT

    @property
    def busy(self) -> bool:
        """Whether it is starting, or has a submission in hand."""
        return self.task is not None or not self.ready

    def give(self, submission: Submission, seconds: float) -> None:
        """Hand over a submission, which has to be judged in that many seconds."""
        self.task = submission
        self.end = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            self.connection.send(self.task)

    def answer(self) -> Verdict | str | bool | None:
        """A verdict; or READY; or in words why this judge can't go on; or None if it has died."""
        try:
            answer: Verdict | str | bool | None = self.connection.recv()
        except (EOFError, OSError):
            return None
        return answer

    def hang_up(self) -> None:
        """Begin to end the process; its sandbox ends with it."""
        self.connection.close()
        if self.busy:
            self.process.kill()

    def wait(self) -> None:
        """Wait for its end, for a while."""
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()

    def end_now(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.connection.close()
        self.process.join()
        self.process.close()


def _serve(
    connection: Connection,
    parent: int,
    root: Path,
    names: list[str],
    seed: int,
    mode: SandboxMode,
    limits: Limits,
) -> None:
    """In the judge's process: judge what comes in until the parent hangs up, or has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    end_with(parent)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with Sandbox(root, mode, limits) as sandbox:
                # Imports torch, while the sandbox's process does the same.
                from grader.judge.session import Judge, shorten_reprs

                shorten_reprs()
                judge = Judge([load(root, name) for name in names], sandbox, seed)
                connection.send(READY)
                while True:
                    connection.send(judge.judge(connection.recv()))
        except KataError as error:
            connection.send(str(error))
