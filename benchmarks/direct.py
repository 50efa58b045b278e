"""Hidden suites without any isolation: the student's module in the process that tests it.

Not for grading. It is the floor that the judge is measured against, and, as a pytest plugin
(``-p benchmarks.direct``), what an ordinary pytest run of the same checks would be.
"""

import types
from pathlib import Path

import cloudpickle
import pytest
import torch
from torch.utils._pytree import tree_map

from grader.exercise import Exercise
from grader.sandbox.outcome import StudentError
from grader.suite.evidence import WHOLE, Observation
from grader.suite.plugin import exercise_of
from grader.wire.messages import SentTensor
from grader.worker import observation, probekit, scenario


class Direct:
    """Runs probes, observations and scenarios on a module in this process."""

    def __init__(self, exercise: Exercise, source: bytes, seed: int) -> None:
        self.seed = seed
        self.module = types.ModuleType(exercise.module)
        self.observations = {}
        exec(compile(source, exercise.filename, "exec"), vars(self.module))

    def run(self, probe, *args, called="", device="cpu"):
        """Return what ``probe`` returns."""
        probekit.reseed(self.seed)
        with probekit.machine_for(device, args):
            return as_sent(probe(self.module, *args))

    def look(self, scene, device="cpu"):
        """Return how a scenario's lines ended and what its looks showed."""
        probekit.reseed(self.seed)
        with probekit.machine(device), observation.default_dtype(torch.float64):
            return as_sent(scenario.run(scene, self.module, device, self.seed))

    def observe(self, case, device="cpu", zeroed=()):
        """Return the observation of a case."""
        key = case, device, zeroed
        if key not in self.observations:
            self.observations[key] = self._observe(*key)
        return self.observations[key]

    def _observe(self, case, device, zeroed):
        found = Observation(case, device, whole=case in WHOLE)
        with probekit.machine(device):
            observer = observation.observer_of(case, self.module, device, self.seed, zeroed)
            for stage in found.expected:
                probekit.reseed(self.seed)
                try:
                    evidence = as_sent(observer.stage(stage))
                except Exception as error:
                    evidence = StudentError(type(error).__name__, str(error), (), False)
                found.take(stage, evidence, str(observer.steps))
                if stage in found.errors and stage in observation.VALUES:
                    break
        return found


def as_sent(value):
    """Return a value as it arrives in the judge: containers are copies, which the student's code can't change
    any more, and tensors say where they were, since simulated devices end with the call.
    """
    return tree_map(marked, value)


def marked(leaf):
    """Return a leaf; a tensor says from now on where it was."""
    if isinstance(leaf, torch.Tensor):
        leaf._kata_sent = SentTensor(str(leaf.device), isinstance(leaf, torch.nn.Parameter))
    return leaf


class Remembering(Direct):
    """A reference, each of whose answers is computed once."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        super().__init__(exercise, exercise.reference.read_bytes(), seed)
        self.answers = {}

    def run(self, probe, *args, called="", device="cpu"):
        """As ``Direct.run``, remembered."""
        key = (probe, device, cloudpickle.dumps(args))
        if key not in self.answers:
            self.answers[key] = super().run(probe, *args, device=device)
        return self.answers[key]

    def look(self, scene, device="cpu"):
        """As ``Direct.look``, remembered."""
        if (scene, device) not in self.answers:
            self.answers[scene, device] = super().look(scene, device)
        return self.answers[scene, device]


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
