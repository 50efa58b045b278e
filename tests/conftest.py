"""Fixtures for the tests of the grader itself: the real project, and a small one that tests may break."""

import json
import shutil
import textwrap
from pathlib import Path

import pytest

from grader.authoring.stubs import write_stub
from grader.exercise import load
from grader.grading.pool import grade
from grader.submission import Submission
from tests.course_class import kata, nbgrader

PROJECT = Path(__file__).resolve().parents[1]

TOY = {
    "exercises/01_twice/exercise.toml": """
        title = "Twice"
        points = 4
        difficulty = 1
        minutes = 5
        concepts = ["functions"]
        prerequisites = []
        hints = ["What is two times x?", "Use the operator *.", "return 2 * x"]
    """,
    "exercises/01_twice/README.md": """
        # Twice

        Difficulty ●○○○○ · 5 minutes · 4 points

        ## Why

        What is twice as much is the sum of a thing and itself. Here is how Python does it with numbers:

        ```python
        assert 2 * 3 == 6
        assert 3 + 3 == 6
        ```

        ## What to write

        `twice(x)` gives a tensor with every value of x doubled; `Scale(factor)` is a Module with a parameter.

        ## Common mistakes

        Adding two.

        ## Under the hood

        `torch.mul`.

        ## Next

        Halves.
    """,
    "exercises/01_twice/test_twice.py": """
        import torch
        from twice import twice


        def test_doubles():
            assert twice(torch.tensor(2.0)) == 4.0


        def test_doubles_on_every_device(device):
            assert twice(torch.tensor(2.0, device=device)).device == torch.device(device)
    """,
    "solutions/01_twice/twice.py": '''
        """Twice."""

        import torch


        def twice(x: torch.Tensor) -> torch.Tensor:
            """Every value of x, doubled."""
            ### BEGIN SOLUTION: double every value of x
            return 2 * x
            ### END SOLUTION
    ''',
    "tests/hidden/01_twice/test_twice_hidden.py": '''
        import pytest
        import torch

        from grader.suite import same


        def run(exercise, count, device="cpu"):
            return exercise.twice(torch.randn(count, device=device))


        def run_zero(exercise):
            return exercise.twice(torch.zeros(1))


        @pytest.mark.points(3)
        @pytest.mark.parametrize("count", [1, 5])
        def test_doubles(student, reference, count):
            """twice doubles every value"""
            called = f"twice(x), with {count} values,"
            got = student.run(run, count, called=called)
            same(got, reference.run(run, count), called=called, hint="multiply by two")


        @pytest.mark.needs("test_doubles")
        def test_zero(student):
            """twice leaves zero alone"""
            assert student.run(run_zero, called="twice(0)").item() == 0.0, "twice(0) is not 0."
    ''',
}
TOY_RIGHT = ["x + x", "x * 2", "torch.add(x, x)", "x.mul(2)"]
TOY_WRONG = [
    "x + 2", "x", "x * x", "None", "x * 3", "x / 2", "-x", "[2 * x]", "x.sum()", "2 * x.double()", "x[:1]", "1 / 0",
]  # fmt: skip


def write_toy(root: Path) -> None:
    """A project with one exercise that `kata verify` proves."""
    for name, text in TOY.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
    bank = root / "tests" / "bank" / "01_twice"
    for kind in ("right", "wrong"):
        (bank / kind).mkdir(parents=True)
    for index, answer in enumerate(TOY_RIGHT):
        (bank / "right" / f"a{index}.py").write_text(toy_source(answer))
    first, *others = TOY_WRONG
    (bank / "wrong" / "a0.py").write_text(toy_source(first, f"mistake: number-0\nReturns {first}."))
    calls = [
        f'mistake("number-{index}", base="a0", says="Returns {answer}.", change={{"x + x": "{answer}"}})\n'
        for index, answer in enumerate(others, start=1)
    ]
    (bank / "mistakes.py").write_text("".join(calls))
    entry = {
        "score": 1.0,
        "fails": {"test_doubles": ["", ""]},
        "rules": {},
    }  # without words: they are not recorded
    prints = {f"number-{index}": entry for index in range(len(TOY_WRONG))}
    (bank / "fingerprints.json").write_text(json.dumps({"mistakes": prints}, indent=2))
    write_stub(load(root, "01_twice"))


def toy_source(answer: str, doc: str = "An answer.") -> str:
    """A submission whose `twice` returns the expression `answer`."""
    return f'"""{doc}"""\nimport torch\n\n\ndef twice(x):\n    return {answer}\n'


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The root of a small project of one's own."""
    write_toy(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of this project."""
    return PROJECT


class Grading:
    """Grades sources given as text, through the pool, as `kata grade` does."""

    def __init__(self, root: Path, exercise: str) -> None:
        self.root = root
        self.exercise = exercise

    def __call__(self, *sources: str | bytes, limits=None, seed=11, jobs=1, mode="full"):
        """The verdicts, in the order of the sources."""
        main = f"{self.exercise[3:]}.py"
        submissions = []
        for index, source in enumerate(sources):
            data = source.encode() if isinstance(source, str) else source
            submissions.append(
                Submission(f"s{index:03}", self.exercise, f"s{index}/{main}", main, {main: data})
            )
        verdicts = grade(self.root, submissions, seed=seed, jobs=jobs, mode=mode, limits=limits)
        return sorted(verdicts, key=lambda verdict: verdict.student)


@pytest.fixture(scope="module")
def grading(tmp_path_factory) -> Grading:
    """Grades answers to the small project's exercise."""
    root = tmp_path_factory.mktemp("toy")
    write_toy(root)
    return Grading(root, "01_twice")


@pytest.fixture(scope="session")
def toy_course(tmp_path_factory) -> Path:
    """An nbgrader course of the small exercise, its assignment generated; for copying."""
    root = tmp_path_factory.mktemp("project")
    write_toy(root)
    folder = tmp_path_factory.mktemp("toy") / "course"
    kata("course", folder, KATA_ROOT=str(root))
    nbgrader(folder, "generate_assignment", "01_twice")
    return folder


@pytest.fixture
def course(toy_course, tmp_path) -> Path:
    """One's own copy of the small course."""
    return Path(shutil.copytree(toy_course, tmp_path / "course"))
