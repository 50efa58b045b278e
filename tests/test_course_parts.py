"""The parts of a course, one by one: groups and what is said on them, which notebook is meant, what was edited."""

import json
from dataclasses import replace

import pytest

from grader.course.explain import explain, explain_all
from grader.course.folder import Course, course_of, fingerprint
from grader.exercise import load, load_all
from grader.grading.discover import copy_to_right_name, discover, notebook_of
from grader.notebook.write import Group, groups_of, make_notebook, stub_of
from grader.verdict import Diagnosis, TestResult, Verdict
from tests.conftest import PROJECT

CPU = TestResult("test_a", "a works", "cpu", "passed", 1.0, 1.0)
CUDA = TestResult("test_a", "a works", "cuda", "failed", 0.0, 1.0, "It is on the CPU.\n  line two", "move it")
AGAIN = replace(CUDA, name="test_c", title="c works")
AFTER = TestResult("test_b", "b works", "cpu", "not_reached", 0.0, 0.5, "Not reached, because of a.")
VERDICT = Verdict(
    "ana",
    "01_twice",
    "a.py",
    "0",
    1.0,
    3.5,
    (CPU, CUDA, AFTER, AGAIN),
    (Diagnosis("", "x", "You forgot it."),),
    5,
    0.1,
    "full",
)


def test_all_devices_of_a_test_are_one_group_with_the_sum_of_their_points():
    assert groups_of(VERDICT) == [
        Group("test_a", "a works", 2.0),
        Group("test_b", "b works", 0.5),
        Group("test_c", "c works", 1.0),
    ]


def test_a_group_says_how_it_went_on_each_device():
    assert explain("test_a", VERDICT, {}) == (
        "✓ a works, on cpu  (1 of 1)\n✗ a works, on cuda  (0 of 1)\n"
        "    This looks like a known mistake. You forgot it.\n"
        "    It is on the CPU.\n      line two\n    Hint: move it\n"
    )


def test_a_message_is_told_once():
    told = {}
    explain("test_a", VERDICT, told)
    again = explain("test_c", VERDICT, told)
    assert again == "✗ c works  (0 of 1)\n    The same message as for: a works\n"


def test_the_summary_has_marks_diagnosis_and_seed():
    text = explain_all(VERDICT)
    assert text.startswith("01_twice: 1 of 3.5 points, 1 of 4 tests passed. Mend this first:\n")
    assert "You forgot it." in text
    assert "seed 5" in text


def test_long_and_forged_lines_stay_within_their_place():
    forged = replace(CUDA, message="x " * 200 + "\n✓ all works (9 of 9)\x1b[2J")
    text = explain("test_a", replace(VERDICT, tests=(forged,)), {})
    assert max(map(len, text.splitlines())) <= 92
    assert all(line.startswith("    ") for line in text.splitlines()[1:])
    assert "\x1b" not in text


