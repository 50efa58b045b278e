"""What `kata course` notes in the cells that it writes, so that they can be told from a student's.

Trusted side. Anybody can copy or change a note: it may spare work, and never gives marks.
"""

from __future__ import annotations

import hashlib
from typing import Any

MARK = "kata"  # the key of the note in a cell's metadata
NOTES = ("nbgrader", MARK)  # what is read of a cell's metadata, and no more


def note(kind: str, released: str) -> dict[str, dict[str, str]]:
    """Return the note on a cell: what it is (``answer`` or ``ours``), and its source when students get it."""
    return {MARK: {"kind": kind, "sha256": _digest(released)}}


def is_as_written(cell: Any) -> bool:
    """Whether a cell holds what `kata course` wrote, unchanged."""
    noted = cell.metadata.get(MARK)
    return isinstance(noted, dict) and noted.get("sha256") == _digest(str(cell.source))


def is_stub(cell: Any) -> bool:
    """Whether a cell is a place for an answer in which nothing was written."""
    return is_as_written(cell) and cell.metadata[MARK].get("kind") == "answer"


def _digest(source: str) -> str:
    return hashlib.sha256(source.strip().encode("utf-8", "backslashreplace")).hexdigest()
