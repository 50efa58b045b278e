"""Run me with `pytest exercises/04_moduledict`."""

import pytest
import torch
from moduledict import MultiTaskNet


def test_the_model_knows_trunk_and_heads():
    model = MultiTaskNet(8, 16, {"digit": 10, "parity": 2}, "relu")
    names = set(model.state_dict())
    assert names == {
        "trunk.weight",
        "trunk.bias",
        "heads.digit.weight",
        "heads.digit.bias",
        "heads.parity.weight",
        "heads.parity.bias",
    }


def test_each_task_has_its_own_head():
    model = MultiTaskNet(8, 16, {"digit": 10, "parity": 2}, "tanh")
    x = torch.randn(5, 8)
    assert model(x, "digit").shape == (5, 10)
    expected = model.heads["parity"](torch.tanh(model.trunk(x)))
    assert torch.allclose(model(x, "parity"), expected)


def test_only_the_head_that_was_asked_learns():
    model = MultiTaskNet(8, 16, {"digit": 10, "parity": 2}, "relu")
    model(torch.randn(5, 8), "digit").sum().backward()
    assert model.trunk.weight.grad is not None
    assert model.heads["digit"].weight.grad is not None
    assert model.heads["parity"].weight.grad is None


def test_an_unknown_task_is_told_what_there_is():
    model = MultiTaskNet(8, 16, {"digit": 10, "parity": 2}, "relu")
    with pytest.raises(KeyError) as caught:
        model(torch.randn(5, 8), "colour")
    message = str(caught.value)
    assert "digit" in message
    assert "parity" in message


def test_a_new_head_fits_a_model_in_double():
    model = MultiTaskNet(8, 16, {"digit": 10}, "gelu").double()
    model.add_head("colour", 3)
    assert model.heads["colour"].weight.dtype == torch.float64
    assert model(torch.randn(5, 8, dtype=torch.float64), "colour").shape == (5, 3)


def test_a_new_head_is_where_the_model_is(device):  # on the CPU, and on a (simulated) GPU
    model = MultiTaskNet(8, 16, {"digit": 10}, "gelu").to(device)
    model.add_head("colour", 3)
    x = torch.randn(5, 8, device=device)
    assert model(x, "colour").device == torch.device(device)


def test_a_name_can_be_taken_only_once():
    model = MultiTaskNet(8, 16, {"digit": 10}, "relu")
    old = model.heads["digit"]
    with pytest.raises(ValueError):
        model.add_head("digit", 3)
    assert model.heads["digit"] is old
