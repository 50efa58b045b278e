"""Milliseconds per submission, on the same submissions and in one run, on one core:

- the bare checks in one process, with no isolation and no pytest around them: the floor;
- ``kata grade`` once warm: its judge, with a new worker for each submission;
- ``kata grade``, the whole command, its start included;
- a fresh ``pytest`` process for each submission, running the same checks with no isolation.

Half of the submissions are right, half are wrong, of every exercise equally many. The speed of a shared
machine changes from second to second, so the floor and the warm judge take turns of about a second, on the
same submissions. Each pass over all submissions gives one ratio; their median and their range are printed.
The whole command and pytest take turns, too, in each round, and every round starts all processes anew.
Memory is sampled in turns of their own, since looking at it takes time.

Run it with ``tox -e bench``, or ``python benchmarks/grading.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import truediv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

Answer = tuple[str, str]  # the exercise's name, and the file
TURNS = 4


def turns(root: Path, folder: Path) -> list[list[Answer]]:
    """What each turn is about: of every exercise, one right answer and one wrong one, which folder gets."""
    from grader.exercise import load_all
    from grader.judge.bank import known_mistakes, right_answers

    found: list[list[Answer]] = [[] for _ in range(TURNS)]
    for exercise in load_all(root):
        right = itertools.cycle([exercise.reference, *right_answers(exercise)[: TURNS - 1]])
        known = known_mistakes(exercise)
        wrong = []
        for mistake in known[:: max(1, len(known) // TURNS)][:TURNS]:
            wrong.append(folder / exercise.name / f"{mistake.name}.py")
            wrong[-1].parent.mkdir(parents=True, exist_ok=True)
            wrong[-1].write_text(mistake.text, encoding="utf-8")
        spread = itertools.cycle(wrong)
        for turn in found:
            turn += [(exercise.name, str(next(right))), (exercise.name, str(next(spread)))]
    return found


def lay_out(found: list[Answer], folder: Path, copies: int) -> int:
    """Write the submissions as a class of students; returns how many submissions there are."""
    handed_in: Counter[str] = Counter()
    for exercise, file in found * copies:
        target = folder / f"s{handed_in[exercise]:03}" / exercise
        handed_in[exercise] += 1
        target.mkdir(parents=True)
        (target / f"{exercise[3:]}.py").write_bytes(Path(file).read_bytes())
    return handed_in.total()


# --- the floor and the warm judge, in turns ---------------------------------------------------------------


@dataclass
class Pass:
    """Milliseconds per submission, over all submissions once."""

    floor: float
    warm: float


class Floor:
    """A process that has everything loaded, and runs the bare checks when asked."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--only-floor"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, found: list[Answer]) -> float:
        """Milliseconds per submission. What did not pass is kept as ``failed``, by submission."""
        print(json.dumps(found), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        self.failed = [{(name, device) for name, device in failed} for failed in answer["failed"]]
        return float(answer["milliseconds"])

    def close(self) -> None:
        """End the process."""
        with self.process:
            self.process.stdin.close()


def take_turns(found: list[list[Answer]], copies: int) -> list[Pass]:
    """The floor and the warm judge, one after the other, on each turn's submissions; ``copies`` passes."""
    from grader.exercise import load
    from grader.judge.session import Judge
    from grader.sandbox.host import Sandbox
    from grader.submission import Submission

    every = list(itertools.chain(*found))
    exercises = {name: load(ROOT, name) for name in sorted({name for name, _ in every})}

    def judged(some: list[Answer]) -> list[Verdict]:
        verdicts = []
        for name, file in some:
            main = exercises[name].filename
            submission = Submission("student", name, file, main, {main: Path(file).read_bytes()})
            verdicts.append(judge.judge(submission))
        return verdicts

    passes: list[Pass] = []
    with contextlib.closing(Floor()) as bare, Sandbox(ROOT) as sandbox:
        judge = Judge(list(exercises.values()), sandbox, seed=1)
        bare.run(every)  # once, so that references have been asked everything
        assert_the_same(every, bare.failed, judged(every))
        for _ in range(copies):
            floor = warm = 0.0
            for some in found:
                floor += bare.run(some) / len(found)
                start = time.perf_counter()
                judged(some)
                warm += 1000 * (time.perf_counter() - start) / len(every)
            passes.append(Pass(floor, warm))
    return passes


def assert_the_same(every: list[Answer], failed: list[set[tuple[str, str]]], verdicts: list[Verdict]) -> None:
    """The floor is one only if it does the same work: what did not pass there did not pass here, either."""
    for (name, file), bare, verdict in zip(every, failed, verdicts, strict=True):
        judged = {(test.name, test.device) for test in verdict.tests if test.status != "passed"}
        assert bare == judged, f"{name} {file}: {sorted(bare ^ judged)}"


def run_floor() -> None:
    """In the process of ``Floor``: read submissions, print the mean milliseconds of checking one."""
    import torch

    from benchmarks.direct import Remembering
    from grader.exercise import load_all
    from grader.judge.suites import collect
    from grader.worker.warm_parent import preload

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # submissions print
    exercises = {exercise.name: exercise for exercise in load_all(ROOT)}
    torch.set_num_threads(1)
    preload()

    suites = collect(list(exercises.values()))
    references = {exercise.name: Remembering(exercise, 1) for exercise in exercises.values()}
    for line in sys.stdin:
        found = json.loads(line)
        start = time.perf_counter()
        failed = [check(exercises[name], Path(file), suites[name], references[name]) for name, file in found]
        milliseconds = 1000 * (time.perf_counter() - start) / len(found)
        answer = {"milliseconds": milliseconds, "failed": [sorted(tests) for tests in failed]}
        print(json.dumps(answer), file=answers, flush=True)


def check(exercise, file, suite, reference) -> set[tuple[str, str]]:
    """Run every test of a suite on one submission; returns name and device of those that did not pass."""
    from benchmarks.direct import Direct
    from grader.judge.suites import run_test
    from grader.suite.plugin import unreached

    try:
        student = Direct(exercise, file.read_bytes(), 1)
    except BaseException:
        return {(test.name, test.device) for test in suite}
    failed: set[tuple[str, str]] = set()
    for test in sorted(suite, key=lambda test: test.device != "cpu"):
        needed = unreached(failed, test.name, test.device, test.needs)
        if needed or run_test(test, student, reference, 1) is not None:
            failed.add((test.name, test.device))
    return failed


# --- whole processes --------------------------------------------------------------------------------------


def whole_command(folder: Path, count: int) -> float:
    """The command as an instructor types it: milliseconds per submission."""
    with tempfile.TemporaryDirectory() as out:
        target = Path(out) / "verdicts.json"
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "grader", "grade", str(folder), "--json", str(target), "--seed", "1"],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wall = time.perf_counter() - start
        graded = len(json.loads(target.read_text()))
    assert graded == count, (graded, count)
    return 1000 * wall / count


