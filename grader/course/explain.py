"""What a grade cell says: the verdict on its group of tests, and, in the summary, on everything.

Trusted side. Plain text, in which a submission's words can't look like ours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from grader.report.console import MARKS, points
from grader.verdict import TestResult, Verdict
from grader.words import printable

_WIDTH = 88
_HOW = {"timeout": "Stopped. ", "crashed": "Crashed. "}


def explain(tests: Sequence[TestResult], told: dict[str, str]) -> str:
    """What there is to say on one group: on each device that it ran on, how it went, why, and a hint.

    ``told`` maps messages to the titles of the groups that have told them, so that none is told twice.
    """
    lines = []
    for test in tests:
        where = f", on {test.device}" if len(tests) > 1 else ""
        mark = MARKS[test.status][0]
        earned = f"({points(test.points)} of {points(test.max_points)})"
        title = f"{mark} {printable(test.title)}{where} {earned}"
        lines += textwrap.wrap(title, _WIDTH, subsequent_indent="  ")
        if test.status == "passed":
            continue
        if test.message in told and test.status != "not_reached":
            lines += _indented(f"The same message as for: {told[test.message]}")
            continue
        told.setdefault(test.message, test.title)
        lines += _indented(_HOW.get(test.status, "") + test.message)
        if test.hint:
            lines += _indented(f"Hint: {test.hint}")
    return "\n".join(lines) + "\n"


def explain_all(verdict: Verdict) -> str:
    """The sum of the marks, and the diagnosis."""
    lines = [
        f"{points(verdict.score)} of {points(verdict.max_score)} points, "
        f"{verdict.passed} of {len(verdict.tests)} tests passed."
    ]
    for diagnosis in verdict.diagnoses:
        lines += ["", "What this looks like:", *_indented(diagnosis.says)]
    if not verdict.full_marks:
        lines += ["", f"Each cell below says more. The inputs were drawn with seed {verdict.seed}."]
    return "\n".join(lines) + "\n"


def _indented(message: str) -> list[str]:
    """A message's lines under their heading, no longer than a page of feedback is wide."""
    lines = []
    for line in message.splitlines():
        indent = "    " + " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(
            printable(line.strip()), _WIDTH, initial_indent=indent, subsequent_indent=indent
        )
    return lines
