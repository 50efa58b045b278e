"""Run me with `pytest exercises/10_gradient_accumulation`.

A test with a `device` runs on the CPU and on a GPU. Where there is none, two are simulated.
"""

import copy
import weakref

import pytest
import torch
from gradient_accumulation import train_epoch
from torch import nn

from grader import simcuda


def loss_fn(out, y):
    """The mean of some loss over all samples."""
    return ((out - y) ** 2 / y).mean()


def make(*sizes, device="cpu"):
    """A model, plain SGD for it, and one micro-batch per size: x of shape (size, 3), y of shape (size, 2)."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [
        (torch.randn(n, 3).double().to(device), torch.rand(n, 2).double().to(device) + 9) for n in sizes
    ]
    return model, optimizer, batches


def joined(pairs):
    """One large batch."""
    xs, ys = zip(*pairs, strict=True)
    return torch.cat(xs), torch.cat(ys)


def large_steps(model, optimizer, batches, accumulate):
    """What is expected: a copy of the model after one step per window, on one large batch; and the losses."""
    model, optimizer = copy.deepcopy((model, optimizer))
    losses = []
    for start in range(0, len(batches), accumulate):
        x, y = joined(batches[start : start + accumulate])
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def same(got, expected, words):
    close = torch.allclose(got.detach(), expected.detach(), rtol=1e-5)
    assert close, f"{words} is\n{got.detach()}\nexpected\n{expected.detach()}"


def check_steps(model, optimizer, batches, accumulate, what=""):
    """Train, and compare the weights with those after steps on large batches."""
    expected, _ = large_steps(model, optimizer, batches, accumulate)
    train_epoch(model, optimizer, loss_fn, batches, accumulate)
    sizes = [len(x) for x, _ in batches]
    for name, parameter in model.named_parameters():
        words = (
            f"After train_epoch on micro-batches of {sizes} samples, accumulate={accumulate}{what}: {name}"
        )
        same(parameter, expected.get_parameter(name), words)


def count_steps(optimizer):
    """A list that gets one more entry with each step of the optimizer."""
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append("step"))
    return steps


# --- the gradient ------------------------------------------------------------------------------------------


def test_one_window_is_one_large_batch():
    check_steps(*make(4, 4), accumulate=2)


def test_each_window_begins_anew():
    check_steps(*make(2, 2, 2, 2), accumulate=2)


def test_a_shorter_last_window_leads_to_a_step():
    check_steps(*make(2, 2, 2, 2, 2), accumulate=3)


def test_every_sample_counts_the_same(device):
    check_steps(*make(5, 1, 3, 1, device=device), accumulate=3, what=f", on {device}")


def test_a_longer_sample_counts_once():
    model, optimizer, batches = make(2, 2)
    x, y = batches[1]
    longer = x.unsqueeze(1).repeat(1, 5, 1), y.unsqueeze(1).repeat(1, 5, 1)  # five times the same
    expected, _ = large_steps(model, optimizer, batches, 2)
    train_epoch(model, optimizer, loss_fn, [batches[0], longer], 2)
    same(model.weight, expected.weight, "After micro-batches with samples of other lengths: weight")


def test_old_gradients_do_not_count():
    model, optimizer, batches = make(2, 2, 2)
    model.bias.requires_grad_(False)
    expected, _ = large_steps(model, optimizer, batches, 2)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    train_epoch(model, optimizer, loss_fn, batches, 2)
    for name, parameter in model.named_parameters():
        same(
            parameter,
            expected.get_parameter(name),
            f"After train_epoch with every .grad full of ones before: {name}",
        )


def test_a_frozen_and_an_unused_parameter_stay_as_they_are():
    model, _, batches = make(2, 2)
    model.bias.requires_grad_(False)
    model.unused = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1, weight_decay=0.1
    )  # moves what has a .grad, even zeros
    before = copy.deepcopy(model)
    train_epoch(model, optimizer, loss_fn, batches, 2)
    same(model.bias, before.bias, "The frozen bias, after train_epoch,")
    same(model.unused, before.unused, "A parameter that model(x) does not use, after train_epoch,")


@pytest.mark.parametrize("kind", ["Adam", "momentum"])
def test_other_optimizers_will_do(kind):
    model, _, batches = make(2, 2, 2)
    groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.05}]
    optimizer = torch.optim.Adam(groups) if kind == "Adam" else torch.optim.SGD(groups, lr=0.1, momentum=0.9)
    check_steps(model, optimizer, batches, 2, what=f", with {kind} in two groups")
    check_steps(model, optimizer, batches, 2, what=f", with {kind} in two groups, called again")


# --- what it returns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_returns_the_mean_loss_of_each_window(dtype):
    model, optimizer, batches = make(5, 1, 2)
    model, batches = model.to(dtype), [(x.to(dtype), y.to(dtype)) for x, y in batches]
    _, expected = large_steps(model, optimizer, batches, 2)
    losses = train_epoch(model, optimizer, loss_fn, batches, 2)
    assert type(losses) is list, f"train_epoch returned a {type(losses).__name__}; expected a list."
    kinds = [type(loss).__name__ for loss in losses]
    assert all(isinstance(loss, float) for loss in losses), (
        f"The values are of type {kinds}; expected floats."
    )
    assert losses == pytest.approx(expected, rel=1e-5), f"The losses are {losses}; expected {expected}."


def test_without_micro_batches_nothing_happens():
    model, optimizer, _ = make()
    steps = count_steps(optimizer)
    losses = train_epoch(model, optimizer, loss_fn, [], 2)
    assert losses == [], f"train_epoch(..., [], 2) returned {losses!r}; expected []."
    assert not steps, f"train_epoch(..., [], 2) called optimizer.step() {len(steps)} times; expected no call."


# --- one micro-batch at a time -----------------------------------------------------------------------------


def test_goes_forward_and_backward_one_micro_batch_at_a_time():
    model, optimizer, batches = make(5, 1, 2, 2)
    events = []

    def on_forward(_, args, out):
        events.append(f"forward {len(args[0])}")
        out.register_hook(lambda _: events.append("backward"))

    model.register_forward_hook(on_forward)  # runs when somebody calls model(x)
    optimizer.register_step_post_hook(lambda *_: events.append("step"))
    train_epoch(model, optimizer, loss_fn, batches, 2)
    expected = ["forward 5", "backward", "forward 1", "backward", "step"]
    expected += ["forward 2", "backward", "forward 2", "backward", "step"]
    assert events == expected, f"What happened:\n{events}\nexpected\n{expected}"


def test_lets_go_of_each_graph():
    model, optimizer, batches = make(2, 2, 2, 2)
    graphs, alive = [], []

    def on_forward(_, args, out):
        alive.append(sum(graph() is not None for graph in graphs))
        token = nn.Identity()  # lives as long as the graph of `out`, which gets a hook that refers to it
        out.register_hook(lambda _, token=token: None)
        graphs.append(weakref.ref(token))

    model.register_forward_hook(on_forward)
    train_epoch(model, optimizer, loss_fn, batches, 4)
    words = f"When the model was called, so many graphs of earlier micro-batches were alive: {alive}."
    assert max(alive) <= 1, f"{words} Expected at most one each time: detach() the losses that you keep."


def test_reads_a_generator_while_it_trains():
    model, optimizer, batches = make(1, 1, 1, 1, 1, 1, 1, 1)
    ahead = []  # how many micro-batches were read and not yet trained on, at each reading
    read, ran = [], []
    model.register_forward_hook(lambda *_: ran.append(1))

    def generator():
        for pair in batches:
            read.append(1)
            ahead.append(len(read) - len(ran))
            yield pair

    losses = train_epoch(model, optimizer, loss_fn, generator(), 2)
    assert len(losses) == 4, (
        f"8 micro-batches out of a generator, accumulate=2: {len(losses)} losses; expected 4."
    )
    assert max(ahead) <= 4, (
        f"{max(ahead)} micro-batches were read before they ran; expected two windows at most."
    )


def test_classes_stay_whole_numbers():
    model = nn.Sequential(nn.Embedding(5, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.tensor([0, 3]), torch.tensor([2, 1])), (torch.tensor([4]), torch.tensor([0]))]
    train_epoch(
        model, optimizer, nn.functional.cross_entropy, batches, 2
    )  # fails for another dtype of x or y


# --- what the caller has set -------------------------------------------------------------------------------


def test_leaves_the_callers_settings_alone():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5).eval(), nn.Linear(2, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.randn(2, 3), torch.rand(2, 2) + 1) for _ in range(3)]

    def settings():
        owners = [optimizer, *model.modules()]
        hooks = [len(table) for owner in owners for name, table in vars(owner).items() if "hooks" in name]
        hooks += [len(parameter._backward_hooks or ()) for parameter in model.parameters()]
        modes = [part.training for part in model.modules()]
        return {"modes": modes, "lr": optimizer.param_groups[0]["lr"], "hooks": sum(hooks)}

    before, rates = settings(), []
    handle = optimizer.register_step_post_hook(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    train_epoch(model, optimizer, loss_fn, batches, 2)
    handle.remove()
    assert settings() == before, f"After train_epoch, the settings are {settings()}; they were {before}."
    assert rates == [0.1, 0.1], (
        f"The learning rate was {rates} at the two steps; expected 0.1, as it was set."
    )


def test_stays_on_the_device_and_waits_at_most_once_per_step(device):
    model, optimizer, batches = make(2, 2, 2, 2, 2, 2, device=device)
    machine = simcuda.current()  # the simulated GPUs; None on a CPU, which has nothing to wait for
    before = machine.synchronisations if machine else 0
    train_epoch(model, optimizer, loss_fn, batches, accumulate=3)
    waits = machine.synchronisations - before if machine else 0
    assert waits <= 2, f"In 2 steps, train_epoch waited for the GPU {waits} times; expected at most 2."
    place = str(model.weight.device)
    assert place == device, f"After train_epoch, the model is on {place}; expected it to stay on {device}."
