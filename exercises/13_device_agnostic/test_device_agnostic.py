"""Run me with `pytest exercises/13_device_agnostic`.

Tests with a `device` run twice: on the CPU, and on a GPU. Where there is none, it is simulated.
"""

from collections import namedtuple

import torch
from device_agnostic import PositionalMixer, evaluate, move_batch
from torch import nn
from torch.nn.functional import cross_entropy

Sample = namedtuple("Sample", ["image", "label"])


def test_the_constants_are_buffers_and_are_not_saved():
    model = PositionalMixer(3, 5)
    assert {"table", "mask"} <= set(dict(model.named_buffers()))
    assert list(model.state_dict()) == ["mix"]


def test_equal_weights_make_a_mean_of_all_positions_so_far(device):
    model = PositionalMixer(2, 5).to(device)
    nn.init.zeros_(model.mix)
    x = torch.randn(1, 3, 2).to(device)
    y = model(x, torch.tensor([3]).to(device))
    seen = x + model.table[:3]
    assert y.device == x.device
    torch.testing.assert_close(y[0, 0], seen[0, 0])
    torch.testing.assert_close(y[0, 2], seen[0].mean(dim=0))


def test_padding_comes_out_as_zeros(device):
    model = PositionalMixer(2, 5).to(device)
    y = model(torch.ones(2, 4, 2).to(device), torch.tensor([4, 1]).to(device))
    assert y[1, 0].all()
    assert not y[1, 1:].any()


def test_move_batch_keeps_the_form_of_the_batch(device):
    batch = {"name": "a cat", "views": [torch.zeros(2), (torch.ones(3), None)]}
    moved = move_batch(batch, device)
    assert moved["name"] == "a cat"
    assert isinstance(moved["views"], list)
    assert isinstance(moved["views"][1], tuple)
    assert str(moved["views"][1][0].device) == device


def test_move_batch_keeps_named_tuples(device):
    moved = move_batch(Sample(image=torch.zeros(2), label=7), device)
    assert isinstance(moved, Sample)
    assert str(moved.image.device) == device
    assert moved.label == 7


def test_evaluate_counts_every_sample_the_same(device):
    model = nn.Linear(4, 3).to(device).eval()
    batches = [(torch.randn(n, 4), torch.randint(0, 3, (n,))) for n in (5, 1)]
    loss, accuracy = evaluate(model, batches, device)
    x, y = (torch.cat(parts).to(device) for parts in zip(*batches, strict=True))
    assert isinstance(loss, float)
    assert abs(loss - cross_entropy(model(x), y).item()) < 1e-5
    assert abs(accuracy - (model(x).argmax(dim=1) == y).float().mean().item()) < 1e-5


def test_evaluate_restores_the_mode_of_every_part(device):
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).to(device)
    model[1].eval()
    evaluate(model, [(torch.randn(2, 4), torch.tensor([0, 1]))], device)
    assert [part.training for part in model.modules()] == [True, True, False]
