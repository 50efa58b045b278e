"""Milliseconds per submission of an nbgrader course, on the same notebooks and in one run:

- stock `nbgrader autograde`, which runs each notebook in a kernel, the same hidden checks in its grade cells;
- `nbgrader autograde` with our configuration, the ledger empty before, and full before;
- `kata grade --jobs 2`, the ledger empty before.

All figures are whole commands, their start included; once as the clock has it, and once as processor time,
which says more on a machine that others use, too. The stock command grades every n-th notebook only, since it
takes so long. Run it with ``tox -e bench``, or ``python benchmarks/course.py``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
BIN = Path(sys.executable).parent
_CHECKS = """\
from benchmarks.in_kernel import Checks

checks = Checks({exercise!r}, globals())
"""


class Cost(NamedTuple):
    """What a command takes: seconds by the clock, and of processor time with all that it starts."""

    wall: float
    processor: float

    def over(self, count: int) -> "Cost":
        """Milliseconds for each of so many submissions."""
        return Cost(1000 * self.wall / count, 1000 * self.processor / count)


def run(*words: object, folder: Path) -> Cost:
    """Run a command; what it takes."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    used, start = os.times(), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=env, capture_output=True, check=False
    )
    wall, now = time.perf_counter() - start, os.times()
    if done.returncode:
        sys.exit(f"{words} failed:\n{done.stderr.decode()[-3000:]}")
    children = now.children_user + now.children_system - used.children_user - used.children_system
    return Cost(wall, children)


def nbgrader(*words: object, folder: Path) -> Cost:
    """Run `nbgrader`."""
    return run(BIN / "nbgrader", *words, folder=folder)


def kata(*words: object, folder: Path = ROOT) -> Cost:
    """Run `kata`."""
    return run(sys.executable, "-m", "grader", *words, folder=folder)


def make_courses(folder: Path, name: str) -> tuple[Path, Path]:
    """Our course of one exercise, and a stock one of the same notebook with the checks in its grade cells."""
    from grader.notebook.write import SUMMARY

    ours, stock = folder / "ours", folder / "stock"
    kata("course", ours, name)
    place = Path("source", name, f"{name[3:]}.ipynb")
    notebook = json.loads((ours / place).read_text())
    for cell in notebook["cells"]:
        noted = cell["metadata"].get("nbgrader", {})
        if noted.get("grade") and noted["grade_id"] != SUMMARY:
            cell["source"] = f"checks({noted['grade_id']!r})"
        elif noted.get("grade"):
            cell["source"] = _CHECKS.format(exercise=name)
        elif noted.get("grade_id", "").startswith("visible-"):
            cell["source"] = "# equal checks: the visible tests are not run, as ours does not run them"
    (stock / place).parent.mkdir(parents=True)
    (stock / place).write_text(json.dumps(notebook))
    (stock / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = 60\n")
    for course in (ours, stock):
        nbgrader("generate_assignment", name, folder=course)
    return ours, stock


def hand_in(ours: Path, stock: Path, name: str, count: int, every: int) -> tuple[int, int]:
    """Right and wrong answers as notebooks, no two alike; how many for ours, and for the stock course."""
    from grader.exercise import load
    from grader.judge.bank import known_mistakes, right_answers

    exercise = load(ROOT, name)
    right = [path.read_text() for path in (exercise.reference, *right_answers(exercise)[:3])]
    wrong = [known.text for known in known_mistakes(exercise)]
    # 8 answers in turn: every n-th notebook of the stock course is each of them if n is odd.
    answers = [*right, *wrong[:: max(1, len(wrong) // 4)][:4]]
    released = json.loads((ours / "release" / name / f"{exercise.module}.ipynb").read_text())
    for number in range(count):
        answer = answers[number % len(answers)]
        cells = [
            cell for cell in released["cells"] if not cell["metadata"].get("nbgrader", {}).get("solution")
        ]
        first = next(c for c in released["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
        place = released["cells"].index(first)
        cells.insert(place, {**first, "source": f"# submission {number}\n{answer}"})
        for course in (ours, *([stock] if number % every == 0 else [])):
            target = course / "submitted" / f"s{number:04}" / name / f"{exercise.module}.ipynb"
            target.parent.mkdir(parents=True)
            target.write_text(json.dumps({**released, "cells": cells}))
    return count, len(range(0, count, every))


def scores(course: Path) -> dict[str, float]:
    """Each student's marks, out of the gradebook."""
    import sqlite3

    with sqlite3.connect(course / "gradebook.db") as database:
        return dict(
            database.execute(
                "SELECT a.student_id, total(g.auto_score) FROM submitted_assignment a "
                "JOIN submitted_notebook n ON n.assignment_id = a.id "
                "JOIN grade g ON g.notebook_id = n.id GROUP BY 1"
            )
        )


def measure(name: str, count: int, every: int, jobs: int) -> dict[str, Cost]:
    """Milliseconds per submission, of each way to grade one exercise."""
    with tempfile.TemporaryDirectory() as temporary:
        ours, stock = make_courses(Path(temporary), name)
        many, few = hand_in(ours, stock, name, count, every)
        times = {"kata": kata("grade", "submitted", "--jobs", jobs, folder=ours).over(many)}
        times["ledger"] = nbgrader("autograde", name, folder=ours).over(many)
        for graded in ("autograded", "ledger.db"):
            path = ours / graded
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        times["ours"] = nbgrader("autograde", name, folder=ours).over(many)
        times["stock"] = nbgrader("autograde", name, folder=stock).over(few)
        marks = scores(ours)
        others = {s: (mark, marks[s]) for s, mark in scores(stock).items() if mark != marks[s]}
        print(
            f"{name}: {many} notebooks, {few} of them by stock nbgrader; other marks for: {others or 'none'}"
        )
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("exercises", nargs="*", default=["03_modulelist"], help="names of exercises")
    parser.add_argument("--count", type=int, default=480, help="how many notebooks for each exercise (480)")
    parser.add_argument("--every", type=int, default=41, help="stock nbgrader grades every n-th of them (41)")
    parser.add_argument("--jobs", type=int, default=2, help="how many judges `kata grade` has (2)")
    options = parser.parse_args()
    found = [measure(name, options.count, options.every, options.jobs) for name in options.exercises]
    mean = {}
    for key in found[0]:
        costs = [times[key] for times in found]
        mean[key] = Cost(*(sum(values) / len(costs) for values in zip(*costs, strict=True)))
    rows = [
        ("stock nbgrader autograde, in kernels", "stock"),
        ("our nbgrader autograde, the ledger empty", "ours"),
        ("our nbgrader autograde, after kata grade", "ledger"),
        (f"kata grade --jobs {options.jobs}", "kata"),
    ]
    print(f"{'ms per submission':44}{'by the clock':>14}{'faster':>8}{'processor':>12}{'less':>8}")
    stock = mean["stock"]
    for title, key in rows:
        cost = mean[key]
        faster, less = stock.wall / cost.wall, stock.processor / cost.processor
        print(f"{title:44}{cost.wall:14.1f}{faster:8.1f}{cost.processor:12.1f}{less:8.1f}")


if __name__ == "__main__":
    main()
