"""Read what one student handed in: its bytes, and whether they are text or a notebook.

Trusted side, but what lies there is not: nothing is followed, waited for or taken on trust, and sizes are
looked at first. ``grader.grading.reader`` does it in a process of its own.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.exercise import Exercise
from grader.notebook.read import Cell, NotebookError, files_of, read
from grader.submission import Submission
from grader.words import printable

MAX_SOURCE = 1 << 20
MAX_NOTEBOOK = 32 << 20
MAX_FILES = 50
MAX_ENTRIES = 10_000  # of a student's folder that are looked at
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # as PEP 263 has it
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?$")
_UTF8 = {"utf-8", "utf8", "u8", "utf", "utf-8-sig"}
_LIKE_ASCII = {
    "ascii",
    "us-ascii",
    "latin-1",
    "latin1",
    "iso-8859-1",
    "iso-8859-15",
    "cp1252",
    "windows-1252",
}


class Unreadable(Exception):
    """Why a file could not be read, in a sentence. ``ours`` where a person has to look at it."""

    def __init__(self, says: str, ours: bool) -> None:
        super().__init__(says, ours)
        self.says = says
        self.ours = ours

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True)
class Place:
    """Where a student's answer to an exercise is, or should be."""

    student: str
    exercise: Exercise
    file: Path
    alone: bool = False  # its neighbours are other students' files


def names_in(folder: Path) -> list[str]:
    """The names in a folder, in order; of a folder with more than MAX_ENTRIES, only so many."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, MAX_ENTRIES))
    except OSError:
        return []


def read_submission(place: Place) -> Submission:
    """Read one answer, with the modules beside it; what is wrong with it is in the submission."""
    exercise, file = place.exercise, place.file
    files: dict[str, bytes] = {}
    problem, ungraded = "", False
    try:
        answer = _read_answer(file, exercise)
        files = ({} if place.alone else _siblings(file)) | answer
    except Unreadable as error:
        problem, ungraded = error.says, error.ours
    except Exception as error:  # one student's file must not stop the class, whatever is wrong with it
        problem, ungraded = f"{printable(file.name)} could not be read ({type(error).__name__}).", True
    return Submission(
        place.student, exercise.name, str(file), exercise.filename, files, problem=problem, ungraded=ungraded
    )


def read_notebook(file: Path) -> list[Cell]:
    """The cells of a student's notebook, for people to look at. Raises Unreadable."""
    try:
        return read(read_bytes(file, MAX_NOTEBOOK))
    except NotebookError as error:
        raise Unreadable(f"{printable(file.name)}: {error}", ours=error.ours) from None


def _read_answer(file: Path, exercise: Exercise) -> dict[str, bytes]:
    """The files that make up the answer in a Python file or a notebook. Raises Unreadable."""
    if file.suffix != ".ipynb":
        return {exercise.filename: _read_source(file)}
    try:
        return files_of(read_bytes(file, MAX_NOTEBOOK), exercise.filename, exercise.names())
    except NotebookError as error:
        raise Unreadable(f"{printable(file.name)}: {error}", ours=error.ours) from None


def _read_source(file: Path) -> bytes:
    """The source in a Python file, checked to be text. Raises Unreadable."""
    data = read_bytes(file, MAX_SOURCE)
    name = printable(file.name)
    if not data.removeprefix(_BYTE_ORDER_MARK).strip():
        raise Unreadable(f"{name} is empty.", ours=False)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(f"{name} is not UTF-8 text but UTF-16; save it as UTF-8.", ours=False)
    if b"\0" in data:
        raise Unreadable(f"{name} is not Python source: it holds null bytes.", ours=False)
    if declared := _other_encoding(data):
        raise Unreadable(
            f"{name} says in its first lines that it is written in '{printable(declared)}', and only UTF-8 "
            "is read. Save it as UTF-8, and remove that line.",
            ours=False,
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{name} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.", ours=False
        ) from None
    return data


def _other_encoding(data: bytes) -> str:
    """The encoding that a source says it is in, if that is another than UTF-8, or empty.

    It is never tried: some take a time that grows with the square of the length. Where all is plain ASCII,
    the names of encodings that read it as UTF-8 does change nothing.
    """
    for line in _LINE_END.split(data.removeprefix(_BYTE_ORDER_MARK), 2)[:2]:
        if found := _CODING.match(line):
            declared = found[1].decode("ascii", "replace")
            name = declared.lower().replace("_", "-")
            known = _UTF8 | _LIKE_ASCII if data.isascii() else _UTF8
            return "" if name in known or name.startswith("utf-8-") else declared[:40]
        if not _BLANK.match(line):
            return ""
    return ""


def read_bytes(file: Path, limit: int) -> bytes:
    """The bytes of an ordinary file of at most ``limit`` bytes; never waits, never follows a link.

    What is no ordinary file is not even opened: opening some devices does something. Raises Unreadable.
    """
    name = printable(file.name)
    try:
        facts = os.lstat(file)
        if stat.S_ISLNK(facts.st_mode):
            says = f"{name} could not be read: It is a symbolic link; the file itself is needed."
            raise Unreadable(says, ours=True)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable(f"{name} is not an ordinary file.", ours=True)
        _check_size(name, facts.st_size, limit)
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Unreadable(f"{name} could not be read: {error.strerror}.", ours=True) from None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # it was, a moment ago
            raise Unreadable(f"{name} is not an ordinary file.", ours=True)
        data = opened.read(limit + 1)
    _check_size(name, len(data), limit)
    return data


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        says = f"{name} has {size / (1 << 20):.1f} MB; at most {limit >> 20} MB are read."
        raise Unreadable(says, ours=True)


def _siblings(main: Path) -> dict[str, bytes]:
    """The other Python files beside ``main``, as far as they can be read, for it to import."""
    files: dict[str, bytes] = {}
    room = 4 * MAX_SOURCE
    for name in names_in(main.parent):
        path = main.parent / name
        if path.suffix != ".py" or path == main or not path.stem.isidentifier() or len(files) >= MAX_FILES:
            continue
        try:
            data = read_bytes(path, min(MAX_SOURCE, room))
        except Unreadable:
            continue  # importing it will fail, and say so, if it is needed
        if _other_encoding(data):
            continue
        room -= len(data)
        files[name] = data
    return files
