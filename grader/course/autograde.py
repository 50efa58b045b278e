"""What stands in for nbgrader's machinery while it autogrades: named in a course's ``nbgrader_config.py``.

Trusted side. No kernel is started. When a run begins, all that it is to grade is judged, or taken from the
ledger. Then nbgrader goes through the notebooks as always, and each grade cell is given what the verdict says
on its group of tests. What is graded is what lies in ``submitted/``, read as `kata grade` reads it; the
notebook in ``autograded/`` is for people to look at. Assignments that are not ours are executed, as always.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import json
import logging
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_notebook, new_output
from nbgrader import preprocessors as stock
from nbgrader import utils
from nbgrader.api import BaseCell, Grade, Gradebook
from nbgrader.converters import BaseConverter, base
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import Enum, Integer, Unicode
from traitlets.log import get_logger

from grader.course.explain import explain, explain_all
from grader.course.folder import Course
from grader.errors import KataError
from grader.exercise import Exercise, load_all
from grader.grading import discover, ledger, pool
from grader.grading.reader import Reader
from grader.grading.reading import Place, Unreadable, read_notebook
from grader.notebook.marks import MARK, is_as_written, is_stub
from grader.notebook.read import Cell
from grader.notebook.write import SUMMARY
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict, title_of
from grader.words import plain_text

_STOCK_SANITIZERS = (
    stock.ClearOutput,
    stock.DeduplicateIds,
    stock.OverwriteKernelspec,
    stock.OverwriteCells,
    stock.CheckCellMetadata,
)
_STOCK_GRADERS = (stock.Execute, stock.IgnorePattern, stock.LimitOutput, stock.CheckCellMetadata)
_EDITED = "# The cell above was changed in this submission. This is what was handed in:\n"
_NOT_OURS = (
    "This test is not one of the grader's, and notebooks are not run here: it waits for a grade by hand.\n"
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\][(:]")
_TARGET = re.compile(r"\s*<?\s*([^\s)]*)")
_PLAIN_TARGET = re.compile(r"https?://|mailto:|attachment:|data:image/(?:png|jpeg|gif);|#")
_log = get_logger()
_MOST_COPIED = 1_000, 64 << 20  # files beside a notebook, and bytes in all
_SUMMARY_TITLE = "All marks, and what to mend first"
_MANUAL = "manual"  # kind of a grade cell that a person has to grade


class SubmissionExporter(NotebookExporter):
    """Reads a student's notebook in whatever state it is, and has everybody judged when a run begins."""

    project = Unicode(help="the folder that holds exercises/, solutions/ and tests/").tag(config=True)
    jobs = Integer(0, help="how many judges work side by side; 0 for one per processor").tag(config=True)
    sandbox = Enum(list(map(str, SandboxMode)), "full", help="how students' code is confined").tag(
        config=True
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.exercises: dict[str, Exercise] = {}
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.sources: dict[tuple[str, str], Any] = {}  # what the gradebook knows of each notebook
        self.optimistic_validation = True  # once after all preprocessors, not after each
        self.reader = Reader()
        atexit.register(self.reader.close)
        if isinstance(self.parent, BaseConverter):
            _speak_plainly(self.log)
            base.find_all_files = _files_to_copy  # which follows links, also to a device that never ends
            try:
                self._prepare(self.parent)
            except KataError as error:
                self.log.critical("%s", error)
                raise NbGraderException(str(error)) from None

    def _prepare(self, converter: Any) -> None:
        """Judge what this run is to grade, before nbgrader goes through it one by one."""
        self.exercises = {exercise.name: exercise for exercise in load_all(Path(self.project))}
        submissions = []
        for folder in sorted(converter.assignments):
            student, assignment = _ids(converter, folder)
            if assignment not in self.exercises:
                continue
            submission = self._submission(converter, Path(folder), student, self.exercises[assignment])
            if submission is not None:
                submissions.append(submission)
        if not submissions:
            return
        kept = ledger.Ledger(Course(Path(converter.coursedir.root)).ledger)
        jobs = self.jobs or pool.processors()
        root = self.exercises[submissions[0].exercise].root
        graded = ledger.grade(root, submissions, kept, jobs=jobs, mode=SandboxMode(self.sandbox))
        for count, verdict in enumerate(graded, start=1):
            self.verdicts[verdict.student, verdict.exercise] = verdict
            self.log.info("Judged %s of %s: %s", count, len(submissions), verdict.student)

    def _submission(
        self, converter: Any, folder: Path, student: str, exercise: Exercise
    ) -> Submission | None:
        """What a student handed in, under its right name, and with no half-done result in its way."""
        expected = folder / f"{exercise.module}.ipynb"
        found = None if folder.parent.is_symlink() else discover.notebook_of(folder, exercise)
        if found is None:
            self.log.error("Not graded: there is no %s in %s, or several could be it.", expected.name, folder)
            return None
        (submission,) = self.reader.submissions([Place(student, exercise, found)])
        if found != expected and not submission.problem:
            self.log.warning("%s is graded as %s", found, expected.name)
            try:
                discover.copy_to_right_name(found, expected)
            except (Unreadable, OSError) as error:
                self.log.warning("Not graded: %s could not be copied to %s (%s)", found, expected.name, error)
                return None
            converter.assignments[str(folder)] = [str(expected)]
        course = converter.coursedir
        done = Path(course.format_path(course.autograded_directory, student, exercise.name))
        if not done.exists():
            return submission
        graded = _graded(done / expected.name)
        if graded is None:
            self.log.warning("%s is half-done, from a run that was stopped: it is made anew", done)
            utils.rmtree(str(done))
        elif graded != submission.sha256 and not (converter.force or (folder / "timestamp.txt").exists()):
            self.log.warning(
                "%s holds another answer than its marks are for, and no timestamp that is newer: "
                "nbgrader keeps those marks, unless told --force",
                folder,
            )
        return submission

    def is_ours(self, resources: Any) -> bool:
        """Whether a notebook is one that `kata course` wrote."""
        where = resources["nbgrader"]
        exercise = self.exercises.get(where["assignment"])
        return exercise is not None and exercise.module == where["notebook"]

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        """As nbconvert does it; of a notebook that can't be read, what there is: nothing."""
        if not self.is_ours(resources):
            return super().from_filename(filename, resources=resources, **kwargs)
        try:
            notebook = _clean(self.reader.call(Path(filename), read_notebook, Path(filename)))
        except Unreadable as error:
            self.log.warning("%s can't be read: %s", filename, error)
            notebook = new_notebook()
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


def _speak_plainly(log: Any) -> None:
    """Names of students' files stand in what nbgrader logs: let none of them command the terminal."""

    def clean(record: logging.LogRecord) -> bool:
        record.msg, record.args = plain_text(record.getMessage(), 20_000), ()
        return True

    for handler in getattr(log, "handlers", []) or logging.getLogger().handlers:
        handler.addFilter(clean)


def _files_to_copy(folder: str, exclude: Sequence[str] = ()) -> list[str]:
    """What nbgrader is to copy of what lies beside a notebook: ordinary files, and not too much of them."""
    found = []
    count = size = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not utils.is_ignored(os.path.join(place, name), exclude)]
        for path in (os.path.join(place, name) for name in names):
            with contextlib.suppress(OSError):
                facts = os.lstat(path)
                if stat.S_ISREG(facts.st_mode):
                    found.append(path)
                    size += facts.st_size
                else:
                    _log.warning("%s is no ordinary file, and left out", path)
        count += len(folders) + len(names)
        if count > _MOST_COPIED[0] or size > _MOST_COPIED[1]:
            _log.warning("%s holds too much: only the notebook in it is looked at", folder)
            return []
    return [path for path in found if not utils.is_ignored(path, exclude)]


