"""What students get: lessons, stubs, visible tests and the program, and nothing that gives an answer away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grader.authoring.stubs import fresh_stub
from grader.exercise import Exercise, ExerciseError

_WITH_THE_PROGRAM = ("pyproject.toml", "constraints.txt", "LICENSE")
_README = """# Torch Kata

Learn how PyTorch models are built, by building the pieces.

Install, in a virtual environment with Python 3.11 or later:

    python -m pip install -c constraints.txt .

Then take the first exercise: read `exercises/{first}/README.md`, write what
`exercises/{first}/{file}` asks for, and run

    pytest exercises/{first}

`kata list` shows what there is, `kata hint {number}` helps when you are stuck, and `kata check {number}` runs
the tests as well.

| exercise | what it is about |
|---|---|
{table}
"""


def release(exercises: Sequence[Exercise], folder: Path) -> list[Path]:
    """Write all that students get to ``folder``, which must not exist yet or be empty; returns the files.

    The folder appears whole or not at all. Raises ExerciseError.
    """
    folder = Path(os.path.abspath(folder))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExerciseError(f"'{folder}' is there already; name a new folder, or remove it first.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(temporary, exercises)
        temporary.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _fill(folder: Path, exercises: Sequence[Exercise]) -> None:
    root = exercises[0].root
    for exercise in exercises:
        target = folder / "exercises" / exercise.name
        target.mkdir(parents=True)
        for path in (exercise.lesson, exercise.folder / "exercise.toml", exercise.visible_tests):
            shutil.copyfile(path, target / path.name)
        (target / exercise.filename).write_text(fresh_stub(exercise), encoding="utf-8")
    for name in _WITH_THE_PROGRAM:
        shutil.copyfile(root / name, folder / name)
    program = Path(__file__).parent.parent
    shutil.copytree(program, folder / program.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "README.md").write_text(_readme(exercises), encoding="utf-8")


def _readme(exercises: Sequence[Exercise]) -> str:
    first = exercises[0]
    rows = [f"| [{e.name}](exercises/{e.name}/README.md) | {e.title} |" for e in exercises]
    return _README.format(first=first.name, file=first.filename, number=first.number, table="\n".join(rows))
