"""The pool goes on, whatever a submission, a judge or the system does; and ends with everything it started."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from grader.exercise import load
from grader.grading import pool
from grader.judge.session import Judge
from grader.sandbox.host import Sandbox
from grader.submission import Submission
from grader.wire.commands import Limits
from tests.conftest import toy_source

RIGHT = toy_source("2 * x")
MAIN = "twice.py"
SLOW = toy_source("max(iter(int, 1))")  # never ends


def handed_in(**sources):
    return [
        Submission(student, "01_twice", f"{student}/{MAIN}", MAIN, {MAIN: source.encode()})
        for student, source in sources.items()
    ]


def grade(root, submissions, **options):
    return {verdict.student: verdict for verdict in pool.grade(root, submissions, seed=1, **options)}


def descendants(pid=None):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def gone(processes, seconds=60):
    """Wait until processes have ended; returns those that have not."""
    return psutil.wait_procs(processes, timeout=seconds)[1]


def test_a_submission_that_takes_too_long_as_a_whole_is_given_up_and_the_others_are_graded(grading):
    """Its worker answers nothing, and the judge waits for longer than who started the judge does."""
    limits = Limits(call=500.0, all_calls=500.0, whole=6.0)
    verdicts = grade(grading.root, handed_in(ana=RIGHT, bo=SLOW, cleo=RIGHT), limits=limits)
    assert verdicts["bo"].ungraded == "It took too long: more than 6 seconds for all tests together."
    assert verdicts["bo"].score == 0
    assert verdicts["ana"].full_marks
    assert verdicts["cleo"].full_marks


def test_a_judge_that_can_not_start_again_costs_submissions_and_not_the_batch(grading, monkeypatch):
    """The first judge grades and is killed; no later one can be started."""
    start, started = pool.JudgeProcess.__init__, []

    def start_one(self, case):
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(self)
        start(self, case)

    def give_and_kill(self, submission, seconds):
        give(self, submission, seconds)
        if submission.student == "bo":
            os.kill(self.process.pid, signal.SIGKILL)

    give = pool.JudgeProcess.give
    monkeypatch.setattr(pool.JudgeProcess, "__init__", start_one)
    monkeypatch.setattr(pool.JudgeProcess, "give", give_and_kill)
    monkeypatch.setattr(pool, "_PAUSE", 0.01)
    verdicts = grade(grading.root, handed_in(ana=RIGHT, bo=RIGHT, cleo=RIGHT))
    assert verdicts["ana"].full_marks
    for student in ("bo", "cleo"):
        assert "could not be started (Resource temporarily unavailable)" in verdicts[student].ungraded


def test_where_no_judge_ever_starts_the_batch_is_given_up(grading, monkeypatch):
    def no_start(self, case):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(pool.JudgeProcess, "__init__", no_start)
    monkeypatch.setattr(pool, "_PAUSE", 0.01)
    with pytest.raises(pool.PoolError, match="Resource temporarily unavailable"):
        grade(grading.root, handed_in(ana=RIGHT))


def test_closing_the_iterator_ends_the_judges(grading):
    before = set(descendants())
    verdicts = pool.grade(grading.root, handed_in(ana=RIGHT, bo=SLOW), seed=1)
    assert next(verdicts).student == "ana"
    started = set(descendants()) - before
    assert len(started) >= 3  # the judge, its warm parent, a worker
    verdicts.close()
    assert gone(started) == []


GRADES = """
import sys
from pathlib import Path
from grader.grading import pool
from tests.test_pool import RIGHT, SLOW, handed_in

if __name__ == "__main__":
    for verdict in pool.grade(Path(sys.argv[1]), handed_in(ana=RIGHT, bo=SLOW), seed=1):
        print(verdict.student, flush=True)
