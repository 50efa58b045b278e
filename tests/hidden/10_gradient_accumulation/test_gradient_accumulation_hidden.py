"""Hidden suite of 10_gradient_accumulation: is each step that of one large batch, without ever making one?"""

import gc
import math
import sys
import weakref
from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader.suite import Calls, Traffic, fill, same

# Rounding differs with the way taken (shares before, or a division after); a wrong weight is off by far more.
RTOL, ATOL = 1e-6, 1e-8
FULL = [([3, 3, 3, 3], 2), ([2, 2, 2], 3), ([3, 3], 1)]
SHORT = [([2, 2, 2, 2], 3), ([3, 3], 4)]
UNEQUAL = [([3, 1, 2, 5, 4, 1], 3), ([1, 4, 2, 3, 7], 3), ([6, 1, 2], 5)]
HOOKS_OF_A_PARAMETER = ("_backward_hooks", "_post_accumulate_grad_hooks")
LENGTHS = [2, 3, 4]  # of the sequences in one micro-batch after the other
GPU = "cuda:1"


def also_on_gpu(*cases):
    """All cases on the CPU, and the first on a GPU as well: what goes wrong there goes wrong with any sizes."""
    return [*((*case, "cpu") for case in cases), (*cases[0], GPU)]


class Token:
    """Lives as long as the graph that it is tied to."""


class Watched(nn.Module):
    """Notes each backward, and each forward with how many samples go in, and what is in memory by then.

    That is, of the older graphs and of the micro-batches that were read.
    """

    def __init__(self, events, graphs, held=lambda: 0):
        super().__init__()
        self.inner = nn.Linear(4, 3)
        self.note = events.append
        self.graphs = graphs
        self.held = held

    def forward(self, x):
        alive = sum(graph() is not None for graph in list(self.graphs))
        self.note(("forward", len(x), alive, self.held()))
        y = self.inner(x)
        token = Token()
        self.graphs += (weakref.ref(token),)
        if y.requires_grad:
            y.register_hook(lambda _, token=token, note=self.note: note(("backward",)))
        return y


class Partly(nn.Module):
    """One layer in use, one frozen, and one that forward leaves out."""

    def __init__(self):
        super().__init__()
        self.used = nn.Linear(4, 3)
        self.frozen = nn.Linear(3, 3)
        self.unused = nn.Linear(3, 3)
        nn.Module.requires_grad_(self.frozen, False)

    def forward(self, x):
        return self.frozen(self.used(x))


def build(model, device, dtype=torch.float64):
    kinds = {
        "layers": lambda: nn.Sequential(
            OrderedDict(hidden=nn.Linear(4, 5), tanh=nn.Tanh(), head=nn.Linear(5, 3))
        ),
        "sequences": lambda: nn.Sequential(OrderedDict(head=nn.Linear(4, 3))),
        "partly": Partly,
    }
    return fill(kinds[model]()).to(device).to(dtype)


def draw(sizes, model, device, dtype=torch.float64):
    batches = []
    for index, n in enumerate(sizes):
        shape = (n, LENGTHS[index % 3]) if model == "sequences" else (n,)
        x = torch.randn((*shape, 4), device=device, dtype=dtype)
        y = torch.randint(0, 4, (*shape, 3), device=device).to(dtype)
        batches.append([x, y] if index == 1 else (x, y))
    return batches


def one_batch_per_window(batches, accumulate):
    large = []
    for start in range(0, len(batches), accumulate):
        xs, ys = zip(*batches[start : start + accumulate], strict=True)
        if xs[0].ndim == 3:
            xs, ys = as_long_as_each_other(xs), as_long_as_each_other(ys)
        large.append((torch.cat(tuple(xs)), torch.cat(tuple(ys))))
    return large


def as_long_as_each_other(sequences):
    """Each element is repeated until all are of one length: a sample's mean loss stays what it was."""
    return [part.repeat_interleave(math.lcm(*LENGTHS) // part.shape[1], dim=1) for part in sequences]


def only_the_last_of_each_window(batches, accumulate):
    ends = range(accumulate - 1, len(batches) + accumulate - 1, accumulate)
    return [batches[min(end, len(batches) - 1)] for end in ends]


def make_optimizer(kind, net):
    parameters = list(nn.Module.parameters(net))
    if kind == "SGD with momentum in two groups":
        groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.2}]
        return torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    if kind == "Adam":
        return torch.optim.Adam(parameters, lr=0.05)
    if kind == "SGD with weight decay":
        return torch.optim.SGD(parameters, lr=0.1, weight_decay=0.5)
    if kind == "SGD that stands still":
        return torch.optim.SGD(parameters, lr=0.0)
    return torch.optim.SGD(parameters, lr=0.1)


