"""Notebooks as Python: cells in order, and what only IPython understands left out."""

import ast
import json

import pytest

from grader.batch.notebook import NotebookError, source_of, without_magics


def code(source):
    return {
        "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source,
    }  # fmt: skip


def text(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*cells, **changes):
    """A notebook's bytes; a string among the cells is a code cell."""
    cells = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells, **changes}, ensure_ascii=False
    ).encode()


def values(source):
    """The names that a source defines."""
    namespace = {}
    exec(source, namespace)
    namespace.pop("__builtins__")
    return namespace


def test_code_cells_are_taken_in_order_and_nothing_else():
    source = source_of(notebook("x = 1", text("# x = 5"), "x += 1\ny = x"))
    assert values(source) == {"x": 2, "y": 2}
    assert b"5" not in source


def test_a_cells_source_may_be_a_list_of_lines():
    assert values(source_of(notebook(code(["x = 1\n", "y = 2"])))) == {"x": 1, "y": 2}


def test_cells_are_kept_apart():
    assert values(source_of(notebook("def f():\n    return 1", "x = f()")))["x"] == 1


def test_letters_that_are_not_ascii_are_utf8():
    assert values(source_of(notebook("é = 'ü'"))) == {"é": "ü"}


def test_a_cell_of_magics_does_not_touch_the_others():
    source = source_of(notebook("%matplotlib inline", "x = 7 \\\n  % 4", "%%bash\nx=9", "y = x"))
    assert values(source) == {"x": 3, "y": 3}


def test_outputs_are_not_code():
    cell = code("x = 1") | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "y = 2"}]}
    assert values(source_of(notebook(cell))) == {"x": 1}


def test_a_notebook_of_format_3_is_read():
    old = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
        "worksheets": [{"metadata": {}, "cells": [
            {"cell_type": "code", "language": "python", "collapsed": False, "metadata": {}, "outputs": [],
             "prompt_number": 1, "input": "x = 1"},
            {"cell_type": "code", "language": "python", "collapsed": False, "metadata": {}, "outputs": [],
             "prompt_number": 2, "input": "x += 1"},
        ]}],
    }  # fmt: skip
    assert values(source_of(json.dumps(old).encode())) == {"x": 2}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1, 2]", b"null", b"x = 1\n", b"\xff\xfe{}", b"[" * 100_000, notebook("x = 1")[:-5]],
    ids=["empty", "a brace", "a list", "null", "Python", "not UTF-8", "too deep", "cut off"],
)
def test_what_is_no_notebook_is_the_students_problem(data):
    with pytest.raises(NotebookError, match="it is not a notebook that can be read") as refused:
        source_of(data)
    assert not refused.value.ours


@pytest.mark.parametrize("cells", [(), (text("only words"),), ("", "  \n")])
def test_a_notebook_without_code_says_so(cells):
    with pytest.raises(NotebookError, match="it has no code in it"):
        source_of(notebook(*cells))


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "%time f()",
        "%load_ext autoreload",
        "!pip install torch",
        "! ls *.py",
        "?nn.Module",
        "nn.Module?",
        "nn.Module??",
        "??nn.Module",
    ],
)
def test_a_line_for_ipython_is_left_out_and_the_rest_stays(line):
    plain = without_magics(f"x = 1\n{line}\ny = 2")
    assert values(plain) == {"x": 1, "y": 2}
    assert plain.splitlines()[2] == "y = 2"


def test_a_line_for_ipython_may_be_all_there_is_in_a_block():
    plain = without_magics("x = 1\nif x:\n    !pip install torch\nfor _ in range(2):\n    %time f()\ny = 2")
    assert {"x": 1, "y": 2}.items() <= values(plain).items()


@pytest.mark.parametrize("first", ["%%time", "%%timeit -n 3", "%%capture out", "  %%time"])
def test_a_magic_that_runs_its_cell_leaves_the_cell(first):
    assert values(without_magics(f"{first}\nx = 1").strip()) == {"x": 1}


@pytest.mark.parametrize("first", ["%%bash", "%%html", "%%writefile a.py", "%%javascript", "%%latex"])
def test_a_cell_in_another_language_is_left_out_whole(first):
    plain = without_magics(f"{first}\nx = 1\n<b>(</b>")
    assert values(plain) == {}
    assert len(plain.splitlines()) == 3


@pytest.mark.parametrize(
    "cell",
    [
        "x = (10\n     % 3)",
        "x = 10 \\\n% 3",
        "s = '''\n!pip install x\n%time\nis it?\n'''",
        "# is it?\nx = 1  # or not?",
        "s = 'why?'",
        "",
        "\n\n",
    ],
)
def test_plain_python_stays_as_it_is(cell):
    assert without_magics(cell) == cell


def test_what_is_not_python_either_way_is_left_to_python_to_complain_about():
    cell = "def f(:\n    return 1"
    assert without_magics(cell) == cell
    with pytest.raises(SyntaxError):
        ast.parse(source_of(notebook(cell)))


@pytest.mark.parametrize("cell", ["%time x\n\n\ny = 1", "%%bash\na\nb\n\nc", "!ls\n# a comment\nx = 1"])
def test_lines_keep_their_numbers(cell):
    assert len(without_magics(cell).splitlines()) == len(cell.splitlines())
