"""Hidden suite of 13_device_agnostic: does everything happen where the model and the data are, and stay there?"""

from collections import OrderedDict, namedtuple
from functools import partial
from types import MappingProxyType

import pytest
import torch
from torch import nn

from grader.suite import CallCase, Mismatch, ModelCase, Scenario, rules_for, same_as, same_scenario
from grader.suite.rules import RULES
from grader.words import times

# The second GPU: whoever means the model's device is right there, and whoever means "the" GPU is not.
CUDA = "cuda:1"
ON_CUDA = pytest.mark.parametrize("device", [CUDA], indirect=True)
ON_CPU = pytest.mark.parametrize("device", ["cpu"], indirect=True)
# Constants are made in float32 and losses may be added up in it, in any order.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


# --- PositionalMixer ---------------------------------------------------------------------------------------
# The stub works on the CPU, so nothing is asked there that it would earn marks for.

CONSTANTS = frozenset({"table"})


def mixer(features, longest, length, lengths):
    def inputs():
        return {"x": torch.randn(len(lengths), length, features), "lengths": torch.tensor(lengths)}

    return ModelCase(
        f"PositionalMixer({features}, {longest})", inputs, "model(x, lengths)", other="PositionalMixer(2, 3)", constants=CONSTANTS
    )  # fmt: skip


def mixing(text, *looks):
    def given():
        return {"x": torch.randn(4, 7, 3), "lengths": torch.tensor([7, 1, 4, 6])}

    return Scenario(text, looks, given, part="PositionalMixer", constants=CONSTANTS)


# features, longest, length and batch are all different, so that no dimension can be taken for another.
MIXERS = [
    mixer(3, 7, 5, [5, 1, 4, 2]), mixer(5, 8, 1, [1, 1, 1]), mixer(4, 6, 6, [3]), mixer(1, 1, 1, [1, 1]),
]  # fmt: skip
RUNS = mixing("model = PositionalMixer(3, 9).to(device)\ny = model(x, lengths)", "y.shape", "str(y.device)")
TABLE = mixing(
    "model = PositionalMixer(3, 7)\ntorch.set_default_dtype(torch.float32)\nusual = PositionalMixer(6, 4)",
    "dict(model.named_buffers())['table']", "dict(usual.named_buffers())['table']",
    "[(name, p.requires_grad) for name, p in model.named_parameters()]", "(model.mix.shape, model.mix.dtype)", "model.table",
)  # fmt: skip
SAVED = mixing("model = PositionalMixer(3, 7)", "dict(model.state_dict())")
LENGTHS = mixing(
    """\
model = PositionalMixer(3, 9).to(device)
first = model(x[:, :2].contiguous(), torch.ones_like(lengths))
second = model(x.clone(), lengths)
third = model(x[:, :4].contiguous(), torch.ones_like(lengths))""",
    "first", "second", "third",
)  # fmt: skip
HALF = mixing("model = PositionalMixer(3, 9).to(device).half()", "model(x.half(), lengths)")


@pytest.mark.points(0.2)
def test_mixer_runs_on_a_gpu(student, reference):
    """PositionalMixer: it runs on a GPU, and its output is there"""
    same_scenario(student, reference, RUNS, CUDA, hint="whatever forward touches has to be where x is")


@pytest.mark.points(0.7)
@pytest.mark.parametrize("case", MIXERS)
def test_mixer_adds_up_the_real_positions(student, reference, case):
    """PositionalMixer: on a GPU it gives what it gave on the CPU, a sum over the real positions"""
    same_as(student, reference, case, CUDA, **CLOSE)


@pytest.mark.points(0.3)
def test_mixer_keeps_its_table_in_a_buffer(student, reference):
    """PositionalMixer: table is a buffer with the right values, and mix is the only parameter"""
    hint = "self.register_buffer('table', table, persistent=False), in the dtype that torch makes it in"
    same_scenario(student, reference, TABLE, hint=hint)


@pytest.mark.points(0.2)
@pytest.mark.needs("test_mixer_keeps_its_table_in_a_buffer")
def test_mixer_saves_only_what_is_learned(student, reference):
    """PositionalMixer: state_dict() has mix, and nothing that can be computed"""
    same_scenario(student, reference, SAVED, hint="persistent=False keeps a buffer out of state_dict()")


