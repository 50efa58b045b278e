"""What the kernel does not count: a worker's threads, files and folders. The warm parent counts them.

Runs in the warm parent. The filter of system calls (``grader.worker.system_calls``) lets a worker make a
thread, a file or a folder only once whoever listens to it says so. That holds for root, whom the limit on
processes does not bind, and in containers, which reach neither control groups nor quotas of disks.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import struct
from fcntl import ioctl

from grader.wire.commands import Limits
from grader.worker.system_calls import numbers

# <linux/seccomp.h>: struct seccomp_notif (its data is a number, an architecture, an address, six arguments),
# struct seccomp_notif_resp, and the two requests, whose numbers hold these sizes.
_ASKED, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON = 1


class Rations:
    """What one worker has made, and what it may still make. ``listener`` is its filter's descriptor."""

    def __init__(self, listener: int, pid: int, limits: Limits) -> None:
        self.listener = listener
        self._pid = pid
        self._limits = limits
        self.over = False
        self._make_threads, self._make_files = numbers("clone"), numbers("open", "openat")
        self._entries = 0
        self._files = 0

    def answer(self, event: int) -> None:
        """Answer the call that waits, if ``poll`` said so: else nobody is left who could ask."""
        self.over = bool(event and not event & select.POLLIN)
        if not event & select.POLLIN:
            return
        notice = bytearray(_ASKED.size)
        try:
            ioctl(self.listener, _RECEIVE, notice)
            identity, _, _, call, *_ = _ASKED.unpack(notice)
            refusal = self._refusal(call)
            ioctl(self.listener, _SEND, _ANSWER.pack(identity, 0, -refusal, 0 if refusal else _GO_ON))
        except OSError:
            pass  # whoever asked has been killed, or interrupted: then it asks again

    def close(self) -> None:
        """Stop listening: every call that waits, or comes later, fails."""
        os.close(self.listener)

    def _refusal(self, call: int) -> int:
        """0 if the call may go on, else the error that it gets."""
        try:
            if call in self._make_threads:
                return 0 if self._threads() < self._limits.threads else errno.EAGAIN
            if self._entries >= self._limits.entries:
                return errno.EDQUOT
            self._entries += 1
            if call in self._make_files:
                self._files += 1
                self._shrink()
        except OSError:
            return errno.EDQUOT  # what can't be counted can't be had
        return 0

    def _threads(self) -> int:
        """How many threads the worker has: each is a folder in this one, which links to it."""
        return os.stat(f"/proc/{self._pid}/task").st_nlink - 2

    def _shrink(self) -> None:
        """The more files a worker has made, the smaller each may be from now on.

        Files that are deleted but still mapped take room and are seen nowhere, so what there is can't be
        added up. But the n-th file was never allowed more than ``disk / n``, and so n files together take no
        more than ``disk * (1 + log(n))``.
        """
        size = min(self._limits.file_size, self._limits.disk // self._files)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, size))
