"""Find submissions on disk and have them read, once, into plain data.

Trusted side. What lies in a student's folder is not trusted: links are not followed, and here names are
looked at, no contents; those are read elsewhere. Nobody is lost: each entry of a class is somebody's answer,
or a submission that says why it is not graded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import ExitCode, KataError
from grader.exercise import Exercise, matching
from grader.files import write_atomically
from grader.grading.reader import Reader
from grader.grading.reading import MAX_NOTEBOOK, Place, Unreadable, names_in, read_bytes
from grader.submission import Submission
from grader.words import listed, printable

SUFFIXES = (".py", ".ipynb")
_NOBODYS = {"thumbs.db", "desktop.ini", "readme", "readme.md", "readme.txt"}  # in lower case: no answers
_COPIED = ".kata-copy"  # beside a notebook that is our copy of another: the copy's digest


class NothingToGrade(KataError):
    """Wrong usage: the paths name nothing that can be graded; the message says what was looked for."""

    exit_code = ExitCode.WRONG_USAGE


@dataclass(frozen=True)
class _Student:
    name: str
    folder: Path


@dataclass(frozen=True)
class _Stray:
    """What may be somebody's work, but can't be graded as it is, and why."""

    path: Path
    why: str


def discover(
    paths: Sequence[Path],
    exercises: Sequence[Exercise],
    only: Exercise | None = None,
    *,
    course: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Submission]:
    """Every submission under ``paths``, ordered by student and exercise.

    A path is a ``.py`` or ``.ipynb`` file, a student's folder, or a folder of students. A student who has
    nothing for an exercise that others in these paths have (or for ``only``) gets a submission that says so,
    and so does whatever else lies in a class. In an nbgrader ``course``, what is handed in is a notebook, and
    nothing else is graded. ``tell`` hears what was taken in a way that may surprise.
    Raises NothingToGrade.
    """
    finder = _Finder(exercises, only, course, tell)
    refused: list[NothingToGrade] = []
    for path in paths:
        path = Path(os.path.abspath(path))
        try:
            finder.look(path)
        except NothingToGrade as error:
            if len(paths) == 1 or not os.path.lexists(path):
                raise
            refused.append(error)
            finder.strays.append(_Stray(path, str(error)))
    finder.take_out_doubles()
    with Reader() as reader:
        submissions = reader.submissions(finder.places)
    submissions += [*map(_doubled, finder.doubles), *finder.missing(), *finder.strayed()]
    if not submissions:
        if refused:
            raise refused[0]
        names = ", ".join(finder.expected_file(e) for e in ([only] if only else exercises))
        where = ", ".join(printable(str(path)) for path in paths)
        strays = [printable(stray.path.name) for stray in finder.strays]
        there = f" There {'is' if len(strays) == 1 else 'are'} {_some(strays)}." if strays else ""
        raise NothingToGrade(
            f"There is nothing to grade in {where}: no file of the name {names} was found.{there}"
        )
    return sorted(submissions, key=lambda s: (s.student, s.exercise))


class _Finder:
    def __init__(
        self,
        exercises: Sequence[Exercise],
        only: Exercise | None,
        course: bool,
        tell: Callable[[str], None],
    ) -> None:
        self.exercises = list(exercises)
        self.only = only
        self.course = course
        self.tell = tell
        self.places: list[Place] = []
        self.doubles: list[list[Place]] = []  # of one name, so that nobody knows whose they are
        self.students: list[_Student] = []
        self.strays: list[_Stray] = []

    def look(self, path: Path) -> None:
        """Find what is to be graded in one path that the user named. Raises NothingToGrade."""
        if not os.path.exists(path):
            if os.path.islink(path):
                raise NothingToGrade(f"'{printable(str(path))}' is a symbolic link that leads nowhere.")
            raise NothingToGrade(f"There is no file or folder '{printable(str(path))}'.")
        exercise = self.of_folder(path)
        if not os.path.isdir(path):
            self.look_at_file(path)
        elif exercise and self.course:
            self.add(path.parent.name, path.parent, [exercise])
        elif exercise and self.main_file(path, exercise):
            self.add(path.parent.name, path, [exercise])
        elif self.is_students(path):
            self.add(path.name, path, self.exercises)
            self.tell_what_is_left_out(path)
        else:
            self.look_at_class(path, exercise)

    def look_at_file(self, path: Path) -> None:
        """A file that the user named. Raises NothingToGrade."""
        named = printable(str(path))
        if path.suffix not in SUFFIXES:
            raise NothingToGrade(f"'{named}' is no submission: it ends neither in .py nor in .ipynb.")
        by_name = matching(self.exercises, path.stem)
        by_folder = self.of_folder(path.parent)
        exercise = self.only or by_name or by_folder
        if exercise is None:
            raise NothingToGrade(f"Which exercise is '{named}' for? Say it with --exercise.")
        if by_name is None:
            student = path.stem
        else:
            student = path.parent.parent.name if by_folder else path.parent.name
        self.places.append(Place(student, exercise, path, alone=by_name is None))

    def look_at_class(self, folder: Path, by_folder: Exercise | None) -> None:
        """A folder of students: of folders, or, where the exercise is known, of files named after them."""
        exercise = self.only or by_folder
        strays = []
        for name in _all_names(folder):
            entry = folder / name
            if name.startswith((".", "__")) or name.lower() in _NOBODYS:
                continue
            if os.path.isdir(entry):
                self.add(name, entry, [by_folder] if by_folder else self.exercises)
            elif exercise and entry.suffix in SUFFIXES:
                if not self.is_second(entry):
                    self.places.append(Place(entry.stem, exercise, entry, alone=True))
            else:
                strays.append(_Stray(entry, _why_stray(entry)))
        if not any(student.folder.parent == folder for student in self.students) and not exercise:
            self.add(folder.name, folder, self.exercises)  # a student without any of the files, perhaps
        else:
            self.strays += strays

    @staticmethod
    def is_second(file: Path) -> bool:
        """Whether it is a notebook beside a Python file of the same name, which is the one to grade."""
        return file.suffix == ".ipynb" and os.path.exists(file.with_suffix(".py"))

    def of_folder(self, folder: Path) -> Exercise | None:
        """The exercise that a folder is named after; a number alone is no such name."""
        return None if folder.name.isdigit() else matching(self.exercises, folder.name)

    def is_students(self, folder: Path) -> bool:
        """Whether a folder is one student's: an answer is in it, or a place for one and nobody else's."""
        if any(self.main_file(folder, exercise) for exercise in self.exercises):
            return True
        places = [folder / exercise.name for exercise in self.exercises]
        return any(map(os.path.isdir, places)) and not self.like_students(folder)

    def like_students(self, folder: Path) -> list[str]:
        """The names of folders in this one that hold answers, as students' folders do."""
        return [
            name
            for name in names_in(folder)
            if not self.of_folder(folder / name)
            and any(self.main_file(folder / name, exercise) for exercise in self.exercises)
        ]

    def tell_what_is_left_out(self, folder: Path) -> None:
        """Say which folders in a student's look like students' themselves, and are not taken for such."""
        if inner := [f"{printable(name)}/" for name in self.like_students(folder)]:
            name = printable(folder.name)
            self.tell(
                f"{name}/ is graded as one student's, since there is an answer in it; what is in its folder"
                f"{'' if len(inner) == 1 else 's'} {_some(inner)} is a part of that. "
                f"If {name}/ is a class, take that answer out of it, and grade again."
            )

    def add(self, name: str, folder: Path, exercises: Iterable[Exercise]) -> None:
        """Note a student, and where the answers are."""
        self.students.append(_Student(name, folder))
        if os.path.islink(folder) or not os.access(folder, os.R_OK | os.X_OK):
            return
        for exercise in exercises:
            if self.only in (None, exercise) and (file := self.main_file(folder, exercise)):
                self.places.append(Place(name, exercise, file))

    def main_file(self, folder: Path, exercise: Exercise) -> Path | None:
        """The answer's file: in the folder or in the exercise's folder within; Python before notebook."""
        if self.course:
            return notebook_of(folder / exercise.name, exercise)
        for suffix in SUFFIXES:
            for place in (folder / exercise.name, folder):
                if os.path.islink(place):
                    continue  # it would lead out of the student's folder
                for stem in (exercise.module, exercise.name):
                    if os.path.lexists(file := place / f"{stem}{suffix}"):
                        return file
        return None

    def expected_file(self, exercise: Exercise) -> str:
        """The name that an answer's file should have."""
        return f"{exercise.module}.ipynb" if self.course else exercise.filename

    def take_out_doubles(self) -> None:
        """Set aside the answers that have the name of another: one result would replace the other."""
        by_name: dict[tuple[str, str], dict[Path, Place]] = {}
        for place in self.places:
            by_name.setdefault((place.student, place.exercise.name), {})[place.file] = place
        alike = [list(places.values()) for places in by_name.values()]
        self.places = [places[0] for places in alike if len(places) == 1]
        self.doubles = [places for places in alike if len(places) > 1]

    def missing(self) -> list[Submission]:
        """For every student, the exercises of this class that there is no file for."""
        there = {(place.student, place.exercise.name) for place in self.all_places()}
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
            return self.handed_in()
        asked = self.exercises if self.only is None else [self.only]
        return [exercise for exercise in asked if os.path.lexists(student.folder / exercise.name)]

    def handed_in(self) -> list[Exercise]:
        """The exercises that somebody has an answer to."""
        return list({place.exercise.name: place.exercise for place in self.all_places()}.values())

    def all_places(self) -> list[Place]:
        """The places of all answers, also of those that are set aside."""
        return [*self.places, *(place for places in self.doubles for place in places)]

    def strayed(self) -> list[Submission]:
        """For what can't be graded as it is, a submission to each exercise of this class that says why."""
        exercises = [self.only] if self.only else self.handed_in()
        by_name: dict[str, list[_Stray]] = {}
        for stray in self.strays:
            by_name.setdefault(stray.path.name, []).append(stray)
        return [
            Submission(
                name,
                exercise.name,
                str(strays[0].path),
                exercise.filename,
                problem=" ".join(stray.why for stray in strays),
                ungraded=True,
            )
            for name, strays in by_name.items()
            for exercise in exercises
        ]


