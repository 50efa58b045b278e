"""What people read in a terminal and in feedback files: verdicts as text, classes as a table.

Words from a submission are printed as they are, never as markup or terminal codes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.console import Console, ConsoleOptions
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from grader.exercise import Exercise
from grader.report.reading import Line, headline, in_one_line, not_started, pieces, points, ran, reading
from grader.verdict import Verdict
from grader.words import printable

_WIDTH_WITHOUT_TERMINAL = 120
_WIDEST_PAGE = 100
_COLOURS = {"": "", "✓": "green", "✗": "red", "·": "dim"}
_TONES = {"": "", "bold": "bold", "dim": "dim", "hint": "cyan", "wrong": "red"}


def console(stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (standard output): colours only on a terminal, a fixed width elsewhere."""
    stream = stream or sys.stdout
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def markdown(text: str) -> Markdown | Text:
    """Return Markdown as it is to be shown: rendered on a terminal, as it stands elsewhere."""
    return Markdown(text) if sys.stdout.isatty() else Text(text.rstrip())


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
        row = (verdict.student, verdict.exercise, score, tests, in_one_line(verdict))
        table.add_row(*(Text(printable(cell)) for cell in row), style=style)
    return table


def exercise_table(exercises: Sequence[Exercise]) -> Table:
    """What there is to practise on."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("exercise", "title", "difficulty", "minutes", "points"):
        table.add_column(heading, no_wrap=heading == "exercise")
    for exercise in exercises:
        table.add_row(
            exercise.name, exercise.title, exercise.stars, str(exercise.minutes), points(exercise.points)
        )
    return table


class Page:
    """Lines of a reading, drawn with colours as wide as the console is, and never too wide to read."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Draw the page."""
        width = min(console.width, _WIDEST_PAGE)
        for line in self.lines:
            for before, text in pieces(line, width):
                drawn = Text(before, _COLOURS[line.mark or ""])
                drawn.append(text, _TONES[line.tone])
                yield drawn


def feedback(verdict: Verdict) -> Page:
    """All that a student is told of one verdict, for a file that is read once."""
    return Page(reading(verdict, in_full=True))


def practice(verdicts: Sequence[Verdict]) -> Page:
    """What a learner reads of their own files: a page for one; for several, a line where that is enough."""
    if len(verdicts) == 1:
        return Page(_practice_page(verdicts[0]))
    lines: list[Line] = []
    for verdict in verdicts:
        if not_started(verdict):
            lines.append(Line(f"{verdict.exercise}: not started."))
        elif verdict.full_marks:
            lines.append(Line(headline(verdict)))
        else:
            lines += [*_gap_after(lines), *_practice_page(verdict), Line("")]
    if lines and not lines[-1].text:
        lines.pop()
    if verdicts and all(map(not_started, verdicts)):
        first = verdicts[0].exercise
        lines.append(Line(f"Begin with exercises/{first}/README.md; then: kata check {first[:2]}", "hint"))
    return Page(lines)


def _gap_after(lines: Sequence[Line]) -> list[Line]:
    return [Line("")] if lines and lines[-1].text else []


def _practice_page(verdict: Verdict) -> list[Line]:
    lines = reading(verdict)
    if ran(verdict) and not verdict.full_marks and not verdict.ungraded:
        lines.append(Line(f"Stuck? kata hint {verdict.exercise[:2]}", "hint"))
    return lines
