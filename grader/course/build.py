"""Write a course's folder for nbgrader, and bring it up to date without undoing what an instructor did.

Trusted side.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course.folder import Course, course_of, exercises_of, fingerprint
from grader.errors import ExitCode, KataError
from grader.exercise import Exercise, ExerciseError, choose, load_all
from grader.files import write_atomically
from grader.grading import pool
from grader.grading.reading import Place, read_submission
from grader.notebook.write import STUB, Group, groups_of, make_notebook
from grader.verdict import SandboxMode

_CONFIG = '''\
"""nbgrader's configuration, written by `kata course`. An edited one is left alone when that runs again."""

c = get_config()

c.CourseDirectory.course_id = {course_id!r}

# What students find where the reference has its solution.
c.ClearSolutions.code_stub = {{"python": {stub!r}}}

# Autograding runs no notebook. The judge of Torch Kata grades what is in submitted/, in a sandbox of its own.
c.Autograde.exporter_class = "grader.course.autograde.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["grader.course.autograde.RestoreCells"]
c.Autograde.autograde_preprocessors = [
    "grader.course.autograde.FillGradeCells",
    "grader.course.autograde.SaveGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
c.SubmissionExporter.project = {project!r}  # the folder that holds exercises/, solutions/ and tests/
c.SubmissionExporter.jobs = 0  # how many judges work side by side; 0: as many as there are processors

# Feedback pages have the titles of tests.
c.GenerateFeedback.exporter_class = "grader.course.feedback.FeedbackExporter"
'''

# Without these, nbgrader runs the grade cells, in which there is nothing that could fail.
_NEEDED = re.findall(r"grader\.course\.autograde\.\w+", _CONFIG)

_README = """\
# {course_id}

An [nbgrader](https://nbgrader.readthedocs.io) course, written by `kata course`. Run all commands in this
folder, in the Python environment in which Torch Kata is installed.

| assignment | title | points |
|---|---|---|
{table}

For each assignment, say {first}:

    nbgrader generate_assignment {first}   # release/{first}/ is what students get
    nbgrader collect {first}               # or put notebooks into submitted/STUDENT/{first}/ yourself
    nbgrader autograde {first}             # marks and explanations, into autograded/ and gradebook.db
    nbgrader generate_feedback {first}     # feedback/STUDENT/{first}/{module}.html
    nbgrader export                        # grades.csv

`nbgrader formgrader`, late penalties, manual grading and comments work as always. For a large class, grade in
parallel before `nbgrader autograde`, which then finds everything graded:

    kata grade submitted --exercise {first} --jobs 4

- **Grading.** No notebook is run. A student's cells are loaded in a sandbox, and hidden tests grade what they
  define. Each grade cell stands for one test, says what was found and what was expected, and gives its marks.
  The cell `summary`, worth no points, has the sum and the diagnosis.
- **The ledger.** Verdicts are kept in `ledger.db`, by the content of the answer and the version of the tests.
  Whatever stops a run, start the same command again: what was graded is not graded again. Verdicts come from
  there with `--force`, too; remove `ledger.db` to have everything judged anew.
- **Copies with other names.** A student who hands in a single notebook under another name is graded:
  autograding makes a copy with the right name beside it.
- **Updating.** Run `kata course` again, here with `.`, for new versions of these exercises, and with the name
  of another exercise to add it. It never touches `submitted/`,
  `gradebook.db`, or a file that you edited; it says which ones it left alone, and `--overwrite` replaces
  those, too. Once there are submissions, nbgrader refuses a notebook with other grade cells.
- **Cells of your own.** You may add cells to the notebooks in `source/`, also manually graded ones, and
  assignments of your own, which nbgrader then executes. A test cell of your own in one of these notebooks is
  not run: it waits for a grade by hand.
- **After a second autograding**, make feedback anew with `nbgrader generate_feedback --force`.
"""


class CourseError(KataError):
    """A course that can't be written; the message says where."""

    exit_code = ExitCode.WRONG_USAGE


@dataclass(frozen=True)
class Report:
    """What became of each file: ``written`` is new or updated, ``kept`` was edited and so left alone."""

    written: list[str]
    unchanged: list[str]
    kept: list[str]


def write_or_update(
    folder: Path, names: Sequence[str], *, overwrite: bool = False, mode: SandboxMode = SandboxMode.FULL
) -> Report:
    """Write or update the exercises that the names name; without any, those it has, or all in a new course.

    Raises KataError.
    """
    if not names and folder.is_dir():
        names = Course(folder).assignments()
    exercises = choose(exercises_of(course_of([folder])), names)
    try:
        return write_course(folder, exercises, overwrite=overwrite, mode=mode)
    except OSError as error:
        raise CourseError(f"the course can't be written: {error.strerror}: '{error.filename}'.") from None


def write_course(
    folder: Path,
    exercises: Sequence[Exercise],
    *,
    overwrite: bool = False,
    mode: SandboxMode = SandboxMode.FULL,
) -> Report:
    """Write or update a course. A file that differs from what was written last is kept unless ``overwrite``.

    Raises ExerciseError, and PoolError where references can't be judged.
    """
    folder = Path(os.path.abspath(folder))
    if folder.exists() and not folder.is_dir():
        raise ExerciseError(f"'{folder}' is a file; name a folder.")
    course = Course(folder)
    last = course.written()
    config = folder / "nbgrader_config.py"
    if not overwrite and _fingerprint(folder, config.name) != last.get(config.name):
        _refuse_without_judge(config)
    groups = _groups(exercises, mode)
    files = {f"source/{e.name}/{e.module}.ipynb": make_notebook(e, groups[e.name]) for e in exercises}
    files["nbgrader_config.py"] = _CONFIG.format(
        course_id=folder.name, stub=STUB, project=str(exercises[0].root)
    ).encode()
    assignments = {*course.assignments(), *(exercise.name for exercise in exercises)}
    listed = [exercise for exercise in load_all(exercises[0].root) if exercise.name in assignments]
    files["README.md"] = _readme(folder.name, listed).encode()
    report = Report([], [], [])
    for name, data in files.items():
        there = _fingerprint(folder, name)
        if there == fingerprint(name, data):
            report.unchanged.append(name)
        elif there not in (None, last.get(name)) and not overwrite:
            report.kept.append(name)
            continue
        else:
            write_atomically(folder / name, data)
            report.written.append(name)
        last[name] = fingerprint(name, data)
        course.note(exercises[0].root, last)
    return report


def _fingerprint(folder: Path, name: str) -> str | None:
    """Return the fingerprint of a file as it is, or None if it is not there."""
    path = folder / name
    return fingerprint(name, path.read_bytes()) if path.exists() else None


def _refuse_without_judge(config: Path) -> None:
    """Raises ExerciseError for somebody's own configuration, with which nobody's answers would be judged."""
    if not config.exists():
        return
    lines = [line.strip() for line in config.read_text(errors="replace").splitlines()]
    active = "\n".join(line for line in lines if not line.startswith("#"))
    if not all(name in active for name in _NEEDED):
        raise ExerciseError(
            f"'{config}' is a configuration of your own, with which nbgrader would not ask the judge: every "
            "grade cell would pass. Nothing was written. Take another folder; or replace that file with "
            "--overwrite; or add to it what `kata course` writes in a new folder, from `c.Autograde` on."
        )


def _groups(exercises: Sequence[Exercise], mode: SandboxMode) -> dict[str, list[Group]]:
    """Each exercise's groups of hidden tests, as the judge of its reference sees them."""
    if absent := [e.name for e in exercises if not e.has_suite()]:
        raise ExerciseError(f"There is no hidden suite here for {', '.join(absent)}; a course needs them.")
    references = [read_submission(Place("reference", exercise, exercise.reference)) for exercise in exercises]
    found = {}
    for verdict in pool.grade(exercises[0].root, references, seed=1, mode=mode):
        if not verdict.full_marks:
            name = verdict.exercise
            raise ExerciseError(f"The reference of {name} does not get full marks; see `kata verify {name}`.")
        found[verdict.exercise] = groups_of(verdict)
    return found


def _readme(course_id: str, exercises: Sequence[Exercise]) -> str:
    first = exercises[0]
    rows = [f"| {e.name} | {e.title} | {e.points:g} |" for e in exercises]
    return _README.format(course_id=course_id, table="\n".join(rows), first=first.name, module=first.module)
