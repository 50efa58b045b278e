"""A process that is of no use without the one that started it ends with that one, however that one ends.

Read by both sides: judges and workers ask for it, and the warm parent until it listens to the judge.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def end_with(parent: int) -> None:
    """From now on, the kernel kills this process when ``parent`` ends, which has started it."""
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def outlive() -> None:
    """Take ``end_with`` back."""
    if sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