@pytest.mark.points(0.2)
@ON_CUDA
def test_mixer_takes_any_length_next(student, reference, device):
    """PositionalMixer: sequences of the next call may be longer or shorter"""
    hint = "what one call works out, positions for instance, is for that call alone"
    same_scenario(student, reference, LENGTHS, device, hint=hint, **CLOSE)


@pytest.mark.points(0.2)
@ON_CUDA
def test_mixer_keeps_half_precision(student, reference, device):
    """PositionalMixer: the output of a model in half precision is in half precision"""
    hint = "what forward makes takes its dtype from what it meets: torch.zeros_like(mix), or a mask of dtype bool"
    same_scenario(student, reference, HALF, device, hint=hint, rtol=0.05, atol=0.05)


@pytest.mark.points(0.35)
@ON_CUDA
def test_mixer_copies_nothing(student, device):
    """PositionalMixer: forward copies nothing from one device to another, and does not wait"""
    seen = student.observe(MIXERS[0], device)
    assert seen.stage("run")  # or what it raised
    RULES["moves-nothing"].check(seen)


needs_a_gpu = pytest.mark.needs("test_mixer_runs_on_a_gpu")
test_mixer_keeps_the_house_rules = needs_a_gpu(
    rules_for(MIXERS[0], each=0.1, skip={"moves-nothing": "it has a test of its own, which asks the same"})
)


# --- move_batch --------------------------------------------------------------------------------------------

Sample = namedtuple("Sample", ["image", "label"])


class Thing:
    """Neither a tensor nor a container, though it has a method of the same name as tensors."""

    def to(self, *_):
        return "moved"


def names():
    return {"Sample": Sample, "Thing": Thing, "mappingproxy": MappingProxyType}


def moving(form, *looks, lines=""):
    text = f"x, y, z = torch.randn(2, 3), torch.randn(4), torch.arange(5)\n{lines}moved = move_batch({form}, device)"
    return Scenario(text, looks or ("moved",), names, part="move_batch")


def between(source, target):
    text = f"x, y = torch.randn(2, device='{source}'), torch.randn(3, device='{source}')\nmoved = move_batch([x, {{'y': y}}], {target})"
    return Scenario(text, ("moved",), part="move_batch")


NESTED = [
    moving("[x, y]"),
    moving("{'x': x, 'views': [y, (z, x)]}"),
    moving("[{'x': x}, {}, [[y]], (), [], (z,)]"),
    moving("({'deep': {'deeper': (x,)}}, nn.Parameter(y))"),
]
KEYS = moving("{'y': y, 7: {('deep', 1): x}, 'a': z}", "list(moved)", "moved[7][('deep', 1)]")
NAMED = [
    moving("Sample(x, y)", "type(moved) is Sample", "moved.image", "moved.label"),
    moving("[Sample({'x': x}, z)]", "type(moved[0]) is Sample", "moved[0].image", "moved[0].label"),
]
# What is no tensor and no container; the last ones look like it.
OTHERS = [
    moving("{'x': x, 'other': other, 'list': [other]}", "moved['other'] is other", "moved['list'][0] is other", "moved['x']",
           lines=f"other = {other}\n")
    for other in ("7", "0.5", "True", "None", "'a cat'", "b'raw'", "{1, 2}", "range(3)", "mappingproxy({'x': x})", "Thing()")
]  # fmt: skip
GIVEN = moving(
    "batch", "list(batch)", "(batch['x'] is x, batch['inner'] is inner, batch['listed'] is listed)", "batch", "moved",
    lines="inner, listed = {'y': y}, [z]\nbatch = {'x': x, 'inner': inner, 'listed': listed}\n",
)  # fmt: skip
THERE = moving(
    "{'x': there, 'list': [leaf]}", "moved['x'] is there", "moved['list'][0] is leaf", "moved",
    lines="there, leaf = x.to(device), y.to(device).requires_grad_()\n",
)  # fmt: skip
BETWEEN = [
    between("cpu", "torch.device('cuda:1')"), between("cuda:0", "'cuda:1'"), between("cuda:1", "torch.device('cpu')"),
]  # fmt: skip


@pytest.mark.points(0.2)
@pytest.mark.parametrize("scene", [moving("x"), moving("(x, y)")])
def test_move_batch_moves_a_pair(student, reference, scene, device):
    """move_batch: a tensor and a pair of tensors arrive on the device that was asked for"""
    hint = "tensor.to(device) returns another tensor: the old one stays where it is"
    same_scenario(student, reference, scene, device, hint=hint)


