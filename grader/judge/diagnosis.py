"""Diagnosis by evidence: which known mistakes explain what failed, part by part, and how sure that is.

Trusted side. Three kinds of evidence, in this order. A broken house rule is its own diagnosis. A mistake in
the bank that fails the same tests is confirmed *by value* where its answer to what those tests asked is the
student's answer: the same numbers out of the same inputs and weights, or the same error. What fails the
same tests in the same words, but could not be confirmed, is a possibility. A false diagnosis is worse than
none, so the rest is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from grader.exercise import Exercise
from grader.judge.bank import KnownMistake
from grader.judge.fingerprints import key_of, skeleton, words_of
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import StudentError, SubmissionError
from grader.suite.compare import same
from grader.suite.evidence import Observation
from grader.suite.rules import RULES
from grader.suite.student import Question, Subject
from grader.verdict import Diagnosis, TestResult
from grader.wire.commands import Limits

MOST_CANDIDATES = 5
MOST_POSSIBILITIES = 2
_NEAR = 0.5  # of the tests that a mistake or a submission fails in a part, those that both fail
_LIMITS = Limits(call=1.0, call_after_timeout=0.2, all_calls=3.0)
_NUMBER = re.compile(r"\d+")
_ADDRESS = re.compile(r"0x[0-9a-f]+")
Failed = dict[str, str]  # names of tests, with "@cuda" behind those on a GPU, and their messages


def failed(tests: Iterable[TestResult]) -> Failed:
    """Return what failed, by name and device, with its message; house rules are not in it."""
    return {
        key_of(test): words_of(test)
        for test in tests
        if test.status in ("failed", "timeout", "crashed") and not test.rule
    }


class Diagnostician:
    """Diagnoses submissions to one exercise; what the bank's answers gave is remembered."""

    def __init__(
        self, known: Sequence[KnownMistake], exercise: Exercise, sandbox: Sandbox, seed: int
    ) -> None:
        self._known = known
        self._exercise = exercise
        self._sandbox = sandbox
        self._seed = seed
        self._answers: dict[str, dict[Any, Any]] = {}

    def diagnose(
        self, tests: Sequence[TestResult], asked: dict[str, list[Question]]
    ) -> tuple[Diagnosis, ...]:
        """Return the diagnoses of what failed in ``tests``. ``asked`` has, by test, what it asked and was
        told.
        """
        found: list[Diagnosis] = []
        parts = list(dict.fromkeys(test.part for test in tests))
        passed = {key_of(test) for test in tests if test.status == "passed"}
        for part in parts:
            here = [test for test in tests if test.part == part]
            found += self._by_bank(part, failed(here), passed, asked)
        named = {diagnosis.part for diagnosis in found if diagnosis.sure}
        found += [diagnosis for diagnosis in _by_rule(tests) if diagnosis.part not in named]
        return tuple(_once(sorted(found, key=lambda diagnosis: not diagnosis.sure)))

    def _by_bank(
        self, part: str, here: Failed, passed: set[str], asked: dict[str, list[Question]]
    ) -> list[Diagnosis]:
        """Look for the mistakes that fail what failed in a part; then for those that fail much of it.

        Who makes a mistake fails what it fails in the other parts, too.
        """
        if not here:
            return []
        near = [
            mistake
            for mistake in self._known
            if _overlap(mistake, part, here) >= _NEAR and not _fails_elsewhere(mistake, part) & passed
        ]
        words = {name: skeleton(message) for name, message in here.items()}
        near.sort(key=lambda mistake: (-_overlap(mistake, part, here), -_agreement(mistake, words)))
        confirmed: list[KnownMistake] = []
        tried = 0
        for mistake in near:
            both = here.keys() & mistake.recorded.fails_in(part) if mistake.recorded else ()
            questions = [question for name in here if name in both for question in asked.get(name, ())]
            if not questions or (confirmed and _overlap(mistake, part, here) < 1):
                continue
            tried += not self._remembers(mistake, questions)
            if tried > MOST_CANDIDATES:
                break
            if self._gives_the_same(mistake, questions):
                confirmed.append(mistake)
        likely = confirmed or [mistake for mistake in near if _agreement(mistake, words) == len(words)]
        likely = [m for m in likely if _agreement(m, words) == _agreement(likely[0], words)]
        told = {mistake.tells: mistake.says for mistake in likely}
        sure = bool(confirmed) and len(told) == 1 and _overlap(likely[0], part, here) == 1
        if len(told) > MOST_POSSIBILITIES:
            return []
        return [Diagnosis(part, *mistake, sure) for mistake in told.items()]

    def _remembers(self, mistake: KnownMistake, questions: Sequence[Question]) -> bool:
        """Return whether nothing has to run to hear what an answer of the bank says to these questions."""
        known = self._answers.get(mistake.name, {})
        for question in questions:
            if question.key not in known:
                return False
            if not alike(known[question.key], question.answer):
                return True
        return True

    def _gives_the_same(self, mistake: KnownMistake, questions: Sequence[Question]) -> bool:
        """Ask a wrong answer of the bank what the tests asked the student's, and compare what it says."""
        known = self._answers.setdefault(mistake.name, {})
        subject: Subject | None = None
        try:
            for question in questions:
                if question.key not in known:
                    if subject is None:
                        main, without = self._exercise.filename, self._exercise.without
                        files = {main: mistake.text.encode()}
                        subject = Subject(self._sandbox, main, files, self._seed, _LIMITS, without)
                    known[question.key] = question.put_to(subject)
                if not alike(known[question.key], question.answer):
                    return False
        finally:
            if subject is not None:
                subject.close()
        return True


