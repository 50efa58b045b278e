"""Hidden suite of 13_device_agnostic: does everything happen where the model and the data are, and stay there?"""

from collections import OrderedDict, namedtuple

import pytest
import torch
from torch import nn

from grader.suite import Calls, Traffic, catch, fill, outside, same, sent, stayed_behind

# features, longest, batch, length: all different, so that no dimension can be taken for another.
SHAPES = [(3, 7, 2, 5), (4, 6, 5, 6), (5, 8, 3, 1), (2, 9, 4, 3)]
CONSTANTS = [(3, 7), (6, 4), (1, 1)]
# The constants are float32, and may be computed in another way than ours.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
SIZES = [5, 3, 4, 2]  # never a single sample: in train mode, batch norm would refuse it

Sample = namedtuple("Sample", ["image", "label"])
Pair = namedtuple("Pair", ["first", "second"])


class Thing:
    """A value that is neither a tensor nor a container, though it has a method of the same name as tensors."""

    def to(self, *_):
        return "moved"


def together(inputs):
    """One tensor of inputs of either form."""
    return inputs["x"] + inputs["parts"][0][0] if isinstance(inputs, dict) else inputs


class Classifier(nn.Module):
    """A layer, then batch norm and dropout in a part of their own, then a head; notes in which state it is called."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 6)
        self.middle = nn.Sequential(OrderedDict(norm=nn.BatchNorm1d(6), drop=nn.Dropout(0.5)))
        self.head = nn.Linear(6, 4)
        self.seen = []

    def forward(self, inputs):
        x = together(inputs)
        training = [
            name or "the model itself" for name, part in nn.Module.named_modules(self) if part.training
        ]
        self.seen.append({"training": training, "grad": torch.is_grad_enabled(), "x": str(x.device)})
        return self.head(self.middle(self.body(x)))


class Failing(Classifier):
    """Can't go on at its second batch."""

    def forward(self, inputs):
        if self.seen:
            raise RuntimeError("no more memory for this batch")
        return super().forward(inputs)


# --- probes: the model --------------------------------------------------------------------------------------


def kind_of(net, name):
    """How the model keeps what it calls ``name``."""
    if name in dict(nn.Module.named_buffers(net)):
        return "buffer"
    if name in dict(nn.Module.named_parameters(net)):
        return "parameter"
    if name not in vars(net):
        return "missing"
    value = vars(net)[name]
    return "attribute" if isinstance(value, torch.Tensor) else f"of the type {type(value).__name__}"


def kept(exercise, features, longest):
    net = exercise.PositionalMixer(features, longest)
    parameters = dict(nn.Module.named_parameters(net))
    return {
        "kinds": {name: kind_of(net, name) for name in ("table", "mask")},
        "parameters": list(parameters),
        "mix": [(tuple(p.shape), p.requires_grad) for name, p in parameters.items() if name == "mix"],
        "state": list(nn.Module.state_dict(net)),
    }


def constants(exercise, features, longest):
    net = exercise.PositionalMixer(features, longest)
    found = {}
    for name in ("table", "mask"):
        value = getattr(net, name, None)
        found[f"self.{name}"] = (
            value.detach().clone() if isinstance(value, torch.Tensor) else type(value).__name__
        )
    return found


def what_stays_behind(exercise, device):
    net = exercise.PositionalMixer(3, 7)
    nn.ModuleList([net]).to(device)  # as a part of a larger model, which knows nothing of its parts' classes
    own = [name for name in ("to", "cuda", "cpu") if getattr(type(net), name) is not getattr(nn.Module, name)]
    return {"behind": stayed_behind(net, device), "own": own}


def build(exercise, shape, ragged):
    """A model whose ``mix`` depends on the seed alone, and inputs for it, all of them on the CPU."""
    features, longest, batch, length = shape
    net = exercise.PositionalMixer(features, longest)
    fill(nn.Identity())  # draws from here on do not depend on what the constructor drew
    with torch.no_grad():
        net.mix.copy_(torch.randn(longest, longest))
    x = torch.randn(batch, length, features)
    lengths = torch.full((batch,), length)
    if ragged:
        lengths = torch.randint(1, length + 1, (batch,))
        lengths[0], lengths[-1] = 1, max(1, length - 1)
    return net, x, lengths, torch.randn(batch, length, features)


def mix(exercise, shape, ragged, device):
    """The output of a call, and the gradients of a sum over it, with each number weighed in its own way."""
    net, x, lengths, factor = build(exercise, shape, ragged)
    net = net.to(device)
    leaf = x.to(device).requires_grad_()
    y = net(leaf.clone(), lengths.to(device))
    if isinstance(y, torch.Tensor) and y.requires_grad and y.shape == factor.shape:
        (y * factor.to(device)).sum().backward()
    return {"the output": y, "the gradient of x": leaf.grad, "the gradient of mix": net.mix.grad}


def mix_with_another_table(exercise, shape, change):
    """For hints: the output if the table were another one."""
    net, x, lengths, _ = build(exercise, shape, False)
    other = {"zeros": torch.zeros_like, "the last rows": lambda table: table.roll(shape[3], 0)}
    net.table.copy_(other[change](net.table))
    return net(x, lengths).detach()


def weights(exercise):
    """For hints: by how much each position takes from which, for 5 positions and a random ``mix``."""
    net, *_ = build(exercise, (5, 7, 1, 5), False)
    x = (torch.eye(5) - net.table[:5]).unsqueeze(0)
    y = net(x, torch.tensor([5]))
    return y.detach()[0].tolist()


def mix_in(exercise, dtype, device):
    """The output in a dtype; in float64, numbers that are far below zero in mix, and the dtype that a table is made in."""
    net, x, lengths, _ = build(exercise, (3, 7, 4, 5), True)
    made = {}
    if dtype is torch.float64:
        net.mix.data.sub_(1e5)  # while it is float32: so a softmax in float32 loses nothing
        torch.set_default_dtype(dtype)
        made = {"model.table.dtype": exercise.PositionalMixer(3, 7).table.dtype}
        torch.set_default_dtype(torch.float32)
    net = net.to(device).to(dtype)
    return made | {
        "the output": net(x.to(device, dtype), lengths.to(device)).detach(),
        "self.mask.dtype": net.mask.dtype,
    }