def _all_names(folder: Path) -> list[str]:
    """The names in a folder of the instructor's, in order."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _why_stray(entry: Path) -> str:
    """Why something in a class can't be graded, and what to do about it."""
    name = printable(entry.name)
    if os.path.islink(entry):
        return f"{name} is a symbolic link; what it leads to is needed itself."
    if not os.path.isfile(entry):
        return f"{name} is neither a file nor a folder."
    if entry.suffix in SUFFIXES:
        return f"Nobody knows which exercise {name} is for. Say it with --exercise."
    return f"{name} is neither a folder nor a .py or .ipynb file. Unpack or rename it, and grade again."


def _doubled(places: list[Place]) -> Submission:
    """What stands for several answers of the same name."""
    first = places[0]
    where = listed(printable(str(place.file)) for place in places)
    return Submission(
        first.student,
        first.exercise.name,
        str(first.file),
        first.exercise.filename,
        problem=f"There are {len(places)} answers by '{printable(first.student)}', and nobody knows which "
        f"one counts, or whose they are: {where}. Grade each by itself.",
        ungraded=True,
    )


def _some(names: Sequence[str], most: int = 5) -> str:
    """Names as a list in words, the first few of them."""
    return listed([*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])])


def notebook_of(folder: Path, exercise: Exercise) -> Path | None:
    """The notebook handed in in an nbgrader course's ``submitted/STUDENT/ASSIGNMENT/``.

    That is the one with the name that was given out, or else, if there is only one, that one: students save
    copies, and browsers add numbers. None where there is none, or nobody knows which. A copy that
    ``copy_to_right_name`` made does not count, as long as there is another notebook.
    """
    expected = folder / f"{exercise.module}.ipynb"
    if os.path.islink(folder) or not os.path.isdir(folder):
        return None
    notebooks = [name for name in names_in(folder) if name.endswith(".ipynb") and not name.startswith(".")]
    others = [folder / name for name in notebooks if name != expected.name]
    if os.path.lexists(expected) and not (others and _is_our_copy(expected)):
        return expected
    return others[0] if len(others) == 1 else None


