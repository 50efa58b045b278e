"""What simulated CUDA costs: the time of a hidden suite on ``cuda``, against the same tests on ``cpu``.

In one judge, on one core, on right answers of each exercise, with all that a verdict needs. The machine's
speed changes from minute to minute, so the two are compared within each verdict, and the median is shown.

Run it with ``tox -e bench``, or ``python benchmarks/devices.py``.
"""

import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

COPIES = 6


def main() -> None:
    """Print the table."""
    from grader.exercise import load_all
    from grader.judge import session
    from grader.judge.bank import right_answers
    from grader.sandbox.host import Sandbox
    from grader.submission import Submission

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    exercises = load_all(ROOT)
    submissions = [
        Submission(
            f"s{index}", exercise.name, path.name, exercise.filename, {exercise.filename: path.read_bytes()}
        )
        for exercise in exercises
        for path in (exercise.reference, *right_answers(exercise)[:2])
        for index in range(COPIES)
    ]
    seconds: dict[str, list[dict[str, float]]] = defaultdict(list)
    taken: dict[tuple[str, str], float] = {}  # by the last submission, for each test

    def timed(test, *arguments):
        start = time.perf_counter()
        error = run_test(test, *arguments)
        taken[test.name, test.device] = time.perf_counter() - start
        return error

    session.run_test, run_test = timed, session.run_test
    with Sandbox(ROOT) as sandbox:
        judge = session.Judge(exercises, sandbox, seed=1)
        for submission in submissions:
            taken.clear()
            verdict = judge.judge(submission)
            assert verdict.full_marks, verdict
            seconds[submission.exercise].append(by_device(taken))
    print(f"{'':28}{'ms on cpu':>12}{'ms on cuda':>12}{'times cpu':>12}{'elsewhere':>12}")
    for name, verdicts in seconds.items():
        warm = verdicts[1:]  # the first also asks the reference
        cpu, cuda, neither = (
            1000 * statistics.median(v[device] for v in warm) for device in ("cpu", "cuda", "neither")
        )
        ratio = statistics.median(v["cuda"] / v["cpu"] for v in warm if v["cpu"])
        print(f"{name:28}{cpu:12.1f}{cuda:12.1f}{ratio:12.2f}{neither:12.1f}")


def by_device(taken: dict[tuple[str, str], float]) -> dict[str, float]:
    """The seconds on each device of the tests that run on both, and of the others as ``neither``."""
    seconds: dict[str, float] = defaultdict(float)
    devices = Counter(name for name, _ in taken)
    for (name, device), spent in taken.items():
        seconds[device if devices[name] == 2 else "neither"] += spent
    return seconds


if __name__ == "__main__":
    main()
