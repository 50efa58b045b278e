"""The benchmarks measure what they say: the floor is one only if it does the judge's work."""

import pytest

from benchmarks import grading
from grader.sandbox.system import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"this system lacks {missing()}")


def test_the_floor_finds_what_the_judge_finds(project, tmp_path):
    found = grading.turns(project, tmp_path)[1:2]
    assert len({exercise for exercise, _ in found[0]}) * 2 == len(found[0])
    assert len(grading.take_turns(found, 1)) == 1  # it raises where the two disagree


def test_a_floor_that_does_less_is_noticed(project, tmp_path, monkeypatch):
    found = [[answer for answer in grading.turns(project, tmp_path)[0] if answer[0] == "02_sequential"]]
    run = grading.Floor.run

    def idle(self, answers):
        milliseconds = run(self, answers)
        self.failed = [set() for _ in answers]
        return milliseconds

    monkeypatch.setattr(grading.Floor, "run", idle)
    with pytest.raises(AssertionError, match="02_sequential"):
        grading.take_turns(found, 1)
