"""Find submissions on disk and read them, once, into plain data.

Trusted side. What lies in a student's folder is not trusted: links are not followed, only ordinary files of
reasonable size are read, and whatever can't be read becomes a submission that says why.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from grader.errors import ExitCode, KataError
from grader.exercise import Exercise, matching
from grader.files import write_atomically
from grader.notebook.read import NotebookError, files_of
from grader.submission import Submission

MAX_SOURCE = 1 << 20
MAX_NOTEBOOK = 32 << 20
MAX_FILES = 50
SUFFIXES = (".py", ".ipynb")
_COPIED = ".kata-copy"  # beside a notebook that is our copy of another: the copy's digest


class NothingToGrade(KataError):
    """Wrong usage: the paths name nothing that can be graded; the message says what was looked for."""

    exit_code = ExitCode.WRONG_USAGE


@dataclass(frozen=True)
class _Place:
    """Where a student's answer to an exercise is, or should be."""

    student: str
    exercise: Exercise
    file: Path
    alone: bool = False  # its neighbours are other students' files


@dataclass(frozen=True)
class _Student:
    name: str
    folder: Path


def discover(
    paths: Sequence[Path],
    exercises: Sequence[Exercise],
    only: Exercise | None = None,
    *,
    course: bool = False,
) -> list[Submission]:
    """Every submission under ``paths``, ordered by student and exercise.

    A path is a ``.py`` or ``.ipynb`` file, a student's folder, or a folder of students. A student who has
    nothing for an exercise that others in these paths have (or for ``only``) gets a submission that says so.
    In an nbgrader ``course``, what is handed in is a notebook, and nothing else is graded.
    Raises NothingToGrade.
    """
    finder = _Finder(exercises, only, course)
    for path in paths:
        finder.look(path)
    submissions = [_read(place) for place in finder.places] + finder.missing()
    if not submissions:
        names = ", ".join(finder.expected_file(e) for e in ([only] if only else exercises))
        where = ", ".join(str(path) for path in paths)
        raise NothingToGrade(f"There is nothing to grade in {where}: no file of the name {names} was found.")
    _refuse_doubles(submissions)
    return sorted(submissions, key=lambda s: (s.student, s.exercise))


