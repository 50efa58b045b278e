"""Lazy modules and the simulated device: their parameters have no shape, and refuse nearly every function."""

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from grader import simcuda


def test_a_lazy_module_can_be_built_and_moved_where_torch_is_patched_without_a_machine():
    from grader.simcuda import _patches

    patches = _patches()
    patches.apply()
    try:
        assert is_lazy(nn.LazyLinear(3).to("cpu").double().weight)
    finally:
        patches.remove()


def test_a_lazy_module_is_where_it_was_moved_before_and_after_its_first_call():
    with simcuda.devices(2):
        layer = nn.LazyLinear(3).to("cuda:1")
        assert is_lazy(layer.weight)
        assert layer.weight.device == torch.device("cuda:1")
        assert layer(torch.ones(2, 4, device="cuda:1")).device == torch.device("cuda:1")
        assert layer.weight.shape == (3, 4)
        assert layer.weight.device == layer.bias.device == torch.device("cuda:1")


def test_a_lazy_module_that_got_its_shape_on_the_host_can_be_moved():
    with simcuda.devices(2):
        layer = nn.LazyConv2d(2, kernel_size=1)
        layer(torch.ones(1, 3, 4, 4))
        layer.to("cuda:1")
        assert layer(torch.ones(1, 3, 4, 4, device="cuda:1")).device == torch.device("cuda:1")