def _ids(converter: Any, folder: str) -> tuple[str, str]:
    """The student and the assignment that a folder in ``submitted/`` belongs to, as nbgrader sees it."""
    directory = converter.coursedir.submitted_directory
    pattern = converter.coursedir.format_path(directory, "(?P<student>.*)", "(?P<assignment>.*)", escape=True)
    found = re.match(pattern, folder)
    return (found["student"], found["assignment"]) if found else ("", "")


def _graded(notebook: Path) -> str | None:
    """The digest of the answer that an autograded notebook's marks are for; None if it is not whole.

    It is written last, after its marks are in the gradebook.
    """
    try:
        return str(json.loads(notebook.read_bytes())["metadata"][MARK]["graded"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _clean(cells: Sequence[Cell]) -> Any:
    """A notebook with the cells' sources and attachments, nbgrader's notes and ours, and nothing else."""
    clean = []
    for cell in cells:
        noted = {key: value for key, value in cell.metadata.items() if isinstance(value, dict)}
        kind = cell.cell_type if cell.cell_type in ("code", "markdown") else "raw"
        source = cell.source.encode("utf-8", "replace").decode()  # half a character can't be saved
        if kind == "markdown" and not is_as_written(cell):  # nbgrader's pages would run a student's scripts
            source = _TAG.sub("&lt;", source)
            kind = "raw" if _has_odd_link(source) else kind
        new = _new_cell(kind, source, noted)
        if cell.attachments and kind != "code":
            new = NotebookNode({**new, "attachments": from_dict(cell.attachments)})
        clean.append(new)
    return new_notebook(cells=clean)


def _has_odd_link(source: str) -> bool:
    """Whether a text links to anything but another page or a picture.

    Each link is looked at as far as the next one, so that it takes no time that grows with their square.
    """
    for piece in _LINK.split(source)[1:]:
        found = _TARGET.match(piece)
        target = found[1] if found else ""
        if not _PLAIN_TARGET.match(target) and any(sign in target for sign in ":&\\"):
            return True
    return False


def _new_cell(kind: str, source: str, metadata: dict[str, Any]) -> Any:
    """A cell, made without validating it by itself: the notebook is validated as a whole."""
    cell: dict[str, Any] = {"id": uuid4().hex[:8], "cell_type": kind, "source": source, "metadata": metadata}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return from_dict(cell)


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Gives every cell that nbgrader knows its place, its type and its text back.

    Whatever was done to the notes in cells, the gradebook's count. What a student wrote into a cell that is
    not for writing is shown in a cell of its own.
    """

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Restore all cells of one notebook."""
        if not self.parent.is_ours(resources):
            return _through(_STOCK_SANITIZERS, self.parent, nb, resources)
        where = resources["nbgrader"]
        key = where["assignment"], where["notebook"]
        if key not in self.parent.sources:
            with Gradebook(where["db_url"]) as gradebook:
                source = gradebook.find_notebook(where["notebook"], where["assignment"])
                self.parent.sources[key] = (_known_cells(source), json.loads(source.kernelspec or "{}"))
        known, kernel = copy.deepcopy(self.parent.sources[key])
        if kernel:
            nb.metadata["kernelspec"] = kernel
        nb.cells = list(_restored(nb.cells, known))
        _add_missing(nb.cells, known)
        nb.cells = [cell for cell in nb.cells if not _is_scenery(cell)]
        return nb, resources


def _through(kinds: Any, exporter: Any, nb: Any, resources: Any) -> Any:
    """Send a notebook through nbgrader's own preprocessors."""
    for kind in kinds:
        nb, resources = kind(parent=exporter)(nb, resources)
    return nb, resources


def _known_cells(source: Any) -> dict[str, NotebookNode]:
    """The cells of an assignment as the gradebook has them, by name, in their order."""
    points = {cell.name: cell.max_score for cell in [*source.grade_cells, *source.task_cells]}
    solutions = {cell.name for cell in source.solution_cells}
    tasks = {cell.name for cell in source.task_cells}
    known = {}
    for cell in source.source_cells:
        noted = {
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "grade": cell.name in points and cell.name not in tasks,
            "grade_id": cell.name,
            "locked": cell.locked,
            "schema_version": 3,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        if cell.name in points:
            noted["points"] = points[cell.name]
        known[cell.name] = _new_cell(cell.cell_type, cell.source, {"nbgrader": noted})
    return known


def _restored(cells: list[NotebookNode], known: dict[str, NotebookNode]) -> Iterator[NotebookNode]:
    """The cells, each known one as it should be; of several with the same name, the last one is meant."""
    last = {_name_of(cell): index for index, cell in enumerate(cells)}
    for index, cell in enumerate(cells):
        name = _name_of(cell)
        cell.metadata.pop("nbgrader", None)
        if name not in known or last[name] != index:
            yield cell
            continue
        right = known[name]
        metadata = {**cell.metadata, **right.metadata}
        if not right.metadata.nbgrader["locked"]:
            yield _new_cell(right.cell_type, cell.source, metadata)
            continue
        graded = right.metadata.nbgrader["grade"]
        yield _new_cell(right.cell_type, right.source, dict(right.metadata) if graded else metadata)
        if cell.source.strip() != right.source.strip():
            cell.metadata.pop(MARK, None)
            cell.source = _EDITED + cell.source if cell.cell_type == "code" else cell.source
            yield cell


def _name_of(cell: NotebookNode) -> str:
    """The name that a cell claims to have."""
    noted = cell.metadata.get("nbgrader")
    name = noted.get("grade_id") if isinstance(noted, dict) else None
    return name if isinstance(name, str) else ""


def _add_missing(cells: list[NotebookNode], known: dict[str, NotebookNode]) -> None:
    """Put back the cells that have points, each after the one that it should come after."""
    place = 0
    there = {name: index for index, cell in enumerate(cells) if (name := _name_of(cell))}
    added = 0
    for name, cell in known.items():
        if name in there:
            place = there[name] + added + 1
        elif "points" in cell.metadata.nbgrader:
            cells.insert(place, cell)
            place, added = place + 1, added + 1


def _is_scenery(cell: NotebookNode) -> bool:
    """Whether a cell is ours, unchanged, and neither answer nor grade: people who grade need not see it."""
    return is_as_written(cell) and not is_stub(cell) and not utils.is_grade(cell)


class FillGradeCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Writes the verdict into the grade cells, in the place of a kernel that would run them."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Fill in all grade cells of one notebook."""
        if not self.parent.is_ours(resources):
            return _through(_STOCK_GRADERS, self.parent, nb, resources)
        where = resources["nbgrader"]
        verdict = self.parent.verdicts.get((where["student"], where["assignment"]))
        if verdict is None or verdict.ungraded:
            why = verdict.ungraded if verdict else "there is no notebook that could be read for sure"
            raise NbGraderException(f"{where['student']}'s {where['notebook']}.ipynb was not graded: {why}")
        groups = verdict.by_function()
        told: dict[str, str] = {}
        for cell in nb.cells:
            if not utils.is_grade(cell) or utils.is_solution(cell) or cell.cell_type != "code":
                continue
            name, worth = cell.metadata.nbgrader["grade_id"], float(cell.metadata.nbgrader["points"])
            if name == SUMMARY:
                _fill(cell, explain_all(verdict), 0.0, worth)
                cell.metadata[MARK] = {"title": _SUMMARY_TITLE}
            elif name in groups:
                tests = groups.pop(name)
                earned = round(sum(test.points for test in tests), 6)
                most = round(sum(test.max_points for test in tests), 6)
                score = earned if most == worth else earned / most * worth
                _fill(cell, explain(name, verdict, told), score, worth)
                cell.metadata[MARK] = {"title": title_of(tests)}  # for grader.course.feedback
            else:
                _fill(cell, _NOT_OURS, 0.0, worth)
                cell.metadata[MARK] = {"kind": _MANUAL}
        if groups:
            self.log.warning(
                "No grade cell for %s: the hidden tests have changed since this assignment was generated. "
                "Run `kata course` and `nbgrader generate_assignment` again.",
                ", ".join(groups),
            )
        nb.metadata[MARK] = {"graded": verdict.sha256}
        return nb, resources


def _fill(cell: NotebookNode, text: str, score: float, worth: float) -> None:
    """The outputs that nbgrader takes a score from: an explanation, and one plain number within bounds."""
    number = float(min(max(score, 0.0), worth))
    cell.outputs = [
        new_output("stream", name="stdout", text=text),
        new_output("execute_result", {"text/plain": repr(number)}, execution_count=None),
    ]


class SaveGrades(NbGraderPreprocessor):  # type: ignore[misc]
    """Saves all marks of a notebook at once, so that a run that is stopped leaves all of them or none."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Save the marks, and note where there is no answer; a person's marks and comments stay."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(
                where["notebook"], where["assignment"], where["student"]
            )
            names = gradebook.db.query(Grade, BaseCell.name).join(BaseCell, BaseCell.id == Grade.cell_id)
            grades = {name: grade for grade, name in names.filter(Grade.notebook_id == notebook.id)}
            comments = {comment.name: comment for comment in notebook.comments}
            for cell in nb.cells:
                if utils.is_grade(cell):
                    self._save(grades[_name_of(cell)], cell)
                if utils.is_solution(cell) or utils.is_task(cell):
                    unchanged = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
                    answered = utils.is_task(cell) or not unchanged
                    comments[_name_of(cell)].auto_comment = None if answered else "No response."
            gradebook.db.commit()
        return nb, resources

    def _save(self, grade: Any, cell: NotebookNode) -> None:
        by_hand = cell.metadata.get(MARK, {}).get("kind") == _MANUAL
        grade.auto_score = None if by_hand else utils.determine_grade(cell, self.log)[0]
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
