"""Results on disk: the verdicts as JSON, and a feedback file for every student."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

from grader.files import write_atomically
from grader.report.console import console, feedback
from grader.verdict import Verdict


def as_bytes(verdicts: Sequence[Verdict]) -> bytes:
    """The list of verdicts as JSON, in UTF-8; what could command a terminal is escaped, as JSON has it."""
    data = [verdict.to_json() for verdict in verdicts]
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text).encode()


def write(verdicts: Sequence[Verdict], folder: Path | None, json_file: Path | None) -> list[Path]:
    """Write what was asked for, each file whole or not at all; returns the places, for people to look at.

    Into ``folder`` go ``verdicts.json`` and ``feedback/STUDENT/EXERCISE.txt``; ``json_file`` gets the JSON.
    """
    written = []
    if folder is not None:
        for verdict in verdicts:
            stream = io.StringIO()
            console(stream).print(feedback(verdict))
            path = folder / "feedback" / verdict.student / f"{verdict.exercise}.txt"
            write_atomically(path, _utf8(stream.getvalue()))
        written = [folder / "feedback", folder / "verdicts.json"]
        write_atomically(folder / "verdicts.json", as_bytes(verdicts))
    if json_file is not None:
        write_atomically(json_file, as_bytes(verdicts))
        written.append(json_file)
    return written


def can_be_written(path: Path, *, folder: bool) -> bool:
    """Whether results can go to ``path``, asked before grading starts rather than after."""
    if path.exists() and path.is_dir() != folder:
        return False
    place = path if folder else path.parent
    while not place.exists():
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK)


def _utf8(text: str) -> bytes:
    """UTF-8, also for folder names that are not: their odd bytes come out as escapes."""
    return text.encode("utf-8", "backslashreplace")
