"""Notebooks as Python: cells in order, and what only IPython understands left out."""

import json
import sys
import types

import pytest
from nbformat import NotebookNode

from grader.notebook.marks import note
from grader.notebook.read import MAX_PARTS, NotebookError, files_of, without_magics
from grader.worker import cells
from grader.worker.ours import CELLS

sys.modules[CELLS] = cells  # where a worker finds what runs a notebook's cells

MAIN = "answer.py"


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


def loaded(data, *wanted):
    """The names in the module that a notebook makes."""
    names = values(files_of(data, MAIN, wanted)[MAIN])
    names.pop("__getattr__", None)
    return names


def test_code_cells_are_taken_in_order_and_nothing_else():
    data = notebook("x = 1", text("# x = 5"), "x += 1\ny = x")
    assert loaded(data) == {"x": 2, "y": 2}
    assert b"# x = 5" not in b"".join(files_of(data, MAIN, []).values())


def test_a_cells_source_may_be_a_list_of_lines():
    assert loaded(notebook(code(["x = 1\n", "y = 2"]))) == {"x": 1, "y": 2}


def test_cells_are_kept_apart():
    assert loaded(notebook("def f():\n    return 1", "x = f()"))["x"] == 1


def test_letters_that_are_not_ascii_are_utf8():
    assert loaded(notebook("é = 'ü'")) == {"é": "ü"}


def test_a_cell_of_magics_does_not_touch_the_others():
    data = notebook("%matplotlib inline", "x = 7 \\\n  % 4", "%%bash\nx=9", "y = x")
    assert loaded(data) == {"x": 3, "y": 3}


def test_outputs_are_not_code():
    cell = code("x = 1") | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "y = 2"}]}
    assert loaded(notebook(cell)) == {"x": 1}


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
    assert loaded(json.dumps(old).encode()) == {"x": 2}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1, 2]", b"null", b"x = 1\n", b"\xff\xfe{}", b"[" * 100_000, notebook("x = 1")[:-5]],
    ids=["empty", "a brace", "a list", "null", "Python", "not UTF-8", "too deep", "cut off"],
)
def test_what_is_no_notebook_is_the_students_problem(data):
    with pytest.raises(NotebookError, match="it is not a notebook that can be read") as refused:
        files_of(data, MAIN, [])
    assert not refused.value.ours


@pytest.mark.parametrize("cells", [(), (text("only words"),), ("", "  \n")])
def test_a_notebook_without_code_says_so(cells):
    with pytest.raises(NotebookError, match="it has no code in it"):
        files_of(notebook(*cells), MAIN, [])


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
        loaded(notebook(cell), "f")


@pytest.mark.parametrize("cell", ["%time x\n\n\ny = 1", "%%bash\na\nb\n\nc", "!ls\n# a comment\nx = 1"])
def test_lines_keep_their_numbers(cell):
    assert len(without_magics(cell).splitlines()) == len(cell.splitlines())


# --- as forgiving as a kernel ------------------------------------------------------------------------------


def test_a_statement_that_raises_takes_nothing_else_with_it():
    names = loaded(notebook("import no_such_thing\nx = 1\n1 / 0\ny = 2", "z = no_such_name", "w = 3"))
    assert names == {"x": 1, "y": 2, "w": 3}


@pytest.mark.parametrize(
    "end", ["raise SystemExit", "exit()", "import sys; sys.exit(0)", "raise KeyboardInterrupt"]
)
def test_a_cell_that_ends_the_program_ends_nothing(end):
    assert loaded(notebook("x = 1", end, "y = 2"))["y"] == 2


def test_cells_in_the_wrong_order_find_what_they_need():
    names = loaded(notebook("z = y + 1", "y = x + 1", "class A(B):\n    pass", "x = 1", "class B:\n    pass"))
    assert (names["x"], names["y"], names["z"]) == (1, 2, 3)
    assert issubclass(names["A"], names["B"])


def test_of_two_definitions_the_later_one_counts():
    assert loaded(notebook("def f():\n    return 1", "def f():\n    return 2"))["f"]() == 2


def test_a_definition_that_is_tried_again_does_not_replace_a_later_one():
    names = loaded(notebook("def f(x=late):\n    return 1", "late = 0", "def f():\n    return 2"))
    assert names["f"]() == 2