class _Finder:
    def __init__(self, exercises: Sequence[Exercise], only: Exercise | None, course: bool = False) -> None:
        self.exercises = list(exercises)
        self.only = only
        self.course = course
        self.places: list[_Place] = []
        self.students: list[_Student] = []

    def look(self, path: Path) -> None:
        """Find what is to be graded in one path that the user named."""
        path = Path(os.path.abspath(path))
        if not path.exists():
            raise NothingToGrade(f"There is no file or folder '{path}'.")
        exercise = self.of_folder(path)
        if not path.is_dir():
            self.look_at_file(path)
        elif exercise and self.course:
            self.add(path.parent.name, path.parent, [exercise])
        elif exercise and self.main_file(path, exercise):
            self.add(path.parent.name, path, [exercise])
        elif self.is_students(path):
            self.add(path.name, path, self.exercises)
        else:
            self.look_at_class(path, exercise)

    def look_at_file(self, path: Path) -> None:
        if path.suffix not in SUFFIXES:
            raise NothingToGrade(f"'{path}' is no submission: it ends neither in .py nor in .ipynb.")
        by_name = matching(self.exercises, path.stem)
        by_folder = self.of_folder(path.parent)
        exercise = self.only or by_name or by_folder
        if exercise is None:
            raise NothingToGrade(f"Which exercise is '{path}' for? Say it with --exercise.")
        if by_name is None:
            student = path.stem
        else:
            student = path.parent.parent.name if by_folder else path.parent.name
        self.places.append(_Place(student, exercise, path, alone=by_name is None))

    def look_at_class(self, folder: Path, by_folder: Exercise | None) -> None:
        """A folder of students: of folders, or, where the exercise is known, of files named after them."""
        exercise = self.only or by_folder
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith((".", "__")):
                continue
            if entry.is_dir():
                self.add(entry.name, entry, [by_folder] if by_folder else self.exercises)
            elif exercise and entry.suffix in SUFFIXES and not self.is_second(entry):
                self.places.append(_Place(entry.stem, exercise, entry, alone=True))
        if not any(student.folder.parent == folder for student in self.students) and not exercise:
            self.add(folder.name, folder, self.exercises)  # a student without any of the files, perhaps

    @staticmethod
    def is_second(file: Path) -> bool:
        """Whether it is a notebook beside a Python file of the same name, which is the one to grade."""
        return file.suffix == ".ipynb" and file.with_suffix(".py").exists()

    def of_folder(self, folder: Path) -> Exercise | None:
        """The exercise that a folder is named after; a number alone is no such name."""
        return None if folder.name.isdigit() else matching(self.exercises, folder.name)

    def is_students(self, folder: Path) -> bool:
        """Whether a folder is one student's, and no other folder in it is a student's as well."""
        if any(self.main_file(folder, exercise) for exercise in self.exercises):
            return not any(
                entry.is_dir()
                and not self.of_folder(entry)
                and any(self.main_file(entry, exercise) for exercise in self.exercises)
                for entry in folder.iterdir()
            )
        return any((folder / exercise.name).is_dir() for exercise in self.exercises)

    def add(self, name: str, folder: Path, exercises: Iterable[Exercise]) -> None:
        self.students.append(_Student(name, folder))
        if folder.is_symlink() or not os.access(folder, os.R_OK | os.X_OK):
            return
        for exercise in exercises:
            if self.only in (None, exercise) and (file := self.main_file(folder, exercise)):
                self.places.append(_Place(name, exercise, file))

    def main_file(self, folder: Path, exercise: Exercise) -> Path | None:
        """The answer's file: in the folder or in the exercise's folder within; Python before notebook."""
        if self.course:
            return notebook_of(folder / exercise.name, exercise)
        for suffix in SUFFIXES:
            for place in (folder / exercise.name, folder):
                if place.is_symlink():
                    continue  # it would lead out of the student's folder
                for stem in (exercise.module, exercise.name):
                    if os.path.lexists(file := place / f"{stem}{suffix}"):
                        return file
        return None

    def expected_file(self, exercise: Exercise) -> str:
        """The name that an answer's file should have."""
        return f"{exercise.module}.ipynb" if self.course else exercise.filename

    def missing(self) -> list[Submission]:
        """For every student, the exercises of this class that there is no file for."""
        there = {(place.student, place.exercise.name) for place in self.places}
        missing = {
            (student.name, exercise.name): _without_file(student, exercise, self.expected_file(exercise))
            for student in self.students
            for exercise in self.expected_of(student)
            if (student.name, exercise.name) not in there
        }
        return list(missing.values())

    def expected_of(self, student: _Student) -> list[Exercise]:
        """The exercises that a student should have handed in. In a course, some come later than others."""
        if not self.course:
            return list({place.exercise.name: place.exercise for place in self.places}.values())
        asked = self.exercises if self.only is None else [self.only]
        return [exercise for exercise in asked if os.path.lexists(student.folder / exercise.name)]


def notebook_of(folder: Path, exercise: Exercise) -> Path | None:
    """The notebook handed in in an nbgrader course's ``submitted/STUDENT/ASSIGNMENT/``.

    That is the one with the name that was given out, or else, if there is only one, that one: students save
    copies, and browsers add numbers. None where there is none, or nobody knows which. A copy that
    ``copy_to_right_name`` made does not count, as long as there is another notebook.
    """
    expected = folder / f"{exercise.module}.ipynb"
    if folder.is_symlink() or not folder.is_dir():
        return None
    others = [path for path in folder.glob("*.ipynb") if not path.name.startswith(".") and path != expected]
    if os.path.lexists(expected) and not (others and _is_our_copy(expected)):
        return expected
    return others[0] if len(others) == 1 else None


def copy_to_right_name(notebook: Path, expected: Path) -> None:
    """Copy a notebook that has another name than nbgrader expects, and note that this is a copy."""
    data = read_notebook(notebook)
    write_atomically(expected.with_name(_COPIED), hashlib.sha256(data).hexdigest().encode())
    write_atomically(expected, data)


def _is_our_copy(notebook: Path) -> bool:
    try:
        noted = _read_bytes(notebook.with_name(_COPIED), 100).decode(errors="replace")
        return noted == hashlib.sha256(read_notebook(notebook)).hexdigest()
    except (_Unreadable, OSError):
        return False


def _without_file(student: _Student, exercise: Exercise, expected: str) -> Submission:
    if student.folder.is_symlink() or not os.access(student.folder, os.R_OK | os.X_OK):
        why = "is a symbolic link" if student.folder.is_symlink() else "can't be read"
        problem = f"The folder {student.folder.name}/ {why}."
        path = str(student.folder)
        return Submission(
            student.name, exercise.name, path, exercise.filename, problem=problem, ungraded=True
        )
    inner = student.folder / exercise.name
    folder = inner if inner.is_dir() and not inner.is_symlink() else student.folder
    others = sorted(entry.name for entry in folder.iterdir() if entry.suffix in SUFFIXES)[:5]
    found = f"; there {'is' if len(others) == 1 else 'are'} {', '.join(others)}" if others else ""
    problem = f"There is no {expected} in the folder {folder.name}/{found}."
    several = expected.endswith(".ipynb") and sum(name.endswith(".ipynb") for name in others) > 1
    return Submission(
        student.name, exercise.name, str(folder), exercise.filename, problem=problem, ungraded=several
    )