def loss_fn(out, y):
    return F.poisson_nll_loss(out, y)  # a mean, and not symmetric in its two arguments


def swapped(out, y):
    return loss_fn(y, out)


LOSSES = {"given": loss_fn, "swapped": swapped, "squared error": F.mse_loss}


def values_of(named):
    """Copies on the CPU: a parameter that was moved away is another test's business."""
    return {name: p.detach().to("cpu", copy=True) for name, p in named.items()}


def train(exercise, sizes, accumulate, model, optimizer, epochs, window, leftover, device):
    """How each step moves each parameter, and whether gradients of zeros, or others, had come before it.

    Also which parameters had another requires_grad, at a forward or in the end.
    """
    net = build(model, device)
    batches = draw(sizes, model, device)
    if window == "large":
        batches, accumulate = one_batch_per_window(batches, accumulate), 1
    if window == "last":
        batches, accumulate = only_the_last_of_each_window(batches, accumulate), 1
    chosen = make_optimizer(optimizer, net)
    named = dict(nn.Module.named_parameters(net))
    trainable = {name: p.requires_grad for name, p in named.items()}
    moves, arrived, news, other = [], [], [], set()
    places = values_of(named)

    def look(*_):
        other.update(name for name, p in named.items() if p.requires_grad != trainable[name])

    def after_step(*_):
        now = values_of(named)
        moves.append({name: value - places[name] for name, value in now.items()})
        places.update(now)
        arrived.append(sorted(set(news)))
        news.clear()

    chosen.register_step_post_hook(after_step)
    nn.Module.register_forward_pre_hook(net, look)
    for p in named.values():
        if leftover:
            p.grad = torch.full_like(p, 3.0)
        if p.requires_grad:
            p.register_hook(lambda grad: news.append(bool(grad.any())))
    for _ in range(epochs):
        exercise.train_epoch(net, chosen, loss_fn, iter(batches), accumulate)
    look()
    changed = [name for name, value in values_of(named).items() if not torch.equal(value, places[name])]
    return {
        "moves": moves,
        "arrived": arrived,
        "changed outside of a step": changed,
        "changed requires_grad": [name for name in named if name in other],
    }


def returned(exercise, sizes, accumulate, large, loss, device, dtype=torch.float64):
    """What came back, with a model that no step moves: a wrong step is for other tests to see."""
    net = build("layers", device, dtype)
    batches = draw(sizes, "layers", device, dtype)
    if large:
        batches, accumulate = one_batch_per_window(batches, accumulate), 1
    optimizer = make_optimizer("SGD that stands still", net)
    return exercise.train_epoch(net, optimizer, LOSSES[loss], batches, accumulate)


def losses(exercise, sizes, accumulate, large, loss, device):
    return [float(value) for value in returned(exercise, sizes, accumulate, large, loss, device)]


def types_of_losses(exercise, sizes, accumulate):
    """The type of what came back from a model in float32, and of each value; and how many there were, twice."""
    counts = []
    for _ in range(2):
        result = returned(exercise, sizes, accumulate, False, "given", "cpu", torch.float32)
        if not issubclass(type(result), list):
            return name_of(type(result)), [], []
        counts.append(len(result))
    return "list", ["float" if issubclass(type(v), float) else name_of(type(v)) for v in result], counts


def name_of(kind):
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def most_held(accumulate):
    """Two windows, and one micro-batch that may linger in a variable."""
    return 2 * accumulate + 1


