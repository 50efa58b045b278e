"""Hidden suite of 10_gradient_accumulation: is each step that of one large batch, without ever making one?"""

import gc
import itertools
import math
import weakref
from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader.suite import CallCase, Mismatch, fill, listed, rules_for, same, same_traffic
from grader.words import times

# What losses are multiplied by. With the first, all gradients together are less than 0.1; with the second,
# those of biases are above 10,000 each. So no usual limit clips the first, and any does the second.
USUAL, LARGE = 0.001, 1e5
FAR = 2.0**30  # numbers of this size are 128 apart in float32
MOST_HELD = 5  # two windows of two micro-batches, and one that may linger in a variable
STILL = "a learning rate of 0"
LENGTHS = [2, 3, 4]  # of the sequences in one micro-batch after the other
UNEQUAL = [3, 1, 2], 2  # a full window of unequal micro-batches, and a shorter one
# Rounding differs with the way taken (shares before, a division after, weights or a total in float32).
IN_FLOAT64, IN_FLOAT32 = {"rtol": 1e-6, "atol": 1e-7}, {"rtol": 1e-4, "atol": 1e-5}


def epoch(*sizes):
    """A case in float32, with a part in eval mode, for the house rules and three tests."""

    def given(device):
        model = nn.Sequential(nn.Linear(3, 2), nn.Identity().eval())
        pairs = [(torch.randn(n, 3).to(device), (20 + 40 * torch.rand(n, 2)).to(device)) for n in sizes]
        optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=1 / USUAL), loss_for(setup(sizes, 2))
        return {"model": model, "optimizer": optimizer, "loss_fn": loss_fn, "batches": pairs}

    call = "train_epoch(model, optimizer, loss_fn, batches, accumulate=2)"
    about = f"on micro-batches of {listed(sizes, 'no')} samples"
    return CallCase(call, given, about, changes=frozenset({"model", "optimizer"}))


EPOCH, NOTHING = epoch(2, 1, 1), epoch()
test_house_rules = rules_for(EPOCH, each=0.1, skip={"moves-nothing": "losses are read: see the last test"})

# --- one run, and how it moves the parameters --------------------------------------------------------------


def partly():
    model = nn.Sequential(OrderedDict(used=nn.Linear(4, 3), frozen=nn.Linear(3, 3).requires_grad_(False)))
    model.unused = nn.Parameter(torch.zeros(3))
    return model


# How to make each, and what is special about it and its batches.
MODELS = {
    "layer": (lambda: nn.Linear(4, 3), ""),
    "sequences": (lambda: nn.Linear(4, 3), ", sequences of other lengths in each micro-batch"),
    "partly": (partly, ", of a model with a frozen layer and an unused parameter"),
    "muted": (lambda: nn.Sequential(nn.Linear(4, 3), nn.Dropout(1.0).eval()), ", with dropout in eval mode"),
    "tokens": (lambda: nn.Embedding(7, 3), ", where x are tokens and y classes, all int64"),
    "far": (lambda: nn.Linear(4, 3), ", where y are float64 and above 2 ** 30"),
}


def setup(sizes, accumulate, model="layer", **more):
    """What a probe is told. `leftover`: how names of parameters with old gradients begin."""
    told = {"sizes": sizes, "accumulate": accumulate, "model": model, "about": MODELS[model][1], "hint": ""}
    return told | {"optimizer": "SGD", "scale": USUAL, "epochs": 1, "leftover": None, "memory": 99} | more


def draw(told):
    """The micro-batches. All y are above what a model puts out: no gradient of a bias is near zero."""
    kind, batches = told["model"], []
    for n, length in zip(told["sizes"], itertools.cycle(LENGTHS), strict=False):
        shape = (n, length) if kind == "sequences" else (n,)
        x, y = torch.randn(*shape, 4).double(), 20 + 40 * torch.rand(*shape, 3).double()
        y = y + FAR if kind == "far" else y
        if kind == "tokens":
            x, y = torch.randint(0, 7, shape), torch.randint(0, 3, shape)
        batches.append((x, y) if batches else [x, y])
    return batches


def loss_for(told):
    """A mean over samples that is not symmetric: of (out - y)² / y."""
    if told["model"] == "tokens":
        return lambda out, y: F.cross_entropy(out, y) * told["scale"]
    zero = FAR if told["model"] == "far" else 0.0
    return lambda out, y: ((out - (y - zero)) ** 2 / (y - zero)).mean() * told["scale"]


