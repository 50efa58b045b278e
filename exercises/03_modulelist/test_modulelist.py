"""Run me with `pytest exercises/03_modulelist`."""

import torch
from modulelist import MLP, Reordered
from torch import nn


def test_the_model_knows_its_layers():
    model = MLP([3, 4, 2])
    assert list(model.state_dict()) == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.weight",
        "layers.1.bias",
    ]
    assert len(list(model.parameters())) == 4


def test_the_output_has_the_last_width():
    model = MLP([3, 8, 8, 2])
    assert model(torch.zeros(5, 3)).shape == (5, 2)


def test_one_layer_is_just_that_layer():
    model = MLP([3, 2])
    x = torch.randn(5, 3)
    assert torch.equal(model(x), model.layers[0](x))


def test_a_relu_stands_between_two_layers():
    model = MLP([3, 4, 2])
    x = torch.randn(5, 3)
    first, second = model.layers
    assert torch.allclose(model(x), second(torch.relu(first(x))))


def test_the_layers_move_with_the_model(device):  # on the CPU, then on a GPU or a simulated one
    model = MLP([3, 4, 2])
    model.to(device)
    x = torch.randn(5, 3, device=device)
    assert model(x).device == x.device


def test_reordered_runs_in_the_order_asked_for():
    wide, narrow = nn.Linear(2, 3), nn.Linear(3, 2)
    model = Reordered([narrow, wide], order=[1, 0])
    x = torch.randn(4, 2)
    assert torch.allclose(model(x), narrow(wide(x)))


def test_reordered_keeps_the_layers_in_their_places():
    a, b, c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    model = Reordered([a, b, c], order=[2, 0])
    assert list(model.linears) == [a, b, c]
