"""Prove an exercise: its files are complete, and its hidden suite tells right answers from wrong ones.

Trusted side. Everything is checked by doing it: the reference, the stub and every answer in the bank are
judged in the sandbox, under several seeds, and the visible tests are run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.authoring import lesson, proof, stubs, visible
from grader.exercise import BEGIN_BROKEN, Exercise, ExerciseError
from grader.judge.bank import known_mistakes, right_answers
from grader.judge.fingerprints import recorded
from grader.rulebook import sections
from grader.verdict import SandboxMode
from grader.words import listed

SEEDS = (0, 1, 20_231_107)
FEWEST_RIGHT, FEWEST_WRONG = 4, 12
FEWEST_CAUGHT = 0.6  # of the wrong answers, by visible tests


@dataclass(frozen=True)
class Problem:
    """Something about an exercise that is not as it must be."""

    exercise: str
    says: str

    def __str__(self) -> str:
        return f"{self.exercise}: {self.says}"


def verify(
    exercises: Sequence[Exercise],
    *,
    seeds: Sequence[int] = SEEDS,
    record: bool = False,
    strict: bool = False,
    mode: SandboxMode = SandboxMode.FULL,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Problem]:
    """Return all problems of ``exercises``; none if they are proven. ``tell`` hears what is done and
    measured.

    ``record`` writes the fingerprints of all mistakes first. ``strict`` makes problems of notes: mistakes
    that are not recognised or cost other than they weigh, and rules that are not proven on each part.
    """
    problems = list(check_rules(exercises[0].root))
    sound = [exercise for exercise in exercises if exercise.has_suite() and exercise.stub.is_file()]
    if record:
        for exercise in sound:
            done = "written" if proof.record_all(exercise, mode) else "as they were"
            tell(f"{exercise.name}: fingerprints {done}")
    for exercise in exercises:
        tell(f"{exercise.name}: files")
        problems += check_files(exercise)
    if not sound:
        return problems
    tell("visible tests, on references and stubs")
    problems += check_visible_tests(sound, strict=strict)
    for exercise in sound:
        tell(f"{exercise.name}: the visible tests catch {visible_share(exercise):.0%} of the wrong answers")
    for number, seed in enumerate(seeds):
        tell(f"hidden suites, seed {seed}")
        for name, says in proof.check_suites(sound, seed, mode, tell if number == 0 else None, strict=strict):
            problems.append(Problem(name, says))
    for exercise in sound:
        problems += [
            Problem(exercise.name, says) for says in proof.check_evidence(exercise, mode, tell, strict=strict)
        ]
    return list(dict.fromkeys(problems))


def check_rules(root: Path) -> Iterator[Problem]:
    """Every house rule has its section in ``exercises/RULES.md``, and every block of Python in it runs."""
    from grader.suite.rules import RULES

    try:
        known = sections(root)
    except FileNotFoundError:  # a project of somebody else's, whose rules are ours
        return
    for rule in sorted(RULES.keys() ^ known.keys()):
        what = "has no section" if rule in RULES else "is a section of no rule"
        yield Problem("RULES.md", f"{rule} {what}.")
    text = (root / "exercises" / "RULES.md").read_text(encoding="utf-8")
    for problem in lesson.run(text):
        yield Problem("RULES.md", f"{problem}.")


# --- files -------------------------------------------------------------------------------------------------


def check_files(exercise: Exercise) -> list[Problem]:
    """What is missing, incomplete or has drifted."""
    return [Problem(exercise.name, says) for says in _look_at_files(exercise)]


def _look_at_files(exercise: Exercise) -> Iterator[str]:
    for path in (exercise.lesson, exercise.visible_tests, exercise.stub, exercise.reference):
        if not path.is_file():
            yield f"{path.relative_to(exercise.root)} is missing."
    if not exercise.suite.is_dir():
        yield f"{exercise.suite.relative_to(exercise.root)}/ is missing."
    hints = [hint.strip() for hint in exercise.hints]
    if len(hints) != 3 or not all(hints) or len(set(hints)) != 3:
        yield f"there must be three hints, all different; there are {len([hint for hint in hints if hint])}."
    try:
        if exercise.stub.is_file() and not stubs.is_current(exercise):
            yield f"{exercise.filename} is not what its reference gives; run `kata stub {exercise.name}`."
    except ExerciseError as error:
        yield str(error)
    if exercise.lesson.is_file():
        text = exercise.lesson.read_text(encoding="utf-8")
        for heading in lesson.missing_headings(text):
            yield f"the lesson has no section '## {heading}'."
        facts = f"Difficulty {exercise.stars} · {exercise.minutes} minutes · {exercise.points:g} points"
        if facts not in text.splitlines():
            yield f"the lesson has no line '{facts}', as exercise.toml has it."
        if (share := lesson.share_to_write(text)) > lesson.MOST_TO_WRITE:
            yield f"'What to write' has {share:.0%} of the words that are not folded; fold fine print."
        for problem in lesson.run(text):
            yield f"the lesson: {problem}."
    yield from _check_bank(exercise)
    yield from _check_probes(exercise)


def _check_bank(exercise: Exercise) -> Iterator[str]:
    problems: list[ExerciseError] = []
    try:
        wrong = known_mistakes(exercise, problems.append)
        prints = recorded(exercise).mistakes
    except ExerciseError as error:
        yield str(error)
        return
    yield from map(str, problems)
    if not problems and prints.keys() != {known.name for known in wrong}:  # else the names are not known
        other = listed(sorted(prints.keys() ^ {known.name for known in wrong})[:5])
        yield (
            f"fingerprints.json does not fit the bank ({other}); run `kata verify {exercise.number} "
            f"--record`."
        )
    right = right_answers(exercise)
    if len(right) < FEWEST_RIGHT:
        yield f"the bank has {len(right)} right answers; at least {FEWEST_RIGHT} are needed."
    if len(wrong) < FEWEST_WRONG:
        yield f"the bank has {len(wrong)} wrong answers; at least {FEWEST_WRONG} are needed."


def _check_probes(exercise: Exercise) -> Iterator[str]:
    """A probe runs beside the student's code: it must know nothing of what is right."""
    for path in sorted(exercise.suite.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef) and [arg.arg for arg in node.args.args][:1] == ["exercise"]:
                names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                for name in sorted(names & {"reference", "student", "same", "expected"}):
                    yield f"{path.name}: the probe {node.name} uses '{name}'; it must not know the answer."


