"""The ledger: what it keeps, under what, and that runs go on from there, also after SIGKILL."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from grader.course.folder import Course
from grader.grading import ledger, pool
from grader.grading.ledger import Conditions, Ledger, LedgerError
from grader.submission import Submission
from grader.verdict import Diagnosis, TestResult, Verdict
from tests.conftest import toy_source, write_toy
from tests.course_class import marks

MAIN = "twice.py"


def submission(student="ana", answer="2 * x", **changes):
    files = {MAIN: toy_source(answer).encode()}
    return Submission(student, "01_twice", f"{student}/{MAIN}", MAIN, **{"files": files, **changes})


def verdict(student="ana", **changes):
    tests = (TestResult("test_doubles", "doubles", "cpu", "failed", 0.0, 3.0, "no", "hint"),)
    known = {
        "student": student, "exercise": "01_twice", "submission": f"{student}/{MAIN}", "sha256": "0", "score": 0.0,
        "max_score": 3.0, "tests": tests, "diagnoses": (Diagnosis("", "a", "b"),), "seed": 1, "seconds": 0.1,
        "sandbox": "full", "versions": {"grader": "1"},
    }  # fmt: skip
    return Verdict(**{**known, **changes})


@pytest.fixture
def kept(tmp_path):
    return Ledger(tmp_path / "ledger.db")


def test_a_verdict_comes_back_as_it_was_for_whoever_handed_in_the_same(toy, kept):
    conditions = Conditions(toy, 1, "full")
    kept.keep(submission(), verdict(), conditions)
    assert kept.find(submission(), conditions) == verdict()
    assert kept.find(submission("bo"), conditions) == verdict("bo")


@pytest.mark.parametrize(
    "other", [{"answer": "3 * x"}, {"exercise": "02_other"}, {"problem": "It is empty."}, {"files": {}}]
)
def test_another_submission_is_another_key(other, toy):
    conditions = Conditions(toy, 1, "full")
    conditions._suites["02_other"] = "0"
    assert conditions.key(submission()) == conditions.key(submission("bo"))
    changed = submission(**other) if "exercise" not in other else Submission(
        "ana", other["exercise"], "", MAIN, submission().files
    )  # fmt: skip
    assert conditions.key(changed) != conditions.key(submission())


def test_seed_sandbox_and_suite_are_part_of_the_key(toy):
    keys = {Conditions(toy, seed, mode).key(submission()) for seed in (1, 2) for mode in ("full", "reduced")}
    suite = toy / "tests" / "hidden" / "01_twice" / "test_twice_hidden.py"
    suite.write_text(suite.read_text() + "\n")
    keys.add(Conditions(toy, 1, "full").key(submission()))
    assert len(keys) == 5


def test_what_could_not_be_graded_is_not_kept(toy, kept):
    conditions = Conditions(toy, 1, "full")
    kept.keep(submission(), verdict(ungraded="The judge died."), conditions)
    assert kept.find(submission(), conditions) is None


def test_the_seed_is_drawn_once_and_replaced_only_on_demand(kept):
    first = kept.seed()
    assert Ledger(kept.path).seed() == first
    assert kept.seed(7) == 7
    assert Ledger(kept.path).seed() == 7


@pytest.mark.parametrize("data", [b"no database" * 500, b"\0" * 5000])
def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(data, tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="Move it away, and a new one will be made"):
        Ledger(path)
    assert path.read_bytes() == data


def test_many_may_write_at_once(toy, kept):
    conditions = Conditions(toy, 1, "full")

    def write(number):
        for count in range(20):
            kept.keep(submission(answer=f"{number} + {count}"), verdict(), conditions)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with sqlite3.connect(kept.path) as database:
        assert database.execute("SELECT count(*) FROM verdict").fetchone() == (80,)


def test_only_what_is_new_goes_to_the_judges_and_the_same_content_only_once(toy, kept, monkeypatch):
    judged = []
    grade = pool.grade

    def watched(root, submissions, **options):
        judged.append(sorted(s.student for s in submissions))
        return grade(root, submissions, **options)

    monkeypatch.setattr(pool, "grade", watched)
    first = [submission("ana"), submission("bo"), submission("cleo", "x")]
    for known in ([], [submission("dan", "x * 3")], []):
        first += known
        found = {v.student: v.score for v in ledger.grade(toy, first, kept)}
        assert found == {s.student: 4.0 if s.student in ("ana", "bo") else 0.0 for s in first}
    assert judged == [["ana", "cleo"], ["dan"]]


# --- killed ------------------------------------------------------------------------------------------------

RIGHT = {f"s{index:02}": "2 * x" if index % 3 else "x" for index in range(12)}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("rows", [1, 8])
def test_after_sigkill_the_next_run_has_every_mark_and_the_same_seed(rows, tmp_path):
    write_toy(tmp_path / "project")
    folder = tmp_path / "course"
    Course(folder).note(tmp_path / "project", {})
    for number, (student, answer) in enumerate(RIGHT.items()):
        place = folder / "submitted" / student / "01_twice"
        place.mkdir(parents=True)
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        source = toy_source(answer, doc=f"number {number}")  # no two alike, so that there are twelve to judge
        notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{**cell, "source": source}]}
        (place / "twice.ipynb").write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "grader", "grade", "submitted", "--json", "v.json", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=folder, start_new_session=True, stdout=-3, stderr=-3)
    kill_at(process, folder / "ledger.db", rows)
    assert not (folder / "v.json").exists()
    before = set(stored(folder / "ledger.db"))
    assert rows <= len(before) <= 12
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    assert before < set(stored(folder / "ledger.db")) or len(before) == 12
    assert marks(folder / "v.json") == {(s, "01_twice"): 0.0 if a == "x" else 4.0 for s, a in RIGHT.items()}
    assert f"with seed {Ledger(folder / 'ledger.db').seed()}." in done.stderr


def stored(path):
    """The rows of a ledger that other processes write to; nothing as long as there is none."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return database.execute("SELECT key, json FROM verdict").fetchall()
    except sqlite3.OperationalError:
        return []


def kill_at(process, path, rows):
    """Kill a run and all that it started, once its ledger has so many verdicts."""
    for _ in range(2000):
        if len(stored(path)) >= rows:
            break
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def test_a_ledger_of_a_newer_version_is_named_and_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        database.execute("PRAGMA user_version = 3")
        database.commit()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (3,)


def test_verdicts_of_an_older_format_are_graded_again_and_the_seed_stays(tmp_path):
    path = tmp_path / "ledger.sqlite"
    seed = Ledger(path).seed()
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO verdict VALUES ('key', '{}')")
        database.execute("PRAGMA user_version = 0")
        database.commit()
    assert Ledger(path).seed() == seed
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM verdict").fetchall() == []
