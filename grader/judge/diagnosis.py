"""The diagnosis: which known mistake a submission's failures look like. Trusted side."""

from __future__ import annotations

from grader.judge.bank import WrongAnswer
from grader.verdict import Diagnosis, Verdict


def diagnose(verdict: Verdict, known: list[WrongAnswer]) -> Diagnosis | None:
    """The one known mistake that fails exactly the tests that failed, in the same words, or None."""
    failing, feedback = verdict.failing(), verdict.feedback()
    if not failing:
        return None
    found = {
        answer.mistake: answer.sentence
        for answer in reversed(known)
        if answer.fails == failing and all(words in feedback for words in answer.says)
    }
    if len(found) != 1:
        return None
    return Diagnosis("", *found.popitem())
