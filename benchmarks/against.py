"""The judge of another revision and this one's, in turns, on equal submissions: milliseconds for each.

Both are installed side by side, the other one into a copy of this environment (by hard links, so on one
file system). What is measured is the time that the judge's verdicts say they took: load, tests, diagnosis;
not the start of a process. Each revision judges its own references and banks, half right and half wrong,
one exercise at a time.

    python benchmarks/grading.py --against c91d633
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EACH = 8  # right answers of an exercise, and as many wrong ones


def install(revision: str, folder: Path) -> tuple[Path, Path]:
    """Check a revision out below ``folder`` and install it; returns its root and its Python."""
    root, environment = folder / "root", folder / "environment"
    subprocess.run(
        ["git", "worktree", "add", "--detach", root, revision], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["cp", "-al", sys.prefix, environment], check=True)
    for old in environment.glob("lib/python*/site-packages/__editable__*torch_kata*"):
        old.unlink()
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "torch_kata.pth").write_text(f"{root}\n")
    return root, environment / "bin" / "python"


def remove(folder: Path) -> None:
    """Give back what ``install`` made."""
    subprocess.run(["git", "worktree", "remove", "--force", folder / "root"], cwd=ROOT, check=False)
    shutil.rmtree(folder / "environment", ignore_errors=True)


def bank(root: Path, exercise: str) -> tuple[list[str], list[str]]:
    """Return the texts of right and wrong answers of a checked out revision, spread over its bank."""
    name = f"{exercise[3:]}.py"
    right = [
        root / "solutions" / exercise / name,
        *sorted((root / "tests/bank" / exercise / "right").glob("*.py")),
    ]
    wrong = [path.read_text() for path in sorted((root / "tests/bank" / exercise / "wrong").glob("*.py"))]
    if (root / "tests/bank" / exercise / "mistakes.py").is_file():
        from grader.exercise import load
        from grader.judge.bank import known_mistakes

        wrong = [mistake.text for mistake in known_mistakes(load(root, exercise))]
    return [path.read_text() for path in right][:EACH], wrong[:: max(1, len(wrong) // EACH)][:EACH]


def lay_out(answers: list[str], exercise: str, folder: Path) -> None:
    """Write a class in which every student handed in one of the answers."""
    for number, text in enumerate(answers):
        target = folder / f"s{number:02}" / exercise
        target.mkdir(parents=True)
        (target / f"{exercise[3:]}.py").write_text(text)


def milliseconds(python: Path | str, root: Path, folder: Path, out: Path) -> float:
    """Grade a class with the judge at ``root``; returns the mean time of a verdict."""
    command = [python, "-m", "grader", "grade", folder, "--json", out, "--seed", "1"]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if not out.is_file():
        raise SystemExit(f"{command}: {done.stderr}")
    verdicts = json.loads(out.read_text())
    return 1000 * statistics.mean(verdict["seconds"] for verdict in verdicts)


def compare(revision: str, folder: Path, rounds: int) -> None:
    """Print, for each exercise of both revisions, what a submission takes there and here, and the median
    ratio.
    """
    other, python = install(revision, folder)
    try:
        names = sorted(
            path.name
            for path in (ROOT / "exercises").glob("[0-9]*")
            if (other / "exercises" / path.name).is_dir()
        )
        print(f"{'':26}{revision:>10}{'now':>10}  ms per submission, {rounds} rounds in turns")
        ratios = []
        for name in names:
            for who, root in (("then", other), ("now", ROOT)):
                right, wrong = bank(root, name)
                lay_out([*right, *wrong], name, folder / who / name)
            turns = [
                (milliseconds(python, other, folder / "then" / name, folder / "then.json"),
                 milliseconds(sys.executable, ROOT, folder / "now" / name, folder / "now.json"))
                for _ in range(rounds)
            ]  # fmt: skip
            ratios.append(statistics.median(now / then for then, now in turns))
            then, now = (statistics.median(column) for column in zip(*turns, strict=True))
            print(f"{name:26}{then:10.1f}{now:10.1f}  {ratios[-1]:.2f} times")
        print(f"median over the exercises: {statistics.median(ratios):.2f} times")
    finally:
        remove(folder)