def optimizer_for(told, net):
    kind, parameters, lr = told["optimizer"], list(nn.Module.parameters(net)), 0.1 / told["scale"]
    if kind == "Adam":
        return torch.optim.Adam(parameters, lr=0.05)
    if kind == "momentum in two groups":
        groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": lr / 2}]
        return torch.optim.SGD(groups, lr=lr, momentum=0.9)
    decay = 0.001 if kind == "weight decay" else 0.0
    return torch.optim.SGD(parameters, lr=0.0 if kind == STILL else lr, weight_decay=decay)


def joined(window):
    """One large batch. Elements of sequences are repeated until all are of length 12: means stay the same."""
    return [
        torch.cat([p.repeat_interleave(12 // p.shape[1], dim=1) if p.ndim == 3 else p for p in parts])
        for parts in zip(*window, strict=True)
    ]


def say(told):
    """The call, in a student's words."""
    about = told["about"] + ("" if told["optimizer"] == "SGD" else f", with {told['optimizer']}")
    call = f"train_epoch(..., accumulate={told['accumulate']})"
    return f"{call} on micro-batches of {listed(told['sizes'])} samples{about}"


def train(exercise, told, way="as they are"):
    """How each step moved each parameter, whether gradients of zeros or others had come, and the losses."""
    net, batches, accumulate = fill(MODELS[told["model"]][0]()).double(), draw(told), told["accumulate"]
    if way != "as they are":
        windows = [batches[i : i + accumulate] for i in range(0, len(batches), accumulate)]
        batches, accumulate = [joined(w) if way == "joined" else w[-1] for w in windows], 1
    optimizer, named = optimizer_for(told, net), dict(nn.Module.named_parameters(net))
    moves, arrived, news, losses = [], [], [], []
    places = {name: p.detach().clone() for name, p in named.items()}

    def fits(_, args):
        if len(args[0]) > told["memory"] and way == "as they are":
            raise MemoryError(f"there is memory for {told['memory']} samples, and x has {len(args[0])}")

    def moved(*_):
        moves.append({name: p.detach() - places[name].to(p.dtype) for name, p in named.items()})
        places.update({name: p.detach().clone() for name, p in named.items()})
        arrived.append(sorted(set(news)))
        news.clear()

    optimizer.register_step_post_hook(moved)
    net.register_forward_pre_hook(fits)
    for name, p in named.items():
        if told["leftover"] is not None and name.startswith(told["leftover"]):
            p.grad = torch.full_like(p, 3.0)
        if p.requires_grad:
            p.register_hook(lambda grad: news.append(bool(grad.any())))
    for _ in range(told["epochs"]):
        result = exercise.train_epoch(net, optimizer, loss_for(told), batches, accumulate)
        losses += [float(loss) for loss in result] if issubclass(type(result), list) else []
    moved()
    return {"moves": moves, "arrived": arrived, "losses": losses}


def check_steps(student, reference, told):
    """Every step moves every parameter as the step of one large batch would; nothing moves after the last."""
    called = say(told)
    got, want = student.run(train, told, called=called), reference.run(train, told, "joined")["moves"]
    moves, steps = got["moves"], len(want) - 1
    if len(moves) - 1 > steps:  # how many steps there are is asked elsewhere; these had nothing to do
        moves = [move for move, came in zip(moves[:-1], got["arrived"], strict=False) if came] + moves[-1:]
    if len(moves) - 1 != steps:
        raise Mismatch(f"{called} called optimizer.step() {times(len(moves) - 1)}; expected {times(steps)}.")
    for number, (move, right) in enumerate(zip(moves, want, strict=True), start=1):
        when = f"by step {number}" if number <= steps else f"after step {steps}, the last,"
        try:
            for name in right:
                what = f"the change of {name} {when}"
                same({what: move[name]}, {what: right[name]}, called=called, **IN_FLOAT64)
        except Mismatch as mismatch:
            last = reference.run(train, told, "last")["moves"][number - 1]
            before = moves[number - 2] if number > 1 else {}
            found = what_went_wrong(move, right, last, before, got["arrived"][number - 1])
            found = f"step {number} {found}" if number <= steps else "only steps may move anything"
            mismatch.hint = told["hint"] or found
            raise


def factor_between(got, expected):
    """The one number that turns every expected move into the one that was made; None if there is none."""
    a, b = (torch.cat([move.flatten() for move in moves.values()]).double() for moves in (got, expected))
    factor = float(a @ b / (b @ b)) if b.any() else math.nan
    return factor if torch.allclose(a, factor * b, rtol=1e-5, atol=1e-9) else None


def what_went_wrong(move, right, last, before, arrived):
    """What a wrong step looks like, with plain SGD."""
    factor, share = factor_between(move, right), factor_between(move, last)
    if factor is not None and abs(factor) < 1e-6:
        what = "gradients of zeros" if arrived else "no gradients"
        had = f"{what} had come to the model's parameters" if True not in arrived else ""
        return f"moved nothing: {had or 'gradients had arrived, but were gone again when it came'}"
    if factor is not None:
        return f"has the right direction, but goes {factor:.4g} times as far as it should"
    if share is not None:
        return f"used the gradient of its last micro-batch alone, times {share:.4g}: where are the others?"
    if before and factor_between({name: move[name] - right[name] for name in right}, before) is not None:
        return "repeats the gradient of the step before and adds its own to it"
    return "is the first that differs from the step of one large batch"


def steps(points, title, *told, needs=()):
    """A test: what is told, every step moves every parameter as the step of one large batch would."""

    @pytest.mark.points(points)
    @pytest.mark.needs(*needs)
    @pytest.mark.parametrize("told", told)
    def test(student, reference, told):
        check_steps(student, reference, told)

    test.__doc__ = f"train_epoch: {title}"
    return test


ONE, SEVERAL = ["test_a_window_is_one_large_batch"], ["test_each_window_begins_anew"]
ANY = ["test_a_shorter_last_window_counts_in_full", "test_every_sample_counts_the_same"]

test_a_window_is_one_large_batch = steps(
    0.7, "the step of one window of equal micro-batches is the step of one large batch", setup([2, 2, 2], 3)
)
test_each_window_begins_anew = steps(
    0.4, "with several windows, each step is that of its own window", setup([3, 3, 3, 3], 2), needs=ONE
)
test_a_shorter_last_window_counts_in_full = steps(
    0.9, "a shorter last window leads to a step, that of one large batch", setup([2, 2, 2], 2), needs=SEVERAL
)
test_every_sample_counts_the_same = steps(
    1.0, "an unequal micro-batch counts by its share of the window's samples",
    setup([3, 1, 2, 5, 4, 1], 3, memory=5, about=", where memory is for 5 samples"), needs=SEVERAL,
)  # fmt: skip
test_a_longer_sample_counts_no_more = steps(
    0.3, "a sample counts once, however long it is", setup([2, 2, 2], 3, "sequences"), needs=SEVERAL
)
test_old_gradients_do_not_count = steps(
    0.4, "what is in .grad before the call has no part in the steps",
    setup([2, 2], 2, leftover="", hint="before the call, every .grad was full of threes"),
    setup([2, 2], 2, "partly", leftover="frozen", hint="each frozen .grad was full of threes"), needs=ONE,
)  # fmt: skip
test_any_optimizer_will_do = steps(
    0.4, "with other optimizers the steps are those of one large batch, too, also in a second call",
    setup([3, 3], 2, optimizer="momentum in two groups", epochs=2,
          hint="all groups count, and so does what the optimizer remembers from an earlier call"),
    setup([3, 3], 1, optimizer="Adam", hint="Adam sees gradients only: no learning rate can mend them"),
    needs=SEVERAL,
)  # fmt: skip
test_parameters_without_a_gradient_stay_put = steps(
    0.3, "frozen and unused parameters, whose .grad is None, neither break it nor move",
    setup([2, 2], 2, "partly", optimizer="weight decay",
          hint="weight decay moves what has a .grad, even one of zeros; what has None is skipped"),
    needs=SEVERAL,
)  # fmt: skip
test_a_part_in_eval_mode_stays_in_it = steps(
    0.3, "a dropout that is in eval mode drops nothing, whatever mode the model is in",
    setup([2, 2], 2, "muted", hint="no train() and no eval(): modes are the caller's"), needs=ONE,
)  # fmt: skip
test_batches_are_taken_as_they_are = steps(
    0.3, "x and y keep their dtype, int64 and float64 as well",
    *(setup([2, 2], 2, kind, hint="no .float(), no .double(), no autocast") for kind in ("tokens", "far")),
    needs=ONE,
)  # fmt: skip
test_large_gradients_count_in_full = steps(
    0.5, "the optimizer gets the gradients as they are, however large",
    setup(*UNEQUAL, scale=LARGE, about=", with gradients above 10,000",
          hint="small gradients lead to the right steps: is something clipped before the step?"), needs=ANY,
)  # fmt: skip


@pytest.mark.points(0.8)
@pytest.mark.parametrize("told", [setup(*UNEQUAL, optimizer=STILL), setup([1, 3], 2)])
def test_returns_mean_losses(student, reference, told):
    """train_epoch: each value is the mean loss over all samples of its window, before the step"""
    got = student.run(train, told, called=say(told))["losses"]
    expected = reference.run(train, told, "joined")["losses"]
    if len(got) != len(expected):
        raise Mismatch(f"{say(told)} returned {len(got)} losses; expected {len(expected)}, one per step.")
    each = reference.run(train, told | {"accumulate": 1, "optimizer": STILL})["losses"][:2]
    known = {
        "the sum of its micro-batches' losses": sum(each),
        "the loss of its last micro-batch": each[-1],
        "the mean of its micro-batches' losses, in which small ones count as much": sum(each) / 2,
    }
    found = [what for what, value in known.items() if math.isclose(got[0], value, rel_tol=1e-6)]
    hint = f"the value of the first window is {found[0]}" if found else ""
    same(got, expected, called=say(told), hint=hint, rtol=1e-5, atol=0.0)


class Watched(nn.Module):
    """Notes each forward and backward, and how many older graphs are alive."""

    def __init__(self, note):
        super().__init__()
        self.used, self.part, self.note, self.graphs = nn.Linear(4, 3), nn.Identity(), note, []

    def forward(self, x):
        self.note("forward", samples=len(x), alive=sum(graph() is not None for graph in self.graphs))
        y, token = self.part(self.used(x)), set()  # the set lives as long as the graph that it is tied to
        self.graphs.append(weakref.ref(token))
        if y.requires_grad:
            y.register_hook(lambda _, token=token: self.note("backward"))
        return y


def watch(exercise, told, stream=False):
    """Everything that happens, in order, with the caller's settings and how many micro-batches are held."""
    events, read = [], []

    def count():
        return sum(any(tensor() is not None for tensor in pair) for pair in read)

    def note(what, **facts):
        if count() > MOST_HELD:
            gc.collect()  # what only garbage refers to is not held
        modes, rates = [part.training for part in parts], [group["lr"] for group in optimizer.param_groups]
        events.append({"what": what, "held": count(), "training": modes, "lr": rates, **facts})

    def generator():
        while batches:
            note("read")
            read.append([weakref.ref(tensor) for tensor in batches[0]])
            yield batches.pop(0)

    def after_step(*_):
        note("step", graph=any(p.grad is not None and p.grad.requires_grad for p in parameters))

    net, batches = fill(Watched(note)).double().eval(), draw(told)
    net.part.train()
    parts, parameters, optimizer = list(net.modules()), list(net.parameters()), optimizer_for(told, net)
    optimizer.register_step_post_hook(after_step)
    note("start")
    source = generator() if stream else batches
    exercise.train_epoch(net, optimizer, loss_for(told), source, told["accumulate"])
    note("end")
    return events


WATCHED = setup([3, 1, 2, 1, 1, 1], 3)


def events_of(subject):
    """What happens in a run that several tests look at."""
    return subject.run(watch, WATCHED, called=say(WATCHED))


@pytest.mark.points(0.2)
@pytest.mark.parametrize("told", [WATCHED, {**WATCHED, "sizes": [2, 2, 2, 2], "accumulate": 2}])
def test_steps_once_per_window(student, reference, told):
    """train_epoch: the optimizer steps once at the end of each window, and at no other time"""

    def steps(subject):
        events = subject.run(watch, told, called=say(told))
        samples = itertools.accumulate(event.get("samples", 0) for event in events)
        seen = [ran for event, ran in zip(events, samples, strict=True) if event["what"] == "step"]
        return times(len(seen)) + (f" (after {listed(seen)} samples)" if seen else "")

    got, expected = steps(student), steps(reference)
    assert got == expected, f"{say(told)} called optimizer.step() {got}; expected {expected}."


@pytest.mark.points(0.4)
def test_runs_one_micro_batch_at_a_time(student):
    """train_epoch: each micro-batch goes forward once, by itself, and backward before the next"""
    order = [event["what"] for event in events_of(student) if event["what"] in ("forward", "backward")]
    seen = [event["samples"] for event in events_of(student) if event["what"] == "forward"]
    assert seen == WATCHED["sizes"], (
        f"{say(WATCHED)} called the model with {listed(seen)} samples, one call after the other; expected "
        f"{listed(WATCHED['sizes'])}: every micro-batch once, as it comes, and never a larger batch."
    )
    assert order == ["forward", "backward"] * len(seen), (
        f"{say(WATCHED)} went {', '.join(order)}; expected forward, backward, forward, backward and so on: a "
        "micro-batch holds its memory until backward has run."
    )


@pytest.mark.points(0.4)
def test_lets_go_of_every_graph(student):
    """train_epoch: no micro-batch's graph is kept when the model runs on later ones"""
    ran = [event for event in events_of(student) if event["what"] in ("forward", "step")]
    assert ran, f"{say(WATCHED)} neither called the model nor optimizer.step()."
    assert not any(event.get("graph") for event in ran), (
        f"After {say(WATCHED)}, gradients have graphs of their own; expected none: no create_graph=True."
    )
    alive = max(event.get("alive", 0) for event in ran)
    assert alive <= 1, (
        f"During {say(WATCHED)}, {alive} older graphs were alive as the model was called; expected at most "
        "one, that of the last micro-batch. A loss that is kept or added up keeps its graph: detach() it."
    )


@pytest.mark.points(0.4)
def test_reads_batches_as_it_goes(student):
    """train_epoch: `batches` may be a generator, and is read while training, not gathered first"""
    told = setup([1] * 8, 2, about=", out of a generator")
    called, read, ran, ahead, held = say(told), 0, 0, 0, 0
    for event in student.run(watch, told, True, called=called):
        read, ran = read + (event["what"] == "read"), ran + event.get("samples", 0)
        ahead, held = max(ahead, read - ran), max(held, event["held"])
    most = "expected at most two windows, since a whole epoch may be larger than the memory."
    assert ahead <= 4, f"{called} had read {ahead} of them before they went through the model; {most}"
    assert read == 8, f"{called} read {read} micro-batches; expected all 8."
    assert held <= MOST_HELD, (
        f"During {called}, {held} were in memory when the model was called; {most} Nothing may keep those "
        "that have been trained on: no list, no itertools.tee."
    )


@pytest.mark.points(0.2)
def test_leaves_the_settings_alone(student):
    """train_epoch: modes and learning rate stay during the call and after it, also in eval mode"""
    called, told = "train_epoch on a model in eval mode with a part in train mode", setup([2], 1)
    first, *later = student.run(watch, told, called=called)
    assert len(later) > 3, f"{called} did not call the model and optimizer.step(); expected both, once."
    for event, what in itertools.product(later, ("training", "lr")):
        was, now = first[what], event[what]
        assert now == was, f"{called} changed {what} from {was} to {now}; expected no change at any time."


# --- in float32, and on a GPU ------------------------------------------------------------------------------


@pytest.mark.points(0.2)
@pytest.mark.parametrize(("case", "length"), [(EPOCH, 2), (NOTHING, 0)], ids=["two steps", "nothing"])
def test_returns_a_list_of_floats(student, case, length):
    """train_epoch: the result is a list with one float per step, and [] where there is nothing to train on"""
    got = student.observe(case).output
    values = got if type(got) is list else [got]
    kinds = [value if type(value) is str else type(value).__name__ for value in values]
    assert (type(got), kinds) == (list, ["float"] * length), (
        f"{case.words} returned a {type(got).__name__} of {listed(kinds, 'nothing')}; expected a list of "
        f"{length} floats. What .item() gives is a float; a tensor is none, nor is numpy.float32."
    )


@pytest.mark.points(0.7)
@pytest.mark.needs("test_a_shorter_last_window_counts_in_full", "test_every_sample_counts_the_same")
def test_runs_in_float32_and_on_a_gpu(student, reference, device):
    """train_epoch: the steps are right in float32 as well, and where model and batches are on a GPU"""
    got, want = student.observe(EPOCH, device), reference.observe(EPOCH, device).after["model"]
    hint = "all stays in float32, and on the device of the model: no autocast, no tensors elsewhere"
    same(got.after["model"], want, called=got.words, hint=hint, **IN_FLOAT32)


@pytest.mark.points(0.6)
@pytest.mark.needs("test_runs_in_float32_and_on_a_gpu")
@pytest.mark.parametrize("device", ["cuda:1"])
def test_waits_at_most_once_per_step(student, device):
    """train_epoch: on a GPU, values are read at most once per step, not in every micro-batch"""
    seen = student.observe(EPOCH, device)
    kinds = {*map(type, seen.output)} if type(seen.output) is list else set()
    assert kinds == {float}, f"{seen.words} returned no list of floats, so nothing says when they are read."
    counts = seen.stage("run")["traffic"]
    most = {"device_to_host": 2, "synchronisations": 2, "host_to_device": counts["host_to_device"]}
    same_traffic(counts, most, called=f"{EPOCH.words}, in 2 steps on {device},")