def watch(exercise, sizes, accumulate):
    """Everything that happens, in order: reading a micro-batch, forward, backward, step."""
    events, graphs, read = [], [], []

    def held():
        return sum(any(tensor() is not None for tensor in pair) for pair in read)

    def held_for_good():
        if held() > most_held(accumulate):
            gc.collect()  # what only garbage refers to is not held
        return held()

    net = fill(Watched(events, graphs, held_for_good)).double()
    optimizer = make_optimizer("SGD", net)
    parameters = list(nn.Module.parameters(net))

    def after_step(*_):
        graph_in_grad = any(p.grad is not None and p.grad.requires_grad for p in parameters)
        events.append(("step", graph_in_grad))

    optimizer.register_step_post_hook(after_step)
    batches = draw(sizes, "layers", "cpu")

    def stream():
        while batches:
            events.append(("read",))
            read.append([weakref.ref(tensor) for tensor in batches[0]])
            yield batches.pop(0)

    exercise.train_epoch(net, optimizer, loss_fn, stream(), accumulate)
    return events


def count_calls(exercise, sizes, accumulate):
    events = []
    net = fill(Watched(events, [])).double()
    calls = Calls([net])
    exercise.train_epoch(net, make_optimizer("SGD", net), loss_fn, draw(sizes, "layers", "cpu"), accumulate)
    return {"called": calls.counts[0], "ran": sum(event[0] == "forward" for event in events)}


def hooks_on(owner):
    """The numbers of the hooks that are registered on a module, an optimizer or a parameter."""
    tables = {**vars(owner)} | {name: getattr(owner, name, None) for name in HOOKS_OF_A_PARAMETER}
    found = [table for name, table in tables.items() if "hooks" in name and issubclass(type(table), dict)]
    return sorted({number for table in found for number in table})


def settings(exercise, training):
    """What the caller has set, for each part of the model: before, while it runs, and after."""
    net = nn.Sequential(nn.Linear(4, 5), nn.Dropout(0.5), nn.Linear(5, 3))
    net = fill(net).double().train(training)
    net[1].eval()
    optimizer = make_optimizer("SGD", net)
    parts = list(nn.Module.modules(net))
    owners = {
        "the optimizer": optimizer,
        "all models": nn.modules.module,
        "all optimizers": sys.modules["torch.optim.optimizer"],
    }
    named = [*nn.Module.named_modules(net), *nn.Module.named_parameters(net)]
    owners |= {f"model.{name}".rstrip("."): owner for name, owner in named}
    seen = {"training": [], "lr": []}

    def look_at_rates(*_):
        seen["lr"].append([group["lr"] for group in optimizer.param_groups])

    def look(*_):
        seen["training"].append([part.training for part in parts])
        look_at_rates()

    look()
    net[0].register_forward_pre_hook(look)
    optimizer.register_step_pre_hook(look_at_rates)
    before = {name: hooks_on(owner) for name, owner in owners.items()}
    exercise.train_epoch(net, optimizer, loss_fn, draw([2, 2, 2], "layers", "cpu"), 2)
    look()
    after = {name: hooks_on(owner) for name, owner in owners.items()}
    return {"seen": seen, "hooks before": before, "hooks after": after}


def go_between(exercise, sizes, accumulate, device):
    """What went from one device to another and was waited for, and where the parameters were all the time."""
    net = build("layers", device)
    batches = draw(sizes, "layers", device)
    optimizer = make_optimizer("SGD", net)
    seen = []

    def look(*_):
        seen.append({name: str(p.device) for name, p in nn.Module.named_parameters(net)})

    net[0].register_forward_pre_hook(look)
    traffic = Traffic()
    exercise.train_epoch(net, optimizer, loss_fn, batches, accumulate)
    counts = traffic.counts()
    look()
    return {"counts": counts, "places": seen}


def say(sizes, accumulate):
    """The call, in a student's words."""
    if not sizes:
        return f"train_epoch(..., accumulate={accumulate}) without any micro-batch"
    if len(sizes) > 2 and len(set(sizes)) == 1:
        return (
            f"train_epoch(..., accumulate={accumulate}) on {len(sizes)} micro-batches of {sizes[0]} samples"
        )
    return f"train_epoch(..., accumulate={accumulate}) on micro-batches of {in_words(sizes)} samples"


def factor_between(got, expected):
    """The one number that turns every expected move into the one that was made; None if there is none."""
    a = torch.cat([move.flatten() for move in got.values()])
    b = torch.cat([move.flatten() for move in expected.values()])
    factor = float(a @ b / (b @ b).clamp_min(1e-30))
    return factor if torch.allclose(a, factor * b, rtol=1e-5, atol=1e-9) else None


