"""`kata doctor` on this machine, and what it says of one on which a wall does not hold."""

import subprocess
import sys

import pytest

from grader.doctor import WALLS, Examination, examine
from grader.sandbox.system import missing


@pytest.mark.skipif(bool(missing()), reason=f"this system lacks {missing()}")
def test_every_wall_is_tried_and_holds_here():
    found = examine()
    assert found.holds == dict.fromkeys(WALLS, True)
    assert found.full
    assert not [line for line in found.lines() if "MISSING" in line or "not tried" in line]


def test_the_command_says_what_it_is_about_and_ends_accordingly(project):
    done = subprocess.run(
        [sys.executable, "-m", "grader", "doctor"], cwd=project, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == (1 if missing() else 0)
    for word in ("Python", "torch", "kernel", "GPU", *(wall.name for wall in WALLS.values())):
        assert word in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", WALLS)
def test_one_wall_that_does_not_hold_is_named_with_its_cure_and_nothing_is_full(name):
    found = Examination({}, {other: other != name for other in WALLS}, "")
    assert not found.full
    text = "\n".join(found.lines())
    assert text.count("MISSING") == 1
    assert WALLS[name].cure in text
    assert not any(wall.cure in text for other, wall in WALLS.items() if WALLS[name].cure != wall.cure)


def test_a_system_on_which_nothing_can_be_tried_is_not_full():
    found = Examination({}, {}, "This system lacks Landlock.")
    assert not found.full
    assert "This system lacks Landlock." in found.lines()
    assert sum(line.startswith("not tried") for line in found.lines()) == len(WALLS)
