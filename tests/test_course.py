"""A course of three exercises and twelve students, from `kata course` to exported grades, with real nbgrader."""

import csv
import json
import re
import shutil

import pytest

from grader.exercise import load
from grader.judge.bank import known_mistakes
from tests.course_class import PROJECT, Notebook, code, hand_in, in_gradebook, kata, marks, nbgrader

pytestmark = pytest.mark.timeout(400)
EXERCISES = ["01_forward_pass", "03_modulelist", "10_gradient_accumulation"]
POINTS = 10.0
LOADED = {name: load(PROJECT, name) for name in EXERCISES}


def reference(exercise):
    return LOADED[exercise].reference.read_text()


def wrong(exercise):
    """An answer that earns some of the marks."""
    return next(known for known in known_mistakes(LOADED[exercise]) if known.weight == "part").text


# --- what students do to their notebooks -------------------------------------------------------------------


def right(notebook, exercise):
    return notebook.write(reference(exercise))


def partly_right(notebook, exercise):
    return notebook.write(wrong(exercise))


def untouched(notebook, exercise):
    return notebook


def messy(notebook, exercise):
    """Right, with all that people do in notebooks, and in the wrong order."""
    head, *rest = re.split(r"(?m)^(?=class |def )", reference(exercise))
    stubs = notebook.of("answer")
    place = notebook.cells.index(stubs[0])
    notebook.cells = [cell for cell in notebook.cells if cell not in stubs]
    cells = [
        "%matplotlib inline\n!pip install seaborn\nimport matplotlib_that_is_not_there as plt\nprint('hello')",
        *rest,
        head,
        "plt.plot([1, 2, 3])\nplt.show()",
        "get_ipython().run_line_magic('time', '1')\ndisplay(3)",
        "while True:\n    try:\n        pass\n    except Exception:\n        pass"
        if exercise == EXERCISES[1]
        else "",
        "raise ValueError('I wanted to see this')",
        "%%bash\nls -la\n<<<",
        "this is not Python",
        "import sys; print('a warning', file=sys.stderr)",
    ]
    notebook.cells[place:place] = [code(source) for source in cells]
    return notebook


def ends_early(notebook, exercise):
    notebook.write(f"{reference(exercise)}\nimport os\nos._exit(0)")
    return forged(notebook, exercise)


def forged(notebook, exercise):
    """Outputs, points, tags and types of grade cells, changed by hand."""
    for cell in notebook.of("grade"):
        points = cell["metadata"]["nbgrader"]["points"]
        cell["outputs"] = [
            {
                "output_type": "execute_result",
                "data": {"text/plain": str(points)},
                "metadata": {},
                "execution_count": 1,
            }
        ]
        cell["metadata"]["nbgrader"]["points"] = 1000
        cell["metadata"]["tags"] = ["skip-execution"]
        cell["metadata"]["kata"] = {"kind": "manual"}
    return notebook


def deleted_and_retyped(notebook, exercise):
    """Right, but cells have other types, and grade cells are missing, twice there, or edited."""
    notebook.write(reference(exercise))
    grade, locked = notebook.of("grade"), notebook.of("locked")
    notebook.of("answer")[0]["cell_type"] = "markdown"
    grade[1]["cell_type"] = "markdown"
    for key in ("outputs", "execution_count"):
        del grade[1][key]
    grade[2]["cell_type"] = "raw"
    grade[3]["source"] = "assert True  # edited"
    gone = [grade[0], grade[4], locked[0], locked[2]]
    notebook.cells = [cell for cell in notebook.cells if cell not in gone] + [grade[-1].copy()]
    return notebook


def odd_notes(notebook, exercise):
    """Nothing written, and nbgrader's notes in every state that they should not be in."""
    odd = [
        {"schema_version": 99}, {"schema_version": 1, "grade_id": "x"}, "a string", {"grade": True}, [],
        {"grade": True, "solution": True, "locked": False, "grade_id": 7, "points": "many"},
    ]  # fmt: skip
    grade = notebook.of("grade")
    for cell, noted in zip(grade, odd, strict=False):
        cell["metadata"]["nbgrader"] = noted
    for cell in grade[len(odd) :]:
        cell["metadata"]["nbgrader"]["solution"] = True
    return notebook


def without_notes(notebook, exercise):
    """Right, saved by a program that keeps no notes, in an old format."""
    notebook.write(reference(exercise))
    for cell in notebook.cells:
        cell["metadata"] = {}
        cell.pop("id", None)
        cell["source"] = cell["source"].splitlines(keepends=True)
    notebook.data["nbformat_minor"] = 2
    return notebook


def format_three(notebook, exercise):
    """Right, in the format of ten years ago."""
    cell = {
        "cell_type": "code", "language": "python", "collapsed": False, "metadata": {}, "outputs": [],
        "prompt_number": 1, "input": reference(exercise),
    }  # fmt: skip
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"metadata": {}, "cells": [cell]}],
    }
    notebook.data = old
    return notebook


