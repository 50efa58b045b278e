"""The warm parent: a process that has torch in memory and nothing secret, and forks a worker when asked.

Started by ``grader.sandbox.Sandbox`` as a fresh process that calls ``main``, so that nothing of the judge's
memory is ever in it. It never sees a submission. On the control socket it takes commands of fixed size:
``F`` (fork) answers with the worker's pid and, as a descriptor, the socket to talk to it; ``K`` and a pid
(kill) ends that worker with all that it started, and answers with its exit status. When the socket closes,
everything ends. In between, it answers the questions of workers that want a thread or a file.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.wire.commands import (
    COMMAND,
    END,
    FORK,
    FORK_PATIENCE,
    LENGTH,
    NO_FORK,
    OUT_OF_MEMORY,
    READY,
    UNABLE,
)
from grader.wire.parent import end_with, outlive
from grader.worker.cleaner import ORDER
from grader.worker.rations import Rations


def preload() -> None:
    """Import what submissions use, and touch what torch sets up on first use, so that no worker has to."""
    import collections
    import copy
    import dataclasses
    import encodings.utf_8_sig
    import io
    import itertools

    import cloudpickle
    import numpy as np
    import torch

    from grader.worker import cells, compiler, loop, scenario

    compiler.leave_out()
    import torch.autograd.gradcheck
    import torch.utils.checkpoint
    import torch.utils.data
    from torch import nn

    from grader import simcuda

    del collections, dataclasses, encodings, itertools, cloudpickle, np, cells, loop, scenario
    simcuda.install()
    torch.set_num_threads(1)  # a pool of OpenMP threads does not survive a fork
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(), nn.Linear(36, 8), nn.LayerNorm(8), nn.GELU(), nn.Tanh(), nn.Sigmoid(), nn.Linear(8, 3),
    )  # fmt: skip
    x = torch.randn(2, 3, 6, 6)
    for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
        optimizer = kind(net.parameters(), lr=0.01)
        loss = nn.functional.cross_entropy(net(x), torch.tensor([0, 1]))
        torch.autograd.backward(loss)
        loss = nn.functional.mse_loss(net.double()(x.double()), torch.zeros(2, 3).double())
        torch.autograd.backward(loss)
        net.float()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    repr(net), repr(x), copy.deepcopy(net)
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    torch.load(file, weights_only=True)
    torch.arange(2, device="meta")  # imports sympy
    with simcuda.devices(2):  # only moves: after one of torch's factories, no worker could say "no CUDA here"
        there = copy.deepcopy(net).to("cuda:1")
        optimizer = torch.optim.Adam(there.parameters())
        loss = nn.functional.mse_loss(there(x.to("cuda:1")), torch.zeros(2, 3).to("cuda:1"))
        torch.autograd.backward(loss)
        optimizer.step()
        repr(loss)


def start_cleaner(control: socket.socket) -> tuple[Path, int, int]:
    """Start a process that removes what workers leave: their home, the pipe to order by, and its pid.

    While nothing has been imported, a fork is small, and standard error is still the judge's.
    """
    from grader.worker.cleaner import Cleaner

    home = Path(tempfile.mkdtemp(prefix="kata-"))
    orders, order = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            control.close()
            os.close(order)
            Cleaner(home, orders).serve()
        finally:
            os._exit(0)
    os.close(orders)
    os.set_blocking(order, False)
    return home, order, pid


def kill(pid: int) -> None:
    """Kill a child and wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


