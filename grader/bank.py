"""The bank: right and wrong answers with what is known of each, and the diagnosis that follows from it.

Judge's floor. A bank file is never imported here, only its docstring is read.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from grader.exercise import Exercise, ExerciseError
from grader.verdict import Diagnosis, Verdict

_KEYS = ("mistake", "source", "fails", "says")


@dataclass(frozen=True)
class WrongAnswer:
    """A known mistake: its short name, a sentence on it, the tests that it fails, words of the feedback."""

    path: Path
    mistake: str
    sentence: str
    source: str
    fails: frozenset[str]
    says: tuple[str, ...]


def right_answers(exercise: Exercise) -> list[Path]:
    """The right answers in the bank, the reference not among them."""
    return sorted((exercise.bank / "right").glob("*.py"))


def wrong_answers(exercise: Exercise) -> list[WrongAnswer]:
    """The wrong answers in the bank; raises ExerciseError where a docstring is not complete."""
    return [_read(path) for path in sorted((exercise.bank / "wrong").glob("*.py"))]


def _read(path: Path) -> WrongAnswer:
    try:
        doc = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    except SyntaxError:
        # A bank file may be meant not to parse; its docstring is then what the first quotes enclose.
        match = re.match(r'\s*(?:r|R)?"""(.*?)"""', path.read_text(errors="replace"), re.DOTALL)
        doc = match.group(1).strip() if match else ""
    values: dict[str, list[str]] = {key: [] for key in _KEYS}
    sentence = []
    for line in doc.splitlines():
        key, colon, rest = line.partition(":")
        if colon and key.strip() in _KEYS:
            values[key.strip()].append(rest.strip())
        elif line.strip():
            sentence.append(line.strip())
    fails = frozenset(name for line in values["fails"] for name in re.split(r"[\s,]+", line) if name)
    if not values["mistake"]:
        raise ExerciseError(f"{path}: the docstring has no line 'mistake: ...'.")
    if not sentence:
        raise ExerciseError(f"{path}: the docstring has no sentence on the mistake.")
    return WrongAnswer(
        path=path,
        mistake=values["mistake"][0],
        sentence=" ".join(sentence),
        source=" ".join(values["source"]),
        fails=fails,
        says=tuple(values["says"]),
    )


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