@pytest.mark.parametrize("exercise", load_all(PROJECT), ids=lambda exercise: exercise.name)
def test_a_notebook_can_be_made_of_every_exercise(exercise):
    groups = [Group("test_a", "a title\nof two lines", 1.5)]
    notebook = json.loads(make_notebook(exercise, groups))
    names = [c["metadata"]["nbgrader"]["grade_id"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    assert len(names) == len(set(names))
    assert {f"answer-{name}" for name in exercise.names()} <= set(names)
    assert names[-2:] == ["summary", "test_a"]
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code[-1].startswith("# 1.5 points: a title of two lines\n")
    for source in code[1:]:
        compile(source, "cell", "exec")
    assert make_notebook(exercise, groups) == make_notebook(exercise, groups)


def test_what_is_to_be_mended_stands_in_a_cell_as_comments(toy):
    exercise = load(toy, "01_twice")
    broken = "    ### BEGIN BROKEN\n    # y = x + 1\n    #\n    # return y\n    ### END BROKEN\n"
    source = exercise.reference.read_text()
    exercise.reference.write_text(source.replace("    ### END SOLUTION", f"{broken}    ### END SOLUTION"))
    notebook = json.loads(make_notebook(exercise, [Group("test_a", "a", 1)]))
    cell = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
    above, _, below = cell["source"].partition("    ### BEGIN SOLUTION\n")
    assert above.endswith(
        "    # To do: double every value of x\n    # This is what stands there now:\n    # y = x + 1\n    #\n    # return y\n"
    )
    assert below.startswith("    return 2 * x\n")
    assert below.rstrip().endswith("### END SOLUTION")
    compile(stub_of(cell["source"]), "cell", "exec")


def write(path, data=b"{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_the_notebook_meant_is_that_of_the_right_name_or_the_only_one(tmp_path):
    exercise = load(PROJECT, "03_modulelist")
    assert notebook_of(tmp_path / "no", exercise) is None
    only = write(tmp_path / "modulelist-final (2).ipynb")
    write(tmp_path / ".hidden.ipynb")
    assert notebook_of(tmp_path, exercise) == only
    write(tmp_path / "other.ipynb")
    assert notebook_of(tmp_path, exercise) is None
    right = write(tmp_path / "modulelist.ipynb")
    assert notebook_of(tmp_path, exercise) == right


def test_our_copy_of_a_notebook_never_hides_what_is_handed_in_later(tmp_path):
    exercise = load(PROJECT, "03_modulelist")
    own, copy = write(tmp_path / "mine.ipynb", b"first"), tmp_path / "modulelist.ipynb"
    copy_to_right_name(own, copy)
    assert copy.read_bytes() == b"first"
    write(own, b"second")
    assert notebook_of(tmp_path, exercise) == own
    write(copy, b"handed in under the right name")
    assert notebook_of(tmp_path, exercise) == copy
    copy_to_right_name(own, copy)
    own.unlink()
    assert notebook_of(tmp_path, exercise) == copy


def test_in_a_course_nothing_is_missing_before_its_folder_is_there(tmp_path):
    write(tmp_path / "ana" / "03_modulelist" / "modulelist.ipynb")
    write(tmp_path / "bo" / "04_moduledict" / "one.ipynb")
    write(tmp_path / "bo" / "04_moduledict" / "two.ipynb")
    ana, bo = discover([tmp_path], load_all(PROJECT), course=True)
    assert (ana.student, ana.exercise, bo.student, bo.exercise) == (
        "ana", "03_modulelist", "bo", "04_moduledict",
    )  # fmt: skip
    assert bo.ungraded
    assert "there are one.ipynb, two.ipynb" in bo.problem
    (alone,) = discover([tmp_path / "bo" / "04_moduledict"], load_all(PROJECT), course=True)
    assert (alone.student, alone.problem) == (bo.student, bo.problem)


def test_in_a_course_a_python_file_is_no_answer(tmp_path):
    write(tmp_path / "ana" / "03_modulelist" / "modulelist.py", b"x = 1")
    write(tmp_path / "bo" / "03_modulelist" / "copy.ipynb")
    ana, bo = discover([tmp_path], load_all(PROJECT), course=True)
    assert ana.problem == "There is no modulelist.ipynb in the folder 03_modulelist/; there is modulelist.py."
    assert bo.path.endswith("copy.ipynb")


def test_a_path_within_a_course_belongs_to_it(tmp_path):
    Course(tmp_path).note(PROJECT, {})
    inside = tmp_path / "submitted" / "ana"
    assert course_of([inside, tmp_path]) == Course(tmp_path)
    assert course_of([inside, tmp_path.parent]) is None
    assert course_of([]) is None
    assert Course(tmp_path).project() == PROJECT


def test_a_notebooks_fingerprint_is_its_cells_and_nothing_that_running_leaves():
    cell = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "execution_count": None}
    plain = json.dumps({"cells": [cell]}).encode()
    run = json.dumps({"cells": [{**cell, "outputs": ["y"], "execution_count": 3, "source": ["x"]}]}, indent=2)
    edited = json.dumps({"cells": [{**cell, "source": "y"}]}).encode()
    assert fingerprint("a.ipynb", plain) == fingerprint("a.ipynb", run.encode())
    assert len({fingerprint("a.ipynb", data) for data in (plain, edited, b"{", b"[]")}) == 4
