"""Words on devices in a verdict: what was copied too often, and which tensors of a model stayed behind."""

import pytest
import torch
from torch import nn

from grader import simcuda
from grader.suite import same_traffic
from grader.suite.compare import Mismatch
from grader.worker.probekit import Traffic, fill, naming_what_stayed, stayed_behind

NOTHING = dict.fromkeys(Traffic.NAMES, 0)


class Model(nn.Module):
    shared = torch.zeros(1)

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.hidden = {"first": [nn.Linear(2, 2, bias=False)]}
        self.register_buffer("mask", torch.ones(2), persistent=False)
        self.itself = [self]


def said(counts, expected=None, **words):
    with pytest.raises(Mismatch) as caught:
        same_traffic({**NOTHING, **counts}, expected, called="model(x)", **words)
    return str(caught.value)


def test_what_was_not_copied_too_often_is_no_mistake():
    same_traffic(NOTHING, called="model(x)")
    same_traffic({**NOTHING, "device_to_device": 1}, {**NOTHING, "device_to_device": 1}, called="model(x)")
    same_traffic(NOTHING, {**NOTHING, "device_to_device": 1}, called="model(x)")


def test_a_message_says_how_often_and_how_often_is_right():
    assert said({"device_to_host": 3, "synchronisations": 3}) == (
        "model(x) copied from the GPU to the CPU 3 times; expected not at all."
    )
    assert said({"synchronisations": 2}) == "model(x) waited for the GPU twice; expected not at all."
    assert said({"device_to_device": 2}, {"device_to_device": 1}) == (
        "model(x) copied from one GPU to another twice; expected once."
    )
    assert said({"device_to_host": 1, "host_to_device": 2}) == (
        "model(x) copied back and forth, once from the GPU to the CPU and twice back; expected not at all."
    )
    assert "zero (on cpu)" in said({"host_to_device": 1}, elsewhere=["zero (on cpu)"])


def test_what_stayed_behind_is_named_wherever_the_model_keeps_it():
    with simcuda.devices(2):
        model = Model().to("cuda:1")
        assert stayed_behind(model, "cuda:1") == [
            "hidden['first'][0].weight (on cpu)",
            "shared (on cpu)",
        ]
        assert stayed_behind(model, "cuda:0")[0] == "mask (on cuda:1)"


def test_an_error_on_a_gpu_says_what_stayed_behind_and_one_on_the_cpu_is_left_alone():
    with simcuda.devices(2):
        model = Model().to("cuda:1")
        x = torch.ones(1, 2, device="cuda:1")
        with pytest.raises(RuntimeError) as caught, naming_what_stayed(model, "cuda:1"):
            model.hidden["first"][0](x)
    first, second = str(caught.value).splitlines()
    assert first.startswith("Expected all tensors to be on the same device")
    assert second.startswith(
        "Model and input had been moved to cuda:1; these tensors of the model are not there"
    )
    with pytest.raises(ValueError, match=r"^no$"), naming_what_stayed(Model(), "cpu"):
        raise ValueError("no")


def test_fill_leaves_alone_what_is_not_saved():
    model = fill(Model())
    assert torch.equal(model.mask, torch.ones(2))
    nested = fill(nn.Sequential(Model(), nn.BatchNorm1d(2)))
    assert torch.equal(nested[0].mask, torch.ones(2))
    assert not torch.equal(nested[1].running_mean, torch.zeros(2))