@pytest.mark.points(0.4)
@pytest.mark.parametrize("scene", NESTED)
@ON_CUDA
def test_move_batch_reaches_every_tensor(student, reference, scene, device):
    """move_batch: every tensor arrives, in a container of the same type, however deep it stands"""
    hint = "move_batch can call itself for what is in a container; an nn.Parameter is a tensor, too"
    same_scenario(student, reference, scene, device, hint=hint)


@pytest.mark.points(0.2)
@ON_CPU
def test_move_batch_keeps_keys(student, reference, device):
    """move_batch: a dict keeps its keys, of any type, in their order"""
    same_scenario(student, reference, KEYS, device, hint="a dict comprehension over batch.items() does it")


@pytest.mark.points(0.25)
@pytest.mark.parametrize("scene", NAMED)
@ON_CUDA
def test_move_batch_keeps_named_tuples(student, reference, scene, device):
    """move_batch: a named tuple comes back as one of its own class"""
    hint = "a named tuple wants its values one by one: type(batch)(*values)"
    same_scenario(student, reference, scene, device, hint=hint)


@pytest.mark.points(0.2)
@pytest.mark.parametrize("scene", OTHERS)
@ON_CPU
def test_move_batch_returns_other_values_as_they_are(student, reference, scene, device):
    """move_batch: what is no tensor, dict, list or tuple comes back as the same object"""
    hint = "only tensors are moved, and only dicts, lists and tuples are taken apart: return the rest"
    same_scenario(student, reference, scene, device, hint=hint)


@pytest.mark.points(0.2)
@ON_CUDA
def test_move_batch_does_not_change_what_it_is_given(student, reference, device):
    """move_batch: the batch that was given holds what it held"""
    same_scenario(student, reference, GIVEN, device, hint="the old containers are the caller's: make others")


@pytest.mark.points(0.15)
@ON_CUDA
def test_move_batch_returns_a_tensor_that_is_there(student, reference, device):
    """move_batch: a tensor that is on the device already comes back itself, not a copy"""
    hint = ".to(device) alone returns the very tensor; detach(), .data, clone() and copy=True make another"
    same_scenario(student, reference, THERE, device, hint=hint)


@pytest.mark.points(0.3)
@pytest.mark.parametrize("scene", BETWEEN)
@ON_CUDA
def test_move_batch_moves_from_anywhere(student, reference, scene, device):
    """move_batch: batches may come from any device, and the target may be a torch.device"""
    hint = "the caller says which device it is to be; .to(device) takes a string as well as a torch.device"
    same_scenario(student, reference, scene, device, hint=hint)


# --- evaluate ----------------------------------------------------------------------------------------------


class Classifier(nn.Module):
    """A layer, then batch norm and dropout in a part of their own, then a head; notes how it is called."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 6)
        self.middle = nn.Sequential(OrderedDict(norm=nn.BatchNorm1d(6), drop=nn.Dropout(0.5)))
        self.head = nn.Linear(6, 4)
        self.places, self.graphs, self.modes = [], [], []

    def forward(self, x):
        self.places.append(str(x.device))
        self.graphs.append(torch.is_grad_enabled())
        self.modes.append([part.training for part in (self, self.middle, self.middle.drop)])
        return self.head(self.middle(self.body(x)))


class Nested(Classifier):
    """Takes a dict, a list or a tuple of tensors."""

    def forward(self, inputs):
        if isinstance(inputs, dict):
            return super().forward(inputs["x"] + inputs["parts"][0][0])
        left, right = inputs
        return super().forward(left - right)


class Failing(Classifier):
    """Can't go on at its second batch."""

    def forward(self, x):
        if len(self.places) == 1:
            self.places.append("none")
            raise RuntimeError("no more memory for this batch")
        return super().forward(x)


class Broken:
    """Batches, after which reading the next one raises an exception."""

    def __init__(self, error, *batches):
        self.error, self.batches = error, batches

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        yield from self.batches
        raise self.error


def in_eval_mode():
    return Classifier().eval()


def batches_of(*sizes, like=torch.float64):
    """Batches on the CPU: never a single sample, which batch norm refuses in train mode."""
    return [(torch.randn(n, 5, dtype=like), torch.randint(0, 4, (n,))) for n in sizes]


