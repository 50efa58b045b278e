"""Printing a tensor of a simulated GPU waits for it, whatever its shape."""

import pytest
import torch

from grader import simcuda


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
@pytest.mark.parametrize("way", [str, repr, "{}".format])
def test_printing_waits(shape, way):
    with simcuda.devices(2) as machine:
        tensor = torch.ones(shape, device="cuda:1")
        machine.reset_counters()
        way(tensor)
        assert machine.synchronisations >= 1
        assert machine.device_to_host >= 1


def test_printing_a_tensor_of_the_host_does_not_wait():
    with simcuda.devices(1) as machine:
        assert str(torch.ones(())) == "tensor(1.)"
        assert machine.synchronisations == 0
