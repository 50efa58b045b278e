"""A pytest plugin (``-p tests.real_cuda``) that runs hidden suites on a real GPU, on code that is trusted.

The sandbox keeps students' code away from a GPU's driver, so there CUDA is always simulated. This shows that
the suites ask of the simulation what holds on the real thing.
"""

import pytest
import torch

from benchmarks.direct import reference, seed, student  # noqa: F401 - fixtures


@pytest.fixture
def device() -> str:
    """The last of the real GPUs; where there is none, a simulated one."""
    return f"cuda:{max(torch.cuda.device_count(), 1) - 1}"