def logits_of(sizes, classes):
    """Batches of logits and labels: in the first batch one sample is right, in the second two are, and so on."""
    batches = []
    for number, n in enumerate(sizes):
        logits = torch.randn(n, classes)
        best = logits.argmax(dim=1)
        batches.append((logits, torch.where(torch.arange(n) <= number, best, (best + 1) % classes)))
    return batches


def evaluating(text, *looks, **given):
    """A scenario with a model, batches and an x, unless others are given."""

    def make():
        usual = {"model": Classifier, "batches": lambda: batches_of(4, 4), "x": lambda: torch.randn(6, 5)}
        return {name: make_one() for name, make_one in (usual | given).items()}

    return Scenario(text, looks, make, part="evaluate")


def numbers(sizes, classes=4):
    """A scenario for all batches, and one for each of them alone: the model gives back what it gets."""
    names = {"model": nn.Identity, "logits_of": lambda: logits_of}
    make = f"batches = logits_of({sizes}, classes={classes})\n"
    alone = f"{make}results = [evaluate(model, [pair], device) for pair in batches]"
    together = evaluating(make + BOTH, "float(loss)", "float(accuracy)", **names)
    return together, evaluating(alone, "results", str(sizes), **names)


def moded(*modes):
    """An evaluation in each of these modes; what the model gives then depends on those of batch norm and dropout."""
    lines = [
        f"{mode}; evaluate(model, batches, device); torch.manual_seed(3); y{i} = model(x); modes{i} = {MODES}"
        for i, mode in enumerate(modes)
    ]
    return evaluating("\n".join(lines), *(f"modes{i}, y{i}" for i in range(len(modes))))


BOTH = "loss, accuracy = evaluate(model, batches, device)"
MODES = "modes(model, model.body, model.middle, model.middle.norm, model.middle.drop, model.head)"
NUMBERS = [numbers([7, 5, 1, 2]), numbers([4, 4, 4]), numbers([1]), numbers([3, 2], 2), numbers([2], 1)]
FORMS = [
    evaluating(f"batches = [({form}, y.to(device)) for x, y in batches]\n{BOTH}", "float(loss)", model=lambda: Nested().eval())
    for form in ("{'x': x.to(device), 'parts': [(x.to(device),)]}", "(x.to(device), x.to(device))", "[x.to(device), x.to(device)]")
]  # fmt: skip
TYPES = evaluating(
    "result = evaluate(model, batches, device)",
    "(isinstance(result, tuple), len(result))", "[isinstance(value, float) for value in result]", model=nn.Identity,
)  # fmt: skip
# Each loss is between 0.6 and 0.8. In half precision a sum of 256 or more stays what it is when less than 1 is added.
LOW = evaluating(
    f"batches = [(logits.bfloat16(), y) for logits, y in batches]\n{BOTH}", "float(loss)", model=nn.Identity,
    batches=lambda: [(torch.rand(n, 2) / 10, torch.zeros(n, dtype=torch.int64)) for n in (450, *[1] * 150)],
)  # fmt: skip
TRAINING = evaluating(
    f"model.train()\n{BOTH}", "float(loss)", "model.modes", "model.middle.norm.running_mean"
)
NO_GRAPH = evaluating(BOTH, "model.graphs")
GRADIENTS = evaluating(
    """\
model.body.bias.requires_grad_(False)
model.head.weight.grad = torch.randn_like(model.head.weight)
evaluate(model, batches, device)
after = torch.is_grad_enabled()
with torch.no_grad():
    evaluate(model, batches, device)
    off = torch.is_grad_enabled()""",
    "(after, off)", "[name for name, p in model.named_parameters() if not p.requires_grad]", "grads(model)",
)  # fmt: skip
WHOLE = moded("model.train()", "model.eval()")
PARTS = moded(
    "model.train(); model.middle.norm.eval()", "model.train(); model.middle.eval()", "model.eval(); model.middle.drop.train()"
)  # fmt: skip
ENDINGS = [
    evaluating(
        """\
model.middle.norm.eval()
ended = "returned"
try:
    evaluate(model, batches, device)
except BaseException as error:
    ended = type(error).__name__
torch.manual_seed(3)
after = model(x)""",
        "ended", MODES, "(torch.is_grad_enabled(), [p.requires_grad for p in model.parameters()])", "after", **given,
    )
    for given in (
        {"model": Failing},
        {"batches": lambda: Broken(KeyboardInterrupt(), *batches_of(4, 4))},  # somebody pressed Ctrl-C
        {"batches": lambda: Broken(LookupError("no such file"), *batches_of(4))},
        {"batches": lambda: Broken(LookupError("no such file"))},
    )
]  # fmt: skip
WHERE = evaluating(
    "inputs = [({'x': x, 'parts': [(x,)]}, y) for x, y in batches]\nloss, accuracy = evaluate(model, inputs, torch.device(device))",
    "model.places", "float(loss)", model=lambda: Nested().eval().float(), batches=lambda: batches_of(3, 3, like=torch.float32),
)  # fmt: skip
FROM_ANOTHER = evaluating(
    f"batches = [[x.to('cuda:0'), y.to('cuda:0')] for x, y in batches]\n{BOTH}", "model.places", "float(loss)", model=in_eval_mode
)  # fmt: skip
STAYS = evaluating(
    "kept = [p.detach() for p in model.parameters()]\nevaluate(model, batches, device)",
    "places(model.body, model.head)", "all(p.data_ptr() == k.data_ptr() for p, k in zip(model.parameters(), kept))",
    "model.eval()(x)", model=in_eval_mode,
)  # fmt: skip
GENERATOR = evaluating(f"batches = (pair for pair in batches)\n{BOTH}", "float(loss)", model=in_eval_mode)


