"""The judge's handle on one worker: send it a submission and probes, hold a clock over every answer.

Trusted side. Everything that a worker sends is data, checked by ``grader.wire.messages``.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from grader.sandbox.outcome import (
    Crashed,
    NotData,
    SandboxError,
    StudentError,
    SubmissionError,
    Tampered,
    TimedOut,
)
from grader.wire.messages import Channel, WireError, decode
from grader.words import plain_text, printable, shown

if TYPE_CHECKING:
    from grader.sandbox.host import Sandbox

MAX_RECEIVED = 256 << 20
_MOST_STAGES = 32
_MOST_NAMES = 10


class WorkerHandle:
    """One confined process with one submission in it.

    ``room`` is how many bytes it may still send: what it sent is kept until its submission is graded.
    """

    def __init__(self, sandbox: Sandbox, pid: int, sock: socket.socket) -> None:
        self._sandbox = sandbox
        self._pid = pid
        self._channel = Channel(sock)
        self.alive = True
        self.room = MAX_RECEIVED

    def wait_until_confined(self, seconds: float) -> None:
        """Until then no submission is sent.

        Raises SandboxError if the confinement did not work, EOFError if the process has gone.
        """
        try:
            state = self._channel.receive(seconds)
        except EOFError:
            self.close()
            raise
        except (TimeoutError, WireError, OSError) as error:
            state = type(error).__name__
        if state != "confined":
            self.close()
            raise SandboxError(f"A worker could not be confined ({shown(state)}).")

    def load(
        self, main: str, files: dict[str, bytes], seconds: float, without: Sequence[str] = ()
    ) -> list[str]:
        """Import the submission, with nothing of these names in torch.nn; return what was left out of it, in
        words.

        Raises a SubmissionError if that fails.
        """
        left_out = self._ask({"do": "load", "main": main, "files": files, "without": list(without)}, seconds)
        words = left_out if type(left_out) is list else []
        return [printable(one)[:300] for one in words[:10] if type(one) is str]

    def run(self, probe: bytes, arguments: bytes, seed: int, seconds: float, device: str = "cpu") -> Any:
        """Run a pickled probe with pickled arguments and bring back its value.

        The worker simulates CUDA if ``device`` is anything but ``cpu``. Raises a SubmissionError if the probe
        fails.
        """
        request = {"do": "run", "probe": probe, "arguments": arguments, "seed": seed, "device": device}
        return self._ask(request, seconds)

    def observe(
        self,
        case: bytes,
        device: str,
        seed: int,
        seconds: Callable[[], float],
        *,
        whole: bool,
        zeroed: Sequence[str] = (),
    ) -> Iterator[tuple[str, Any, str]]:
        """Observe a pickled case: gives, for each stage, its name, its evidence or a SubmissionError, and
        the steps.

        ``seconds`` gives the limit for the next stage. What ends the worker is the last thing that is given.
        """
        request = {
            "do": "observe",
            "case": case,
            "device": device,
            "seed": seed,
            "whole": whole,
            "zeroed": list(zeroed),
        }
        try:
            for number in range(_MOST_STAGES):
                reply = self._reply(None if number else request, seconds())
                stage = reply.pop("stage", None) if type(reply) is dict else None
                steps = reply.pop("steps", "") if type(reply) is dict else ""
                if type(stage) is not str or type(steps) is not str:
                    break
                if stage == "end":
                    return
                try:
                    yield stage, self._content(reply), plain_text(steps, 600)
                except SubmissionError as error:
                    yield stage, error, plain_text(steps, 600)
                    if not self.alive:
                        return
            self.close()
            raise NotData("it was no answer to the question")
        except SubmissionError as error:
            yield "", error, ""

    def _ask(self, request: dict[str, Any], seconds: float) -> Any:
        return self._content(self._reply(request, seconds))

    def _reply(self, request: dict[str, Any] | None, seconds: float) -> Any:
        """Send a request, if there is one, and return the next message."""
        try:
            if request is not None:
                if self._channel.has_data():
                    self.close()
                    raise NotData("something was sent before anything was asked")
                self._channel.send(request, seconds)
            structure, blob = self._channel.receive_frame(seconds)
            self._take_room(len(structure) + len(blob))
            return decode(structure, blob)
        except TimeoutError:
            self.close()
            raise TimedOut(seconds) from None
        except EOFError:
            raise Crashed(self.close()) from None
        except (WireError, OSError) as error:
            self.close()
            raise NotData(str(error)) from None

    def _take_room(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise WireError("it is more, in all, than a submission may send")

    def _content(self, reply: Any) -> Any:
        """Return the value in a reply; raises the SubmissionError that stands in it instead."""
        if type(reply) is dict and len(reply) == 1:
            if "value" in reply:
                return reply["value"]
            if "error" in reply:
                raise StudentError.received(reply["error"])
            if "refused" in reply:
                refused = reply["refused"]
                raise NotData(plain_text(refused, 300) if type(refused) is str else "nobody knows why")
            if "replaced" in reply and isinstance(reply["replaced"], list):
                names = [name for name in reply["replaced"] if type(name) is str]
                raise Tampered([plain_text(name, 60) for name in names[:_MOST_NAMES]])
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