def hint_on(got, expected, last, arrived):
    """What the first wrong step looks like, with plain SGD; empty if there is none."""
    for number, (move, right, end) in enumerate(zip(got, expected, last, strict=True), start=1):
        factor = factor_between(move, right)
        if factor is not None and abs(factor - 1) < 1e-6:
            continue
        if factor is not None and abs(factor) < 1e-6:
            if True in arrived[number - 1]:
                return f"step {number} moved nothing: gradients had arrived, but were gone again when it came"
            what = "gradients of zeros" if arrived[number - 1] else "no gradients"
            return f"step {number} moved nothing: {what} had come to the model's parameters"
        if factor is not None:
            return f"step {number} has the right direction, but goes {factor:.4g} times as far as it should"
        share = factor_between(move, end)
        if share is not None:
            return (
                f"step {number} used the gradient of its last micro-batch alone, times {share:.4g}; "
                "what became of the others?"
            )
        if number > 1:
            before = got[number - 2]
            again = factor_between({name: move[name] - right[name] for name in right}, before)
            if again is not None:
                return f"step {number} repeats the gradient of step {number - 1} and adds its own to it"
        return f"step {number} is the first that differs from the step of one large batch"
    return ""


def check_moves(student, reference, sizes, accumulate, device="cpu", hint="", only="", **options):
    """Every step moves every parameter as the step of one large batch would.

    ``options``: the model, the optimizer, the number of calls (epochs), whether old gradients are left over.
    """
    model, optimizer = options.get("model", "layers"), options.get("optimizer", "SGD")
    called = say(sizes, accumulate) + ("" if optimizer == "SGD" else f", with {optimizer}")
    called += ", longer in one micro-batch than in another" if model == "sequences" else ""
    arguments = (sizes, accumulate, model, optimizer, options.get("epochs", 1))
    ran = student.run(train, *arguments, "small", options.get("leftover", False), device, called=called)
    expected = reference.run(train, *arguments, "large", False, device)["moves"]
    got = ran["moves"]
    assert len(got) == len(expected), (
        f"{called} called optimizer.step() {times(len(got))}; expected {times(len(expected))}, "
        "once at the end of each window."
    )
    other = ran["changed requires_grad"]
    assert not other, (
        f"{called} changed requires_grad of {', '.join(other)}; that is for the caller to decide, "
        "during the call and after it."
    )
    if not hint:
        last = reference.run(train, *arguments, "last", False, device)["moves"]
        hint = hint_on(got, expected, last, ran["arrived"])
    for number, (move, right) in enumerate(zip(got, expected, strict=True), start=1):
        names = {name: f"the change of {name} by step {number}" for name in right if name.startswith(only)}
        same(
            {names[name]: move[name] for name in names},
            {names[name]: right[name] for name in names},
            called=called,
            hint=hint,
            rtol=RTOL,
            atol=ATOL,
        )
    outside = ran["changed outside of a step"]
    assert not outside, (
        f"{called} changed {', '.join(outside)} after the last optimizer.step(); only steps may."
    )


def times(count):
    return "once" if count == 1 else f"{count} times"


def in_words(numbers):
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def at(samples):
    return f" (after {', '.join(map(str, samples))} samples)" if samples else ""


@pytest.mark.points(0.5)
@pytest.mark.parametrize(("sizes", "accumulate"), [*FULL, *SHORT, ([], 2)])
def test_steps_once_per_window(student, reference, sizes, accumulate):
    """The optimizer steps once at the end of each window, also of a shorter last one"""
    called = say(sizes, accumulate)

    def samples_before_each_step(subject):
        seen, ran = [], 0
        for event in subject.run(watch, sizes, accumulate, called=called):
            if event[0] == "forward":
                ran += event[1]
            if event[0] == "step":
                seen.append(ran)
        return seen

    got, expected = samples_before_each_step(student), samples_before_each_step(reference)
    assert len(got) == len(expected), (
        f"{called} called optimizer.step() {times(len(got))}{at(got)}; "
        f"expected {times(len(expected))}{at(expected)}."
    )
    assert got == expected, (
        f"{called} called optimizer.step() {times(len(got))}, as it should, but {in_words(got)} samples had been "
        f"through the model by then; expected {in_words(expected)}: each window goes through once, whole, "
        "before its step."
    )