def test_an_endless_run_at_the_top_level_is_stopped_and_the_rest_counts(monkeypatch):
    monkeypatch.setattr("grader.worker.cells.BUDGET", 0.4)
    names = loaded(notebook("try:\n    while True: pass\nexcept Exception:\n    pass\nx = 1", "y = 2"))
    assert names == {"x": 1, "y": 2}


def test_what_a_cell_imports_from_the_future_holds_for_the_cells_after_it():
    names = loaded(
        notebook("x = 1", "from __future__ import annotations", "def f(a: no_such_name): return 3")
    )
    assert names["f"](0) == 3


def test_await_at_the_top_level_is_allowed():
    names = loaded(notebook("async def f():\n    return 1", "x = await f()", "y = 2"))
    assert (names["x"], names["y"]) == (1, 2)


def test_a_name_that_is_missing_says_what_is_wrong_with_the_cell_that_should_define_it():
    files = files_of(
        notebook("class A:\n    pass", "class B:\n    x = 1 / 0", "def c(:"), MAIN, ["A", "B", "c"]
    )
    module = types.ModuleType("answer")
    exec(files[MAIN], vars(module))
    assert module.A
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as raised:
            _ = module.B
        assert str(raised.traceback[-1].path) == "code cell 2"
        with pytest.raises(SyntaxError) as refused:
            _ = module.c
        assert refused.value.filename == "code cell 3"
    with pytest.raises(AttributeError, match="module 'answer' has no attribute 'd'"):
        _ = module.d


def test_where_nothing_that_was_asked_for_is_there_loading_fails_with_the_reason():
    with pytest.raises(ZeroDivisionError):
        loaded(notebook("import no_such_thing", "class A:\n    x = 1 / 0"), "A")


def test_names_with_errors_that_nobody_asked_for_are_no_trouble():
    assert loaded(notebook("def g(:", "x = 1"), "x") == {"x": 1}


def written(source, kind, released=None):
    """A cell as `kata course` writes it, with the source that students get."""
    return NotebookNode(code(source) | {"metadata": note(kind, source if released is None else released)})


def test_cells_of_ours_are_left_out_while_they_are_as_they_were():
    data = notebook(written("x = 1 / 0", "ours"), written("y = 2", "ours", "y = 3"), "z = 4")
    assert loaded(data) == {"y": 2, "z": 4}


def test_an_untouched_stub_gives_way_to_an_answer_that_stands_before_it():
    answer, stub = "def f():\n    return 1", "def f():\n    raise NotImplementedError"
    assert loaded(notebook(answer, written(stub, "answer")))["f"]() == 1
    edited = written("def f():\n    return 2", "answer", stub)
    assert loaded(notebook(answer, edited))["f"]() == 2


def test_an_untouched_stub_alone_is_what_counts():
    stub = written("def f():\n    raise NotImplementedError('write f')", "answer")
    with pytest.raises(NotImplementedError, match="write f"):
        loaded(notebook(stub))["f"]()


@pytest.mark.parametrize("noted", [None, 3, [], {}, {"sha256": 5}, {"kind": "ours", "sha256": None}])
def test_odd_notes_in_a_cell_change_nothing(noted):
    cell = code("x = 1") | {"metadata": {"kata": noted}}
    assert loaded(notebook(cell)) == {"x": 1}


def test_an_answer_that_was_made_text_by_a_slip_is_code():
    def given(source, **noted):
        return text(source) | {"metadata": {"nbgrader": noted}}

    slip = given("x = 1", solution=True, grade=False, cell_type="code")
    essay = given("Because x = 2", solution=True, grade=True, cell_type="markdown")
    assert loaded(notebook(slip, essay, text("x = 3"))) == {"x": 1}


def test_code_that_is_too_long_is_not_even_parsed(monkeypatch):
    monkeypatch.setattr("grader.notebook.read.without_magics", lambda source: pytest.fail("it was parsed"))
    with pytest.raises(NotebookError, match="its code has more than 262,144 characters") as refused:
        files_of(notebook("a;" * 150_000), MAIN, [])
    assert refused.value.ours


def test_a_notebook_of_a_million_parts_is_refused_before_it_is_read():
    parts = b'{"x": [' + b"{}," * MAX_PARTS + b"0]}"
    with pytest.raises(NotebookError, match="Clear its outputs") as refused:
        files_of(parts, MAIN, [])
    assert refused.value.ours


def test_our_mark_on_a_cell_that_is_no_python_excuses_nothing():
    assert loaded(notebook(written("def (", "ours"), "x = 1")) == {"x": 1}
