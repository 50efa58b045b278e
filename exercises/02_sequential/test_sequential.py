"""Run me with `pytest exercises/02_sequential`."""

from collections import OrderedDict

import pytest
import torch
from sequential import Sequential
from torch import nn


def test_the_modules_run_one_after_the_other():
    first, second = nn.Linear(3, 5), nn.Linear(5, 2)
    net = Sequential(first, nn.ReLU(), second)
    x = torch.randn(4, 3)
    assert torch.equal(net(x), second(torch.relu(first(x))))


def test_it_looks_like_torchs_from_outside():
    net, theirs = Sequential(nn.Linear(3, 2), nn.Tanh()), nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    assert list(net.state_dict()) == ["0.weight", "0.bias"]
    assert repr(net) == repr(theirs)


def test_names_come_from_an_ordered_dict():
    net = Sequential(OrderedDict([("squeeze", nn.Linear(4, 1)), ("expand", nn.Linear(1, 4))]))
    assert [name for name, _ in net.named_children()] == ["squeeze", "expand"]
    assert net.squeeze is net[0]


def test_it_is_moved_as_a_whole(device):  # on the CPU, then on a GPU or a simulated one
    first, second = nn.Linear(3, 5), nn.Linear(5, 2)
    net = Sequential(first, second)
    net.to(device)
    x = torch.randn(4, 3, device=device)
    assert first.weight.device == second.weight.device == x.device
    assert net(x).device == x.device


def test_it_can_be_used_like_a_list():
    a, b, c = nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)
    net = Sequential(a, b, c)
    assert len(net) == 3
    assert list(net) == [a, b, c]
    assert net[-1] is c
    assert list(net[1:]) == [b, c]


def test_append_and_del():
    net = Sequential(nn.Linear(2, 3)).append(nn.ReLU()).append(nn.Linear(3, 1))
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    del net[1]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_list_is_not_a_module():
    layers = [nn.Linear(2, 2), nn.ReLU()]
    with pytest.raises(TypeError):
        Sequential(layers)
    assert len(Sequential(*layers)) == 2
