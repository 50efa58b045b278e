"""Hidden suites without any isolation: the student's module in the process that tests it.

Not for grading. It is the floor that the judge is measured against, and, as a pytest plugin
(``-p benchmarks.direct``), what an ordinary pytest run of the same checks would be.
"""

import pickle
import types
from pathlib import Path

import pytest
import torch
from torch.utils._pytree import tree_iter

from grader.exercise import Exercise
from grader.suite.plugin import exercise_of
from grader.wire.messages import SentTensor
from grader.worker import probekit


class Direct:
    """Runs probes on a module in this process."""

    def __init__(self, exercise: Exercise, source: bytes, seed: int) -> None:
        self.seed = seed
        self.module = types.ModuleType(exercise.module)
        exec(compile(source, exercise.filename, "exec"), vars(self.module))

    def run(self, probe, *args, called=""):
        """What ``probe`` returns."""
        probekit.reseed(self.seed)
        with probekit.machine_for("cpu", args):
            value = probe(self.module, *args)
            for leaf in tree_iter(value):
                if isinstance(leaf, torch.Tensor):  # simulated devices end here; tests ask where it was
                    leaf._kata_sent = SentTensor(str(leaf.device), isinstance(leaf, torch.nn.Parameter))
            return value


class Remembering(Direct):
    """A reference, each of whose answers is computed once."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        super().__init__(exercise, exercise.reference.read_bytes(), seed)
        self.answers = {}

    def run(self, probe, *args, called=""):
        """As ``Direct.run``, remembered."""
        key = (probe, pickle.dumps(args))
        if key not in self.answers:
            self.answers[key] = super().run(probe, *args)
        return self.answers[key]


@pytest.fixture(scope="module")
def student(request):
    """The submission, in this process."""
    return Direct(exercise_of(request), Path(request.config.getoption("--submission")).read_bytes(), 1)


@pytest.fixture(scope="module")
def reference(request):
    """The reference, in this process."""
    return Remembering(exercise_of(request), 1)


@pytest.fixture
def seed():
    """The seed."""
    return 1
