"""What can only be seen on a real GPU."""

import pytest
import torch

from tests.test_wire import round_trip

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]


def test_a_tensor_on_the_gpu_arrives_with_its_values_and_says_where_it_was():
    from grader.wire import sent

    value = torch.arange(6.0, device="cuda").reshape(2, 3)
    got = round_trip({"y": value})["y"]
    assert sent(got).device == "cuda:0"
    assert got.device.type == "cpu"
    assert torch.equal(got, value.cpu())