"""


def test_everything_ends_when_the_one_that_grades_is_killed(grading, project, tmp_path):
    """Also the folder that students' code could write to is gone."""
    script = tmp_path / "grades.py"
    script.write_text(GRADES)
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(project), "TMPDIR": str(folder)}
    with subprocess.Popen(
        [sys.executable, script, grading.root], stdout=subprocess.PIPE, text=True, env=environment
    ) as grades:
        assert grades.stdout.readline() == "ana\n"
        started = descendants(grades.pid)
        assert len(started) >= 3
        grades.kill()
    assert gone(started) == []
    assert list(folder.glob("kata-*")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_and_keeps_the_results(number, grading, tmp_path):
    for submission in handed_in(ana=RIGHT, bo=SLOW):
        path = tmp_path / "class" / submission.path
        path.parent.mkdir(parents=True)
        path.write_bytes(submission.files[MAIN])
    folder = tmp_path / "tmp"
    folder.mkdir()
    command = [sys.executable, "-m", "grader", "grade", tmp_path / "class", "--json", tmp_path / "v.json"]
    environment = os.environ | {"KATA_ROOT": str(grading.root), "TMPDIR": str(folder)}
    # In a session of its own, as from a terminal: Ctrl-C goes to every process of it.
    kata = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    with kata:
        wait_for_the_slow_one(kata)
        started = descendants(kata.pid)
        (os.killpg if number == signal.SIGINT else os.kill)(kata.pid, number)
        _, errors = kata.communicate(timeout=50)
    assert kata.returncode == 128 + number
    assert b"stopped after 1 of 2" in errors
    assert b'"student": "ana"' in (tmp_path / "v.json").read_bytes()
    assert gone(started) == []
    assert list(folder.glob("kata-*")) == []


def wait_for_the_slow_one(kata):
    """Wait until a worker has used more processor time than an answer that ends ever does."""
    end = time.monotonic() + 50
    while time.monotonic() < end:
        for process in descendants(kata.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                if is_a_worker(process, kata.pid) and process.cpu_times().user > 0.5:
                    return
        os.sched_yield()


def is_a_worker(process, grades):
    """A worker is a child of a warm parent, which is a child of a judge, which is a child of who grades."""
    ancestors = [ancestor.pid for ancestor in process.parents()]
    return ancestors[2:3] == [grades]


def test_a_worker_that_is_killed_by_others_costs_nobody_anything(grading):
    """Every worker is killed once, the first time that somebody looks: what was asked is asked again."""
    sources = {f"s{number}": RIGHT for number in range(4)}
    alone = grade(grading.root, handed_in(s=RIGHT))["s"]
    verdicts = pool.grade(grading.root, handed_in(**sources), seed=1)
    killed = 0
    for verdict in verdicts:
        assert verdict.tests == alone.tests
        for process in descendants():
            with contextlib.suppress(psutil.NoSuchProcess):
                if is_a_worker(process, os.getpid()):
                    process.kill()
                    killed += 1
    assert killed


def test_the_limit_for_a_whole_submission_is_above_that_for_its_answers():
    assert Limits().all_calls < Limits().whole <= 100


def test_where_no_process_can_be_started_the_submission_is_ungraded_and_the_judge_goes_on(grading):
    """The warm parent can open no more descriptors for a while, so it can fork no worker that could talk."""
    with Sandbox(grading.root) as sandbox:
        judge = Judge([load(grading.root, "01_twice")], sandbox, seed=1)
        warm = psutil.Process(sandbox._process.pid)
        limits = warm.rlimit(psutil.RLIMIT_NOFILE)
        first, second, third = handed_in(ana=RIGHT, bo=RIGHT, cleo=RIGHT)
        assert judge.judge(first).full_marks
        known = max(int(path.name) for path in Path(f"/proc/{warm.pid}/fd").iterdir())
        warm.rlimit(psutil.RLIMIT_NOFILE, (known + 1, limits[1]))
        judge.judge(second)  # has the spare worker, which was there before
        without = judge.judge(third)
        warm.rlimit(psutil.RLIMIT_NOFILE, limits)
        assert "could not start one more process" in without.ungraded
        assert judge.judge(third).full_marks
