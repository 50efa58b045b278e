"""A pytest fixture: put ``pytest_plugins = ["grader.simcuda.fixture"]`` into one's ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader import simcuda


@pytest.fixture
def simulated_cuda() -> Iterator[simcuda.Machine]:
    """A machine with two simulated CUDA devices, for the time of one test."""
    with simcuda.devices(2) as machine:
        yield machine
