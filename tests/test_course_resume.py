"""`nbgrader autograde` on a small course: killed at any moment, and with hostile folders and notebooks."""

import csv
import json
import os
import signal
import subprocess

import pytest

from grader.course.folder import fingerprint
from tests.conftest import toy_source, write_toy
from tests.course_class import BIN, Notebook, code, hand_in, in_gradebook, kata, marks, nbgrader, scores

pytestmark = pytest.mark.timeout(300)
EX = "01_twice"
ANSWERS = {f"s{index}": "2 * x" if index % 2 else "x" for index in range(6)}


def released(course):
    return Notebook(course / "release" / EX / "twice.ipynb")


def answered(course, expression, doc="An answer."):
    return released(course).write(toy_source(expression, doc))


def autograded(course, student):
    return course / "autograded" / student / EX / "twice.ipynb"


# --- killed ------------------------------------------------------------------------------------------------

MOMENTS = [
    "Judged 2 of 6",
    "Creating/updating student with ID 's1'",
    "Sanitizing .*/s2/",
    "Autograding .*/s3/",
    "Writing",
]


def kill_at(course, moment):
    """Start autograding, and kill it when it says something that contains all parts of ``moment``."""
    process = subprocess.Popen(
        [BIN / "nbgrader", "autograde", EX],
        cwd=course,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stderr:
        if all(part in line for part in moment.split(".*")):
            break
    else:
        pytest.fail(f"it never said {moment}")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stderr.close()


def test_killed_again_and_again_nobody_is_left_with_a_wrong_or_missing_mark(course):
    for student, answer in ANSWERS.items():
        hand_in(course, student, EX, answered(course, answer, doc=student))
    for moment in MOMENTS:
        kill_at(course, moment)
    nbgrader(course, "autograde", EX)
    assert scores(course) == {s: 4.0 if a == "2 * x" else 0.0 for s, a in ANSWERS.items()}
    for student in ANSWERS:
        assert "graded" in json.loads(autograded(course, student).read_text())["metadata"]["kata"]


def half_done(notebook, state):
    """Leave a folder as a run may leave it that was killed."""
    whole = notebook.read_text()
    notebook.chmod(0o644)
    if state == "empty":
        notebook.unlink()
    elif state == "sanitized":
        data = json.loads(whole)
        del data["metadata"]["kata"]
        notebook.write_text(json.dumps(data))
    else:
        notebook.write_text(whole[: len(whole) // 2])


def test_half_done_folders_are_made_anew(course):
    states = ["empty", "sanitized", "cut off", "whole"]
    for state in states:
        hand_in(course, state, EX, answered(course, "2 * x"))
    nbgrader(course, "autograde", EX)
    for state in states[:-1]:
        half_done(autograded(course, state), state)
    in_gradebook(course, "UPDATE grade SET auto_score = NULL WHERE auto_score = 3.0")
    log = nbgrader(course, "autograde", EX).stderr
    assert log.count("half-done") == 3
    assert scores(course) == {"empty": 4.0, "sanitized": 4.0, "cut off": 4.0, "whole": 1.0}


# --- what may lie in a student's folder --------------------------------------------------------------------


def test_hostile_folders_gain_nothing_and_stop_nobody(course, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the solution")
    hand_in(course, "ana", EX, answered(course, "2 * x"))
    (course / "submitted" / "ana" / EX / "notes.txt").symlink_to(secret)
    (course / "submitted" / "ana" / EX / "zeros.txt").symlink_to("/dev/zero")
    (course / "submitted" / "ana" / EX / "own.txt").write_text("notes of one's own")
    os.mkfifo(course / "submitted" / "ana" / EX / "pipe.txt")
    (course / "submitted" / "ana" / EX / "\x1b[2J.txt").symlink_to("/dev/zero")
    (course / "submitted" / "ana" / EX / "\x1b]0;title\x07.csv").touch()
    copied = course / "submitted" / "bo" / EX
    copied.mkdir(parents=True)
    (copied / "twice.ipynb").symlink_to(course / "submitted" / "ana" / EX / "twice.ipynb")
    (course / "submitted" / "cleo").symlink_to(course / "submitted" / "ana")
    (course / "submitted" / "dan" / EX / "twice.ipynb").mkdir(parents=True)
    hand_in(course, "eva", EX, b"{" * 100_000)
    hand_in(course, "finn", EX, b"\xff\xfe")
    hand_in(course, "gus", EX, b" " * (33 << 20))
    hand_in(course, "hana", EX, answered(course, "2 * x"), "twice (1).ipynb")
    hand_in(course, "hana", EX, answered(course, "x"), "twice (2).ipynb")
    hand_in(course, "ivo", EX, answered(course, "2 * x"))
    done = nbgrader(course, "autograde", EX, check=False)
    assert done.returncode == 1
    found = scores(course)
    assert {s for s, mark in found.items() if mark} == {"ana", "ivo"}
    assert found["ana"] == found["ivo"] == 4.0
    assert {"bo", "dan", "gus", "hana"} <= set(found)
    assert "s twice.ipynb was not graded: twice.ipynb could not be read" in done.stderr
    assert "there is no twice.ipynb" in done.stderr
    copied_too = {
        path.name for path in (course / "autograded").rglob("*") if path.suffix not in ("", ".ipynb")
    }
    assert copied_too == {"own.txt", "\x1b]0;title\x07.csv"}
    assert "zeros.txt is no ordinary file, and left out" in done.stderr
    assert all(character.isprintable() or character == "\n" for character in done.stderr)
    kata("grade", "submitted", "--json", tmp_path / "v.json", folder=course, check=False)
    by_kata = {student: mark for (student, _), mark in marks(tmp_path / "v.json").items()}
    assert {s: found.get(s, 0.0) for s in by_kata} == by_kata


def test_words_of_a_submission_are_text_in_feedback(course):
    attack = "<script>alert(1)</script>\\x1b[31m\\n    4.0"
    answer = f"(_ for _ in ()).throw(ValueError('{attack}'))"
    notebook = answered(course, answer)
    texts = [
        "<script>alert(1)</script> if a < b: \ud800 [page](https://pytorch.org/docs)",
        "[x](javascript:alert(1))",
        "[x]\n\n[x]: java&#115;cript:alert(1)",
    ]
    notebook.cells += [{"cell_type": "markdown", "metadata": {}, "source": text} for text in texts]
    hand_in(course, "ana", EX, json.dumps(notebook.data).encode())
    nbgrader(course, "autograde", EX)
    nbgrader(course, "generate_feedback", EX)
    page = (course / "feedback" / "ana" / EX / "twice.html").read_text()
    assert "ValueError: &lt;script&gt;alert(1)&lt;/script&gt; [31m" in page
    assert "<script>alert(1)" not in page
    assert 'href="java' not in page
    assert 'href="https://pytorch.org/docs"' in page
    assert "if a &lt; b" in page
    assert scores(course) == {"ana": 0.0}


# --- what instructors do -----------------------------------------------------------------------------------


def exported(course):
    """The exported scores that are not of empty assignments, by student and assignment."""
    nbgrader(course, "export")
    with (course / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(r["student_id"], r["assignment"]): float(r["score"]) for r in rows}


def test_late_penalties_marks_by_hand_comments_and_regrading_work(course):
    plugin = (
        "class Late(LateSubmissionPlugin):\n    def late_submission_penalty(self, *_):\n        return 1.0\n"
    )
    (course / "late.py").write_text(f"from nbgrader.plugins import LateSubmissionPlugin\n\n\n{plugin}")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("import sys\nsys.path.insert(0, '.')\nc.AssignLatePenalties.plugin_class = 'late.Late'\n")
    nbgrader(course, "db", "assignment", "add", EX, "--duedate=2026-01-01 00:00:00 UTC")
    for student, stamp in (("ana", "2026-01-02"), ("bo", "2025-12-31")):
        hand_in(course, student, EX, answered(course, "2 * x"))
        (course / "submitted" / student / EX / "timestamp.txt").write_text(f"{stamp} 00:00:00 UTC")
    nbgrader(course, "autograde", EX)
    assert exported(course) == {("ana", EX): 3.0, ("bo", EX): 4.0}
    in_gradebook(course, "UPDATE grade SET manual_score = 2.0 WHERE auto_score = 3.0")
    in_gradebook(course, "UPDATE comment SET manual_comment = 'Well done.'")
    nbgrader(course, "autograde", EX, "--force")
    assert exported(course) == {("ana", EX): 2.0, ("bo", EX): 3.0}
    review = in_gradebook(course, "SELECT needs_manual_grade FROM grade WHERE manual_score = 2.0")
    assert set(review) == {(1,)}
    nbgrader(course, "generate_feedback", EX)
    assert "Well done." in (course / "feedback" / "ana" / EX / "twice.html").read_text()


def test_cells_and_assignments_of_the_instructors_own_are_graded_as_nbgrader_does(course):
    source = course / "source" / EX / "twice.ipynb"
    notebook = Notebook(source)
    noted = {"grade": True, "solution": False, "locked": True, "schema_version": 3, "task": False}
    essay = {"cell_type": "markdown", "metadata": {"nbgrader": noted | {
        "solution": True, "locked": False, "grade_id": "essay", "points": 5}}, "source": "Why?"}  # fmt: skip
    own_test = code("assert True", nbgrader=noted | {"grade_id": "own", "points": 3})
    notebook.cells += [essay, own_test]
    source.write_bytes(notebook.bytes())
    other = {"nbformat": 4, "nbformat_minor": 4, "metadata": notebook.data["metadata"], "cells": [
        code("x = 1", nbgrader=noted | {"grade": False, "solution": True, "locked": False, "grade_id": "a"}),
        code("assert x == 2", nbgrader=noted | {"grade_id": "t", "points": 2}),
    ]}  # fmt: skip
    (course / "source" / "ps1").mkdir()
    (course / "source" / "ps1" / "p.ipynb").write_text(json.dumps(other))
    for assignment in (EX, "ps1"):
        nbgrader(course, "generate_assignment", assignment, "--force")
    answer = answered(course, "2 * x")
    answer.cells[-2]["source"] = "Because."
    hand_in(course, "ana", EX, answer)
    for student, value in (("ana", 2), ("bo", 3)):
        other["cells"][0]["source"] = f"x = {value}"
        hand_in(course, student, "ps1", json.dumps(other).encode(), "p.ipynb")
    for assignment in (EX, "ps1"):
        nbgrader(course, "autograde", assignment)
    waiting = in_gradebook(
        course,
        "SELECT b.name FROM grade g JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook n ON "
        "n.id = g.notebook_id WHERE g.needs_manual_grade AND g.auto_score IS NULL AND b.name IN ('essay', 'own') "
        "AND n.assignment_id IN (SELECT id FROM submitted_assignment WHERE student_id = 'ana')",
    )
    assert {name for (name,) in waiting} == {"essay", "own"}
    assert exported(course) == {
        ("ana", EX): 4.0, ("ana", "ps1"): 2.0, ("bo", EX): 0.0, ("bo", "ps1"): 0.0,
    }  # fmt: skip


# --- updating ----------------------------------------------------------------------------------------------


def test_what_was_edited_is_kept_unless_told_otherwise_and_running_cells_is_no_edit(toy_course, course):
    source, config = course / "source" / EX / "twice.ipynb", course / "nbgrader_config.py"
    notebook = Notebook(source)
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = (
                5,
                [{"output_type": "stream", "name": "stdout", "text": "x"}],
            )
    source.write_bytes(notebook.bytes())
    assert "3 up to date" in kata("course", course).stderr
    notebook.cells[0]["source"] += "\nA word of mine."
    source.write_bytes(notebook.bytes())
    config.write_text(config.read_text() + "c.Autograde.create_student = False\n")
    (course / "gradebook.db").write_bytes(b"mine")
    hand_in(course, "ana", EX, b"hers")
    done = kata("course", course)
    assert (
        "twice.ipynb is not as `kata course` wrote it, and left alone; --overwrite replaces it."
        in done.stderr
    )
    assert "1 up to date, 2 kept." in done.stderr
    assert "A word of mine." in source.read_text()
    kata("course", course, "--overwrite")
    assert source.read_bytes() == (toy_course / "source" / EX / "twice.ipynb").read_bytes()
    assert config.read_text() == (toy_course / "nbgrader_config.py").read_text().replace(
        "'template'", "'course'"
    )
    assert (course / "gradebook.db").read_bytes() == b"mine"
    assert (course / "submitted" / "ana" / EX / "twice.ipynb").read_bytes() == b"hers"


def test_a_configuration_of_an_earlier_version_is_brought_up_to_date_unless_it_was_edited(course):
    config, record = course / "nbgrader_config.py", course / "kata-course.json"
    earlier = config.read_text().replace("autograde.FillGradeCells", "autograde.EarlierName")
    config.write_text(earlier)
    done = kata("course", course, check=False)
    assert done.returncode == 2
    assert "is a configuration of your own" in done.stderr
    noted = json.loads(record.read_text())
    noted["written"][config.name] = fingerprint(config.name, earlier.encode())
    record.write_text(json.dumps(noted))
    kata("course", course)
    assert "autograde.FillGradeCells" in config.read_text()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: folder.write_text(""), "is a file; name a folder"),
        (lambda folder: (folder.mkdir(), (folder / "kata-course.json").write_text("{")), "can't be read"),
        (
            lambda folder: (
                folder.mkdir(),
                (folder / "nbgrader_config.py").write_text(
                    'c = get_config()\n# c.Autograde.exporter_class = "grader.course.autograde.SubmissionExporter"\n'
                ),
            ),
            "every grade cell would pass",
        ),
    ],
)
def test_a_folder_that_can_not_be_a_course_is_refused_in_a_sentence(change, says, toy_course, tmp_path):
    root = json.loads((toy_course / "kata-course.json").read_text())["project"]
    change(tmp_path / "x")
    done = kata("course", tmp_path / "x", check=False, KATA_ROOT=root)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x" / "source").exists()


def test_a_course_that_can_not_be_written_is_refused_in_a_sentence():
    done = kata("course", "/proc/x", "03", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("kata: the course can't be written: ")


def test_the_readme_lists_all_assignments_and_no_name_means_those_that_are_there(tmp_path):
    for words in (["03"], ["04"], []):
        kata("course", tmp_path / "c", *words)
    assert sorted(path.name for path in (tmp_path / "c" / "source").iterdir()) == [
        "03_modulelist", "04_moduledict",
    ]  # fmt: skip
    table = [line for line in (tmp_path / "c" / "README.md").read_text().splitlines() if line[:3] == "| 0"]
    assert [len([cell for cell in line.split("|") if cell.strip()]) for line in table] == [3, 3]


def test_a_reference_that_is_not_right_makes_no_course(tmp_path):
    write_toy(tmp_path)
    reference = tmp_path / "solutions" / EX / "twice.py"
    reference.write_text(reference.read_text().replace("return 2 * x", "return x.no"))
    done = kata("course", tmp_path / "c", check=False, KATA_ROOT=str(tmp_path))
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "c" / "source").exists()
