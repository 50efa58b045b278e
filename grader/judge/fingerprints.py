"""Fingerprints: what the hidden suite says of each mistake in the bank, recorded in a golden file.

Trusted side. ``kata verify --record`` writes ``tests/bank/NN_name/fingerprints.json``, people review it as
a diff, and ``kata verify`` compares with it: which tests fail under every seed, and in which words under
the seed that was recorded.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.exercise import Exercise, ExerciseError
from grader.files import write_atomically
from grader.verdict import TestResult, Verdict

FILE = "fingerprints.json"
SEED = 0  # under which is recorded
_OWN_LINE = re.compile(r"^ +\w+\.py, line .*$", re.MULTILINE)  # as an error's report has them
_RECURSION = re.compile(r"(?<=maximum recursion depth exceeded) [^;]*")
_NUMBER = re.compile(r"-?\d[\d.,e+-]*")


@dataclass(frozen=True)
class Fingerprint:
    """What came of a mistake: its marks; by test (``@cuda`` behind those on a GPU), the part and the
    message of what failed; the house rules that it breaks, each with the part; and whether a visible test
    fails."""

    score: float = 0.0
    fails: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    visible: bool = False

    def fails_in(self, part: str) -> set[str]:
        """Return the tests of a part that fail."""
        return {name for name, (other, _) in self.fails.items() if other == part}


def key_of(test: TestResult) -> str:
    """Return the name of a test and its device, as fingerprints have it."""
    return test.name if test.device == "cpu" else f"{test.name}@{test.device}"


def words_of(test: TestResult) -> str:
    """Return all that a failed test says."""
    return f"{test.message} ({test.hint})" if test.hint else test.message


def skeleton(message: str) -> str:
    """Return a message without its numbers, which depend on the seed, and without the student's own lines.

    Where a recursion ended depends on how deep it began.
    """
    return _NUMBER.sub("#", _RECURSION.sub("", _OWN_LINE.sub("", message)))


def fingerprint(verdict: Verdict) -> Fingerprint:
    """Return the fingerprint of a verdict."""
    failed = [test for test in verdict.tests if test.status in ("failed", "timeout", "crashed")]
    return Fingerprint(
        verdict.score,
        {key_of(test): (test.part, words_of(test)) for test in failed if not test.rule},
        {key_of(test): test.part for test in failed if test.rule},
    )


@dataclass(frozen=True)
class Record:
    """What was recorded of an exercise's bank: the fingerprints by the names of mistakes; the digest of what
    visible tests were run on, which is empty if that is not known; and the right answers that one failed on.
    """

    mistakes: Mapping[str, Fingerprint] = field(default_factory=dict)
    visible: str = ""
    refused: tuple[str, ...] = ()


def recorded(exercise: Exercise) -> Record:
    """Return what was recorded. Raises ExerciseError for a file that is no record."""
    path = exercise.bank / FILE
    if not path.is_file():
        return Record()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        mistakes = {name: _read(entry) for name, entry in data["mistakes"].items()}
        return Record(mistakes, str(data.get("visible", "")), tuple(map(str, data.get("refused", ()))))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ExerciseError(
            f"{path} can't be read ({type(error).__name__}: {error}); write it anew: kata verify "
            f"{exercise.number} --record"
        ) from None


def _read(entry: Any) -> Fingerprint:
    fails = {name: (part, message) for name, (part, message) in entry["fails"].items()}
    return Fingerprint(float(entry["score"]), fails, dict(entry["rules"]), bool(entry.get("visible")))


def record(exercise: Exercise, found: Record) -> bool:
    """Write what was found; returns whether the file has changed."""
    import torch

    path = exercise.bank / FILE
    python = ".".join(platform.python_version_tuple()[:2])
    data = {
        "torch": str(torch.__version__).partition("+")[0],
        "python": python,
        "seed": SEED,
        "visible": found.visible,
        "refused": list(found.refused),
        "mistakes": {
            name: {
                "score": one.score,
                "visible": one.visible,
                "fails": {k: list(v) for k, v in one.fails.items()},
                "rules": dict(one.rules),
            }
            for name, one in sorted(found.mistakes.items())
        },
    }
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    write_atomically(path, text.encode())
    return True