def on_batches(count):
    def given():
        return {"model": in_eval_mode(), "batches": batches_of(*[3] * count, like=torch.float32)}

    return CallCase("evaluate(model, batches, device)", given, about=f"on {count} batches")


FEW, MANY = on_batches(2), on_batches(5)


def whose_numbers(student, reference, scene, device):
    """A hint: the usual mistake whose numbers these are."""
    got = [found.get("value") for found in student.look(scene[0], device)["seen"].values()]
    results, sizes = (found["value"] for found in reference.look(scene[1])["seen"].values())
    if [type(value) for value in got] != [float, float]:
        return ""
    total, counts = sum(sizes), torch.tensor(sizes, dtype=torch.float64)
    means = (counts @ torch.tensor(results, dtype=torch.float64) / total).tolist()
    for i, what in enumerate(("loss", "accuracy")):
        usual = {
            "the mean of the batches' means, in which a small batch counts as much": sum(pair[i] for pair in results) / len(sizes),
            "a sum over all samples, not a mean": means[i] * total,
            "a sum over all samples, divided by the number of batches": means[i] * total / len(sizes),
            "a percentage; expected a share between 0 and 1": means[i] * 100,
            "the other result: the loss comes first": means[1 - i],
        }  # fmt: skip
        for words, value in usual.items():
            if abs(got[i] - value) < 1e-5 < abs(got[i] - means[i]):
                return f"the {what} is {words}"
    return ""


@pytest.mark.points(0.6)
def test_evaluate_takes_means_over_samples(student, reference, device):
    """evaluate: loss and accuracy are means over all samples, however the batches divide them"""
    for scene in NUMBERS if device == "cpu" else NUMBERS[:1]:
        explain = partial(whose_numbers, student, reference, scene, device)
        same_scenario(student, reference, scene[0], device, explain=explain, **CLOSE)


@pytest.mark.points(0.25)
@pytest.mark.parametrize("scene", FORMS)
@ON_CPU
def test_evaluate_takes_inputs_of_any_form(student, reference, scene, device):
    """evaluate: inputs may be a dict, a tuple or a list; the model gets them as they are"""
    hint = "model(inputs) for any inputs; move_batch moves any form; len(y) counts samples, len of a dict its keys"
    same_scenario(student, reference, scene, device, hint=hint, **CLOSE)


@pytest.mark.points(0.15)
@ON_CPU
def test_evaluate_returns_floats(student, reference, device):
    """evaluate: the results are a tuple of two Python floats"""
    same_scenario(student, reference, TYPES, device, hint="return a tuple of numbers, such as .item() gives")


@pytest.mark.points(0.2)
@ON_CPU
def test_evaluate_adds_up_precisely(student, reference, device):
    """evaluate: sums are in float32 or float64, also where the logits are in half precision"""
    hint = "start from torch.zeros((), dtype=torch.float32, device=device): a sum in bfloat16 soon gets stuck"
    same_scenario(student, reference, LOW, device, hint=hint, rtol=2e-2)


@pytest.mark.points(0.4)
@ON_CPU
def test_evaluate_runs_in_eval_mode(student, reference, device):
    """evaluate: the model and all its parts are in eval mode while they run"""
    hint = "model.eval() reaches every part; without it dropout drops, and batch norm learns from what it is tested on"
    same_scenario(student, reference, TRAINING, device, hint=hint, **CLOSE)


