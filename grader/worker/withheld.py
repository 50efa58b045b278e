"""What an exercise has people build is not there in their worker: torch's own classes of these names.

Untrusted side, before the submission is imported. Every function of such a class raises, whoever holds it and
under whatever name: it is emptied of its code rather than taken away. The file that it stands in can't be
opened any more. Whoever reads this will find a way round it: what is done about that is in ``judge.flags``.
"""

from __future__ import annotations

import inspect
import os
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from torch import nn

_EMPTIED = """
def plain(*args, **kwargs):
    raise TypeError({says!r})


def with_super(__class__):
    def emptied(*args, **kwargs):
        __class__
        raise TypeError({says!r})

    return emptied
"""


def withhold(names: Iterable[str]) -> None:
    """Empty the classes of ``torch.nn`` with these names, for as long as this process lives."""
    kinds = [getattr(nn, name) for name in names]
    files = {inspect.getsourcefile(kind) for kind in kinds}
    for kind in kinds:
        says = f"torch.nn.{kind.__name__} is what you are building here: do without it, on nn.Module"
        codes: dict[str, Any] = {}
        exec(_EMPTIED.format(says=says), codes)
        plain, with_super = codes["plain"], codes["with_super"](None)
        for function in _functions(kind):
            kept = with_super if function.__code__.co_freevars else plain
            function.__code__ = kept.__code__.replace(co_name=function.__name__)
    if files:
        _close(frozenset(os.path.realpath(str(file)) for file in files))


def _functions(kind: type) -> Iterator[types.FunctionType]:
    """Every function in the body of a class, once: methods, also behind properties and decorators."""
    seen = set()
    for value in vars(kind).values():
        for found in (value, getattr(value, "fget", None), getattr(value, "__func__", None)):
            found = inspect.unwrap(found) if callable(found) else found
            if isinstance(found, types.FunctionType) and found not in seen:
                seen.add(found)
                yield found


def _close(files: frozenset[str]) -> None:
    """Let nobody open these files any more, nor what was compiled of them. An audit hook stays for good."""
    stems = frozenset(os.path.basename(file).removesuffix(".py") for file in files)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and type(arguments[0]) is str:
            path = os.path.realpath(arguments[0])
            if os.path.basename(path).partition(".")[0] in stems and (path in files or path.endswith(".pyc")):
                raise PermissionError(f"{os.path.basename(path)} holds what you are building here")

    sys.addaudithook(refuse)