def _by_rule(tests: Sequence[TestResult]) -> Iterator[Diagnosis]:
    """Give a diagnosis for each broken rule: what the rule says is what was not done."""
    for test in tests:
        if test.rule in RULES and test.status == "failed":
            part = test.part or "Your code"
            yield Diagnosis(
                test.part, test.rule, f"{part} breaks a house rule: it {RULES[test.rule].sentence}."
            )


def _overlap(mistake: KnownMistake, part: str, here: Failed) -> float:
    """Return which share of the tests that fail here, or with a mistake, fail with both."""
    there = mistake.recorded.fails_in(part) if mistake.recorded else set()
    return len(there & here.keys()) / len(there | here.keys())


def _fails_elsewhere(mistake: KnownMistake, part: str) -> set[str]:
    """Return the tests of other parts that fail with a mistake."""
    fails = mistake.recorded.fails if mistake.recorded else {}
    return {name for name, (other, _) in fails.items() if other != part}


def _agreement(mistake: KnownMistake, words: dict[str, str]) -> int:
    """Return in how many tests a mistake was told the same words."""
    return sum(skeleton(_recorded_words(mistake, name)) == said for name, said in words.items())


def _recorded_words(mistake: KnownMistake, name: str) -> str:
    return mistake.recorded.fails.get(name, ("", ""))[1] if mistake.recorded else ""


def _once(diagnoses: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Leave out a mistake that has been named already, for another part."""
    named: dict[str, Diagnosis] = {}
    for diagnosis in diagnoses:
        named.setdefault(diagnosis.mistake, diagnosis)
    return list(named.values())


# --- are two answers the same? -----------------------------------------------------------------------------


def alike(one: Any, other: Any) -> bool:
    """Return whether two answers are the same: values within tolerance, or errors of one kind."""
    try:
        same(_comparable(one), _comparable(other))
    except Exception:  # whatever it is that makes them hard to compare, a student's answer may have it
        return False
    return True


def _comparable(answer: Any) -> Any:
    """Return what two answers have in common if they come of the same mistake: not names and lines of the
    student's own.
    """
    if isinstance(answer, Observation):
        return _facts(answer)
    if isinstance(answer, StudentError):
        return _error(answer.type, answer.message, answer.own)
    if isinstance(answer, SubmissionError):
        return type(answer).__name__
    if type(answer) is dict:
        if type(answer.get("raised")) is str and type(answer.get("message")) is str:
            return _error(answer["raised"], answer["message"], answer.get("own") is not False)
        return {key: _comparable(value) for key, value in answer.items()}
    return answer


def _error(kind: str, message: str, own: bool) -> list[Any]:
    """Return an exception as data. Of words that the student wrote, the numbers count."""
    return [kind, sorted(_NUMBER.findall(message)) if own else _ADDRESS.sub("", message)]


def _facts(seen: Observation) -> dict[str, Any]:
    """Return what an observation shows of the thing itself: what it puts out and hands back, and how often
    it copied or waited on the way; or how it fails.
    """
    if not seen.has("run"):
        error = seen.errors.get("built") or seen.errors.get("run")
        return {"error": _comparable(error)}
    shown = seen.stage("run")
    return {
        field: _ordered(shown[field])
        for field in ("output", "result", "gradients", "traffic")
        if field in shown
    }


def _ordered(value: Any) -> Any:
    """Return a dict sorted by its keys, and anything else as it is."""
    if isinstance(value, dict) and not any(isinstance(key, torch.Tensor) for key in value):
        return dict(sorted(value.items(), key=lambda pair: str(pair[0])))
    return value
