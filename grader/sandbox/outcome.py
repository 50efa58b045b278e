"""How a call into the sandbox can end other than well: the exceptions that the judge sees.

Trusted side. Each says in its message what the student reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from grader.errors import KataError
from grader.verdict import NOT_WRITTEN
from grader.wire.commands import OUT_OF_MEMORY, UNABLE
from grader.words import plain_text

_MOST_FRAMES = 20
_MOST_LINES = 1 << 30


class SandboxError(KataError):
    """The sandbox itself is not in order: no submission is to blame."""


class NoWorker(SandboxError):
    """This system could not start one more process. The sandbox is in order, and may have one later."""


class SubmissionError(Exception):
    """Something that the submission did instead of answering; ``called`` is what was called, if known."""

    called = ""

    def report(self) -> str:
        """The whole message for the student: what was called, and what happened instead of an answer."""
        return f"{self.called}: {self}" if self.called else str(self)


@dataclass(frozen=True)
class Frame:
    """One line of the student's own code in a traceback."""

    file: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}"
        if self.function != "<module>":
            place += f", in {self.function}"
        return f"{place}:  {self.text}" if self.text else place


class StudentError(SubmissionError):
    """An exception that the student's code raised, or that using it raised.

    ``type`` is the exception's class name, ``message`` its text, ``frames`` the student's own lines that it
    passed through, outermost first; ``own`` says whether it was raised by a line of the student's.
    """

    def __init__(self, type: str, message: str, frames: tuple[Frame, ...], own: bool) -> None:
        super().__init__(type, message, frames, own)
        self.type = type
        self.message = message
        self.frames = frames
        self.own = own

    @property
    def not_written(self) -> bool:
        """Whether it is the NotImplementedError that a stub raises where nothing has been written."""
        return self.type == "NotImplementedError" and self.own and bool(self.frames)

    def __str__(self) -> str:
        if self.not_written:
            return f"{NOT_WRITTEN}{self.message or 'it raises NotImplementedError'}"
        return f"{self.type}: {self.message}" if self.message else self.type

    def report(self) -> str:
        """What was called, what it raised, and the student's own lines that led there."""
        if self.not_written:
            last = self.frames[-1]
            name = "" if last.function in self.message else f", in {last.function}"
            return f"{self} ({last.file}, line {last.line}{name})"
        if self.type == "SyntaxError":
            return f"Python can't read the code: {self.message}.{self.where()}"
        subject = self.called or ("Your code" if self.own else "Using your code")
        return f"{subject} raised {self}{self.where()}"

    def where(self) -> str:
        """The student's own lines, indented, for the end of a message; empty if there are none."""
        return "".join(f"\n    {frame}" for frame in self.frames[-4:])

    @classmethod
    def received(cls, data: Any) -> StudentError:
        """From what the worker sent, with every field checked and cut to a readable length."""
        if not isinstance(data, dict):
            return cls("an exception", "", (), False)
        frames = data.get("frames")
        lines = []
        for frame in frames[-_MOST_FRAMES:] if isinstance(frames, list) else []:
            if isinstance(frame, list) and len(frame) == 4 and type(frame[1]) is int:
                file, line, function, text = frame
                lines.append(
                    Frame(_text(file, 80), min(line, _MOST_LINES), _text(function, 80), _text(text, 120))
                )
        name = _text(data.get("type"), 80) or "an exception"
        return cls(name, _text(data.get("message"), 600), tuple(lines), data.get("own") is True)


class TimedOut(SubmissionError):
    """No answer within the wall-clock limit."""

    def __init__(self, seconds: float, *, in_all: bool = False) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.in_all = in_all

    def __str__(self) -> str:
        if self.in_all:
            return (
                "Not run to its end: with the tests before this one, your code was busy for "
                f"{self.seconds:g} seconds, which is all that it has."
            )
        return (
            f"No answer within {self.seconds:.3g} seconds, so it was stopped. "
            "Look for a loop that does not end, or for work that grows with every call."
        )


class Crashed(SubmissionError):
    """The worker's process ended while it was asked something."""

    KILLED: ClassVar = -9

    SIGNALS: ClassVar = {
        6: "it was aborted (SIGABRT)",
        7: "it crashed with a bus error (SIGBUS)",
        8: "it crashed with an arithmetic error (SIGFPE)",
        9: "it was killed (SIGKILL), most likely because it ran out of memory",
        11: "it crashed with a segmentation fault (SIGSEGV); endless recursion can do that",
        24: "it used up its processor time (SIGXCPU)",
        25: "it wrote a file that is too large (SIGXFSZ)",
    }

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        if self.status is None:
            how = "it ended without an answer"
        elif self.status == OUT_OF_MEMORY:
            how = "it ran out of memory; look for a loop that never ends, or something that grows"
        elif self.status == UNABLE:
            how = "it was left in a state in which it could not even say what had happened"
        elif self.status >= 0:
            how = f"it ended itself with exit code {self.status}; don't call exit in code that others call"
        else:
            how = self.SIGNALS.get(-self.status, f"it was stopped by signal {-self.status}")
        return f"The process that ran your code did not survive: {how}."


class NotData(SubmissionError):
    """The answer can't be brought back as plain data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"What came back can't be looked at: {self.reason}."


class Tampered(SubmissionError):
    """While it ran, the student's code replaced parts of Python or torch that the evidence rests on."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return (
            f"While it ran, your code replaced {', '.join(self.names[:3])}. "
            "Nothing outside of your own file may be changed, so this test could not count."
        )


def _text(value: Any, limit: int) -> str:
    """``value`` if it is a string, cut and cleaned; an empty string otherwise."""
    return plain_text(value, limit) if isinstance(value, str) else ""
