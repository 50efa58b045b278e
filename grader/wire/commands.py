"""What judge and warm parent say to each other besides messages: commands, limits and exit codes.

Read by both sides. On the control socket, the judge first sends the options (``LENGTH``, then JSON),
then commands
of fixed size: a verb and a number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

COMMAND: Final = struct.Struct("!cq")
LENGTH: Final = struct.Struct("!I")  # of the options, in JSON, which are the first that is sent
FORK, NO_FORK, END, READY = b"F", b"N", b"K", b"R"
FORK_PATIENCE: Final = (
    10.0  # seconds for which the warm parent tries to fork, where the system can't just now
)

# Exit codes of a worker that could not answer, not even with an exception.
OUT_OF_MEMORY, UNABLE = 71, 72


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Sizes in bytes, times in seconds.

    ``call`` is the wall-clock limit for one answer, kept by the judge; ``call_after_timeout`` is what is left
    of it once a submission has timed out, so that one that always loops can't hold up a class, while the
    tests that it answers at once still count; ``all_calls`` is the limit for all answers together.
    ``whole`` is that for the judge's work as well, kept by who started the judge. ``patience`` is how often
    an answer is asked for again where the worker was killed. ``threads`` (at a time), ``entries`` (files and
    folders made, also if they are removed again) and ``disk`` (for files; see ``grader.worker.rations``) are
    kept by the warm parent, the rest by the kernel.
    """

    call: float = 10.0
    call_after_timeout: float = 2.0
    all_calls: float = 90.0
    whole: float = 100.0
    patience: int = 3
    processor: int = 120
    memory: int = 1 << 30
    file_size: int = 16 << 20
    open_files: int = 64
    threads: int = 64
    entries: int = 4096
    disk: int = 64 << 20
