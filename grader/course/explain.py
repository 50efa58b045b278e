"""What a grade cell says: the verdict on its group of tests, and, in the summary, on everything.

Trusted side. Plain text, in which a submission's words can't look like ours.
"""

from __future__ import annotations

from grader.report.reading import Line, as_text, reading, reading_of
from grader.verdict import Verdict

_WIDTH = 88  # of a page of feedback


def explain(name: str, verdict: Verdict, told: dict[str, str]) -> str:
    """What there is to say on one group: on each device that it ran on, how it went, why, and a hint.

    ``told`` maps messages to the titles of the groups that have told them, so that none is told twice.
    """
    return as_text(reading_of(name, verdict, told), _WIDTH)


def explain_all(verdict: Verdict) -> str:
    """The sum of the marks, what to mend first, and what else there is."""
    lines = reading(verdict, commands=False)
    if not verdict.full_marks:
        lines.append(Line("Each cell below says more."))
    return as_text(lines, _WIDTH)
