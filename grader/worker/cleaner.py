"""The cleaner: a process of its own that removes what submissions wrote, while the next ones are graded.

Trusted, but what it works on is not: folders that nobody may enter, a thousand levels of them, half a million
files. So it runs beside the warm parent, not in it, and has a clock: what it has not removed some seconds
after the last submission, or can't remove at all, it names on standard error, and leaves.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ORDER = struct.Struct("!q")  # the number of a worker, whose folder is called by it
_SECONDS = 8.0  # what the cleaner has once everything else has ended


def remove(folder: Path, is_over: Callable[[], bool] = lambda: False) -> Iterator[OSError]:
    """Remove a folder, however deeply folders are nested in it; gives what goes wrong, and goes on.

    ``shutil.rmtree`` calls itself for every level. Here, every inner folder is moved up, to a place whose
    name was drawn after all that could have made it had ended, until all are flat. Stops once ``is_over``.
    """
    try:
        place = tempfile.mkdtemp(dir=folder.parent)
        flat = [_moved(folder, f"{place}/0")]
    except OSError as error:
        yield error
        return
    names = itertools.count(1)
    while flat:
        here = flat.pop()
        try:
            while _has_entries(here):
                failed: OSError | None = None
                with os.scandir(here) as entries:
                    for entry in entries:
                        if is_over():
                            return
                        try:
                            if entry.is_dir(follow_symlinks=False):
                                flat.append(_moved(entry.path, f"{place}/{next(names)}"))
                            else:
                                os.unlink(entry.path)
                        except OSError as error:
                            failed = error
                if failed:
                    raise failed
            os.rmdir(here)
        except OSError as error:
            yield error
    with contextlib.suppress(OSError):  # something is in it, and has been told
        os.rmdir(place)


def _moved(folder: str | Path, place: str) -> str:
    """Move a folder to ``place``; it is written to by that, so that it has to be writable."""
    os.chmod(folder, 0o700)
    os.rename(folder, place)
    return place


def _has_entries(folder: str) -> bool:
    """Whether anything is left: a folder that shrinks while it is read may be read in part only."""
    with os.scandir(folder) as entries:
        return next(entries, None) is not None


class Cleaner:
    """Removes folders in ``home`` as their numbers arrive, and all of it once nobody can send more."""

    def __init__(self, home: Path, orders: int) -> None:
        self.home = home
        self.orders = orders
        self.hangs_up = select.poll()
        self.hangs_up.register(orders, 0)  # asks for hang-ups only
        self.end: float | None = None

    def serve(self) -> None:
        """Remove what is ordered, until the last one who could order has gone; then everything."""
        while self.end is None and (order := os.read(self.orders, ORDER.size)):
            (number,) = ORDER.unpack(order)
            for _ in remove(self.home / str(number), self.is_over):
                pass  # it is tried once more, at the end
        if self.end is None:
            self.end = time.monotonic() + _SECONDS
        problems = []
        for path in list(self.home.iterdir()):
            problems += [error.strerror for error in remove(path, self.is_over)]
        try:
            self.home.rmdir()
        except OSError as error:
            why = problems[0] if problems else "there was no time" if self.is_over() else error.strerror
            say = f"kata: {self.home} holds what submissions wrote, and could not be removed ({why})."
            print(say, "Nothing else depends on it: remove it by hand.", file=sys.stderr, flush=True)

    def is_over(self) -> bool:
        """Whether the time is over. It runs once the other end of the pipe has been closed."""
        if self.end is None and self.hangs_up.poll(0):
            self.end = time.monotonic() + _SECONDS
        return self.end is not None and time.monotonic() > self.end
