"""What simulated CUDA costs: the time of a hidden suite on ``cuda``, against the same tests on ``cpu``.

In one judge, on one core, on right answers of each exercise, with all that a verdict needs. The machine's
speed changes from minute to minute, so the two are compared within each verdict, and the median is shown.

Run it with ``tox -e bench``, or ``python benchmarks/devices.py``.
"""

import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

COPIES = 6


def main() -> None:
    """Print the table."""
    from grader import judge
    from grader.bank import right_answers
    from grader.exercise import load_all
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
    run_test = judge._Session.run_test

    def timed(session, exercise, test):
        start = time.perf_counter()
        result = run_test(session, exercise, test)
        taken = time.perf_counter() - start
        on_both = sum(other.name == test.name for other in session.tests[exercise.name]) == 2
        seconds[exercise.name][-1][test.device if on_both else "neither"] += taken
        return result

    def each():
        for submission in submissions:
            seconds[submission.exercise].append(defaultdict(float))
            yield submission

    def must_be_right(verdict):
        assert verdict.full_marks, verdict

    judge._Session.run_test = timed
    judge.serve(exercises, each(), must_be_right, seed=1, sandbox=Sandbox(ROOT))
    print(f"{'':28}{'ms on cpu':>12}{'ms on cuda':>12}{'times cpu':>12}{'elsewhere':>12}")
    for name, verdicts in seconds.items():
        warm = verdicts[1:]  # the first also asks the reference
        cpu, cuda, neither = (
            1000 * statistics.median(v[device] for v in warm) for device in ("cpu", "cuda", "neither")
        )
        ratio = statistics.median(v["cuda"] / v["cpu"] for v in warm if v["cpu"])
        print(f"{name:28}{cpu:12.1f}{cuda:12.1f}{ratio:12.2f}{neither:12.1f}")


if __name__ == "__main__":
    main()
