"""The checks in a notebook: what a learner reads, in a kernel and without pytest's help."""

import linecache
import types
from pathlib import Path

import pytest
import torch
from torch import nn

from grader.exercise import load, load_all
from grader.notebook import kernel
from grader.notebook.write import _setup, _visible
from tests.course_class import PROJECT

TEXT = Path(kernel.__file__).read_text()


class Kernel:
    """A namespace in which cells run one after the other, with their source where tracebacks look for it."""

    def __init__(self):
        self.names = {"__name__": "__main__", "torch": torch, "nn": nn}
        self.run(TEXT)

    def run(self, source):
        name = f"<cell {id(source)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        exec(compile(source, name, "exec"), self.names)


@pytest.fixture
def kernel():
    return Kernel()


def outcome(kernel, capsys, *cells):
    """What the last of some cells prints."""
    for cell in cells[:-1]:
        kernel.run(cell)
    capsys.readouterr()
    kernel.run(cells[-1])
    return capsys.readouterr().out


def checked(body):
    return f"@check\ndef test_it_works_well():\n    {body}"


def test_a_test_that_passes_says_its_title(kernel, capsys):
    assert outcome(kernel, capsys, checked("assert 1 == 1")) == "✓ it works well\n"


def test_a_docstring_is_the_title(kernel, capsys):
    assert outcome(kernel, capsys, checked('"""Works, always"""')) == "✓ Works, always\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("assert f(2) == 5", "`f(2)` is 4;\n    expected 5."),
        ("assert [f(1)] == [3]", "`[f(1)]` is [2];\n    expected [3]."),
        ("assert f(torch.zeros(2, 3)).shape == (3, 2)", "is torch.Size([2, 3]);\n    expected (3, 2)."),
        ("assert {'a': f(1), 'b': 0} == {'a': 3, 'b': 0}", "['a'] is 2;\n    expected 3."),
        ("assert {'a': 1} == {'b': 1}", "has other keys: it is ['a'];\n    expected ['b']."),
        ("assert [1, 2, 3, 4, f(1)] == [1, 2, 3, 4, 5]", "[4] is 2;\n    expected 5."),
        ("assert f(1) < 1", "`f(1)` is 2;\n    expected less than 1."),
        ("assert 'x' in str(f(1))", "`'x'` is 'x';\n    expected one of '2' (`str(f(1))`)."),
        ("assert f(1) is not None and f(1) > 5", "`f(1) is not None and f(1) > 5` does not hold."),
        ("assert f(None) is not None", "It raised TypeError"),
        ("assert isinstance(f(1), str)", "`isinstance(f(1), str)` does not hold.\n    `f(1)` is 2"),
        (
            "x = torch.ones(3); assert torch.equal(f(x), x)",
            "is not the same as\n    `x`: the largest difference is 1.",
        ),
        ("x = torch.ones(3); assert torch.equal(f(x), x[:2])", "their shapes are (3,) and (2,)"),
        ("torch.testing.assert_close(f(torch.ones(1)), torch.ones(1))", "Tensor-likes are not close!"),
        ("assert g(1) == 2", "name 'g' is not defined.\n    Hint: run the cell that defines it first"),
    ],
)
def test_what_went_wrong_is_said_in_words(body, says, kernel, capsys):
    said = outcome(kernel, capsys, "def f(x):\n    return 2 * x", checked(body))
    assert said.startswith("✗ it works well\n    ")
    assert says in said
    assert "Hint: " in said
    assert "Traceback" not in said


def test_an_error_in_the_learners_line_shows_that_line(kernel, capsys):
    said = outcome(kernel, capsys, "def f(x):\n    return x.shap", checked("f(torch.ones(1))"))
    assert "It raised AttributeError" in said
    assert "in the line:  return x.shap" in said


def test_what_is_not_written_yet_is_said_to_be_so(kernel, capsys):
    said = outcome(kernel, capsys, "def f(x):\n    raise NotImplementedError('do')", checked("f(1)"))
    assert "This is not written yet.\n        in the line:  raise NotImplementedError('do')" in said


def test_the_summary_counts_and_is_an_error_where_one_fails(kernel, capsys):
    kernel.run("summary()")
    assert "run the cells above first" in capsys.readouterr().out
    kernel.run("@check\ndef test_a(): assert 1 == 1")
    kernel.run("summary()")
    assert capsys.readouterr().out.endswith("All 1 visible tests pass.\n")
    kernel.run("@check\ndef test_b(): assert 1 == 2")
    kernel.run("summary()")
    said = capsys.readouterr().err
    assert said.startswith("1 of 2 visible tests do not pass:\n✗ b\n    `1` is 1;")


def test_a_test_that_was_mended_counts_as_passed(kernel, capsys):
    for value in (1, 2):
        kernel.run(f"x = {value}")
        kernel.run("@check\ndef test_a(): assert x == 2")
    kernel.run("summary()")
    assert capsys.readouterr().out.endswith("All 1 visible tests pass.\n")


def test_where_it_is_graded_a_check_runs_nothing(capsys):
    module = types.ModuleType("answer")
    exec(TEXT, vars(module))
    exec("@check\ndef test_a(): raise SystemExit", vars(module))
    assert capsys.readouterr().out == ""


def test_the_checks_leave_no_modules_behind_that_an_answer_could_use(kernel):
    found = {name for name, value in kernel.names.items() if isinstance(value, types.ModuleType)}
    assert {name for name in found if not name.startswith("_")} == {"torch", "nn"}


def test_the_first_cell_installs_what_the_tests_import():
    exercise = load(PROJECT, "04_moduledict")
    cell = _setup(exercise)
    assert "%pip install -q pytest torch" in cell
    assert repr(exercise.hints[0]) in cell
    compile("\n".join(line.replace("%pip", "pass  #") for line in cell.splitlines()), "cell", "exec")
    assert "grader" not in cell


def test_a_test_of_devices_runs_on_those_that_are_there(kernel, capsys):
    kernel.run("@check\ndef test_moves(device): assert torch.zeros(1).to(device).device.type == device")
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    assert capsys.readouterr().out == "".join(f"✓ moves, on {device}\n" for device in devices)


def test_tests_that_need_something_of_ours_are_left_out():
    for exercise in load_all(PROJECT):
        cells = list(_visible(exercise))
        assert not [
            cell for cell in cells if "grader" in "".join(cell["source"]).lower().split("summary(")[0]
        ]
        assert len(cells) > 3
