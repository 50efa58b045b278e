"""A class of students with their notebooks, and the commands of a course, for the tests of courses."""

import copy
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ['PATH']}"  # nbgrader looks there for a tool of its own, `alembic`


def run(command, folder, *, check=True, limit=300, **environment):
    """Run a command in a folder; its result, with what it said."""
    env = {**os.environ, "PATH": PATH, "PYTHONWARNINGS": "ignore", **environment}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        timeout=limit,
    )
    assert not check or done.returncode == 0, done.stderr[-5000:] + done.stdout[-2000:]
    return done


def kata(*words, folder=PROJECT, check=True, **environment):
    """Run `kata`."""
    return run([sys.executable, "-m", "grader", *words], folder, check=check, **environment)


def nbgrader(folder, *words, check=True):
    """Run `nbgrader` in a course's folder."""
    return run([BIN / "nbgrader", *words], folder, check=check)


def marks(verdicts):
    """Marks by student and exercise, of the JSON that `kata grade` writes."""
    return {(v["student"], v["exercise"]): v["score"] for v in json.loads(Path(verdicts).read_bytes())}


def in_gradebook(course, statement):
    """The rows that an SQL statement gives, or changes, in a course's gradebook."""
    with sqlite3.connect(course / "gradebook.db") as database:
        return database.execute(statement).fetchall()


def scores(course):
    """Marks by student, without late penalties, as the gradebook adds them up."""
    rows = in_gradebook(
        course,
        "SELECT a.student_id, total(coalesce(g.manual_score, g.auto_score)) FROM submitted_assignment a "
        "JOIN submitted_notebook n ON n.assignment_id = a.id JOIN grade g ON g.notebook_id = n.id GROUP BY 1",
    )
    return dict(rows)


class Notebook:
    """A released notebook, and what a student did to it."""

    def __init__(self, path):
        self.path = path
        self.data = json.loads(path.read_text())
        for cell in self.cells:
            cell["source"] = "".join(cell["source"])

    def copy(self):
        """Another student's."""
        return copy.deepcopy(self)

    @property
    def cells(self):
        return self.data["cells"]

    @cells.setter
    def cells(self, cells):
        self.data["cells"] = cells

    def kind(self, cell):
        """answer, grade, locked, or nothing."""
        noted = cell["metadata"].get("nbgrader")
        if not noted:
            return ""
        return "grade" if noted["grade"] else "answer" if noted["solution"] else "locked"

    def of(self, kind):
        """The cells of a kind."""
        return [cell for cell in self.cells if self.kind(cell) == kind]

    def write(self, source):
        """Write an answer: all of it into the first cell for answers, and the other ones are deleted."""
        first, *others = self.of("answer")
        first["source"] = source
        self.cells = [cell for cell in self.cells if cell not in others]
        return self

    def bytes(self):
        return json.dumps(self.data, ensure_ascii=False).encode()


def code(source, **metadata):
    """A code cell."""
    return {
        "cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source,
    }  # fmt: skip


def hand_in(course, student, exercise, data, name=""):
    """Put a notebook into `submitted/`; a Notebook or bytes."""
    folder = course / "submitted" / student / exercise
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"{exercise[3:]}.ipynb")
    path.write_bytes(data if isinstance(data, bytes) else data.bytes())
    return path