def fresh_pytest(found: list[Answer]) -> float:
    """A new pytest process for each submission: milliseconds per submission."""
    start = time.perf_counter()
    for exercise, file in found:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.direct", "-p", "no:cacheprovider",
             f"tests/hidden/{exercise}", "--submission", file],
            cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return 1000 * (time.perf_counter() - start) / len(found)


def bare_checks(found: list[Answer]) -> None:
    """The floor once, for its memory."""
    with contextlib.closing(Floor()) as bare:
        bare.run(found)


# --- memory ------------------------------------------------------------------------------------------------


class PeakMemory(threading.Thread):
    """The most memory that this process's descendants had together, in MiB (PSS, sampled)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self.done = threading.Event()

    def run(self) -> None:
        """Sample until told to stop."""
        while not self.done.wait(0.1):
            self.peak = max(self.peak, sum(map(_pss, _descendants(os.getpid()))))

    def __enter__(self) -> PeakMemory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()


def _descendants(pid: int) -> Iterator[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            yield child
            waiting.append(child)


def _pss(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def peak_memory(found: list[Answer], folder: Path, count: int) -> list[float]:
    """MiB at most: of the floor, of the whole command, of one fresh pytest."""
    peaks = []
    for run in (
        lambda: bare_checks(found),
        lambda: whole_command(folder, count),
        lambda: fresh_pytest(found[:3]),
    ):
        with PeakMemory() as peak:
            run()
        peaks.append(peak.peak)
    return peaks


def print_table(passes: list[Pass], whole: list[float], fresh: list[float], memory: list[float]) -> None:
    """What was measured, in medians."""
    base, warm, all_of_it, pytest_alone = (
        statistics.median(values)
        for values in ([one.floor for one in passes], [one.warm for one in passes], whole, fresh)
    )
    ratios = [one.warm / one.floor for one in passes]
    rows = [
        ("the bare checks, one process (floor)", base, memory[0], 1.0),
        ("kata grade, once warm", warm, memory[1], statistics.median(ratios)),
        ("kata grade, the whole command", all_of_it, memory[1], all_of_it / base),
        ("a fresh pytest per submission", pytest_alone, memory[2], pytest_alone / base),
    ]
    print(f"{'':40}{'ms per submission':>18}{'peak MiB':>10}{'times the floor':>17}")
    for name, milliseconds, mebibytes, times in rows:
        print(f"{name:40}{milliseconds:18.1f}{mebibytes:10.0f}{times:17.2f}")
    print(
        f"once warm, {len(ratios)} passes: {min(ratios):.2f} to {max(ratios):.2f} times the floor\n"
        f"a fresh pytest takes {pytest_alone / warm:.0f} times as long as kata grade once warm, "
        f"and {statistics.median(map(truediv, fresh, whole)):.0f} times as long as the whole command"
    )


def main() -> None:
    """Measure all, round by round, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--copies", type=int, default=5, help="how often each submission is graded (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all of it is done (3)")
    parser.add_argument("--only-floor", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--against", metavar="REVISION", help="compare the judge with another revision's")
    options = parser.parse_args()
    if options.against:
        from benchmarks.against import compare

        with tempfile.TemporaryDirectory(dir=ROOT.parent) as temporary:
            compare(options.against, Path(temporary), options.rounds)
        return
    if options.only_floor:
        run_floor()
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for all that is started from here
    passes, whole, fresh = [], [], []
    with tempfile.TemporaryDirectory() as bank, tempfile.TemporaryDirectory() as temporary:
        found = turns(ROOT, Path(bank))
        every = list(itertools.chain(*found))
        folder = Path(temporary)
        count = lay_out(every, folder, options.copies)
        print(f"{count} submissions ({len(every)} different ones), {options.rounds} rounds, one core")
        for number in range(options.rounds):
            passes += take_turns(found, options.copies)
            whole.append(whole_command(folder, count))
            fresh.append(fresh_pytest(found[number % TURNS]))
        memory = peak_memory(every, folder, count)
    print_table(passes, whole, fresh, memory)


if __name__ == "__main__":
    main()
