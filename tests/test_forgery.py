"""What can be forged gains little: wrong answers that know the grader's source, beside the same without that."""

import pytest

from grader.exercise import load
from grader.grading.pool import grade
from grader.judge.bank import known_mistake
from grader.submission import Submission
from tests.conftest import PROJECT

MOST = 3.0  # points of 10

FRAMES = """
import sys

def frames():
    frame = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back

def ours(name):
    for frame in frames():
        for module in (frame.f_globals, *map(vars, filter(lambda v: hasattr(v, "__dict__"), frame.f_globals.values()))):
            if name in module:
                return module[name]
"""
REPLACED = """
import torch
from torch import nn

asked, state = nn.Module.named_parameters, nn.Module.state_dict

def listed(self, *args, **kwargs):
    layers = vars(self).get("layers")
    if type(layers) is not list:
        return asked(self, *args, **kwargs)
    pairs = [(f"layers.{i}.{key}", value) for i, layer in enumerate(layers) for key, value in asked(layer)]
    return iter(pairs)

def as_listed(self, *args, **kwargs):
    return dict(listed(self)) if type(vars(self).get("layers")) is list else state(self, *args, **kwargs)
"""

NOTHING = "from torch import nn\n\n\nclass Sequential(nn.Module):\n    pass\n"

FORGERIES = {
    "names of parameters are made up while the model is there": ("03", "plain-list", REPLACED + """
made = MLP.__init__

def init(self, *args, **kwargs):
    nn.Module.named_parameters, nn.Module.state_dict = listed, as_listed
    made(self, *args, **kwargs)

def undo(self):
    nn.Module.named_parameters, nn.Module.state_dict = asked, state

MLP.__init__, MLP.__del__ = init, undo
"""),
    "names of parameters are made up for good": ("03", "plain-list", REPLACED + """
nn.Module.named_parameters, nn.Module.state_dict = listed, as_listed
"""),
    "what puts replaced functions back is taken away": ("03", "plain-list", FRAMES + REPLACED + """
for frame in frames():
    worker = frame.f_locals.get("self")
    if hasattr(worker, "pristine"):
        type(worker.pristine).restore = lambda self: []
        worker.pristine.restore = lambda: []
nn.Module.named_parameters, nn.Module.state_dict = listed, as_listed
"""),
    "probes bring back what they should": ("03", "relus-in-the-list", FRAMES + """
class Probes(dict):
    def __setitem__(self, key, probe):
        super().__setitem__(key, lambda *given: [2] if type(found := probe(*given)) is list else found)

for frame in frames():
    worker = frame.f_locals.get("self")
    if hasattr(worker, "probes"):
        worker.probes = Probes()
"""),
    "comparisons are always true": ("03", "no-relu", """
import builtins
import torch

torch.equal = torch.allclose = lambda *args, **kwargs: True
builtins.isinstance = lambda *args: True
"""),
    "what is unpickled is something else": ("03", "no-relu", """
import pickle
import cloudpickle

loads = pickle.loads
pickle.loads = cloudpickle.loads = lambda data, *args, **kwargs: loads(data)
pickle.Unpickler = type("Unpickler", (pickle.Unpickler,), {})
"""),
    "weak references are always dead": ("10", "total-keeps-graphs", """
import weakref

weakref.ref = type("ref", (weakref.ref,), {"__call__": lambda self: None})
"""),
    "the counters of the machine are put back": ("10", "waits-in-every-micro-batch", FRAMES + """
train = train_epoch

def train_epoch(*args, **kwargs):
    current = ours("current") or ours("simcuda").current
    machine = current()
    before = dict(vars(machine)) if machine else {}
    result = train(*args, **kwargs)
    if machine:
        vars(machine).update(before)
    return result
"""),
    "losses are read where the simulation does not look": ("10", "waits-in-every-micro-batch", FRAMES + """
train = train_epoch

def train_epoch(*args, **kwargs):
    with ours("outside")():
        return train(*args, **kwargs)
"""),
    "the simulation's dispatch is switched off": ("10", "waits-in-every-micro-batch", """
import torch

train = train_epoch

def train_epoch(*args, **kwargs):
    with torch._C._DisableTorchDispatch():
        return train(*args, **kwargs)
"""),
    "torch's container is read anew": ("02", "", """
import importlib
import torch.nn.modules.container as container

importlib.reload(container)
Sequential = type("Sequential", (container.Sequential,), {})
"""),
    "torch's container is run out of its file": ("02", "", """
import torch.nn.modules.container as container

names = {"__name__": "torch.nn.modules.container", "__package__": "torch.nn.modules"}
exec(open(container.__file__).read(), names)
Sequential = names["Sequential"]
"""),
    "torch's container is found among the classes": ("02", "", """
from torch import nn

kind = next(kind for kind in nn.Module.__subclasses__() if kind.__name__ == "Sequential")
Sequential = type("Sequential", (nn.Module,), {k: v for k, v in vars(kind).items() if k not in ("__dict__", "__weakref__")})
"""),
    "torch's code is moved into another class": ("02", "", """
import types
from torch import nn

class Sequential(nn.Module):
    pass

for name, value in vars(nn.Sequential).items():
    if isinstance(value, types.FunctionType):
        cells = tuple(types.CellType(Sequential) for _ in value.__code__.co_freevars) or None
        setattr(Sequential, name, types.FunctionType(value.__code__, value.__globals__, name, value.__defaults__, cells))
"""),
    "a metaclass hides the bases": ("02", "", """
from torch import nn

class Meta(type):
    __mro__ = property(lambda cls: (cls, nn.Module, object))

Sequential = Meta("Sequential", (nn.Sequential,), {})
"""),
}  # fmt: skip