def answered_above_the_stub(notebook, exercise):
    """Right, in a cell of one's own; the places for answers are as they were, below."""
    place = notebook.cells.index(notebook.of("answer")[0])
    notebook.cells.insert(place, code(reference(exercise)))
    return notebook


def answered_in_a_grade_cell(notebook, exercise):
    """Right, but written where nothing is to be written."""
    notebook.of("grade")[-1]["source"] += "\n" + reference(exercise)
    return notebook


CLASS = {
    "ana": (right, POINTS),
    "bo": (partly_right, None),
    "cleo": (untouched, 0.0),
    "dan": (messy, POINTS),
    "eva": (ends_early, 0.0),
    "finn": (deleted_and_retyped, POINTS),
    "gus": (odd_notes, 0.0),
    "hana": (without_notes, POINTS),
    "ivo": (format_three, POINTS),
    "jun": (answered_above_the_stub, POINTS),
    "kim": (answered_in_a_grade_cell, POINTS),
    "Zoë van Łódź": (right, POINTS),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course's folder, with everything handed in; its first exercise graded by `kata grade`, in two judges."""
    folder = tmp_path_factory.mktemp("courses") / "torch"
    kata("course", folder, *EXERCISES)
    for exercise in EXERCISES:
        nbgrader(folder, "generate_assignment", exercise)
        released = Notebook(folder / "release" / exercise / f"{exercise[3:]}.ipynb")
        for student, (change, _) in CLASS.items():
            name = f"{exercise[3:]} (1).ipynb" if student == "Zoë van Łódź" else ""
            hand_in(folder, student, exercise, change(released.copy(), exercise), name)
    (folder / "submitted" / "bo" / EXERCISES[1] / "modulelist.ipynb").write_bytes(b'{"cells": [')
    (folder / "submitted" / "bo" / EXERCISES[1] / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    shutil.rmtree(folder / "submitted" / "cleo" / EXERCISES[2])
    kata("grade", folder / "submitted", "--exercise", EXERCISES[0], "--jobs", "2")
    return folder


@pytest.fixture(scope="module")
def graded(course):
    """The same after autograding: two exercises without anything in the ledger beforehand."""
    for exercise in EXERCISES:
        nbgrader(course, "autograde", exercise)
    return course


@pytest.fixture(scope="module")
def exported(graded):
    """The exported marks, by student and exercise."""
    nbgrader(graded, "export")
    with (graded / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["student_id"], row["assignment"]): float(row["score"]) for row in rows}


@pytest.fixture(scope="module")
def by_kata(graded, tmp_path_factory):
    """The marks of the same notebooks by `kata grade` elsewhere, where no ledger is, with another seed."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(graded / "submitted", place / "class")
    kata("grade", place / "class", "--jobs", "2", "--seed", "5", "--json", place / "v.json")
    return marks(place / "v.json")


def cells(course, student, exercise):
    """The autograded cells, by name."""
    path = course / "autograded" / student / exercise / f"{exercise[3:]}.ipynb"
    found = json.loads(path.read_text())["cells"]
    return {c["metadata"]["nbgrader"]["grade_id"]: c for c in found if "nbgrader" in c["metadata"]}


def said(cell):
    """What a grade cell's output says."""
    (text,) = [output["text"] for output in cell["outputs"] if output["output_type"] == "stream"]
    return "".join(text)


def number(cell):
    """What a grade cell's score is read from."""
    return "".join(cell["outputs"][1]["data"]["text/plain"])


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("student", CLASS)
def test_exported_marks_are_those_of_kata_grade(student, exercise, exported, by_kata):
    if (student, exercise) == ("cleo", EXERCISES[2]):
        assert exported.get((student, exercise), 0.0) == by_kata[student, exercise] == 0.0
        return
    assert exported[student, exercise] == pytest.approx(by_kata[student, exercise])  # a sum of floats
    expected = CLASS[student][1]
    if expected is None:
        expected = 0.0 if exercise == EXERCISES[1] else exported[student, exercise]
        assert 0.0 < expected < POINTS or exercise == EXERCISES[1]
    assert exported[student, exercise] == pytest.approx(expected)


def test_kata_grade_in_the_course_says_the_same_out_of_the_ledger(graded, exported, tmp_path):
    kata("grade", "submitted", "--json", tmp_path / "v.json", folder=graded)
    there = {key: mark for key, mark in marks(tmp_path / "v.json").items() if key in exported}
    assert there == pytest.approx({key: mark for key, mark in exported.items() if key in there})
    assert len(there) >= 35


def test_a_grade_cell_says_what_was_found_what_was_expected_and_the_hint(graded):
    found = cells(graded, "bo", EXERCISES[0])
    failed = [said(cell) for cell in found.values() if cell["outputs"] and "✗" in said(cell)]
    assert failed
    assert any("expected" in text for text in failed)
    scores = [float(number(cell)) for cell in found.values() if cell["outputs"]]
    assert 0 < sum(scores) < POINTS
    assert "This looks like a known mistake." in said(found["summary"])


def test_every_grade_cell_has_one_text_and_one_plain_number(graded):
    for student in CLASS:
        for exercise in EXERCISES:
            if not (graded / "autograded" / student / exercise).exists():
                continue
            for cell in cells(graded, student, exercise).values():
                if not cell["metadata"]["nbgrader"]["grade"]:
                    continue
                text, result = cell["outputs"]
                kinds = (text["output_type"], text["name"], result["output_type"])
                assert kinds == ("stream", "stdout", "execute_result")
                assert re.fullmatch(r"\d+\.\d+", number(cell))
                assert float(number(cell)) <= cell["metadata"]["nbgrader"]["points"]


def test_nobody_can_make_a_mark_wait_for_a_person(graded):
    students = ", ".join(f"'{student}'" for student in CLASS)
    waiting = in_gradebook(
        graded,
        "SELECT count(*) FROM grade g JOIN submitted_notebook n ON n.id = g.notebook_id "
        "JOIN submitted_assignment a ON a.id = n.assignment_id "
        f"WHERE a.student_id IN ({students}) AND (g.needs_manual_grade OR g.auto_score IS NULL)",
    )
    assert waiting == [(0,)]


def test_all_cells_are_back_however_they_were_handed_in(graded):
    whole = set(cells(graded, "ana", EXERCISES[1]))
    assert not {name for name in whole if name.startswith("visible-") or name == "setup"}
    grades = {name for name in whole if not name.startswith("answer-")}
    for student in ("finn", "gus", "hana", "ivo", "kim"):
        assert grades <= set(cells(graded, student, EXERCISES[1]))


def test_what_was_written_into_a_grade_cell_can_still_be_seen(graded):
    path = graded / "autograded" / "kim" / EXERCISES[1] / "modulelist.ipynb"
    sources = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]
    assert any("This is what was handed in" in source and "class MLP" in source for source in sources)


