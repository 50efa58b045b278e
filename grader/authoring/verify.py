"""Prove an exercise: its files are complete, and its hidden suite tells right answers from wrong ones.

Trusted side. Everything is checked by doing it: the reference, the stub and every answer in the bank are
judged in the sandbox, under several seeds, and the visible tests are run.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.authoring import lesson, stubs
from grader.bank import KnownMistake, fingerprints, known_mistakes, right_answers
from grader.batch.pool import PoolError, grade, processors
from grader.exercise import Exercise, ExerciseError
from grader.submission import Submission
from grader.verdict import SandboxMode, Verdict

SEEDS = (0, 1, 20_231_107)
FEWEST_RIGHT, FEWEST_WRONG = 4, 12
_PYTEST_LIMIT = 300
_WORTH_A_JUDGE = 40  # submissions, below which a second judge takes longer to start than it saves


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
    mode: SandboxMode = "full",
    tell: Callable[[str], None] = lambda _: None,
) -> list[Problem]:
    """All problems of ``exercises``; empty if they are proven. ``tell`` hears what is being done."""
    problems: list[Problem] = []
    sound = []
    for exercise in exercises:
        tell(f"{exercise.name}: files")
        problems += check_files(exercise)
        if exercise.has_suite() and exercise.stub.is_file():
            sound.append(exercise)
    if not sound:
        return problems
    tell("visible tests, on the references and on the stubs")
    problems += check_visible_tests(sound)
    for seed in seeds:
        tell(f"hidden suites, seed {seed}")
        problems += check_suites(sound, seed, mode)
    return list(dict.fromkeys(problems))


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
        for problem in lesson.run(text):
            yield f"the lesson: {problem}."
    yield from _check_bank(exercise)
    yield from _check_probes(exercise)


def _check_bank(exercise: Exercise) -> Iterator[str]:
    problems: list[ExerciseError] = []
    try:
        wrong = known_mistakes(exercise, problems.append)
        recorded = fingerprints(exercise)
    except ExerciseError as error:
        yield str(error)
        return
    yield from map(str, problems)
    if not problems:  # else the names are not known
        names = {known.name for known in wrong}
        for name in sorted(names - recorded.keys()):
            yield f"fingerprints.json has no entry '{name}'; write which tests this mistake fails."
        for name in sorted(recorded.keys() - names):
            yield f"fingerprints.json has an entry '{name}', but there is no such mistake; remove it."
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


def check_visible_tests(exercises: Sequence[Exercise]) -> Iterator[Problem]:
    """Every visible test must pass on the reference, and none on the stub, where it says what to write."""
    on_reference = _run_visible(exercises, lambda exercise: exercise.reference)
    on_stub = _run_visible(exercises, lambda exercise: exercise.stub)
    for exercise in exercises:
        if not on_reference.get(exercise.name):
            yield Problem(exercise.name, "the visible tests could not be run.")
        for test, failure in on_reference.get(exercise.name, {}).items():
            if failure:
                yield Problem(exercise.name, f"the visible {test} fails on the reference: {failure}")
        for test, failure in on_stub.get(exercise.name, {}).items():
            if not failure:
                yield Problem(exercise.name, f"the visible {test} passes on the untouched stub.")
            elif "NotImplementedError" not in failure:
                yield Problem(exercise.name, f"the visible {test} does not say what to write: {failure}")


def _run_visible(
    exercises: Sequence[Exercise], answer: Callable[[Exercise], Path]
) -> dict[str, dict[str, str]]:
    """By exercise and test, the failure's first line; empty where the test passed."""
    with tempfile.TemporaryDirectory(prefix="kata-") as temporary:
        folder = Path(temporary) / "exercises"  # where the plugin knows a learner's module
        for exercise in exercises:
            (folder / exercise.name).mkdir(parents=True)
            shutil.copy(exercise.visible_tests, folder / exercise.name)
            shutil.copy(answer(exercise), folder / exercise.name / exercise.filename)
        report = folder / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(folder),
             "-p", "no:cacheprovider", "-p", "grader.suite.plugin", "--timeout=60",
             f"--junitxml={report}", str(folder)],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=_PYTEST_LIMIT, check=False,
        )  # fmt: skip
        results: dict[str, dict[str, str]] = {}
        if not report.exists():
            return results
        for case in ElementTree.parse(report).iter("testcase"):
            name = case.get("classname", "").split(".")[0]
            bad = [child for kind in ("failure", "error") for child in case.findall(kind)]
            message = bad[0].get("message", "it failed").splitlines()[0] if bad else ""
            results.setdefault(name, {})[case.get("name", "?")] = message
        return results


# --- hidden suites -----------------------------------------------------------------------------------------


def check_suites(exercises: Sequence[Exercise], seed: int, mode: SandboxMode = "full") -> list[Problem]:
    """Judge the reference, the stub and the bank of each exercise, and compare with what must come out."""
    checks: dict[tuple[str, str], Callable[[Verdict], Iterator[str]]] = {}
    submissions: list[Submission] = []

    def add(exercise: Exercise, label: str, text: bytes, check: Callable[[Verdict], Iterator[str]]) -> None:
        files = {exercise.filename: text}
        submissions.append(Submission(label, exercise.name, label, exercise.filename, files))
        checks[exercise.name, label] = check

    for exercise in exercises:
        add(exercise, "the reference", exercise.reference.read_bytes(), partial(_check_reference, exercise))
        add(exercise, "the untouched stub", exercise.stub.read_bytes(), _check_stub)
        for path in right_answers(exercise):
            add(exercise, f"right/{path.name}", path.read_bytes(), _check_right)
        for known in known_mistakes(exercise, lambda _: None):  # what is left out, the files' check says
            add(exercise, f"the mistake {known.name}", known.text.encode(), partial(_check_wrong, known))
    jobs = min(processors(), 1 + len(submissions) // _WORTH_A_JUDGE)
    try:
        verdicts = list(grade(exercises[0].root, submissions, seed=seed, mode=mode, jobs=jobs))
    except PoolError as error:
        return [Problem(", ".join(exercise.name for exercise in exercises), str(error))]
    return [
        Problem(verdict.exercise, f"{verdict.student}: {says} (seed {seed})")
        for verdict in verdicts
        for says in checks[verdict.exercise, verdict.student](verdict)
    ]


def _check_reference(exercise: Exercise, verdict: Verdict) -> Iterator[str]:
    yield from _check_right(verdict)
    if verdict.max_score != exercise.points:
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


def _check_wrong(known: KnownMistake, verdict: Verdict) -> Iterator[str]:
    if verdict.ungraded:
        yield verdict.ungraded
    failing = verdict.failing()
    if not failing:
        yield "a wrong answer got full marks"
    elif failing != known.fails:
        more, fewer = sorted(failing - known.fails), sorted(known.fails - failing)
        parts = []
        if more:
            parts.append(f"it also fails {', '.join(more)}")
        if fewer:
            parts.append(f"it does not fail {', '.join(fewer)}")
        yield f"{' and '.join(parts)}, other than its fingerprint says"
    for words in known.words:
        if words not in verdict.feedback():
            yield f"the feedback does not contain '{words}'"
