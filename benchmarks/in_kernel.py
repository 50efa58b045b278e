"""The hidden checks as a stock nbgrader course would run them: in the notebook's own kernel.

Not for grading: whoever runs in the same kernel can read and replace all of this. It is what stock
`nbgrader autograde` is measured with.
"""

import importlib.util
import inspect
import itertools
import types
from pathlib import Path

from benchmarks.direct import Direct, Remembering
from grader.exercise import load

ROOT = Path(__file__).resolve().parents[1]


class Namespace(Direct):
    """The names in a kernel, as what probes are run on."""

    def __init__(self, names: dict) -> None:
        self.seed = 1
        self.module = types.ModuleType("answer")
        self.module.__dict__.update(names)


class Checks:
    """The hidden suite of one exercise: ``checks(name)`` runs one group of tests, and raises if one fails."""

    def __init__(self, name: str, names: dict) -> None:
        exercise = load(ROOT, name)
        (path,) = exercise.suite.glob("test_*.py")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        self.suite = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.suite)
        self.given = {
            "student": Namespace(names),
            "reference": Remembering(exercise, 1),
            "seed": 1,
            "device": "cpu",
        }

    def __call__(self, name: str) -> None:
        """Run all cases of a test function."""
        function = getattr(self.suite, name)
        wanted = inspect.signature(function).parameters
        for case in cases(function):
            function(**{key: value for key, value in {**self.given, **case}.items() if key in wanted})


def cases(function) -> list[dict]:
    """The arguments that ``pytest.mark.parametrize`` gives, one dict for each case."""
    axes = []
    for marker in getattr(function, "pytestmark", []):
        if marker.name == "parametrize":
            names, values = marker.args[:2]
            names = [word.strip() for word in names.split(",")] if isinstance(names, str) else list(names)
            rows = [value if len(names) > 1 else (value,) for value in values]
            axes.append([dict(zip(names, row, strict=True)) for row in rows])
    return [{k: v for part in parts for k, v in part.items()} for parts in itertools.product(*axes)]
