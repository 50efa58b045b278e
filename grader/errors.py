"""The family of errors that end a command, each with its exit code.

Ground floor: imported by all, imports none. ``grader.cli.main`` catches them, once for all commands.
"""

from __future__ import annotations

import signal
from enum import IntEnum
from types import FrameType
from typing import NoReturn


class ExitCode(IntEnum):
    """How ``kata`` ends."""

    FINE = 0
    NOT_IN_ORDER = 1  # something that was checked
    WRONG_USAGE = 2
    NOT_GRADED = 3
    STOPPED = 130  # by Ctrl-C, as shells have it
    TERMINATED = 143  # by SIGTERM


class StoppedBySignal(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM. It is no error, so nothing that handles errors catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = ExitCode.TERMINATED if number == signal.SIGTERM else ExitCode.STOPPED

    @staticmethod
    def listen() -> None:
        """From now on, raise it for the first of these signals; the others find us ending already."""

        def stop(number: int, frame: FrameType | None) -> NoReturn:
            for other in (signal.SIGINT, signal.SIGTERM):
                signal.signal(other, signal.SIG_IGN)
            raise StoppedBySignal(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)


class KataError(Exception):
    """Why a command can't do what was asked; the message is for the person who asked, and says what to do."""

    exit_code = ExitCode.NOT_GRADED
