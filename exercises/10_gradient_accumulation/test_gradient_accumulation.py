"""Run me with `pytest exercises/10_gradient_accumulation`."""

import copy

import torch
from gradient_accumulation import train_epoch
from torch import nn
from torch.nn.functional import mse_loss

from grader.suite import Traffic


def make(*sizes, device="cpu"):
    """A linear model, plain SGD for it, and one micro-batch per size."""
    torch.manual_seed(0)
    model = nn.Linear(3, 1).double().to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.randn(n, 3).double().to(device), torch.randn(n, 1).double().to(device)) for n in sizes]
    return model, optimizer, batches


def one_large_step(model, batches):
    """What plain SGD makes of a copy of the model in one step on all samples at once."""
    large = copy.deepcopy(model)
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    mse_loss(large(x), y).backward()
    torch.optim.SGD(large.parameters(), lr=0.1).step()
    return large


def test_one_step_per_window():
    model, optimizer, batches = make(2, 2, 2, 2, 2)
    steps = []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
    train_epoch(model, optimizer, mse_loss, batches, accumulate=2)
    assert len(steps) == 3  # windows of 2, 2 and 1 micro-batches


def test_two_equal_micro_batches_are_one_large_batch():
    model, optimizer, batches = make(4, 4)
    expected = one_large_step(model, batches)
    train_epoch(model, optimizer, mse_loss, batches, accumulate=2)
    torch.testing.assert_close(model.weight, expected.weight)


def test_unequal_micro_batches_are_one_large_batch(device):  # on the CPU, and on a (simulated) GPU
    model, optimizer, batches = make(5, 1, device=device)
    expected = one_large_step(model, batches)
    train_epoch(model, optimizer, mse_loss, batches, accumulate=2)
    torch.testing.assert_close(model.weight, expected.weight)


def test_batches_may_be_a_generator():
    model, optimizer, batches = make(2, 3, 1)
    losses = train_epoch(model, optimizer, mse_loss, (pair for pair in batches), accumulate=2)
    assert len(losses) == 2


def test_returns_the_mean_loss_of_each_window_as_a_float():
    model, optimizer, batches = make(5, 1)
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    expected = mse_loss(model(x), y).item()
    losses = train_epoch(model, optimizer, mse_loss, batches, accumulate=2)
    assert len(losses) == 1
    assert isinstance(losses[0], float)
    assert abs(losses[0] - expected) < 1e-9


def test_waits_for_the_gpu_at_most_once_per_step(device):
    model, optimizer, batches = make(2, 2, 2, 2, 2, 2, device=device)
    traffic = Traffic()  # counts on the simulated GPU; a CPU has nothing to wait for
    train_epoch(model, optimizer, mse_loss, batches, accumulate=3)
    assert traffic.counts()["synchronisations"] <= 2