# --- visible tests -----------------------------------------------------------------------------------------


def check_visible_tests(exercises: Sequence[Exercise], *, strict: bool = False) -> Iterator[Problem]:
    """Every visible test must pass on the reference and on all right answers, and none on the stub, where it
    says what to write.

    Where a part of the stub is there and broken, a test may show what is broken instead. What visible tests
    say of the bank takes minutes, and was recorded: that it is out of date, or that too few wrong answers
    fail, is a problem if ``strict``.
    """
    for exercise in exercises:
        answers = {"the reference": exercise.reference.read_text(encoding="utf-8"), "": _stub_of(exercise)}
        found = visible.run(exercise, answers)
        on_stub = found.pop("")
        for name, failures in found.items():
            for test, failure in failures.items():
                if failure:
                    yield Problem(exercise.name, f"the visible {test} fails on {name}: {failure}")
        for test, failure in on_stub.items():
            if not failure:
                yield Problem(exercise.name, f"the visible {test} passes on the untouched stub.")
            elif "NotImplementedError" not in failure and not _has_a_broken_part(exercise):
                yield Problem(exercise.name, f"the visible {test} does not say what to write: {failure}")
        for name in recorded(exercise).refused:
            yield Problem(exercise.name, f"a visible test fails on {name}, which is a right answer.")
        if strict and not proof.visible_is_current(exercise):
            says = f"visible tests or bank have changed since `kata verify {exercise.number} --record`."
            yield Problem(exercise.name, says)
        share = visible_share(exercise)
        if strict and share < FEWEST_CAUGHT:
            less = f"the visible tests catch {share:.0%} of the wrong answers"
            yield Problem(exercise.name, f"{less}; at least {FEWEST_CAUGHT:.0%} is asked.")


def visible_share(exercise: Exercise) -> float:
    """Return the share of the wrong answers that visible tests catch, as it was recorded."""
    prints = recorded(exercise).mistakes.values()
    return sum(one.visible for one in prints) / max(1, len(prints))


def _stub_of(exercise: Exercise) -> str:
    return exercise.stub.read_text(encoding="utf-8")


def _has_a_broken_part(exercise: Exercise) -> bool:
    return BEGIN_BROKEN in exercise.reference.read_text(encoding="utf-8")