def mix_and_look(exercise, device):
    """Whether a call changes what it is given, or what the model keeps."""
    net, x, lengths, _ = build(exercise, (3, 7, 4, 5), True)
    net = net.to(device)
    watched = {"x": x.to(device), "lengths": lengths.to(device)}
    watched |= {f"self.{name}": t for name, t in [("mix", net.mix), ("table", net.table), ("mask", net.mask)]}
    before = {name: tensor.detach().clone() for name, tensor in watched.items()}
    with torch.no_grad():
        net(watched["x"], watched["lengths"])
    return [name for name, tensor in watched.items() if not torch.equal(tensor, before[name])]


def mix_here_and_there(exercise, devices, machine):
    """Outputs of one model that is moved from device to device, and what stayed behind after the last move.

    The sequences grow longer, then shorter. Ends with the first move that leaves something behind.
    """
    outputs, behind = [], []
    net, *_ = build(exercise, (3, 9, 4, 2), True)
    for place, length in zip(devices, (2, 7, 4), strict=True):
        _, x, lengths, _ = build(exercise, (3, 9, 4, length), True)
        net = net.to(place)
        behind = stayed_behind(net, place)
        if behind:
            break
        outputs.append(net(x.to(place), lengths.to(place)).detach())
    return outputs, behind


def traffic_of_mixer(exercise, device):
    net, x, lengths, _ = build(exercise, (3, 7, 4, 5), True)
    net, x, lengths = net.to(device), x.to(device), lengths.to(device)
    traffic = Traffic()
    net(x, lengths)
    return traffic.counts()


# --- probes: move_batch -------------------------------------------------------------------------------------


def numbers(*shape):
    return torch.randn(*shape)


def make(form):
    """A batch of a certain form, on the CPU."""
    forms = {
        "a tensor": lambda: numbers(2, 3),
        "(x, y)": lambda: (numbers(2, 3), torch.randint(0, 9, (4,))),
        "[x, y]": lambda: [numbers(2, 3), numbers(4)],
        "{'x': x, 'y': y}": lambda: {"x": numbers(2), "y": numbers(3)},
        "{'y': y, 'x': x}": lambda: {"y": numbers(2), "x": numbers(3)},
        "{'views': [x, (y, z)]}": lambda: {"views": [numbers(2), (numbers(3), numbers(4))]},
        "[{'x': x}, {}, [[y]], ()]": lambda: [{"x": numbers(2)}, {}, [[numbers(3)]], ()],
        "({'deep': {'deeper': (x,)}}, y)": lambda: ({"deep": {"deeper": (numbers(2),)}}, numbers(3)),
        "({7: {('deep', 1): (x,)}}, nn.Parameter(y))": lambda: (
            {7: {("deep", 1): (numbers(2),)}},
            nn.Parameter(numbers(3), requires_grad=False),
        ),
        "Sample(image=x, label=y)": lambda: Sample(image=numbers(2, 3), label=numbers(2)),
        "[Pair(first=Sample(image=x, label=y), second={})]": lambda: [
            Pair(first=Sample(image=numbers(2), label=numbers(3)), second={})
        ],
    }
    with outside():
        return forms[form]()


