"""A class with everything in it, graded while judges, warm parents and workers are killed at random.

Some seconds in CI. Longer by hand: ``KATA_LOAD=3600 pytest --timeout 0 tests/test_load.py`` grades such
classes for an hour, each with other random numbers.
"""

import contextlib
import os
import random
import tempfile
import threading
import time
from dataclasses import replace

import psutil
import pytest

from grader.grading import pool
from grader.submission import Submission
from grader.wire.commands import Limits
from tests.conftest import TOY_RIGHT, TOY_WRONG, toy_source

MAIN = "twice.py"
SIZE = 60
EVERY = 0.25  # seconds, on average, between two kills
HONEST = [toy_source(answer) for answer in (*TOY_RIGHT, *TOY_WRONG)]
BROKEN = ["def twice(x:\n", "", "import nothing_of_that_name\n"]
HOSTILE = [
    toy_source("__import__('os')._exit(0)"),
    toy_source("__import__('ctypes').string_at(0)"),
    toy_source("[0] * 10**9"),
    toy_source("[torch.zeros((2,) * 16)] * 1000"),
    toy_source("open('x', 'w').write('x' * 10**8)"),
    "import gc, os\nfor n in range(3, 64):\n    try:\n        os.write(n, bytes(10**6))\n    except OSError:\n        pass\n",
    "import threading\nfor n in range(10**5):\n    threading.Thread(target=threading.Event().wait).start()\n",
    "import os\nfor n in range(2000):\n    os.mkdir(str(n))\n    os.chdir(str(n % 50))\n",
]  # fmt: skip
LIMITS = Limits(call_after_timeout=0.5)


def a_class(draw):
    """85 % honest, 10 % hostile, 5 % broken, in any order."""
    sources = [HONEST[n % len(HONEST)] for n in range(SIZE * 85 // 100)]
    sources += [HOSTILE[n % len(HOSTILE)] for n in range(SIZE * 10 // 100)]
    sources += [BROKEN[n % len(BROKEN)] for n in range(SIZE * 5 // 100)]
    draw.shuffle(sources)
    return {f"s{n:03}": source for n, source in enumerate(sources)}


def grade(root, sources, jobs=2):
    submissions = [
        Submission(student, "01_twice", student, MAIN, {MAIN: source.encode()})
        for student, source in sources.items()
    ]
    return pool.grade(root, submissions, seed=3, jobs=jobs, limits=LIMITS)


def facts(verdict):
    """What has to be the same, however often somebody is graded.

    Not the diagnosis: a judge that has been at work for a while has heard more of the bank's answers.
    """
    return replace(verdict, student="", submission="", seconds=0.0, diagnoses=())


class Killer(threading.Thread):
    """Kills processes of the run at random.

    A judge, or a judge's warm parent, only where five verdicts came since the last one: a submission is
    given up where two judges end on it, so it must have been graded by then.
    """

    def __init__(self, draw):
        super().__init__()
        self.draw = draw
        self.before = set(psutil.Process().children(recursive=True))
        self.over = threading.Event()
        self.verdicts = 0
        self.killed = {"judge": 0, "worker": 0}

    def run(self):
        judges_at = 0
        while not self.over.wait(self.draw.uniform(0, 2 * EVERY)):
            found = {"judge": [], "worker": []}
            for judge in set(psutil.Process().children()) - self.before:
                with contextlib.suppress(psutil.NoSuchProcess):
                    warm = judge.children()
                    found["judge"] += [judge, *warm] if warm else []
                    found["worker"] += [worker for parent in warm for worker in parent.children()]
            kind = self.draw.choice(["judge", "worker", "worker"])
            if not found[kind] or (kind == "judge" and self.verdicts < judges_at + 5):
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                self.draw.choice(found[kind]).kill()
                self.killed[kind] += 1
                judges_at = self.verdicts if kind == "judge" else judges_at

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def left_behind(folder):
    """What a run could leave: processes, descriptors of this one, shared memory, folders."""
    return {
        "processes": {process.pid for process in psutil.Process().children(recursive=True)},
        "descriptors": len(os.listdir("/proc/self/fd")),
        "shared memory": set(os.listdir("/dev/shm")),
        "folders": sorted(path.name for path in folder.iterdir()),
    }


@pytest.mark.timeout(0 if "KATA_LOAD" in os.environ else 300)
def test_nothing_stops_the_batch_and_nothing_is_left(grading, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    end = time.monotonic() + float(os.environ.get("KATA_LOAD", "0"))
    alone = {
        HONEST[int(verdict.student)]: facts(verdict)
        for verdict in grade(grading.root, {str(n): source for n, source in enumerate(HONEST)}, jobs=1)
    }
    before = left_behind(tmp_path)
    number = 0
    while number == 0 or time.monotonic() < end:
        sources = a_class(random.Random(number))
        graded = []
        with Killer(random.Random(-number)) as killer:
            for verdict in grade(grading.root, sources):
                graded.append(verdict)
                killer.verdicts += 1
        print(
            f"class {number}: {len(graded)} graded, {sum(bool(v.ungraded) for v in graded)} of them not; killed {killer.killed}"
        )
        assert sorted(verdict.student for verdict in graded) == sorted(sources)
        assert all(killer.killed.values())
        for verdict in graded:
            source = sources[verdict.student]
            if source in alone:
                assert facts(verdict) == alone[source], source
            else:
                assert verdict.score == 0
        psutil.wait_procs(set(psutil.Process().children(recursive=True)) - killer.before, timeout=60)
        assert left_behind(tmp_path) == before
        number += 1