@pytest.mark.points(1)
@pytest.mark.parametrize(("sizes", "accumulate", "device"), also_on_gpu(*FULL))
def test_equal_micro_batches_make_one_large_batch(student, reference, sizes, accumulate, device):
    """Full windows of equal micro-batches: every step is the step of one large batch"""
    check_moves(student, reference, sizes, accumulate, device)


@pytest.mark.points(1)
@pytest.mark.needs("test_equal_micro_batches_make_one_large_batch")
@pytest.mark.parametrize(("sizes", "accumulate"), SHORT)
def test_a_shorter_last_window_counts_in_full(student, reference, sizes, accumulate):
    """A last window with fewer micro-batches: its step, too, is the step of one large batch"""
    check_moves(student, reference, sizes, accumulate)


@pytest.mark.points(1)
@pytest.mark.needs("test_equal_micro_batches_make_one_large_batch")
@pytest.mark.parametrize(
    ("sizes", "accumulate", "model", "device"),
    also_on_gpu(*((*case, "layers") for case in UNEQUAL), (*UNEQUAL[1], "sequences")),
)
def test_every_sample_counts_the_same(student, reference, sizes, accumulate, model, device):
    """Unequal micro-batches: each counts by its share of the window's samples"""
    check_moves(student, reference, sizes, accumulate, device, model=model)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_equal_micro_batches_make_one_large_batch")
def test_what_came_before_does_not_count(student, reference):
    """Neither old gradients nor an earlier call have a part in the steps"""
    check_moves(
        student, reference, [2, 2, 2, 2], 2, leftover=True, epochs=2,
        hint="every .grad was full of threes before the call; steps 3 and 4 are those of a second call",
    )  # fmt: skip


@pytest.mark.points(0.5)
@pytest.mark.needs("test_equal_micro_batches_make_one_large_batch")
@pytest.mark.parametrize("optimizer", ["SGD with momentum in two groups", "Adam"])
def test_any_optimizer_will_do(student, reference, optimizer):
    """The steps are those of one large batch with other optimizers, too"""
    check_moves(
        student, reference, [3, 3, 3, 3], 2, optimizer=optimizer, epochs=2,
        hint="at every step all gradients must be right when the optimizer sees them; steps 3 and 4 are "
        "those of a second call, with what the optimizer remembers from the first",
    )  # fmt: skip


@pytest.mark.points(0.5)
@pytest.mark.needs("test_equal_micro_batches_make_one_large_batch")
def test_parameters_without_a_gradient_stay_put(student, reference):
    """Frozen and unused parameters, whose .grad is None, neither break it nor move"""
    check_moves(
        student, reference, [2, 2, 2, 2], 2, model="partly", optimizer="SGD with weight decay",
        hint="weight decay moves a parameter whose .grad is zeros; one whose .grad is None is skipped",
        only=("frozen", "unused"),
    )  # fmt: skip


@pytest.mark.points(0.5)
def test_runs_one_micro_batch_at_a_time(student):
    """Each micro-batch goes forward once, by itself, and backward before the next"""
    sizes, accumulate = [3, 1, 2, 5, 4], 3
    called = say(sizes, accumulate)
    events = student.run(watch, sizes, accumulate, called=called)
    seen = [event[1] for event in events if event[0] == "forward"]
    assert seen == sizes, (
        f"{called} called the model with {seen} samples, one call after the other; expected {sizes}: "
        "every micro-batch once, as it comes, and never a larger batch."
    )
    order = [event[0] for event in events if event[0] in ("forward", "backward")]
    assert order == ["forward", "backward"] * len(sizes), (
        f"{called} went {', '.join(order)}; expected forward, backward, forward, backward and so on: "
        "until backward has run, a micro-batch holds its memory."
    )


@pytest.mark.points(0.5)
def test_lets_go_of_every_graph(student):
    """No micro-batch's graph is kept when the model runs on later ones"""
    sizes, accumulate = [2, 2, 2, 2, 2, 2], 4
    called = say(sizes, accumulate)
    events = student.run(watch, sizes, accumulate, called=called)
    alive = [event[2] for event in events if event[0] == "forward"]
    assert alive, f"{called} did not call the model."
    assert not any(event[1] for event in events if event[0] == "step"), (
        f"After {called}, the gradients in .grad have graphs of their own; expected plain ones. "
        "backward(create_graph=True) is for derivatives of derivatives."
    )
    assert max(alive) <= 1, (
        f"During {called}, the graphs of {max(alive)} earlier micro-batches were still alive when the model "
        "was called again; expected at most that of the one before. A loss or an output that is kept, or a "
        "loss that is added to a total, keeps its whole graph; loss.detach() does not."
    )