def submission(exercise, name, text):
    return Submission(
        name, exercise.name, f"{name}.py", exercise.filename, {exercise.filename: text.encode()}
    )


@pytest.fixture(scope="module")
def verdicts():
    exercises = {word: next(e for e in loaded() if e.number == word) for word in ("02", "03", "10")}
    answers = {}
    for name, (word, mistake, code) in FORGERIES.items():
        base = known_mistake(exercises[word], mistake).text if mistake else NOTHING
        answers[f"{name}: honest"] = submission(exercises[word], f"{name}: honest", base)
        answers[name] = submission(exercises[word], name, f"{base}\n{code}")
    return {verdict.student: verdict for verdict in grade(PROJECT, list(answers.values()), seed=5)}


def loaded():
    return [load(PROJECT, path.name) for path in sorted((PROJECT / "exercises").glob("[0-9]*"))]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_gains_little(name, verdicts):
    forged, honest = verdicts[name], verdicts[f"{name}: honest"]
    assert forged.score <= honest.score + MOST, [(t.name, t.status, t.message) for t in forged.tests]
    assert not forged.ungraded


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name, (word, *_) in FORGERIES.items() if word == "02"])
def test_who_takes_what_is_to_be_built_gets_nothing_and_a_flag(name, verdicts):
    assert verdicts[name].score == 0
    assert verdicts[name].flags


def test_a_submission_can_not_import_the_grader():
    exercise = next(e for e in loaded() if e.number == "03")
    source = exercise.reference.read_text()
    imports = "try:\n    from grader import simcuda\nexcept ModuleNotFoundError:\n    pass\n"
    (verdict,) = grade(PROJECT, [submission(exercise, "ana", imports + source)], seed=5)
    assert verdict.full_marks
    assert verdict.flags == ("imports from grader (line 2)",)


def test_who_only_writes_a_name_is_not_flagged():
    from grader.judge import flags

    source = b'"""nn.Sequential(...), exec"""\n# torch.nn.Sequential, ctypes\nx = "nn.Sequential"\nclass Sequential: ...\n'
    assert flags.of({"a.py": source}, ["Sequential"]) == ()
    assert flags.of({"a.py": b"from torch import nn\ny = nn.Sequential()\n"}, ["Sequential"]) == (
        "names nn.Sequential (line 2)",
    )
    assert flags.of({"a.py": b"from torch.nn import Sequential as S\n"}, ["Sequential"]) == (
        "imports torch.nn.Sequential (line 1)",
    )
    assert flags.of({"a.py": b"def (", "b.py": b"import gc\n"}, []) == ("imports gc (line 1 of b.py)",)
