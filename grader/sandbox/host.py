"""The judge's side of the sandbox: start a warm parent, and ask it for workers.

Trusted side. Nothing here needs torch before the first worker does, so that judge and warm parent can import
it at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.outcome import NoWorker, SandboxError
from grader.sandbox.system import hide_memory, readable_paths
from grader.verdict import SandboxMode
from grader.wire.commands import COMMAND, END, FORK, LENGTH, NO_FORK, Limits

if TYPE_CHECKING:
    from grader.sandbox.handle import WorkerHandle

_START = "from grader.worker.warm_parent import main; main()"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    # Huge pages for malloc: fewer entries to copy at a fork and to drop at an end, a quarter of their time.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    # A real GPU's driver needs more than a worker may do; there, CUDA is simulated.
    "CUDA_VISIBLE_DEVICES": "",
}
_START_LIMIT = 120.0
_FORK_LIMIT = 20.0
_TRIES = 5  # to get a worker that lives until it is confined


class Sandbox:
    """A warm parent and its workers. Use it as a context manager: at the end, everything it started is gone.

    ``root`` is the project's folder, of which workers can read nothing.
    """

    def __init__(
        self, root: Path, mode: SandboxMode = SandboxMode.FULL, limits: Limits | None = None
    ) -> None:
        self.mode = mode
        self.limits = limits or Limits()
        hide_memory()
        try:
            readable = readable_paths(root)
        except PermissionError as error:
            raise SandboxError(str(error)) from None
        options = json.dumps(
            {
                "mode": mode,
                "limits": asdict(self.limits),
                "readable": readable,
                "parent": os.getpid(),
            }
        ).encode()
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd="/",
            env=_ENVIRONMENT | {"HOME": str(Path.home())},
        )
        theirs.close()
        self._control.sendall(LENGTH.pack(len(options)) + options)
        self._ready = False
        self._workers: set[WorkerHandle] = set()
        self._ordered = False  # whether a worker was ordered that has not been handed over
        self._spare: WorkerHandle | None = None

    def worker(self) -> WorkerHandle:
        """A new worker, confined and waiting. The first call waits until torch has been imported.

        The next one is ordered right away, and starts while this one works. Raises NoWorker where there is
        none to be had now, and SandboxError where there never will be.
        """
        if not self._ready:
            self._receive(_START_LIMIT)
            self._ready = True
        for _ in range(_TRIES):
            worker = self._spare or self._fork()
            self._spare = None
            try:
                worker.wait_until_confined(_FORK_LIMIT)
            except EOFError:  # it was killed while it waited
                continue
            self._send(FORK, 0)
            self._ordered = True
            return worker
        raise NoWorker("No worker lived long enough to be given anything to do.")

    def _fork(self) -> WorkerHandle:
        """A worker that may not be confined yet: the one that was ordered, or one that is ordered now."""
        from grader.sandbox.handle import WorkerHandle

        if not self._ordered:
            self._send(FORK, 0)
        self._ordered = False
        verb, pid, descriptors = self._receive(_FORK_LIMIT)
        if verb == NO_FORK:
            raise NoWorker(f"This system could not start one more process ({os.strerror(pid)}).")
        if len(descriptors) != 1:
            raise SandboxError("The sandbox did not hand over a worker.")
        worker = WorkerHandle(self, pid, socket.socket(fileno=descriptors[0]))
        self._workers.add(worker)
        return worker

    def end(self, pid: int) -> int:
        """End a worker; its exit code, negative for a signal."""
        self._workers = {worker for worker in self._workers if worker.alive}
        if self._ordered:  # its answer comes first
            with contextlib.suppress(NoWorker):
                self._spare = self._fork()
        self._send(END, pid)
        return self._receive(_FORK_LIMIT)[1]

    def _send(self, verb: bytes, number: int) -> None:
        try:
            self._control.sendall(COMMAND.pack(verb, number))
        except OSError as error:
            raise self._silent(error) from None

    def _receive(self, seconds: float) -> tuple[bytes, int, list[int]]:
        try:
            self._control.settimeout(seconds)
            answer, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
            verb, number = COMMAND.unpack(answer)
            return verb, number, list(descriptors)
        except Exception as error:
            raise self._silent(error) from None

    def _silent(self, error: Exception) -> SandboxError:
        code = self._process.poll()
        how = f"it ended with exit code {code}" if code is not None else type(error).__name__
        return SandboxError(f"The sandbox's process does not answer ({how}).")

    def close(self) -> None:
        """Hang up: the warm parent ends its workers and itself."""
        self._control.close()
        for worker in self._workers:
            worker.hang_up()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
