"""Milliseconds per submission, on the same submissions and in one run, on one core:

- ``kata grade``: everything included, and once warm;
- a fresh ``pytest`` process for each submission, running the same checks with no isolation;
- the bare checks in one process, with no isolation and no pytest around them: the floor.

The speed of a shared machine changes from minute to minute, so the three take turns, and medians are
compared. Memory is sampled in a turn of its own, since looking at it takes time.

Run it with ``tox -e bench``, or ``python benchmarks/grading.py``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def submissions(root: Path) -> list[tuple[str, Path]]:
    """For every exercise, the reference, three other right answers and four wrong ones: (exercise, file)."""
    from grader.bank import right_answers
    from grader.exercise import load_all

    found = []
    for exercise in load_all(root):
        wrong = sorted((exercise.bank / "wrong").glob("*.py"))
        files = [exercise.reference, *right_answers(exercise)[:3], *wrong[:: len(wrong) // 4][:4]]
        found += [(exercise.name, file) for file in files]
    return found


def lay_out(found: list[tuple[str, Path]], folder: Path, copies: int) -> int:
    """Write the submissions as a class of students; returns how many submissions there are."""
    for copy in range(copies):
        for index, (exercise, file) in enumerate(found):
            target = folder / f"s{copy:02}-{index % (len(found) // 5)}" / exercise
            target.mkdir(parents=True)
            (target / f"{exercise[3:]}.py").write_bytes(file.read_bytes())
    return copies * len(found)


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

    def __enter__(self) -> "PeakMemory":
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


def kata_grade(folder: Path, count: int) -> dict[str, float]:
    """The command as an instructor types it."""
    with tempfile.TemporaryDirectory() as out:
        target = Path(out) / "verdicts.json"
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "grader", "grade", str(folder), "--json", str(target), "--seed", "1"],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wall = time.perf_counter() - start
        verdicts = json.loads(target.read_text())
    assert len(verdicts) == count, (len(verdicts), count)
    # The first verdict on each exercise also pays for the reference's answers; the very first, for the start.
    first = {verdict["exercise"]: verdict for verdict in reversed(verdicts)}
    warm = [verdict["seconds"] for verdict in verdicts if verdict is not first[verdict["exercise"]]]
    return {"ms": 1000 * wall / count, "warm": 1000 * statistics.mean(warm)}


def fresh_pytest(found: list[tuple[str, Path]]) -> dict[str, float]:
    """A new pytest process for each submission."""
    start = time.perf_counter()
    for exercise, file in found:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.direct", "-p", "no:cacheprovider",
             f"tests/hidden/{exercise}", "--submission", str(file)],
            cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return {"ms": 1000 * (time.perf_counter() - start) / len(found)}


def floor(found: list[tuple[str, Path]], copies: int) -> dict[str, float]:
    """The bare checks, in a process that has everything loaded."""
    asked = json.dumps([(exercise, str(file)) for exercise, file in found])
    result = subprocess.run(
        [sys.executable, __file__, "--only-floor", str(copies)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, input=asked, text=True,
    )  # fmt: skip
    return {"ms": float(result.stdout.split()[-1])}


def run_floor(copies: int) -> None:
    """In the process of ``floor``: print the mean milliseconds per submission."""
    import pytest
    import torch

    from benchmarks.direct import Remembering
    from grader.exercise import load
    from grader.sandbox.warm_parent import preload
    from grader.suite import plugin

    found = [(load(ROOT, name), Path(file)) for name, file in json.loads(sys.stdin.read())]
    torch.set_num_threads(1)
    preload()

    class Loop:
        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            items: dict[str, list[pytest.Function]] = {}
            for item in session.items:
                items.setdefault(plugin.exercise_of(item).name, []).append(item)
            references = {exercise.name: Remembering(exercise, 1) for exercise, _ in found}
            for exercise, file in found:  # once, so that references have been asked everything
                check(exercise, file, items[exercise.name], references[exercise.name])
            start = time.perf_counter()
            for _ in range(copies):
                for exercise, file in found:
                    check(exercise, file, items[exercise.name], references[exercise.name])
            print(1000 * (time.perf_counter() - start) / copies / len(found))
            return True

    pytest.main(
        ["-c", os.devnull, "--rootdir", str(ROOT), "--noconftest", "--assert=plain",
         "--import-mode=importlib", "-p", "no:terminal", "-p", "no:cacheprovider", "--capture=no",
         *sorted({str(exercise.suite) for exercise, _ in found})],
        plugins=[plugin, Loop()],
    )  # fmt: skip


def check(exercise, file, items, reference) -> None:
    """Run every test function on one submission; as in the judge, a test ends at its first failing case."""
    from benchmarks.direct import Direct

    failed = set()
    try:
        student = Direct(exercise, file.read_bytes(), 1)
    except BaseException:
        return
    for item in items:
        name = item.originalname
        if name in failed:
            continue
        if any(needed in failed for marker in item.iter_markers("needs") for needed in marker.args):
            failed.add(name)
            continue
        fixtures = {"student": student, "reference": reference, "seed": 1, "device": "cpu"}
        if hasattr(item, "callspec"):
            fixtures.update(item.callspec.params)
        wanted = {key: fixtures[key] for key in item._fixtureinfo.argnames}
        try:
            item.obj(**wanted)
        except BaseException:
            failed.add(name)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--copies", type=int, default=5, help="how often each submission is graded (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how often the three take turns (3)")
    parser.add_argument("--only-floor", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_floor:
        run_floor(options.only_floor)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for all that is started from here
    found = submissions(ROOT)
    share = [found[index :: options.rounds] for index in range(options.rounds)]
    bare, kata, fresh = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        count = lay_out(found, folder, options.copies)
        print(f"{count} submissions ({len(found)} different ones), {options.rounds} rounds, one core")
        for some in share:
            bare.append(floor(found, options.copies))
            kata.append(kata_grade(folder, count))
            fresh.append(fresh_pytest(some))
        memory = {}
        for name, run in {
            "floor": lambda: floor(found, 1),
            "kata": lambda: kata_grade(folder, count),
            "fresh": lambda: fresh_pytest(found[:3]),
        }.items():
            with PeakMemory() as peak:
                run()
            memory[name] = peak.peak
    base = statistics.median(turn["ms"] for turn in bare)
    rows = [
        ("the bare checks, one process (floor)", base, memory["floor"]),
        ("kata grade, once warm", statistics.median(turn["warm"] for turn in kata), memory["kata"]),
        ("kata grade, the whole command", statistics.median(turn["ms"] for turn in kata), memory["kata"]),
        ("a fresh pytest per submission", statistics.median(turn["ms"] for turn in fresh), memory["fresh"]),
    ]
    print(f"{'':40}{'ms per submission':>18}{'peak MiB':>10}{'times the floor':>17}")
    for name, milliseconds, mebibytes in rows:
        print(f"{name:40}{milliseconds:18.1f}{mebibytes:10.0f}{milliseconds / base:17.2f}")
    print(f"a fresh pytest takes {rows[3][1] / rows[2][1]:.0f} times as long as the whole command")


if __name__ == "__main__":
    main()
