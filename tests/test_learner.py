"""What a learner's own pytest shows of visible tests: what to write first, and failures without frames of ours."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

HEADING = "what to write first"


def visible(root, *words, folder="exercises/01_twice"):
    """Run pytest on an exercise as a learner does."""
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", root, "--tb=short",
               "-p", "grader.suite.plugin", "-p", "no:cacheprovider", *words, folder]  # fmt: skip
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=55, check=False)


def answer(toy, body):
    """Write an answer to the small exercise."""
    source = f"import torch\nfrom torch import nn\n\n\ndef twice(x):\n    {body}\n"
    (toy / "exercises/01_twice/twice.py").write_text(source)


@pytest.mark.timeout(120)
def test_the_untouched_stub_takes_ten_lines_which_say_what_to_write_first():
    command = [sys.executable, "-m", "pytest", "exercises/03_modulelist"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert len(lines) <= 11  # one of them is empty
    start = next(index for index, line in enumerate(lines) if HEADING in line)
    assert lines[start + 1].startswith(
        "exercises/03_modulelist/modulelist.py:19: MLP.__init__: put one nn.Lin"
    )
    assert any(line.endswith("tests wait for this.") for line in lines)
    assert any(line.startswith("  Also: Reordered.__init__, line 40.") for line in lines)
    assert "not written in" in lines[-1]
    assert "Traceback" not in done.stdout
    assert "E  " not in done.stdout


def test_equal_ones_are_shown_once_and_counted(toy):
    done = visible(toy)
    assert done.returncode == 1
    assert done.stdout.count("double every value of x") == 1
    assert (
        "exercises/01_twice/twice.py:8: twice: double every value of x\n  3 tests wait for this."
        in done.stdout
    )


def test_a_failed_assertion_is_shown_as_pytest_shows_it(toy):
    answer(toy, "return x + 1")
    done = visible(toy)
    assert done.returncode == 1
    assert re.search(r"E +assert tensor\(3\.\) == 4\.0", done.stdout)
    assert HEADING not in done.stdout


def test_frames_of_ours_and_of_calls_are_left_out(toy):
    answer(toy, "return nn.Linear(1, 1)(x.reshape(1, 1)).reshape(()) * 0 + 2 * x")
    done = visible(toy)
    assert "Expected all tensors to be on the same device" in done.stdout
    assert "exercises/01_twice/twice.py:6: in twice" in done.stdout
    assert "grader/" not in done.stdout
    assert "_wrapped_call_impl" not in done.stdout


def test_other_errors_of_that_kind_are_no_stubs(toy):
    answer(toy, "return nn.Module()(x)")
    done = visible(toy)
    assert 'is missing the required "forward" function' in done.stdout
    assert HEADING not in done.stdout


def test_failures_come_before_what_is_not_written(toy):
    tests = toy / "exercises/01_twice/test_twice.py"
    tests.write_text(tests.read_text() + "\n\ndef test_wrong():\n    assert 1 == 2\n")
    done = visible(toy)
    assert done.stdout.index("assert 1 == 2") < done.stdout.index("not written yet =")
    assert "1 failed, 3 not written" in done.stdout


def test_the_report_of_other_tools_names_the_line_and_the_kind(toy):
    visible(toy, "--junitxml=report.xml")
    report = (toy / "report.xml").read_text()
    assert (
        report.count("exercises/01_twice/twice.py:8: NotImplementedError: twice: double every value of x")
        == 6
    )


def test_a_heading_is_there_for_whoever_asks_and_for_other_tests(toy):
    assert "rootdir:" not in visible(toy).stdout
    assert "rootdir:" in visible(toy, "-v").stdout
    shutil.copytree(toy / "exercises", toy / "work")
    elsewhere = visible(toy, folder="work/01_twice")
    assert "rootdir:" in elsewhere.stdout
    assert "E   NotImplementedError" in elsewhere.stdout
