"""A process that reads what students handed in, so that the one that grades them never has to.

Trusted side. A notebook that takes all memory, or a file system that never answers, ends this process and no
other: it is replaced, and who handed that in is told. One process reads a whole class.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from grader.errors import KataError
from grader.grading.reading import Place, Unreadable, read_submission
from grader.submission import Submission
from grader.words import printable

START = 60.0  # seconds for the program to be there
SECONDS = 20.0  # for the answer of one student; the largest notebook that is read takes two
MEMORY = 1 << 30  # bytes, besides the program itself
_START = "import sys; from grader.grading.reader import serve; serve(int(sys.argv[1]), int(sys.argv[2]))"
_Result = TypeVar("_Result")


class CannotRead(KataError):
    """The process that reads can't even start: nobody's answer is to blame."""


class Reader:
    """Reads in a process of its own, which starts when it is first needed. Use it as a context manager."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def submissions(self, places: Sequence[Place]) -> list[Submission]:
        """Read all of these answers; whatever is wrong with one of them is in its submission."""
        return [self._submission(place) for place in places]

    def _submission(self, place: Place) -> Submission:
        try:
            return self.call(place.file, read_submission, place)
        except Unreadable as error:
            return Submission(
                place.student,
                place.exercise.name,
                str(place.file),
                place.exercise.filename,
                problem=error.says,
                ungraded=error.ours,
            )

    def call(self, file: Path, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """What ``function``, which reads ``file``, returns there. Raises Unreadable, or CannotRead."""
        name = printable(file.name)
        connection = self._connection or self._start()
        try:
            connection.send((function, arguments))
            if not connection.poll(self.seconds):
                self.close(at_once=True)
                raise Unreadable(f"{name} was not read: that takes more than {self.seconds:g} s.", ours=True)
            result, error = connection.recv()
        except (EOFError, OSError):
            self.close(at_once=True)
            raise Unreadable(f"{name} was not read: it ended the program that reads.", ours=True) from None
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def _start(self) -> Connection:
        self._connection, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-P", "-c", _START, str(theirs.fileno()), str(self.memory)]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        try:
            ready = self._connection.poll(START) and self._connection.recv()
        except (EOFError, OSError):
            ready = False
        if not ready:
            self.close(at_once=True)
            raise CannotRead(
                "the program that reads what was handed in does not start; what it says is above."
            )
        return self._connection

    def close(self, *, at_once: bool = False) -> None:
        """Hang up: the process ends, ``at_once`` even if it is in the middle of something."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            if at_once:
                self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # a dead disk's file is waited for by nobody
                self._process.wait(5)
        self._connection = self._process = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close(at_once=True)


def serve(descriptor: int, memory: int) -> None:
    """In the process: do what is asked until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    warnings.simplefilter("ignore")  # what a library thinks of a notebook would name no student
    logging.disable()
    gc.disable()  # a large notebook is no garbage: looking for some, again and again, takes most of the time
    _limit(memory)
    with contextlib.suppress(EOFError, OSError), Connection(descriptor) as connection:
        connection.send(True)
        while True:
            function, arguments = connection.recv()
            result = error = None
            try:
                result = function(*arguments)
            except Unreadable as unreadable:
                error = unreadable
            except Exception as unexpected:
                error = Unreadable(f"It could not be read ({type(unexpected).__name__}).", ours=True)
            connection.send((result, error))


def _limit(memory: int) -> None:
    """Let this process take so many bytes more than it has, where the system knows such a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
