"""What can only be seen on a real GPU."""

import subprocess
import sys

import pytest
import torch

from grader.exercise import load_all
from grader.judge.bank import right_answers
from tests.conftest import PROJECT
from tests.test_wire import round_trip

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]


def test_a_tensor_on_the_gpu_arrives_with_its_values_and_says_where_it_was():
    from grader.wire.messages import sent

    value = torch.arange(6.0, device="cuda").reshape(2, 3)
    got = round_trip({"y": value})["y"]
    assert sent(got).device == "cuda:0"
    assert got.device.type == "cpu"
    assert torch.equal(got, value.cpu())


def answers():
    exercises = load_all(PROJECT)
    return [
        (exercise, path) for exercise in exercises for path in (exercise.reference, *right_answers(exercise))
    ]


@pytest.mark.parametrize(
    ("exercise", "path"), [pytest.param(e, p, id=f"{e.name}-{p.stem}") for e, p in answers()]
)
def test_right_answers_pass_their_hidden_suite_on_a_real_gpu(exercise, path):
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "tests.real_cuda", "-p", "no:cacheprovider",
        str(exercise.suite), "--submission", str(path),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