def everywhere(value, device):
    """Every tensor in a batch, and itself in the order in which they stand, whatever contains them."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in everywhere(item, device)]
    return []


def form_of(value):
    """The containers of a batch, with their types, and `tensor` for a tensor."""
    if isinstance(value, torch.Tensor):
        return "tensor"
    name = type(value).__name__
    if isinstance(value, dict):
        inside = ", ".join(f"{key!r}: {form_of(item)}" for key, item in value.items())
        return f"{{{inside}}}" if type(value) is dict else f"{name}({inside})"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return f"{name}({', '.join(f'{key}={form_of(item)}' for key, item in zip(value._fields, value, strict=True))})"
    if isinstance(value, list):
        return f"[{', '.join(map(form_of, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(form_of, value))}{',' * (len(value) == 1)})"
    return f"an object of type {name}"


def move(exercise, form, target, machine):
    """What became of a batch on the CPU: its tensors one by one, and its form."""
    batch = make(form)
    before = form_of(batch)
    moved = exercise.move_batch(batch, target)
    return {"tensors": everywhere(moved, target), "form": form_of(moved), "before": before}


def move_by_device(exercise, source, target, machine):
    """A batch that is on a device already, with the target as a torch.device."""
    batch = {"x": numbers(2, 3).to(source), "y": [numbers(4).to(source)]}
    return everywhere(exercise.move_batch(batch, torch.device(target)), target)


def move_others(exercise, device):
    """Which values that are no tensors came back as something else."""
    thing = Thing()
    values = {
        "an int": 7, "a float": 0.5, "a bool": True, "None": None, "a str": "a cat", "an empty str": "",
        "bytes": b"raw", "a set": {1, 2}, "a range": range(3), "an object": thing, "a class": Thing,
    }  # fmt: skip
    moved = exercise.move_batch({"x": numbers(2), "others": [values, tuple(values.values())]}, device)
    inner, listed = moved["others"]
    pairs = [(name, inner[name], value) for name, value in zip(values, listed, strict=True)]
    return [name for name, *got in pairs if any(value is not values[name] for value in got)]


def move_and_look(exercise, device):
    """Whether the containers that were given still hold the very objects that they held."""
    x, y, z = numbers(2), numbers(3), numbers(4)
    inner, listed = {"y": y}, [z]
    batch = {"x": x, "inner": inner, "listed": listed}
    exercise.move_batch(batch, device)
    seen = {
        "the dict": [
            batch.get(key) is value for key, value in (("x", x), ("inner", inner), ("listed", listed))
        ],
        "the dict within it": [len(inner) == 1, inner.get("y") is y],
        "the list within it": [len(listed) == 1, listed[0] is z],
        "a tensor in it": [str(tensor.device) == "cpu" for tensor in (x, y, z)],
    }
    return [name for name, intact in seen.items() if not all(intact)]


def move_what_is_there(exercise, device):
    x, y = numbers(2).to(device), numbers(3).to(device).double()
    moved = exercise.move_batch({"x": x, "y": [y]}, device)
    pairs = {"x": (moved["x"], x), "y": (moved["y"][0], y)}
    return {
        name: {"itself": got is given, "same memory": got.data_ptr() == given.data_ptr()}
        for name, (got, given) in pairs.items()
    }


# --- probes: evaluate ---------------------------------------------------------------------------------------


def samples(sizes, form="(x, y)", source="cpu"):
    batches = []
    for n in sizes:
        with outside():
            x, y, z = torch.randn(n, 5), torch.randint(0, 4, (n,)), torch.randn(n, 5)
        if source != "cpu":
            x, y, z = x.to(source), y.to(source), z.to(source)
        batches.append([{"x": x, "parts": [(z,)]}, y] if form == "[{...}, y]" else (x, y))
    return batches


def classifier(device, kind=Classifier):
    """A model in train mode, with the same weights for everybody."""
    with outside():
        net = fill(kind())
    return net.to(device)


def evaluate_at_all(exercise, device):
    """Only whether it comes to an end, and how many results there are."""
    result = exercise.evaluate(classifier(device), samples(SIZES), device)
    return len(result) if isinstance(result, (tuple, list)) else type(result).__name__


def types_of_results(exercise, device):
    result = exercise.evaluate(classifier(device), samples(SIZES), device)
    kinds = ["float" if issubclass(type(value), float) else type(value).__name__ for value in result]
    return {
        "the results": "tuple" if issubclass(type(result), tuple) else type(result).__name__,
        "kinds": kinds,
    }


def results(exercise, sizes, form, start, stop, device):
    """The two numbers for some of the batches, as floats; the model is in eval mode already.

    In the first batch one sample's label is what the model says, in the second two are, and so on.
    """
    net = classifier(device).eval()
    batches = []
    # What is in a dict is on the device already: this is about numbers, not about what move_batch reaches.
    source = "cpu" if form == "(x, y)" else device
    for number, (inputs, y) in enumerate(samples(sizes, form, source)):
        with torch.no_grad():
            says = net(together(inputs).to(device)).argmax(dim=1).cpu()
        right, y = torch.arange(len(y)) <= number, y.cpu()
        batches.append((inputs, torch.where(right, says, (says + 1 + y % 3) % 4)))
    loss, accuracy = exercise.evaluate(net, batches[start:stop], device)
    return {"the loss": float(loss), "the accuracy": float(accuracy)}


def gradients(net):
    """What each parameter says of its gradient."""
    found = {}
    for name, parameter in nn.Module.named_parameters(net):
        grad = parameter.grad
        found[f"{name}.requires_grad"] = parameter.requires_grad
        found[f"{name}.grad"] = grad if grad is None else grad.cpu().clone()
    return found


def states_when_called(exercise, enabled, device):
    """The states of a model in train mode that is frozen in part and has a gradient; before, during and after the call."""
    net = classifier(device)
    net.body.bias.requires_grad_(False)
    net.head.weight.grad = torch.ones_like(net.head.weight)
    buffers = {name: buffer.cpu().clone() for name, buffer in nn.Module.named_buffers(net)}
    before = gradients(net)
    with torch.set_grad_enabled(enabled):
        exercise.evaluate(net, samples(SIZES), device)
        after = torch.is_grad_enabled()
    changed = [
        name for name, buffer in nn.Module.named_buffers(net) if not torch.equal(buffer.cpu(), buffers[name])
    ]
    return {
        "seen": net.seen,
        "changed": changed,
        "grad after": after,
        "before": before,
        "after": gradients(net),
    }


MODES = {
    "in train mode": ([True] * 6, "train mode"),
    "in eval mode": ([False] * 6, "eval mode"),
    "in train mode with its batch norm in eval mode": (
        [True, True, True, False, True, True],
        "batch norm was frozen",
    ),
    "in eval mode with its dropout in train mode": (
        [False, False, False, False, True, False],
        "dropout was switched on",
    ),
}


def modes_after(exercise, modes, fails_in, device):
    """The mode of each part after the call, how the call ended, and which parameters are frozen by then."""
    net = classifier(device, Failing if fails_in == "the model" else Classifier)
    for part, mode in zip(nn.Module.modules(net), modes, strict=True):
        part.training = mode

    def stream():
        if fails_in == "the batches":
            yield from samples(SIZES[:2])
        raise LookupError("no such file")

    batches = stream() if fails_in in ("the batches", "the first batch") else samples(SIZES)
    ended = catch(exercise.evaluate, net, batches, device)
    frozen = [name for name, parameter in net.named_parameters() if not parameter.requires_grad]
    parts = {name or "the model itself": part.training for name, part in nn.Module.named_modules(net)}
    return {"parts": parts, "ended": ended, "grad": torch.is_grad_enabled(), "frozen": frozen}


def traffic_of_evaluate(exercise, count, device):
    net = classifier(device)
    batches = samples([3] * count)
    traffic = Traffic()
    exercise.evaluate(net, batches, device)
    return traffic.counts()


def where_it_ran(exercise, target, form, source, machine):
    net = classifier(target)
    # They are kept, so that no copy gets the memory of one that was given up.
    kept = [tensor.detach() for tensor in (*net.parameters(), *net.buffers())]
    before = [tensor.data_ptr() for tensor in kept]
    exercise.evaluate(net, samples(SIZES, form, source), torch.device(target))
    return {
        "x": [seen["x"] for seen in net.seen],
        "behind": stayed_behind(net, target),
        "names": [name for name, _ in (*net.named_parameters(), *net.named_buffers())],
        "before": before,
        "after": [tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())],
    }


def calls_of_evaluate(exercise, device):
    net = classifier(device)
    calls = Calls([net])
    raised = None
    try:
        exercise.evaluate(net, (batch for batch in samples(SIZES)), device)
    except Exception as error:
        if net.seen:
            raise
        raised = f"{type(error).__name__}: {error}"
    return {"called": calls.counts[0], "ran": len(net.seen), "raised": raised}


# --- what the messages say ----------------------------------------------------------------------------------


def listed(names):
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def quoted(names):
    return listed(f"`{name}`" for name in names)


def counted(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}{'es' * what.endswith('ch') or 's'}"


def mode(training):
    return "train mode" if training else "eval mode"


def say_shapes(shape, ragged):
    features, longest, batch, length = shape
    padded = "with padding" if ragged else "without padding"
    return f"PositionalMixer({features}, {longest})(x, lengths) with x of shape {(batch, length, features)} {padded}"


def looks_like(tensor, other):
    same_kind = (tensor.shape, tensor.dtype) == (other.shape, other.dtype)
    return same_kind and torch.allclose(tensor, other, **CLOSE)


def what_to_look_at(student, reference, shape, output):
    """A hint for an output of the right shape: is it the table, or is it the weights?"""
    for change, words in (
        ("zeros", "the table is left out"),
        ("the last rows", "x gets the last rows of the table; position 0 is row 0, whatever the length"),
    ):
        if torch.allclose(output, reference.run(mix_with_another_table, shape, change), **CLOSE):
            return f"this is what comes out if {words}"
    try:
        rows = torch.tensor(student.run(weights))
    except Exception:
        return ""
    if torch.allclose(rows, torch.tensor(reference.run(weights)), **CLOSE):
        return ""
    if rows.triu(1).any():
        return "positions take something from positions after them; the mask keeps them from it"
    if torch.allclose(rows.sum(dim=0), torch.ones(5), **CLOSE):
        return "softmax went along the columns of mix; the weights in a row must add up to 1"
    sums = rows.sum(dim=1)
    if not torch.allclose(sums, torch.ones(5), **CLOSE):
        return f"the weights of position 0 add up to {sums[0]:.4g}, and must add up to 1: first the mask, then softmax"
    return "the weights in each row add up to 1, but are not the softmax of what mix has there"


def hint_on_padding(output, expected):
    """How many positions of a sequence came out as zeros, and how many should."""
    if not isinstance(output, torch.Tensor) or output.shape != expected.shape:
        return ""
    for b, (got, right) in enumerate(zip(output.detach(), expected.detach(), strict=True)):
        got, right = int(got.any(dim=1).sum()), int(right.any(dim=1).sum())
        if got != right:
            return (
                f"with lengths[{b}] = {right}, sequence {b} has {counted(got, 'position')} that are not zeros"
            )
    return ""


def known_losses(reference, sizes, form, device):
    """What comes out of the usual mistakes, by their description: for a hint, never for a verdict."""
    batches = [reference.run(results, sizes, form, i, i + 1, device) for i in range(len(sizes))]
    total = sum(sizes)
    right = reference.run(results, sizes, form, 0, len(sizes), device)
    known = {}
    for name in right:
        values = [batch[name] for batch in batches]
        what = name.removeprefix("the ")
        known |= {
            f"{name} is the mean of the batches' means, in which a small batch counts as much": (
                name,
                sum(values) / len(values),
            ),
            f"{name} is the sum of the batches' means": (name, sum(values)),
            f"{name} is a sum over all samples, not a mean": (name, right[name] * total),
            f"{name} is divided by the number of batches, not of samples": (
                name,
                right[name] * total / len(sizes),
            ),
            f"{name} is that of the last batch": (name, values[-1]),
            f"{name} is weighed by samples, but divided by the number of samples twice": (
                name,
                right[name] / total,
            ),
            f"the {what} is a percentage; expected a share between 0 and 1": (name, right[name] * 100),
        }
    known["the two results are in the wrong order"] = ("the loss", right["the accuracy"])
    if form != "(x, y)":
        name = "samples are counted by len(inputs), which is the number of keys of a dict; len(y) is right"
        known[name] = ("the loss", right["the loss"] * total / (2 * len(sizes)))
    return known


# --- PositionalMixer ----------------------------------------------------------------------------------------


@pytest.mark.points(0.75)
def test_mixer_registers_its_constants(student):
    """PositionalMixer: table and mask are buffers, and mix is the only parameter"""
    called = "PositionalMixer(3, 7)"
    got = student.run(kept, 3, 7, called=called)
    missing = [f"self.{name}" for name, kind in got["kinds"].items() if kind == "missing"]
    assert not missing, (
        f"{called} has no tensor {quoted(missing)}; expected two buffers, `self.table` and `self.mask`."
    )
    why = {
        "parameter": "a Parameter, which is for what is learned: optimizers and checkpoints would get hold of it",
        "attribute": "a plain attribute, which .to(device) does not look at",
    }
    for name, kind in got["kinds"].items():
        assert kind == "buffer", (
            f"In {called}, `self.{name}` is {why.get(kind, kind)}; expected a buffer: use register_buffer."
        )
    assert got["parameters"] == ["mix"], (
        f"{called} has the parameters {got['parameters']}; expected ['mix'], and nothing else that is learned."
    )
    shape, learned = got["mix"][0]
    assert shape == (7, 7), (
        f"In {called}, `self.mix` is of shape {shape}; expected (7, 7), as `longest` is 7."
    )
    assert learned, (
        f"In {called}, `self.mix` does not require a gradient; expected a parameter that is learned."
    )


@pytest.mark.points(0.5)
@pytest.mark.parametrize(("features", "longest"), CONSTANTS)
def test_mixer_has_the_right_constants(student, reference, features, longest):
    """PositionalMixer: table and mask have the right shapes, dtypes and values"""
    called = f"PositionalMixer({features}, {longest})"
    got = student.run(constants, features, longest, called=called)
    expected = reference.run(constants, features, longest)
    for name, value in got.items():
        assert isinstance(value, torch.Tensor), (
            f"After {called}, `{name}` is of the type {value}; expected a tensor."
        )
    hint = "table[t, c] is sin(t / (c + 1)), and mask[t, s] is True where s <= t; t, s and c count from 0"
    later = reference.run(constants, features, longest + 1)["self.table"][1:]
    if torch.equal(got["self.mask"], expected["self.mask"]) and looks_like(got["self.table"], later):
        hint = "row 0 of the table is what row 1 must be; t counts from 0"
    same(got, expected, called=called, hint=hint, **CLOSE)


@pytest.mark.points(0.25)
def test_mixer_saves_only_what_is_learned(student):
    """PositionalMixer: state_dict() has mix, and nothing that can be computed"""
    called = "PositionalMixer(3, 7).state_dict()"
    state = student.run(kept, 3, 7, called=called)["state"]
    assert "mix" in state, f"{called} has no entry 'mix'; its entries are {state}."
    assert state == ["mix"], (
        f"{called} has the entries {state}; expected ['mix'] alone. "
        "A buffer with persistent=False follows the model, but is not saved."
    )


@pytest.mark.points(0.5)
def test_mixer_takes_everything_along(student, device):
    """PositionalMixer: no tensor that it keeps stays behind when the model is moved"""
    called = f"whole = nn.Sequential(PositionalMixer(3, 7)).to('{device}')"
    got = student.run(what_stays_behind, device, called=called)
    own = ""
    if got["own"]:
        own = (
            f" The class's own {listed(got['own'])} does not help: who moves the whole model never calls it."
        )
    assert not got["behind"], (
        f"After {called}, these tensors of the model stayed behind: {listed(got['behind'])}.{own} A tensor "
        "that the model keeps has to be a buffer (register_buffer) to be moved with it."
    )


@pytest.mark.points(0.75)
@pytest.mark.needs("test_mixer_has_the_right_constants")
@pytest.mark.needs("test_mixer_takes_everything_along")
@pytest.mark.parametrize("shape", SHAPES)
def test_mixer_mixes(student, reference, shape, device):
    """PositionalMixer: each position becomes a weighted mean of itself and those before it"""
    called = say_shapes(shape, False)
    got = student.run(mix, shape, False, device, called=f"{called}, on {device},")
    expected = reference.run(mix, shape, False, device)
    name = "the output"
    hint = ""
    if isinstance(got[name], torch.Tensor) and got[name].shape == expected[name].shape:
        hint = what_to_look_at(student, reference, shape, got[name].detach())
    same({name: got[name]}, {name: expected[name]}, called=called, hint=hint)
    same(got, expected, called=f"{called} and backward()", hint="is something cut off from the graph?")


@pytest.mark.points(0.25)
@pytest.mark.needs("test_mixer_mixes")
@pytest.mark.parametrize("shape", SHAPES)
def test_mixer_puts_zeros_into_padding(student, reference, shape, device):
    """PositionalMixer: positions from lengths on are zeros in the output"""
    called = say_shapes(shape, True)
    got = student.run(mix, shape, True, device, called=f"{called}, on {device},")
    expected = reference.run(mix, shape, True, device)
    same(got, expected, called=called, hint=hint_on_padding(got["the output"], expected["the output"]))


@pytest.mark.points(0.25)
@pytest.mark.needs("test_mixer_puts_zeros_into_padding")
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16], ids=str)
def test_mixer_keeps_the_dtype(student, reference, dtype, device):
    """PositionalMixer: the output has the dtype of the model and of x"""
    called = f"model = PositionalMixer(3, 7).to({dtype}); model(x.to({dtype}), lengths)"
    got = student.run(mix_in, dtype, device, called=called)
    expected = reference.run(mix_in, dtype, device)
    tolerance = {}
    hint = "everything that forward makes takes its dtype from what it meets"
    if dtype is torch.float64:
        tolerance = CLOSE
        table = "model.table.dtype"
        same(
            {table: got.pop(table)},
            {table: expected[table]},
            called=f"torch.set_default_dtype({dtype}) and model = PositionalMixer(3, 7)",
            hint="the table is to be in torch's default dtype, whatever that is when the model is made",
        )
        expected = {name: expected[name] for name in got}
        called = called.replace("; ", ", all numbers in model.mix near -100000; ")
        if getattr(got["the output"], "dtype", None) == dtype:
            hint = (
                "exp of such numbers is 0, and 0 / 0 is nan; softmax subtracts the largest number first"
                if got["the output"].isnan().any()
                else "what is masked weighs nothing, whatever mix holds: a fixed number like -1e4 is not below all that "
                'it may hold, as float("-inf") and torch.finfo(dtype).min are'
            )
    same(got, expected, called=called, hint=hint, **tolerance)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_mixer_puts_zeros_into_padding")
def test_mixer_leaves_things_as_they_are(student, device):
    """PositionalMixer: x, lengths and what the model keeps are only read"""
    called = "PositionalMixer(3, 7)(x, lengths)"
    changed = student.run(mix_and_look, device, called=called)
    assert not changed, (
        f"{called} changed the values of {quoted(changed)}; expected that they are only read. "
        "Look for +=, [...] = and methods that end in an underscore."
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_mixer_puts_zeros_into_padding")
def test_mixer_can_be_moved_again(student, reference, device):
    """PositionalMixer: it works wherever it is moved next, and for longer sequences than before"""
    path = [device, "cpu", "cpu" if device == "cpu" else "cuda:0"]
    called = "model = PositionalMixer(3, 9), called on sequences of length 2, then 7, then 4"
    if device != "cpu":
        called = f"model = PositionalMixer(3, 9), called on {device}, moved to cpu and called, moved to cuda:0 and called"
    got, behind = student.run(mix_here_and_there, path, device, called=called)
    assert not behind, (
        f"{called}: after the last of these moves, {listed(behind)} stayed behind. "
        "What an earlier call leaves in the model has to be a buffer, or is made anew in every call."
    )
    expected, _ = reference.run(mix_here_and_there, path, device)
    hint = "is something kept from an earlier call that does not fit this one?"
    names = ["the first output", "the second output", "the third output"]
    same(
        dict(zip(names, got, strict=True)), dict(zip(names, expected, strict=True)), called=called, hint=hint
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_mixer_puts_zeros_into_padding")
def test_mixer_copies_nothing(student, device):
    """PositionalMixer: forward copies nothing between devices, and does not wait"""
    called = f"PositionalMixer(3, 7)(x, lengths), with everything on {device},"
    got = student.run(traffic_of_mixer, device, called=called)
    back, waits = got["device_to_host"], got["synchronisations"]
    what = (
        f"and copied {counted(back, 'tensor')} back to the host"
        if back
        else "although it copied nothing back"
    )
    why = (
        "Look for .item(), .tolist(), .cpu(), int(...), an `if` or a loop over a tensor."
        if back
        else "Look for what has a size that only the device knows (a boolean tensor as an index, nonzero, unique, "
        "repeat_interleave), for torch.equal and the like, and for synchronize()."
    )
    assert back + waits == 0, (
        f"{called} waited for the device {counted(waits, 'time')} {what}; expected neither. {why}"
    )
    there = got["host_to_device"] + got["device_to_device"]
    assert not there, (
        f"{called} copied {counted(there, 'tensor')} from one device to another; expected none. Look for something that is made "
        "on the CPU, and then moved by .to(...) or torch.tensor(..., device=...) or used as an index; torch.arange and the like can "
        "make it in place. A function of torch may do it, too: torch.masked.softmax does, masked_fill and torch.where don't."
    )


# --- move_batch ---------------------------------------------------------------------------------------------


def check_moved(student, reference, form, device, *others, keeps=False):
    """Every tensor of the form arrives, with its values; on a machine with that device, also on others.

    With ``keeps``, in containers of the types that were given.
    """
    for target in dict.fromkeys([device, *others]):
        called = f"move_batch({form}, '{target}')"
        got = student.run(move, form, target, device, called=called)
        expected = reference.run(move, form, target, device)
        assert not keeps or got["form"] == got["before"], (
            f"{called} returned {got['form']}; expected {got['before']}."
        )
        assert len(got["tensors"]) == len(expected["tensors"]), (
            f"{called} returned {got['form']}, with {counted(len(got['tensors']), 'tensor')} in it; "
            f"expected {counted(len(expected['tensors']), 'tensor')}."
        )
        behind = [str(i) for i, tensor in enumerate(got["tensors"]) if sent_on(tensor) != target]
        place = sent_on(got["tensors"][int(behind[0])]) if behind else ""
        why = "The caller says which device it is to be."
        if place == "cpu":
            why = (
                "Either nobody looked into their container, or what `tensor.to(device)` returns was not used: "
                "the tensor itself stays where it is."
            )
            if "Parameter" in form:
                why += " An nn.Parameter is a tensor, too, as isinstance(value, torch.Tensor) says."
        assert not behind, (
            f"{called} returned {got['form']}; in it, counted from 0, tensor {listed(behind)} "
            f"{'is' if len(behind) == 1 else 'are'} on {place}; expected all on {target}. {why}"
        )
        names = [
            f"tensor {i} of {len(expected['tensors'])}, counted from 0,"
            for i in range(len(expected["tensors"]))
        ]
        same(
            dict(zip(names, got["tensors"], strict=True)),
            dict(zip(names, expected["tensors"], strict=True)),
            called=called,
        )


def sent_on(tensor):
    return sent(tensor).device


@pytest.mark.points(0.25)
@pytest.mark.parametrize("form", ["a tensor", "(x, y)"])
def test_move_batch_moves_a_pair(student, reference, form, device):
    """move_batch: a tensor and a pair of tensors arrive on the device that was asked for"""
    check_moved(student, reference, form, device, "cpu")


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_moves_a_pair")
@pytest.mark.parametrize(
    "form",
    [
        "[x, y]",
        "{'x': x, 'y': y}",
        "{'views': [x, (y, z)]}",
        "[{'x': x}, {}, [[y]], ()]",
        "({'deep': {'deeper': (x,)}}, y)",
    ],
)
def test_move_batch_reaches_every_tensor(student, reference, form, device):
    """move_batch: every tensor in nested dicts, lists and tuples arrives"""
    check_moved(student, reference, form, device)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
def test_move_batch_moves_from_anywhere(student, reference, device):
    """move_batch: batches may come from any device, and the target may be a torch.device"""
    paths = (
        [("cuda:0", "cuda:1"), ("cuda:1", "cpu"), ("cpu", "cuda:0")] if device != "cpu" else [("cpu", "cpu")]
    )
    for source, target in paths:
        called = (
            f"move_batch({{'x': x, 'y': [y]}}, torch.device('{target}')), with x and y on {source} before,"
        )
        got = student.run(move_by_device, source, target, device, called=called)
        expected = reference.run(move_by_device, source, target, device)
        places = sorted({sent_on(tensor) for tensor in got})
        assert places == [target], (
            f"{called} returned tensors on {listed(places)}; expected all on {target}, wherever they were before."
        )
        same(dict(zip("xy", got, strict=True)), dict(zip("xy", expected, strict=True)), called=called)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
@pytest.mark.parametrize(
    "form",
    [
        "(x, y)",
        "[x, y]",
        "{'y': y, 'x': x}",
        "{'views': [x, (y, z)]}",
        "[{'x': x}, {}, [[y]], ()]",
        "({7: {('deep', 1): (x,)}}, nn.Parameter(y))",
    ],
)
def test_move_batch_keeps_containers(student, reference, form, device):
    """move_batch: dicts stay dicts with their keys in order, lists stay lists, tuples stay tuples"""
    check_moved(student, reference, form, device, keeps=True)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
@pytest.mark.parametrize(
    "form", ["Sample(image=x, label=y)", "[Pair(first=Sample(image=x, label=y), second={})]"]
)
def test_move_batch_keeps_named_tuples(student, reference, form, device):
    """move_batch: named tuples stay named tuples of their own class"""
    check_moved(student, reference, form, device, keeps=True)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
def test_move_batch_returns_other_values_as_they_are(student, device):
    """move_batch: what is neither a tensor nor a container comes back as it is"""
    called = "move_batch on a batch that also holds numbers, strings, None and other objects"
    changed = student.run(move_others, device, called=called)
    assert not changed, (
        f"{called} returned something else for {listed(changed)}; expected the very same object."
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
def test_move_batch_does_not_change_what_it_is_given(student, device):
    """move_batch: the batch that was given is as it was"""
    called = f"move_batch({{'x': x, 'inner': {{'y': y}}, 'listed': [z]}}, '{device}')"
    changed = student.run(move_and_look, device, called=called)
    assert not changed, f"{called} changed {listed(changed)} that it was given; expected new containers."


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
def test_move_batch_returns_a_tensor_that_is_there(student, device):
    """move_batch: a tensor that is on the device already is returned itself, not a copy"""
    called = f"move_batch({{'x': x, 'y': [y]}}, '{device}') with x and y on {device}"
    got = student.run(move_what_is_there, device, called=called)
    copied = [name for name, found in got.items() if not found["same memory"]]
    assert not copied, (
        f"{called} returned copies of {listed(copied)}; expected the same tensors, as nothing has to be moved."
    )
    other = [name for name, found in got.items() if not found["itself"]]
    assert not other, (
        f"{called} returned other tensor objects for {listed(other)}, which share their memory; expected the very same objects, "
        "as .to(device) alone returns them. detach(), .data and views make new ones."
    )


# --- evaluate -----------------------------------------------------------------------------------------------


@pytest.mark.points(0.25)
@pytest.mark.needs("test_move_batch_moves_a_pair")
def test_evaluate_runs_on_the_device(student, device):
    """evaluate: it runs where the model is, and returns two results"""
    called = f"evaluate(model, batches, '{device}')"
    got = student.run(evaluate_at_all, device, called=called)
    assert got == 2, (
        f"{called} returned {f'{got} results' if isinstance(got, int) else f'an object of type {got}'}; expected a tuple of two: the mean loss and the accuracy."
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
def test_evaluate_returns_floats(student, device):
    """evaluate: the results are a tuple of two Python floats"""
    called = f"evaluate(model, batches, '{device}')"
    got = student.run(types_of_results, device, called=called)
    assert got["the results"] == "tuple", (
        f"{called} returned a {got['the results']}; expected a tuple, as `return loss, accuracy` gives."
    )
    assert got["kinds"] == ["float", "float"], (
        f"{called} returned values of the types {listed(got['kinds'])}; expected two Python floats, such as .item() gives."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
@pytest.mark.parametrize(
    ("sizes", "form"), [([4, 4, 4], "(x, y)"), ([7, 5, 1, 2], "(x, y)"), ([3, 5, 1], "[{...}, y]")]
)
def test_evaluate_takes_means_over_samples(student, reference, sizes, form, device):
    """evaluate: loss and accuracy are means over all samples, however the batches divide them"""
    called = f"evaluate(model, batches, '{device}') on batches {form} of {listed(map(str, sizes))} samples"
    got = student.run(results, sizes, form, 0, len(sizes), device, called=called)
    expected = reference.run(results, sizes, form, 0, len(sizes), device)
    hint = "the loss is F.cross_entropy(model(inputs), y), the accuracy the share of samples whose largest logit is that of y"
    for what, (name, value) in known_losses(reference, sizes, form, device).items():
        if abs(got[name] - value) < 1e-5 < abs(got[name] - expected[name]):
            hint = what
            break
    same(got, expected, called=called, hint=hint, **CLOSE)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
def test_evaluate_runs_in_eval_mode(student, device):
    """evaluate: the model and all its parts are in eval mode while they run"""
    called = "evaluate on a model in train mode"
    got = student.run(states_when_called, True, device, called=called)
    training = [seen["training"] for seen in got["seen"] if seen["training"]]
    assert got["seen"], f"{called} did not run the model that it was given."
    some = ""
    if training and len(training[0]) < len(MODES["in train mode"][0]):
        some = f" with {listed(training[0])}"
    assert not training, (
        f"{called} ran it{some} in train mode for {len(training)} of {counted(len(got['seen']), 'batch')}; expected eval mode. "
        "In train mode dropout drops, and batch norm learns from what it is tested on. no_grad() does not change the mode."
    )
    assert not got["changed"], f"{called} changed {listed(got['changed'])}; expected that nothing is learned."


@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
def test_evaluate_builds_no_graph(student, device):
    """evaluate: the model runs without gradients, and afterwards all that concerns them is as it was"""
    called = f"evaluate(model, batches, '{device}')"
    got = student.run(states_when_called, True, device, called=called)
    assert not any(seen["grad"] for seen in got["seen"]), (
        f"{called} ran the model with gradients enabled, which keeps every activation in memory for a backward() that never comes; "
        "expected torch.no_grad() or torch.inference_mode(). eval() does not do that."
    )
    assert got["grad after"], (
        f"After {called}, gradients are still disabled; expected them enabled, as before. "
        "`with torch.no_grad():` also ends where there is an exception."
    )
    same(
        got["after"],
        got["before"],
        called=called,
        hint="no_grad() is enough: evaluate has no reason to touch requires_grad or grad of a parameter",
    )
    if device == "cpu":  # whether gradients are on is the same for all devices
        called = "with torch.no_grad(): evaluate(model, batches, 'cpu')"
        got = student.run(states_when_called, False, device, called=called)
        assert not got["grad after"], (
            f"In {called}, gradients are enabled after the call; expected them disabled, as before it. "
            "`with torch.no_grad():` in evaluate goes back to what was there."
        )


def raised_by(what):
    return "RuntimeError" if what == "the model" else "LookupError"


def check_modes(student, which, fails_in, device, ending=""):
    """Every part of the model is afterwards in the mode that it was in before."""
    before, why = MODES[which]
    called = f"evaluate on a model {which},{ending}"
    got = student.run(modes_after, before, fails_in, device, called=called)
    if not fails_in:
        error = got["ended"]
        assert error["raised"] is None, f"{called} raised {error['raised']}: {error['message']}"
    else:
        kind = raised_by(fails_in)
        assert kind in got["ended"]["kinds"], (
            f"{called} ended with {got['ended']['raised'] or 'no exception'}; expected that the {kind} comes through."
        )
        assert got["grad"], f"After that, {called} left gradients disabled; expected them enabled, as before."
        assert not got["frozen"], (
            f"After {called} requires_grad is False for {listed(got['frozen'])}; expected True, as before."
        )
    modes = list(got["parts"].values())
    other = [
        f"{name} is in {mode(now)}"
        for (name, now), was in zip(got["parts"].items(), before, strict=True)
        if now != was
    ]
    if len(other) == len(modes) and len(set(modes)) == 1:
        other = [f"the model and all its parts are in {mode(modes[0])}"]
    assert not other, (
        f"After {called} {listed(other)}; expected every part in the mode that it was in before: {why}."
    )


@pytest.mark.parametrize("device", ["cpu"], indirect=True)  # a mode has no device
@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
@pytest.mark.parametrize("which", ["in train mode", "in eval mode"])
def test_evaluate_restores_the_mode(student, which, device):
    """evaluate: the model is afterwards in the mode that it was in before"""
    check_modes(student, which, "", device)


@pytest.mark.parametrize("device", ["cpu"], indirect=True)  # a mode has no device
@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_restores_the_mode")
@pytest.mark.parametrize(
    "which", ["in train mode with its batch norm in eval mode", "in eval mode with its dropout in train mode"]
)
def test_evaluate_restores_the_mode_of_every_part(student, which, device):
    """evaluate: parts of the model that were in another mode than the rest are so again"""
    check_modes(student, which, "", device)


@pytest.mark.parametrize("device", ["cpu"], indirect=True)  # a mode has no device
@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_restores_the_mode")
@pytest.mark.parametrize("fails_in", ["the model", "the batches", "the first batch"])
def test_evaluate_restores_the_mode_after_an_exception(student, fails_in, device):
    """evaluate: an exception comes through, and the mode is restored all the same"""
    check_modes(
        student, "in train mode", fails_in, device, f" where {fails_in} raised {raised_by(fails_in)},"
    )


@pytest.mark.points(1)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
def test_evaluate_waits_at_the_end_only(student, device):
    """evaluate: how often it waits for the device does not depend on the number of batches"""
    called = f"evaluate(model, batches, '{device}')"
    few = student.run(traffic_of_evaluate, 4, device, called=called)
    many = student.run(traffic_of_evaluate, 9, device, called=called)
    assert few["synchronisations"] == many["synchronisations"], (
        f"{called} waited for the device {counted(few['synchronisations'], 'time')} on 4 batches and "
        f"{counted(many['synchronisations'], 'time')} on 9; expected the same number, such as 1 or 2: add up on the device, and "
        "ask for the numbers after the loop. Each .item(), .tolist(), .cpu(), float(...), `if` and print of a tensor waits, and so do "
        "torch.tensor([...]) of such, a boolean tensor as an index, and synchronize()."
    )
    assert few["device_to_host"] == many["device_to_host"], (
        f"{called} copied {counted(few['device_to_host'], 'tensor')} back to the host on 4 batches and "
        f"{counted(many['device_to_host'], 'tensor')} on 9; expected that only the results are copied back, after the loop."
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
@pytest.mark.needs("test_move_batch_reaches_every_tensor")
@pytest.mark.parametrize(("form", "others"), [("(x, y)", ["cpu"]), ("[{...}, y]", [])])
def test_evaluate_runs_where_it_is_told_to(student, form, others, device):
    """evaluate: batches of any form and from any device go to the one that was given, and the model stays"""
    source = "cuda:0" if device != "cpu" and not others else "cpu"
    for target in dict.fromkeys([device, *others]):
        called = f"evaluate(model, batches of the form {form} on {source}, torch.device('{target}'))"
        got = student.run(where_it_ran, target, form, source, device, called=called)
        elsewhere = sorted({place for place in got["x"] if place != target})
        assert not elsewhere, (
            f"{called} gave the model inputs on {listed(elsewhere)}; expected all on {target}."
        )
        assert not got["behind"], (
            f"After {called}, these tensors of the model were somewhere else: {listed(got['behind'])}; expected "
            "that evaluate leaves the model where it is."
        )
        places = zip(got["names"], got["before"], got["after"], strict=True)
        moved = [name for name, before, after in places if before != after]
        assert not moved, (
            f"After {called}, {listed(moved)} are in other memory than before: the model was moved away and back. "
            "Expected that it stays where it is."
        )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_evaluate_runs_on_the_device")
def test_evaluate_calls_the_model_once_per_batch(student, device):
    """evaluate: batches may be a generator, and model(inputs) is called once for each"""
    called = "evaluate on a generator of 4 batches"
    got = student.run(calls_of_evaluate, device, called=called)
    why = "model.forward(inputs) skips the hooks that model(inputs) runs."
    if not got["called"] and not got["ran"]:
        why = "A generator has no length and can be read only once: is it used up when the loop begins?"
    assert got["raised"] is None, (
        f"{called} raised {got['raised']}, before it called model(inputs) at all. {why}"
    )
    assert (got["called"], got["ran"]) == (4, 4), (
        f"{called} called model(inputs) {counted(got['called'], 'time')} and ran its forward "
        f"{counted(got['ran'], 'time')}; expected 4 of each. {why}"
    )
