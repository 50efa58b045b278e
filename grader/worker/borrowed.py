"""What lines borrow: functions of classes that the student is to do without, since the exercise is to write
them.

Untrusted side. Whoever reads this can get round it, as round any evidence that is gathered beside the
student's code. So it watches the very lines that are graded, and not a run that is made for it: an answer
that behaves in another way while it is watched earns only what that way earns.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, Self

from torch import nn

_Mark = tuple[int, bytes, bytes]
_on: list[Watch] = []


def _marks_of(kind: type) -> dict[_Mark, str]:
    functions = (value for value in vars(kind).values() if isinstance(value, types.FunctionType))
    return {_mark(f.__code__): f"torch.nn.{f.__qualname__}" for f in functions}


def _mark(code: types.CodeType) -> _Mark:
    """What stays the same in a copy of a function under another name or in another file."""
    return code.co_firstlineno, code.co_code, code.co_linetable


# Taken before the student's code can change anything.
_MARKS: Final = {kind: _marks_of(kind) for kind in vars(nn).values() if isinstance(kind, type)}
_bases: Final = vars(type)["__mro__"].__get__  # a metaclass can say something else
_names: Final = vars(type)["__dict__"].__get__


class Watch:
    """Notes in ``found`` which functions of ``classes``, which are torch.nn's, run while it is on.

    They are known by their code, whoever holds it. While it is on, nobody can take it off. Without classes it
    does nothing.
    """

    def __init__(self, classes: Iterable[type]) -> None:
        self.classes = tuple(classes)
        self.found: list[str] = []
        self._see = self._profiler()

    def _profiler(self) -> Callable[[types.FrameType, str, Any], None]:
        """Return what Python calls whenever a function is called or returns; so it has to be quick."""
        marks = {mark: name for kind in self.classes for mark, name in _MARKS[kind].items()}
        lines = {line for line, *_ in marks}
        files = {sys.modules[kind.__module__].__file__ for kind in self.classes}
        names = {kind.__name__ for kind in self.classes}

        def see(frame: types.FrameType, event: str, _: Any) -> None:
            if event == "call":
                code = frame.f_code
                if code.co_firstlineno in lines and (name := marks.get(_mark(code))):
                    self._note(name)
                elif code.co_filename in files and code.co_qualname.partition(".")[0] in names:
                    self._note(f"torch.nn.{code.co_qualname}")

        return see

    def __enter__(self) -> Self:
        if self.classes:
            _hold()
            threading.setprofile(self._see)
            sys.setprofile(self._see)
            _on.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self.classes:
            _on.remove(self)
            threading.setprofile(None)
            sys.setprofile(None)

    def _note(self, name: str) -> None:
        if name not in self.found and len(self.found) < 20:
            self.found.append(name)

    def look_at(self, kind: type) -> None:
        """Note what a class inherits from the classes, and methods made by running a string as code."""
        if not self.classes:
            return
        for base in _bases(kind):
            if base in self.classes:
                self._note(f"torch.nn.{base.__name__}")
            for function in _made_from_text(base):
                self._note(f"{function.__qualname__}, made by running a string as code")


def _made_from_text(kind: type) -> Iterator[types.FunctionType]:
    for value in _names(kind).values():
        if isinstance(value, types.FunctionType) and value.__code__.co_filename == "<string>":
            yield value


@cache
def _hold() -> None:
    """Keep Python's profiler from being taken off while a watch is on. An audit hook stays for good."""

    def refuse(event: str, _: Any) -> None:
        if _on and (event == "sys.setprofile" or event.startswith("_thread.start")):
            raise RuntimeError(f"{event} is not possible here: Python's profiler is in use")

    sys.addaudithook(refuse)