@pytest.mark.points(0.25)
@ON_CPU
def test_evaluate_builds_no_graph(student, reference, device):
    """evaluate: the model runs without gradients"""
    hint = "with torch.no_grad(): otherwise the graphs of all batches are kept; eval() does not do that"
    same_scenario(student, reference, NO_GRAPH, device, hint=hint)


@pytest.mark.points(0.15)
@ON_CPU
def test_evaluate_leaves_gradients_alone(student, reference, device):
    """evaluate: whether gradients are on, requires_grad and grad are afterwards as they were"""
    hint = "with torch.no_grad() is enough, and ends by itself: there is no reason to touch requires_grad or grad"
    same_scenario(student, reference, GRADIENTS, device, hint=hint)


@pytest.mark.points(0.25)
@ON_CPU
def test_evaluate_restores_the_mode(student, reference, device):
    """evaluate: the model is afterwards in the mode that it was in before"""
    hint = "note the `training` of each module first, and set it back at the end"
    same_scenario(student, reference, WHOLE, device, hint=hint)


@pytest.mark.points(0.2)
@ON_CPU
def test_evaluate_restores_the_mode_of_every_part(student, reference, device):
    """evaluate: parts that were in another mode than the rest are so again"""
    hint = "each of model.modules() has a `training` of its own; train(mode) also sets that of all parts of its module"
    same_scenario(student, reference, PARTS, device, hint=hint)


@pytest.mark.points(0.25)
@pytest.mark.parametrize("scene", ENDINGS)
@ON_CPU
def test_evaluate_tidies_up_after_an_exception(student, reference, scene, device):
    """evaluate: an exception of any kind comes through, and all is restored all the same"""
    hint = "here the model, or reading a batch, raises an exception: let it through, and restore in `finally`"
    same_scenario(student, reference, scene, device, hint=hint)


@pytest.mark.points(0.55)
@ON_CUDA
def test_evaluate_waits_at_the_end_only(student, device):
    """evaluate: how often it waits for the GPU does not depend on the number of batches"""
    few, many = (student.observe(case, device).stage("run")["traffic"] for case in (FEW, MANY))
    for name, words in {
        "synchronisations": "waited for the GPU",
        "device_to_host": "copied a tensor back",
    }.items():
        if few[name] != many[name]:
            raise Mismatch(
                f"evaluate(model, batches, '{device}') {words} {times(few[name])} on 2 batches and {times(many[name])} on 5; "
                "expected the same number, such as 1 or 2.",
                "add up tensors, and ask for numbers after the loop: .item(), .tolist(), .cpu(), float(), print, `if` "
                "and torch.tensor([...]) of tensors wait each time",
            )


@pytest.mark.points(0.3)
@ON_CUDA
def test_evaluate_goes_where_it_is_told_to(student, reference, device):
    """evaluate: batches from any device go to the one that was given, labels as well"""
    for scene in (WHERE, FROM_ANOTHER):
        same_scenario(student, reference, scene, device, hint="move_batch(batch, device)", **CLOSE)


@pytest.mark.points(0.25)
@ON_CUDA
def test_evaluate_leaves_the_model_where_it_is(student, reference, device):
    """evaluate: the model is not moved, not even there and back"""
    same_scenario(student, reference, STAYS, device, hint="the model is on `device` already")


@pytest.mark.points(0.15)
@ON_CPU
def test_evaluate_reads_a_generator_once(student, reference, device):
    """evaluate: batches may be a generator, without a length and to be read once"""
    hint = "count samples in the loop: a generator has no length, and is used up by the first loop over it"
    same_scenario(student, reference, GENERATOR, device, hint=hint, **CLOSE)


def a_batch():
    return {"batch": {"x": torch.randn(2, 3), "list": [torch.randn(4), (torch.randn(1),)]}}


NOT_ASKED = {
    "moves-nothing": "moving is what it is for",
    "keeps-the-dtype": "it computes in what it is given; half precision has a test of its own",
}
test_move_batch_keeps_the_house_rules = rules_for(
    CallCase("move_batch(batch, device)", a_batch),
    each=0.05,
    skip=NOT_ASKED | {"calls-layers": "it calls none"},
)
test_evaluate_keeps_the_house_rules = rules_for(FEW, each=0.1, skip=NOT_ASKED)