class WarmParent:
    """Forks and ends workers, for as long as the control socket is open."""

    def __init__(self, control: socket.socket) -> None:
        from grader.wire.commands import Limits
        from grader.worker import ours
        from grader.worker.confinement import Confinement
        from grader.worker.pristine import Pristine

        self.control = control
        self.folder, self.order, self.cleaner = start_cleaner(control)
        (length,) = LENGTH.unpack(control.recv(LENGTH.size, socket.MSG_WAITALL))
        options = json.loads(control.recv(length, socket.MSG_WAITALL))
        self.confinement = Confinement(options["mode"], Limits(**options["limits"]), options["readable"])
        self.confinement.adopt_orphans()
        end_with(options["parent"])
        preload()
        outlive()  # from here on it hears when the judge hangs up, and has workers to end
        sys.dont_write_bytecode = True  # a worker could not, and would only be counted as trying
        ours.note()
        self.pristine = Pristine()
        self.workers: dict[int, int] = {}  # the number of each, by its pid
        self.count = 0
        self.rations: dict[int, Rations] = {}
        self.door, self.doorbell = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def serve(self) -> None:
        """Answer judge and workers until the judge hangs up, then end every worker and clean up."""
        gc.collect()
        gc.freeze()  # the collector would otherwise write to, and so copy, every page that workers share
        try:
            self.control.sendall(COMMAND.pack(READY, os.getpid()))
            while True:
                self.answer_who_asks()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        finally:
            for pid in list(self.workers):
                self.end(pid)
            os.close(self.order)
            os.waitpid(self.cleaner, 0)

    def answer_who_asks(self) -> None:
        """Wait until somebody asks. The judge comes first, and may end who else does."""
        waiting = select.poll()
        asking = [rations for rations in self.rations.values() if not rations.over]
        listeners = [rations.listener for rations in asking]
        for descriptor in (self.control.fileno(), self.door.fileno(), *listeners):
            waiting.register(descriptor, select.POLLIN)
        events = dict(waiting.poll())
        if self.control.fileno() in events:
            self.obey()
        elif self.door.fileno() in events:
            self.open_door()
        else:
            for rations in asking:
                rations.answer(events.get(rations.listener, 0))

    def obey(self) -> None:
        """Carry out a command of the judge. Raises EOFError once there will be no more."""
        command = self.control.recv(COMMAND.size, socket.MSG_WAITALL)
        if not command:
            raise EOFError
        verb, pid = COMMAND.unpack(command)
        if verb == FORK:
            self.fork_patiently()
        elif verb == END:
            self.control.sendall(COMMAND.pack(END, self.end(pid)))

    def open_door(self) -> None:
        """Take in what a new worker hands over before it sees the student's code: where it asks."""
        message, listeners, _, _ = socket.recv_fds(self.door, COMMAND.size, 1)
        _, pid = COMMAND.unpack(message)
        if not listeners:  # no room for one more descriptor: who can't be counted can't work
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            return
        rations = Rations(listeners[0], pid, self.confinement.limits)
        if pid not in self.workers:
            rations.close()
            return
        self.rations[pid] = rations

    def fork_patiently(self) -> None:
        """Fork, or try again for a while: what keeps the system from it may be over soon."""
        end = time.monotonic() + FORK_PATIENCE
        while True:
            try:
                return self.fork()
            except (BrokenPipeError, ConnectionResetError):
                raise
            except OSError as error:
                if time.monotonic() > end:
                    self.control.sendall(COMMAND.pack(NO_FORK, error.errno or 0))
                    return None
            time.sleep(0.1)

    def fork(self) -> None:
        """Start a worker and send the judge its pid and its socket."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            rules = self.confinement.prepare(str(folder))
            try:
                pid = os.fork()
                if pid == 0:
                    self.become_worker(theirs, rules)
            finally:
                if rules is not None:
                    rules.close()
            self.workers[pid] = self.count
            socket.send_fds(self.control, [COMMAND.pack(FORK, pid)], [ours.fileno()])

    def become_worker(self, sock: socket.socket, rules: Any) -> None:
        """In the child: drop everything that is not the worker's, confine, and serve. Never returns."""
        from grader.wire.messages import MAX_BLOB, Channel
        from grader.worker.loop import Worker

        try:
            os.dup2(sock.fileno(), 3)  # the control socket goes by that
            channel = Channel(socket.socket(fileno=3), max_structure=MAX_BLOB)
            try:
                listener = self.confinement.confine(rules)
                if listener is not None:
                    socket.send_fds(self.doorbell, [COMMAND.pack(READY, os.getpid())], [listener])
                os.closerange(4, 1 << 16)
            except Exception as error:
                channel.send(f"{type(error).__name__}: {error}")
                os._exit(1)
            channel.send("confined")
            Worker(channel, self.pristine).serve()
            os._exit(0)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        finally:
            os._exit(UNABLE)

    def end(self, pid: int) -> int:
        """Kill a worker and whatever it started; returns its exit code, negative for a signal."""
        number = self.workers.pop(pid, None)
        if number is None:
            return 0
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        if self.confinement.mode != "full":
            self.end_orphans()
        if rations := self.rations.pop(pid, None):
            rations.close()
        with contextlib.suppress(OSError):  # then it is removed at the end
            os.write(self.order, ORDER.pack(number))
        return os.waitstatus_to_exitcode(status)

    def end_orphans(self) -> None:
        """Kill what workers left behind (also after setsid): as a subreaper, this process is its parent."""
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        for _ in range(1000):  # a killed process may have had children of its own
            if not children.exists():
                return
            strangers = {int(pid) for pid in children.read_text().split()} - {*self.workers, self.cleaner}
            if not strangers:
                return
            for pid in strangers:
                kill(pid)


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the judge, which then hangs up
    control = int(sys.argv.pop())  # no business of a worker, whose answer may parse arguments when imported
    os.dup2(control, 3)  # the number that workers' own sockets have: no other descriptor is in their way
    if control != 3:
        os.close(control)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    parent = WarmParent(socket.socket(fileno=3))
    os.dup2(null, 2)  # until here, a failing import should be seen
    os.close(null)
    parent.serve()
    os._exit(0)  # all is cleaned up, and to take an interpreter with torch in it down takes a second
