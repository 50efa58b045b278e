"""Spoilers: for each house rule, ways to break it that fit any exercise; and the proof that the rule sees
them.

Trusted side. A file of ``tests/spoilers/`` is named after its rule. Each spoiler in it begins with a
comment that says what it does and, in parentheses, what it fits (``model`` or ``function``), and perhaps:
``may not apply`` (it needs something that not every part has), ``of weight`` (a suite's own tests fail as
well, and should).
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.exercise import Exercise
from grader.submission import Submission
from grader.verdict import Verdict

_HEAD = re.compile(r"^# --- (.+) \((.+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Spoiler:
    """A few lines that break ``rule`` when they stand behind a right answer; ``PART`` in them is a class or
    function.
    """

    rule: str
    title: str
    fits: str
    may_not_apply: bool
    of_weight: bool
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.title}"


def spoilers(root: Path) -> list[Spoiler]:
    """Return all spoilers of a repository."""
    found = []
    for path in sorted((root / "tests" / "spoilers").glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        heads = list(_HEAD.finditer(text))
        for head, end in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=True):
            fits, *notes = head.group(2).split(", ")
            rule = path.stem.replace("_", "-")
            body = text[head.end() : end].strip()
            found.append(
                Spoiler(rule, head.group(1), fits, "may not apply" in notes, "of weight" in notes, body)
            )
    return found


def asked(exercise: Exercise) -> dict[str, set[tuple[str, str]]]:
    """Return, for each rule that the exercise's suite asks, the parts that it asks it of, each with what it
    is.
    """
    from grader.suite.rules import RULES
    from grader.wire.case import CallCase

    found: dict[str, set[tuple[str, str]]] = {}
    for path in sorted(exercise.suite.glob("test_*.py")):
        for test in vars(_module_at(path)).values():
            for case in getattr(test, "asks_rules_of", ()):
                fits = "function" if isinstance(case, CallCase) else "model"
                for rule in RULES.values():
                    if rule.id not in test.skips and rule.applies_to(case):
                        found.setdefault(rule.id, set()).add((case.part, fits))
    return found


def _module_at(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"_suite_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spoilt(exercise: Exercise) -> Iterator[tuple[Submission, Spoiler, str]]:
    """Give the reference with each spoiler that fits one of its parts, and the name of that part.

    A project of somebody else's has no spoilers: the rules are ours, and proven here.
    """
    if not (all_spoilers := spoilers(exercise.root)):
        return
    prelude = (exercise.root / "tests" / "spoilers" / "_prelude.py").read_text(encoding="utf-8")
    answer = exercise.reference.read_text(encoding="utf-8")
    parts = asked(exercise)
    for spoiler in all_spoilers:
        for part, fits in sorted(parts.get(spoiler.rule, ())):
            if fits == spoiler.fits:
                text = "\n\n".join([answer, prelude, re.sub(r"\bPART\b", part, spoiler.text)])
                label = f"spoiler {spoiler}, in {part}"
                files = {exercise.filename: text.encode()}
                yield Submission(label, exercise.name, label, exercise.filename, files), spoiler, part


def check(spoiler: Spoiler, verdict: Verdict) -> Iterator[str]:
    """Say what is not as it must be: the rule fails, with its id, and nothing else of weight does."""
    broken = {test.rule for test in verdict.tests if test.rule}
    if verdict.ungraded:
        yield verdict.ungraded
    elif verdict.full_marks and not spoiler.may_not_apply:
        yield "the rule does not see it: it gets full marks"
    elif not verdict.full_marks and spoiler.rule not in broken:
        failing = ", ".join(sorted(verdict.failing())) or "nothing"
        yield f"the rule does not see it: {failing} fails"
    for test in verdict.tests:
        if test.rule == spoiler.rule and f"[{spoiler.rule}]" not in test.message:
            yield f"the message does not end with the rule's id: {test.message}"
        if test.status == "failed" and not test.rule and not spoiler.of_weight:
            yield f"it breaks more than a rule: {test.name} failed: {test.message}"


def check_all(exercise: Exercise, verdicts: dict[str, Verdict]) -> Iterator[str]:
    """Say which rules no spoiler has broken, by part, where there are spoilers at all."""
    if not spoilers(exercise.root):
        return
    seen = {
        (spoiler.rule, part)
        for submission, spoiler, part in spoilt(exercise)
        if (verdict := verdicts.get(submission.student)) and spoiler.rule in {t.rule for t in verdict.tests}
    }
    for rule, parts in sorted(asked(exercise).items()):
        for part, _ in sorted(parts):
            if (rule, part) not in seen:
                yield f"no spoiler breaks the rule {rule} in {part}"