def copy_to_right_name(notebook: Path, expected: Path) -> None:
    """Copy a notebook that has another name than nbgrader expects, and note that this is a copy.

    Raises Unreadable or OSError.
    """
    data = read_bytes(notebook, MAX_NOTEBOOK)
    write_atomically(expected.with_name(_COPIED), hashlib.sha256(data).hexdigest().encode())
    write_atomically(expected, data)


def _is_our_copy(notebook: Path) -> bool:
    try:
        noted = read_bytes(notebook.with_name(_COPIED), 100).decode(errors="replace")
        return noted == hashlib.sha256(read_bytes(notebook, MAX_NOTEBOOK)).hexdigest()
    except Unreadable:
        return False


def _without_file(student: _Student, exercise: Exercise, expected: str) -> Submission:
    name = printable(student.folder.name)
    if os.path.islink(student.folder) or not os.access(student.folder, os.R_OK | os.X_OK):
        why = "is a symbolic link" if os.path.islink(student.folder) else "can't be read"
        problem = f"The folder {name}/ {why}."
        path = str(student.folder)
        return Submission(
            student.name, exercise.name, path, exercise.filename, problem=problem, ungraded=True
        )
    inner = student.folder / exercise.name
    folder = inner if os.path.isdir(inner) and not os.path.islink(inner) else student.folder
    others = [printable(name) for name in names_in(folder) if name.endswith(SUFFIXES)][:5]
    found = f"; there {'is' if len(others) == 1 else 'are'} {', '.join(others)}" if others else ""
    problem = f"There is no {expected} in the folder {printable(folder.name)}/{found}."
    several = expected.endswith(".ipynb") and sum(name.endswith(".ipynb") for name in others) > 1
    return Submission(
        student.name, exercise.name, str(folder), exercise.filename, problem=problem, ungraded=several
    )