def _refuse_doubles(submissions: list[Submission]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for submission in submissions:
        key = (submission.student, submission.exercise)
        if key in seen:
            raise NothingToGrade(
                f"There are two submissions of '{key[0]}' for {key[1]}: {seen[key]} and {submission.path}. "
                "Grade them one at a time, so that neither result replaces the other."
            )
        seen[key] = submission.path


# --- reading -----------------------------------------------------------------------------------------------


class _Unreadable(Exception):
    """Why a file could not be read, in a sentence. ``ours`` where a person has to look at it."""

    def __init__(self, says: str, *, ours: bool) -> None:
        super().__init__(says)
        self.ours = ours


def read_file(student: str, exercise: Exercise, file: Path) -> Submission:
    """Read one answer, with the modules beside it; what is wrong with it is in the submission."""
    return _read(_Place(student, exercise, file))


def _read(place: _Place) -> Submission:
    exercise, file = place.exercise, place.file
    files: dict[str, bytes] = {}
    problem, ungraded = "", False
    try:
        answer = _read_answer(file, exercise)
        files = ({} if place.alone else _siblings(file)) | answer
    except _Unreadable as error:
        problem, ungraded = str(error), error.ours
    except Exception as error:  # one student's file must not stop the class, whatever is wrong with it
        problem, ungraded = f"{file.name} could not be read ({type(error).__name__}).", True
    return Submission(
        place.student, exercise.name, str(file), exercise.filename, files, problem=problem, ungraded=ungraded
    )


def _read_answer(file: Path, exercise: Exercise) -> dict[str, bytes]:
    """The files that make up the answer in a Python file or a notebook. Raises _Unreadable."""
    if file.suffix != ".ipynb":
        return {exercise.filename: _read_source(file)}
    try:
        return files_of(_read_bytes(file, MAX_NOTEBOOK), exercise.filename, exercise.names())
    except NotebookError as error:
        raise _Unreadable(f"{file.name}: {error}", ours=error.ours) from None


def read_notebook(file: Path) -> bytes:
    """The bytes of a student's notebook. Raises OSError if it is no ordinary file of a reasonable size."""
    try:
        return _read_bytes(file, MAX_NOTEBOOK)
    except _Unreadable as error:
        raise OSError(str(error)) from None


def _read_source(file: Path) -> bytes:
    """The source in a Python file, checked to be text. Raises _Unreadable."""
    data = _read_bytes(file, MAX_SOURCE)
    if not data.strip():
        raise _Unreadable(f"{file.name} is empty.", ours=False)
    if b"\0" in data:
        raise _Unreadable(f"{file.name} is not Python source: it holds null bytes.", ours=False)
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        data.decode(encoding)
    except (SyntaxError, LookupError, UnicodeError) as error:
        place = f" (byte {error.start + 1})" if isinstance(error, UnicodeDecodeError) else ""
        raise _Unreadable(f"{file.name} is not UTF-8 text{place}; save it as UTF-8.", ours=False) from None
    return data


def _read_bytes(file: Path, limit: int) -> bytes:
    """The bytes of an ordinary file of at most ``limit`` bytes; never waits, never follows a link."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        link = " It is a symbolic link; the file itself is needed." if file.is_symlink() else ""
        raise _Unreadable(f"{file.name} could not be read: {error.strerror}.{link}", ours=True) from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise _Unreadable(f"{file.name} is not an ordinary file.", ours=True)
    with os.fdopen(descriptor, "rb") as opened:
        data = opened.read(limit + 1) if facts.st_size <= limit else b""
        if facts.st_size > limit or len(data) > limit:
            size = max(facts.st_size, len(data)) / (1 << 20)
            raise _Unreadable(f"{file.name} has {size:.1f} MB; at most {limit >> 20} MB are read.", ours=True)
        return data


def _siblings(main: Path) -> dict[str, bytes]:
    """The other Python files beside ``main``, as far as they can be read, for it to import."""
    files: dict[str, bytes] = {}
    room = 4 * MAX_SOURCE
    for path in sorted(main.parent.glob("*.py")):
        if path == main or not path.stem.isidentifier() or len(files) >= MAX_FILES:
            continue
        try:
            data = _read_bytes(path, min(MAX_SOURCE, room))
        except _Unreadable:
            continue  # importing it will fail, and say so, if it is needed
        room -= len(data)
        files[path.name] = data
    return files
