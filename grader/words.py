"""Text for people: cleaned of what could forge a line or a colour, and cut to a length.

What a message says of a value that came out of the sandbox is said by ``shown``, ``listed`` and ``times``:
they look at no more of it than the message has room for, since whoever sends a value may send one whose
``repr`` takes minutes. Ground floor: imported by all, imports none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

_ROOM = 120  # characters for one value in a message
_MOST_LISTED = 40
_MOST_BITS = 1000  # of an integer whose digits are shown


def plain_text(text: str, limit: int = 2000) -> str:
    """Return ``text`` cut to ``limit``, without control characters, which could forge lines or colours."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text[:limit])
    return clean if len(text) <= limit else clean[: limit - 1] + "…"


def printable(text: str) -> str:
    """Return a line of text with a � for each character that could move the cursor or forge a line."""
    return "".join(c if c.isprintable() else "�" for c in text)


def shown(value: Any, room: int = _ROOM) -> str:
    """Return a value as ``repr`` shows it, cut to ``room`` characters; of a tensor its shape and dtype.

    No more of the value is looked at than there is room for.
    """
    text = ""
    for piece in _pieces(value, room):
        text += piece
        if len(text) > room:
            return text[: room - 1] + "…"
    return text


def _pieces(value: Any, room: int) -> Iterator[str]:
    """Give the text of a value bit by bit, for a reader who stops when there is enough."""
    kind = type(value)
    if kind is str or kind is bytes:
        yield repr(value[: room + 1])
    elif kind is int and value.bit_length() > _MOST_BITS:
        yield f"an integer of {value.bit_length():,} bits"
    elif kind in (list, tuple):
        yield "[" if kind is list else "("
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _pieces(item, room)
        yield "]" if kind is list else ",)" if len(value) == 1 else ")"
    elif kind is dict:
        yield "{"
        for number, (key, item) in enumerate(value.items()):
            yield ", " if number else ""
            yield from _pieces(key, room)
            yield ": "
            yield from _pieces(item, room)
        yield "}"
    elif hasattr(value, "dtype") and hasattr(value, "shape"):
        yield f"a tensor of shape {tuple(value.shape)} and dtype {value.dtype}"
    else:
        yield repr(value)


def listed(names: Iterable[object], none: str = "none") -> str:
    """Return names as a list in words: ``a, b and c``; ``none`` where there are none."""
    words = [
        name[:_ROOM] if isinstance(name, str) else shown(name) for name in islice(names, _MOST_LISTED + 1)
    ]
    if not words:
        return none
    if len(words) > _MOST_LISTED:
        return f"{', '.join(words[:-1])} and others"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def times(count: object) -> str:
    """Return a count in words: ``not at all``, ``once``, ``twice``, ``7 times``."""
    if type(count) is int and 0 <= count < 3:
        return ("not at all", "once", "twice")[count]
    return f"{shown(count)} times"
