"""What people read in a terminal and in feedback files: verdicts as text, classes as a table.

Words from a submission are printed as they are, never as markup or terminal codes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from grader.exercise import Exercise
from grader.verdict import TestResult, Verdict
from grader.words import printable

_WIDTH_WITHOUT_TERMINAL = 120
MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "timeout": ("✗", "red"),
    "crashed": ("✗", "red"),
    "not_reached": ("·", "dim"),
    "skipped": ("·", "dim"),
}


def console(stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (standard output): colours only on a terminal, a fixed width elsewhere."""
    stream = stream or sys.stdout
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def markdown(text: str) -> Markdown | Text:
    """Return Markdown as it is to be shown: rendered on a terminal, as it stands elsewhere."""
    return Markdown(text) if sys.stdout.isatty() else Text(text.rstrip())


def points(value: float) -> str:
    """Points without needless zeros: ``7``, ``2.5``."""
    return f"{round(value, 3):g}"


def summary(verdict: Verdict) -> str:
    """One line on what is wrong: the diagnosis, or the first failure; empty for full marks."""
    if verdict.ungraded:
        return f"NOT GRADED: {verdict.ungraded}"
    if verdict.diagnoses:
        return " ".join(" ".join(diagnosis.says for diagnosis in verdict.diagnoses).split())
    for test in verdict.tests:
        if test.status not in ("passed", "not_reached"):
            return " ".join(f"{test.title}: {test.message}".split())
    return ""


def class_table(verdicts: Sequence[Verdict]) -> Table:
    """One row per student and exercise."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("student", no_wrap=True)
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("tests", justify="right", no_wrap=True)
    table.add_column("what to look at", overflow="ellipsis", no_wrap=True, ratio=1)
    for verdict in verdicts:
        score = f"{points(verdict.score)}/{points(verdict.max_score)}"
        style = "green" if verdict.full_marks else "red" if verdict.ungraded else ""
        tests = f"{verdict.passed}/{len(verdict.tests)}"
        row = (verdict.student, verdict.exercise, score, tests, summary(verdict))
        table.add_row(*(Text(printable(cell)) for cell in row), style=style)
    return table


def exercise_table(exercises: Sequence[Exercise]) -> Table:
    """What there is to practise on."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("exercise", "title", "difficulty", "minutes", "points"):
        table.add_column(heading, no_wrap=heading == "exercise")
    for exercise in exercises:
        stars = "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)
        table.add_row(exercise.name, exercise.title, stars, str(exercise.minutes), points(exercise.points))
    return table


def feedback(verdict: Verdict) -> Text:
    """All that a student is told of one verdict."""
    text = Text()
    text.append(f"{verdict.exercise}: {points(verdict.score)} of {points(verdict.max_score)} points", "bold")
    text.append(f", {verdict.passed} of {len(verdict.tests)} tests passed.\n")
    if verdict.ungraded:
        text.append(f"\nThis could not be graded: {printable(verdict.ungraded)}\n", "red")
        return text
    messages = {test.message for test in verdict.tests}
    alike = len(messages) == 1 and "" not in messages
    if alike:
        text.append("\nNone of the tests could be run:\n")
        text.append_text(_indented(messages.pop()))
        return text
    told: dict[str, str] = {}
    for test in verdict.tests:
        text.append_text(_line(test, told.get(test.message)))
        told.setdefault(test.message, test.title)
    for diagnosis in verdict.diagnoses:
        text.append("\nThis looks like a known mistake. ", "bold")
        text.append(f"{diagnosis.says}\n")
    if not verdict.full_marks:
        text.append(f"\nThe inputs of this run were drawn with seed {verdict.seed}.\n", "dim")
    return text


def _line(test: TestResult, like: str | None) -> Text:
    """One test; ``like`` is the title of the first one with the same message, if there was one."""
    mark, style = MARKS[test.status]
    text = Text("\n")
    text.append(f"{mark} ", style)
    text.append(test.title)
    if test.device != "cpu":
        text.append(f", on {test.device}")
    text.append(f"  ({points(test.points)}/{points(test.max_points)})\n", "dim")
    if test.status == "passed":
        return text
    if like is not None and test.status != "not_reached":
        text.append(f"    The same message as for: {like}\n", "dim")
        return text
    label = {"timeout": "Stopped. ", "crashed": "Crashed. "}.get(test.status, "")
    text.append_text(_indented(f"{label}{test.message}"))
    if test.hint:
        text.append(f"    Hint: {printable(test.hint)}\n", "cyan")
    return text


def _indented(message: str) -> Text:
    """A message under its heading: whatever a submission wrote into it, it can't look like a line of ours."""
    return Text("".join(f"    {printable(line)}\n" for line in message.splitlines()))
