"""What a worker may do: resource limits, Landlock for files and signals, seccomp for everything else.

Untrusted side. A worker confines itself before it sees the student's code, and can't take it back. The
confinement is made in three steps, as much as possible of it early: what is the same for all workers when the
warm parent starts (``Confinement``), what is one worker's own just before the fork (``prepare``), and in the
worker only what enforces it (``confine``).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.verdict import SandboxMode
from grader.wire.commands import Limits
from grader.wire.parent import end_with
from grader.worker import system_calls

_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36


class Confinement:
    """The confinement of all workers of one warm parent."""

    def __init__(self, mode: SandboxMode, limits: Limits, readable: list[str]) -> None:
        self.mode = mode
        self.limits = limits
        self.readable = readable
        self._libc = ctypes.CDLL(None)
        self._filter: Any = system_calls.make_filter() if mode == "full" else None
        statm = Path("/proc/self/statm")
        used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
        self._address_space = used + limits.memory
        if mode == "full":
            self._rules("/dev/null").close()  # if this fails, then now, while it can be seen

    def adopt_orphans(self) -> None:
        """In the warm parent: become the parent of what a worker leaves behind, so that it can be killed."""
        if sys.platform.startswith("linux"):
            self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self._libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

    def prepare(self, folder: str) -> Any:
        """In the warm parent, just before a fork: prepare the worker that will live in ``folder``.

        This changes the warm parent itself: its environment, its working directory and its ``tempfile``
        become those of the next worker, which inherits them; nothing else in the warm parent looks at them.
        A worker would take longer, since each page that it is first to write to has to be copied.
        Returns the Landlock rules, which the parent has to close, or None if the mode has none.
        """
        os.environ.clear()
        os.environ.update(HOME=folder, TMPDIR=folder, LANG="C.UTF-8", OMP_NUM_THREADS="1")
        os.chdir(folder)
        tempfile.tempdir = folder  # it has been asked for before, and was another one
        return self._rules(folder) if self.mode == "full" else None

    def confine(self, rules: Any) -> int | None:
        """In a worker, before it sees the student's code: put up every wall. ``prepare`` returned ``rules``.

        Returns the descriptor on which the filter asks for what is counted, or None if the mode has none.
        """
        self.leave_the_session()
        self.set_limits()
        if self.mode != "full":
            return None
        self.shut_files(rules)
        return self.filter_calls()

    def leave_the_session(self) -> None:
        """A session of its own, without a terminal; and the end, when the warm parent ends."""
        os.setsid()
        end_with(os.getppid())

    def set_limits(self) -> None:
        """What the kernel counts: time, memory, files."""
        limits = self.limits
        wanted = {
            resource.RLIMIT_CPU: limits.processor,
            resource.RLIMIT_FSIZE: limits.file_size,
            resource.RLIMIT_NOFILE: limits.open_files,
            resource.RLIMIT_AS: self._address_space,
            resource.RLIMIT_CORE: 0,
        }
        for which, value in wanted.items():
            # macOS refuses some of these; the mode is then "reduced" and says so.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(which, (value, value))

    def shut_files(self, rules: Any) -> None:
        """Landlock: files that the rules don't name, and signals to others."""
        with rules:
            rules.restrict()

    def filter_calls(self) -> int:
        """Seccomp: every call that is not known to be harmless."""
        return system_calls.load(self._filter)

    def _rules(self, folder: str) -> Any:
        """Return the Landlock rules: read what is readable, write in ``folder``, signal nobody."""
        from landlockpy import AccessFS, Ruleset, Scope

        read_file = AccessFS.READ_FILE | AccessFS.EXECUTE
        read = read_file | AccessFS.READ_DIR
        write = (
            AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.MAKE_REG | AccessFS.MAKE_DIR
            | AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR | AccessFS.REFER
        )  # fmt: skip
        rules = Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
        for path in self.readable:
            rules.allow_path(path, read if os.path.isdir(path) else read_file)
        rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        if os.path.isdir(folder):
            rules.allow_path(folder, read | write)
        return rules
