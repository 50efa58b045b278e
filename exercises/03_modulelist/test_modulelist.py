"""Run me with `pytest exercises/03_modulelist`."""

import torch
from modulelist import MLP, Reordered
from torch import nn


def test_the_model_knows_its_layers():
    model = MLP([3, 4, 2])
    names = [name for name, _ in model.named_parameters()]
    assert names == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]


def test_the_output_has_the_last_width():
    model = MLP([3, 8, 8, 2])
    assert model(torch.zeros(5, 3)).shape == (5, 2)


def test_one_layer_is_just_that_layer():
    model = MLP([3, 2])
    x = torch.randn(5, 3)
    assert torch.equal(model(x), model.layers[0](x))


def test_reordered_runs_in_the_order_asked_for():
    wide, narrow = nn.Linear(2, 3), nn.Linear(3, 2)
    model = Reordered([narrow, wide], order=[1, 0])
    x = torch.randn(4, 2)
    assert torch.equal(model(x), narrow(wide(x)))
    assert model.linears[0] is narrow
