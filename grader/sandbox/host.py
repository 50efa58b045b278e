"""The judge's side of the sandbox: start a warm parent, ask it for workers, hold a clock over every answer.

Trusted side. Everything that a worker sends is data, checked by ``grader.wire``.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.sandbox.outcome import Crashed, NotData, SandboxError, StudentError, Tampered, TimedOut
from grader.sandbox.policy import Limits, Mode, hide_memory, readable_paths
from grader.sandbox.warm_parent import COMMAND
from grader.verdict import plain_text
from grader.wire import Channel, WireError

_START = "from grader.sandbox.warm_parent import main; main()"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    # Huge pages for malloc: a fork copies page tables, and so takes half as long where there are fewer pages.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    # A real GPU's driver needs more than a worker may do; there, CUDA is simulated.
    "CUDA_VISIBLE_DEVICES": "",
}
_START_LIMIT = 120.0
_FORK_LIMIT = 20.0


class Sandbox:
    """A warm parent and its workers. Use it as a context manager: at the end, everything it started is gone.

    ``root`` is the project's folder, of which workers can read nothing.
    """

    def __init__(self, root: Path, mode: Mode = "full", limits: Limits | None = None) -> None:
        self.mode = mode
        self.limits = limits or Limits()
        hide_memory()
        try:
            readable = readable_paths(root)
        except PermissionError as error:
            raise SandboxError(str(error)) from None
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd="/",
            env=_ENVIRONMENT | {"HOME": str(Path.home())},
        )
        theirs.close()
        self._ready = False
        self._workers: set[Worker] = set()
        options = {"mode": mode, "limits": asdict(self.limits), "readable": readable}
        Channel(self._control).send(options, _START_LIMIT)

    def worker(self) -> Worker:
        """A new worker, confined and waiting. The first call waits until torch has been imported."""
        if not self._ready:
            self._command(None, 0, _START_LIMIT)
            self._ready = True
        pid, descriptors = self._command(b"F", 0, _FORK_LIMIT)
        if len(descriptors) != 1:
            raise SandboxError("The sandbox did not hand over a worker.")
        worker = Worker(self, pid, Channel(socket.socket(fileno=descriptors[0])))
        self._workers.add(worker)
        worker.wait_until_confined()
        return worker

    def end(self, pid: int) -> int:
        """End a worker; its exit code, negative for a signal."""
        self._workers = {worker for worker in self._workers if worker.alive}
        status, _ = self._command(b"K", pid, _FORK_LIMIT)
        return status

    def _command(self, verb: bytes | None, number: int, seconds: float) -> tuple[int, list[int]]:
        try:
            self._control.settimeout(seconds)
            if verb is not None:
                self._control.sendall(COMMAND.pack(verb, number))
            answer, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
            return COMMAND.unpack(answer)[1], list(descriptors)
        except Exception as error:
            code = self._process.poll()
            how = f"it ended with exit code {code}" if code is not None else type(error).__name__
            raise SandboxError(f"The sandbox's process does not answer ({how}).") from None

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


class Worker:
    """One confined process with one submission in it."""

    def __init__(self, sandbox: Sandbox, pid: int, channel: Channel) -> None:
        self._sandbox = sandbox
        self._pid = pid
        self._channel = channel
        self.alive = True

    def wait_until_confined(self) -> None:
        """Until then no submission is sent. Raises SandboxError if the confinement did not work."""
        try:
            state = self._channel.receive(_FORK_LIMIT)
        except (TimeoutError, EOFError, WireError, OSError) as error:
            state = type(error).__name__
        if state != "confined":
            self.close()
            raise SandboxError(f"A worker could not be confined ({state}).")

    def load(self, main: str, files: dict[str, bytes], seconds: float) -> None:
        """Import the submission; raises a SubmissionError if that fails."""
        self._ask({"do": "load", "main": main, "files": files}, seconds)

    def run(self, probe: bytes, arguments: bytes, seed: int, seconds: float) -> Any:
        """Run a pickled probe with pickled arguments and bring back its value.

        Raises a SubmissionError if that fails.
        """
        return self._ask({"do": "run", "probe": probe, "arguments": arguments, "seed": seed}, seconds)

    def _ask(self, request: dict[str, Any], seconds: float) -> Any:
        if self._channel.has_data():
            self.close()
            raise NotData("something was sent before anything was asked")
        try:
            self._channel.send(request, seconds)
            reply = self._channel.receive(seconds)
        except TimeoutError:
            self.close()
            raise TimedOut(seconds) from None
        except EOFError:
            raise Crashed(self.close()) from None
        except (WireError, OSError) as error:
            self.close()
            raise NotData(str(error)) from None
        if type(reply) is dict and len(reply) == 1:
            if "value" in reply:
                return reply["value"]
            if "error" in reply:
                raise StudentError.received(reply["error"])
            if "refused" in reply:
                raise NotData(plain_text(str(reply["refused"]), 300))
            if "replaced" in reply and isinstance(reply["replaced"], list):
                raise Tampered([plain_text(str(name), 60) for name in reply["replaced"]])
        self.close()
        raise NotData("it was no answer to the question")

    def close(self) -> int | None:
        """End the process and everything it started; its exit code, negative for a signal."""
        if not self.alive:
            return None
        self.hang_up()
        return self._sandbox.end(self._pid)

    def hang_up(self) -> None:
        """Close the socket, without ending the process."""
        self.alive = False
        with contextlib.suppress(OSError):
            self._channel.close()
