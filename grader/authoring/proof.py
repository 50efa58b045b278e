"""The proof of a hidden suite: it tells right answers from wrong ones, in the right words, for fair marks.

Trusted side. The reference, the stub, every answer in the bank and every spoiler are judged in the sandbox,
and what comes out is compared with what must come out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from grader.authoring import spoilers, visible
from grader.authoring.forgeable import MOST, forgeable
from grader.exercise import Exercise, ExerciseError
from grader.grading.pool import PoolError, grade, processors
from grader.judge.bank import WEIGHTS, KnownMistake, known_mistakes, right_answers
from grader.judge.fingerprints import (
    FILE,
    SEED,
    Fingerprint,
    Record,
    fingerprint,
    record,
    recorded,
    skeleton,
)
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict

_WORTH_A_JUDGE = 40  # submissions, below which a second judge takes longer to start than it saves
_Check = Callable[[Verdict], Iterator[str]]
Tell = Callable[[str], None]


def record_all(exercise: Exercise, mode: SandboxMode) -> bool:
    """Judge every mistake of an exercise and write the fingerprints; returns whether they have changed."""
    try:
        recorded(exercise)
    except ExerciseError:  # it can't be read, and will be written anew
        (exercise.bank / FILE).unlink()
    mistakes = known_mistakes(exercise)
    verdicts = _judged(exercise, [_wrong(exercise, known) for known in mistakes], SEED, mode)
    before, digest = recorded(exercise), _visible_digest(exercise, mistakes)
    names = {known.name for known in mistakes}
    if before.visible == digest and before.mistakes.keys() == names:  # else it takes longer than all the rest
        caught = {name: one.visible for name, one in before.mistakes.items()}
        refused = before.refused
    else:
        caught = _fails_visible(exercise, {known.name: known.text for known in mistakes})
        right = {f"right/{path.name}": path.read_text("utf-8") for path in right_answers(exercise)}
        refused = tuple(name for name, fails in _fails_visible(exercise, right).items() if fails)
    found = {one.student: replace(fingerprint(one), visible=caught[one.student]) for one in verdicts}
    return record(exercise, Record(found, digest, refused))


def _fails_visible(exercise: Exercise, answers: dict[str, str]) -> dict[str, bool]:
    """Say of each answer whether a visible test fails on it."""
    found = visible.run(exercise, answers, until_one_fails=True)
    return {name: any(failures.values()) for name, failures in found.items()}


def visible_is_current(exercise: Exercise) -> bool:
    """Whether what was recorded of the visible tests was recorded for them and the bank as they are."""
    return recorded(exercise).visible == _visible_digest(exercise, known_mistakes(exercise))


def _visible_digest(exercise: Exercise, mistakes: Sequence[KnownMistake]) -> str:
    """Return a digest of the visible tests and of all answers in the bank."""
    digest = hashlib.sha256(exercise.visible_tests.read_bytes())
    right = [path.read_text("utf-8") for path in right_answers(exercise)]
    for text in (*(known.text for known in mistakes), *right):
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def check_suites(
    exercises: Sequence[Exercise],
    seed: int,
    mode: SandboxMode = SandboxMode.FULL,
    tell: Tell | None = None,
    *,
    strict: bool = False,
) -> Iterator[tuple[str, str]]:
    """Give the problems of the hidden suites under a seed, each with the name of the exercise.

    Where ``tell`` is given, spoilers are judged as well, and it hears what each mistake costs, and what is
    not as it should be but decides no marks: mistakes that are not recognised or cost more than they weigh,
    and spoilers that no rule sees. With ``strict``, these are problems, too.
    """
    for exercise in exercises:
        checks = dict(_checks(exercise, seed))
        submissions = [submission for submission, _ in checks.values()]
        spoilt = list(spoilers.spoilt(exercise)) if tell else []
        submissions += [submission for submission, _, _ in spoilt]
        try:
            verdicts = {verdict.student: verdict for verdict in _judged(exercise, submissions, seed, mode)}
        except PoolError as error:
            yield exercise.name, str(error)
            continue
        for label, (_, check) in sorted(checks.items()):
            for says in check(verdicts[label]):
                yield exercise.name, f"{label}: {says} (seed {seed})"
        if tell:
            tell(_costs(exercise, verdicts))
            notes = [*_notes(exercise, verdicts), *_notes_on_rules(exercise, spoilt, verdicts)]
            if strict:
                yield from ((exercise.name, says) for says in notes)
            else:
                tell("\n".join([f"{exercise.name}: {len(notes)} notes", *(f"  {says}" for says in notes)]))


def _notes(exercise: Exercise, verdicts: dict[str, Verdict]) -> Iterator[str]:
    """Say which mistakes fail other than was recorded, cost other than they weigh, or are not recognised."""
    for known in known_mistakes(exercise, lambda _: None):
        if (verdict := verdicts.get(known.name)) is not None and not verdict.full_marks:
            print_of_it = known.recorded or Fingerprint()
            for says in (
                *_check_fingerprint(print_of_it, fingerprint(verdict), SEED),
                *_check_weight(exercise, known, verdict),
                *_check_diagnosis(known, verdict),
            ):
                yield f"{known.name}: {says}"


def _notes_on_rules(
    exercise: Exercise, spoilt: list[tuple[Submission, spoilers.Spoiler, str]], verdicts: dict[str, Verdict]
) -> Iterator[str]:
    """Say which spoilers no rule sees, or break more than a rule, and which rules no spoiler breaks."""
    for submission, spoiler, _ in spoilt:
        for says in spoilers.check(spoiler, verdicts[submission.student]):
            yield f"{submission.student}: {says}"
    yield from spoilers.check_all(exercise, verdicts)


def check_evidence(
    exercise: Exercise, mode: SandboxMode, tell: Tell, *, strict: bool = False
) -> Iterator[str]:
    """Say how much can be forged, if that is too much: what rests on evidence that no seed changes."""
    found = forgeable(exercise, mode)
    points = 10 * sum(found.values()) / exercise.points
    rules = 10 * sum(worth for name, worth in found.items() if "[" in name) / exercise.points
    others = ", ".join(f"{name} {worth:g}" for name, worth in found.items() if "[" not in name)
    what = f"house rules {rules:.2f}; {others or 'no others'}"
    tell(f"{exercise.name}: {points:.2f} of 10 points can be forged: {what}")
    if points > MOST + 1e-6 and strict:
        yield (
            f"{points:.2f} of 10 points rest on evidence that is the same for every seed; at most "
            f"{MOST:g} may."
        )


def _judged(exercise: Exercise, submissions: list[Submission], seed: int, mode: SandboxMode) -> list[Verdict]:
    jobs = min(processors(), 1 + len(submissions) // _WORTH_A_JUDGE)
    return list(grade(exercise.root, submissions, seed=seed, mode=mode, jobs=jobs))


def _wrong(exercise: Exercise, known: KnownMistake) -> Submission:
    files = {exercise.filename: known.text.encode()}
    return Submission(known.name, exercise.name, known.name, exercise.filename, files)


def _checks(exercise: Exercise, seed: int) -> Iterator[tuple[str, tuple[Submission, _Check]]]:
    """Give, by label, what is judged and how the verdict is looked at."""

    def entry(label: str, text: bytes, check: _Check) -> tuple[str, tuple[Submission, _Check]]:
        submission = Submission(label, exercise.name, label, exercise.filename, {exercise.filename: text})
        return label, (submission, check)

    yield entry("the reference", exercise.reference.read_bytes(), partial(_check_reference, exercise))
    yield entry("the untouched stub", exercise.stub.read_bytes(), _check_stub)
    for path in right_answers(exercise):
        yield entry(f"right/{path.name}", path.read_bytes(), _check_right)
    for known in known_mistakes(exercise, lambda _: None):  # what is left out, the files' check says
        yield entry(known.name, known.text.encode(), _check_wrong)


def _check_reference(exercise: Exercise, verdict: Verdict) -> Iterator[str]:
    yield from _check_right(verdict)
    if abs(verdict.max_score - exercise.points) > 1e-6:
        yield f"exercise.toml says {exercise.points:g} points, the hidden suite gives {verdict.max_score:g}"


def _check_stub(verdict: Verdict) -> Iterator[str]:
    if verdict.score:
        passed = ", ".join(test.name for test in verdict.tests if test.points)
        yield f"it gets {verdict.score:g} points, from {passed}"
    if "not written yet" not in verdict.feedback():
        yield "its feedback does not say what is to be written"


def _check_right(verdict: Verdict) -> Iterator[str]:
    if verdict.ungraded:
        yield verdict.ungraded
    for test in verdict.tests:
        if test.status != "passed":
            yield f"a right answer must get full marks, but {test.name} {test.status}: {test.message}"


def _check_wrong(verdict: Verdict) -> Iterator[str]:
    """A mistake costs marks, under every seed."""
    if verdict.ungraded:
        yield verdict.ungraded
    elif verdict.full_marks:
        yield "a wrong answer got full marks"


def _check_fingerprint(was: Fingerprint, now: Fingerprint, seed: int) -> Iterator[str]:
    before, after = {**was.fails, **was.rules}, {**now.fails, **now.rules}
    if more := sorted(after.keys() - before.keys()):
        yield f"it also fails {', '.join(more)}, other than was recorded"
    if fewer := sorted(before.keys() - after.keys()):
        yield f"it does not fail {', '.join(fewer)}, other than was recorded"
    if seed == SEED and not more and not fewer:
        for name, (_, words) in was.fails.items():
            if skeleton(words) != skeleton(now.fails[name][1]):
                yield f"{name} says: {now.fails[name][1]} Recorded was: {words}"


def _check_weight(exercise: Exercise, known: KnownMistake, verdict: Verdict) -> Iterator[str]:
    least, most = WEIGHTS[known.weight]
    lost = 10 * (verdict.max_score - verdict.score) / exercise.points
    if not least - 1e-6 <= lost <= most + 1e-6:
        yield (
            f"it costs {lost:.2f} of 10 points; a mistake of the weight '{known.weight}' costs "
            f"{least:g} to {most:g}"
        )


def _check_diagnosis(known: KnownMistake, verdict: Verdict) -> Iterator[str]:
    """Its own name is said, or the house rule that it breaks; and for certain no other mistake's."""
    sure = {diagnosis.mistake for diagnosis in verdict.diagnoses if diagnosis.sure}
    named = {
        diagnosis.mistake for diagnosis in verdict.diagnoses
    }  # a possibility will do: some evidence is random
    rules = {test.rule for test in verdict.tests if test.rule}
    if known.tells in named or (known.recorded is not None and not known.recorded.fails and sure & rules):
        sure -= {known.tells, *rules}
    elif said := [f"{one.mistake}{'' if one.sure else ' (a possibility)'}" for one in verdict.diagnoses]:
        yield f"it is not recognised; what is said instead: {', '.join(said)}"
    else:
        yield "it is not recognised, and nothing is said instead"
    if other := sure - {known.tells, *rules}:
        yield f"it gets the diagnosis of another mistake: {', '.join(sorted(other))}"


def _costs(exercise: Exercise, verdicts: dict[str, Verdict]) -> str:
    """Return what each mistake costs, in a table, the dearest first."""
    lost = [
        (10 * (verdict.max_score - verdict.score) / exercise.points, known)
        for known in known_mistakes(exercise, lambda _: None)
        if (verdict := verdicts.get(known.name)) is not None
    ]
    rows = [
        f"  {cost:5.2f}  {known.weight:6}{known.name}" for cost, known in sorted(lost, key=lambda p: -p[0])
    ]
    return "\n".join([f"{exercise.name}: what each mistake costs, of 10 points", *rows])
