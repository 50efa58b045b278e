"""The family of errors that end a command, each with its exit code.

Ground floor: imported by all, imports none. ``grader.cli.main`` catches them, once for all commands.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How ``kata`` ends."""

    FINE = 0
    NOT_IN_ORDER = 1  # something that was checked
    WRONG_USAGE = 2
    NOT_GRADED = 3
    STOPPED = 130  # by Ctrl-C, as shells have it


class KataError(Exception):
    """Why a command can't do what was asked; the message is for the person who asked, and says what to do."""

    exit_code = ExitCode.NOT_GRADED