@pytest.mark.points(0.5)
def test_reads_batches_as_it_goes(student):
    """`batches` is read while training, not gathered first"""
    sizes, accumulate = [2] * 9, 2
    called = say(sizes, accumulate)
    read, through, ahead, held = 0, 0, 0, 0
    for event in student.run(watch, sizes, accumulate, called=called):
        if event[0] == "read":
            read += 1
            ahead = max(ahead, read - through // 2)
        if event[0] == "forward":
            through += event[1]
            held = max(held, event[3])
    at_most = "expected that it holds at most two windows, since a whole epoch may be larger than the memory."
    waiting = f"{ahead} of the" if ahead < len(sizes) else "all"
    assert ahead <= 2 * accumulate, (
        f"{called} had read {waiting} {len(sizes)} micro-batches before they went through the model; {at_most}"
    )
    assert read == len(sizes), f"{called} read {read} micro-batches; expected all {len(sizes)}."
    assert held <= most_held(accumulate), (
        f"During {called}, {held} micro-batches were still in memory when the model was called; {at_most} "
        "Let go of those that have been trained on: no list may keep them, nor itertools.tee."
    )


@pytest.mark.points(0.5)
def test_calls_the_model(student):
    """The model is called as model(x), not through model.forward(x)"""
    sizes, accumulate = [2, 2, 2], 2
    called = say(sizes, accumulate)
    got = student.run(count_calls, sizes, accumulate, called=called)
    assert got["ran"], f"{called} did not run the model."
    assert got["called"] == got["ran"], (
        f"During {called} the model's forward ran {times(got['ran'])}, but model(x) was called "
        f"{times(got['called'])}; expected no other way: model.forward(x) skips the hooks that model(x) runs."
    )


@pytest.mark.points(0.5)
@pytest.mark.parametrize("training", [True, False])
def test_leaves_the_settings_alone(student, training):
    """What the caller has set stays: train or eval mode of every part, the learning rate, and the hooks"""
    called = "train_epoch on a model "
    called += "in train mode with one part in eval mode" if training else "in eval mode"
    ran = student.run(settings, training, called=called)
    got, before, after = ran["seen"], ran["hooks before"], ran["hooks after"]
    assert len(got["training"]) > 2, f"{called} did not run the model."
    names = {"training": "`training` of the model and its parts", "lr": "the learning rate"}
    for what, seen in got.items():
        other = [now for now in seen if now != seen[0]]
        assert not other, (
            f"{called} changed {names[what]} from {seen[0]} to {other[0]}; "
            "expected no change, during the call or after it."
        )
    hooks = ", ".join(
        f"on {name} {len(before[name])} before and {len(after[name])} after"
        for name in before
        if after[name] != before[name]
    )
    assert not hooks, (
        f"{called} left other hooks than it had found: {hooks}. Expected the same as before. A hook that you "
        "register stays until you call remove() on the handle that the registration returns."
    )


@pytest.mark.points(0.5)
@pytest.mark.parametrize("sizes", [[2, 2, 2], []])
def test_returns_a_list_of_floats(student, sizes):
    """The result is a list with one float per step, and [] where there is nothing to train on"""
    called = say(sizes, 2) + (", all in float32," if sizes else "")
    kind, items, counts = student.run(types_of_losses, sizes, 2, called=called)
    assert kind == "list", (
        f"{called} returned an object of type {kind}; expected a list of floats, one per step."
    )
    expected = ["float"] * ((len(sizes) + 1) // 2)
    assert counts[0] >= counts[1], (
        f"{called} returned a list of {counts[0]} values, and then, called again, one of {counts[1]}: the second "
        f"call also returned the first call's values. Expected {len(expected)} each time, one for each step."
    )
    assert len(items) == len(expected), (
        f"{called} returned a list of {len(items)} values; expected {len(expected)}, one for each step."
    )
    assert items == expected, (
        f"{called} returned a list with values of type {', '.join(items)}; expected Python floats, such "
        "as loss.item() gives."
    )


@pytest.mark.points(0.5)
@pytest.mark.parametrize(
    ("sizes", "accumulate", "device"), also_on_gpu(([2, 2, 2, 2, 2], 2), ([3, 1, 2, 5, 4], 3))
)
def test_returns_mean_losses(student, reference, sizes, accumulate, device):
    """Each value is the mean loss over all samples of its window"""
    called = say(sizes, accumulate)
    got = student.run(losses, sizes, accumulate, False, "given", device, called=called)
    expected = reference.run(losses, sizes, accumulate, True, "given", device)
    assert len(got) == len(expected), (
        f"{called} returned {len(got)} losses; expected {len(expected)}, one for each step."
    )
    window = reference.run(losses, sizes, 1, False, "given", device)[:accumulate]
    other = {loss: reference.run(losses, sizes, accumulate, True, loss, device)[0] for loss in LOSSES}
    known = {
        "what loss_fn gives with its two arguments swapped": other["swapped"],
        "a mean squared error, not what loss_fn gives": other["squared error"],
        "the sum of its micro-batches' losses": sum(window),
        "the loss of its first micro-batch": window[0],
        "the loss of its last micro-batch": window[-1],
        "the mean of its micro-batches' losses, in which small ones count as much": sum(window) / len(window),
    }
    hint = "compare with the mean of all samples' losses in the window"
    for what, value in known.items():
        if abs(got[0] - value) < 1e-8 < abs(got[0] - expected[0]):
            hint = f"the value of the first window is {what}"
    same(got, expected, called=called, rtol=RTOL, atol=ATOL, hint=hint)


@pytest.mark.points(0.5)
@pytest.mark.parametrize("device", [GPU])
def test_leaves_everything_where_it_is(student, device):
    """On a GPU: the model and the batches stay on the device that the caller has put them on"""
    sizes, accumulate = [3, 1, 2], 2
    called = f"{say(sizes, accumulate)}, all on {device},"
    got = student.run(go_between, sizes, accumulate, device, called=called)
    *during, after = got["places"]
    assert during, f"{called} did not run the model."
    for when, places in [*(("when the model was called", place) for place in during), ("afterwards", after)]:
        moved = {name: place for name, place in places.items() if place != device}
        assert not moved, (
            f"{called} moved the model: {when}, {', '.join(f'{n} was on {p}' for n, p in moved.items())}. "
            f"Expected it to stay on {device}. The batches are there already, so nothing has to be moved."
        )
    copies = got["counts"]["device_to_device"]
    assert not copies, (
        f"{called} copied tensors to another GPU or from there, {times(copies)}. Expected everything to stay "
        f"on {device}: 'cuda' without a number is the first GPU, which may not be the model's."
    )


@pytest.mark.points(1)
@pytest.mark.needs("test_every_sample_counts_the_same")
@pytest.mark.needs("test_returns_a_list_of_floats")
@pytest.mark.needs("test_returns_mean_losses")
@pytest.mark.parametrize("device", [GPU])
def test_waits_at_most_once_per_step(student, device):
    """On a GPU: values are read at most once per step, not in every micro-batch"""
    sizes, accumulate, steps = [2] * 12, 4, 3
    called = say(sizes, accumulate)
    counts = student.run(go_between, sizes, accumulate, device, called=called)["counts"]
    waits = counts["synchronisations"]
    each = f", {waits // steps} times per step" if waits % steps == 0 else ""
    if waits >= len(sizes):
        each = f", {'at least ' * (waits > len(sizes))}once for each micro-batch"
    assert waits <= steps, (
        f"{called} waited for the GPU {times(waits)}{each}; expected at most {steps} times, once per step. "
        "Each .item(), float(loss), .cpu(), .tolist(), print(loss), or `if` on a tensor waits until the GPU has "
        "done all it was asked to. Add up detached losses on the device, and read their sum once per step."
    )
    copies = counts["device_to_host"]
    assert copies <= steps, (
        f"{called} copied something from the GPU to the CPU {times(copies)}; expected at most {steps} times, "
        "once per step. A copy with non_blocking=True does not wait, so what is read from it may be anything."
    )