def test_a_copy_under_the_right_name_lies_beside_a_renamed_notebook(graded):
    folder = graded / "submitted" / "Zoë van Łódź" / EXERCISES[1]
    assert sorted(path.name for path in folder.iterdir()) == [
        ".kata-copy", "modulelist (1).ipynb", "modulelist.ipynb",
    ]  # fmt: skip


def secrets_of(exercise):
    """Lines of hidden tests that no student may see: those that don't stand in a lesson as well."""
    lines = {
        line.strip()
        for path in LOADED[exercise].suite.rglob("*.py")
        for line in path.read_text().splitlines()
    }
    known = {line.strip() for other in LOADED.values() for line in other.lesson.read_text().splitlines()}
    secret = {line for line in lines - known if not line.startswith(("#", '"""', "import", "from"))}
    return {line for line in secret if len(line) > 40}


@pytest.fixture(scope="module")
def feedback(graded):
    """The folder of feedback on one exercise."""
    nbgrader(graded, "generate_feedback", EXERCISES[1])
    return graded / "feedback"


def test_feedback_shows_the_explanations(feedback):
    page = (feedback / "cleo" / EXERCISES[1] / "modulelist.html").read_text()
    assert "This is not written yet" in page
    assert f"(Score: 0.0 / {POINTS})" in page


def test_nothing_hidden_is_in_what_students_get(feedback, graded):
    released = [(graded / "release" / name / f"{name[3:]}.ipynb").read_text() for name in EXERCISES]
    pages = [path.read_text() for path in feedback.rglob("*.html")]
    assert len(pages) == len(CLASS)
    solution = "self.linears = nn.ModuleList(linears)"
    assert solution in reference(EXERCISES[1])
    stub = (feedback / "cleo" / EXERCISES[1] / "modulelist.html").read_text()
    for text in [*released, stub]:
        assert solution not in text
        assert "BEGIN SOLUTION" not in text
    for text in [*released, *pages]:
        assert not [line for exercise in EXERCISES for line in secrets_of(exercise) if line in text]


def test_the_reference_validates_and_the_stub_does_not(graded):
    name = f"{EXERCISES[1]}/modulelist.ipynb"
    assert "Success!" in nbgrader(graded, "validate", f"source/{name}").stdout
    found = nbgrader(graded, "validate", f"release/{name}").stdout
    assert "VALIDATION FAILED ON 1 CELL(S)" in found
    assert "This is not written yet." in found
    assert "Traceback" not in found


def test_a_second_run_grades_only_what_is_new(graded):
    released = Notebook(graded / "release" / EXERCISES[1] / "modulelist.ipynb")
    hand_in(graded, "new", EXERCISES[1], right(released, EXERCISES[1]))
    log = nbgrader(graded, "autograde", EXERCISES[1]).stderr
    assert log.count("Sanitizing") == 1
    shutil.rmtree(graded / "submitted" / "new")


def test_updating_changes_nothing_that_is_up_to_date(graded):
    before = {path: path.stat().st_mtime_ns for path in graded.rglob("*") if path.name != "ledger.db"}
    done = kata("course", graded, *EXERCISES)
    assert "Files: 0 written, 5 up to date, 0 kept." in done.stderr
    after = {path: path.stat().st_mtime_ns for path in graded.rglob("*") if path.name != "ledger.db"}
    assert before == after
