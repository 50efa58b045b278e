"""The command line: words in, exit codes out. No logic lives here.

Exit codes: 0 all well (for ``grade``: all graded, whatever the marks), 1 something checked is not in order,
2 wrong usage, 3 something could not be graded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from grader.exercise import Exercise, ExerciseError, find_root, load_all, pick

app = typer.Typer(
    name="kata",
    help="Learn how PyTorch models are built, by building the pieces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Names = Annotated[Optional[list[str]], typer.Argument(metavar="[EX]...", help="03, modulelist or 03_modulelist")]


def chosen(names: list[str] | None) -> list[Exercise]:
    """The exercises that the words name; all of them if there are none."""
    exercises = load_all(find_root())
    return [pick(exercises, name) for name in names] if names else exercises


def say(text: str) -> None:
    """Tell the person something that is not the result: on standard error."""
    print(text, file=sys.stderr, flush=True)


@app.command()
def verify(names: Names = None, seeds: Annotated[int, typer.Option(min=1, help="how many seeds")] = 3) -> None:
    """For authors: prove exercises against their bank of right and wrong answers."""
    from grader.authoring import verify as verifying

    exercises = chosen(names)
    problems = verifying.verify(exercises, seeds=verifying.SEEDS[:seeds] or verifying.SEEDS, tell=say)
    for problem in problems:
        print(problem)
    if problems:
        say(f"{len(problems)} problems.")
        raise typer.Exit(1)
    print(f"{len(exercises)} exercises are proven.")


@app.command()
def stub(
    names: Names = None, check: Annotated[bool, typer.Option("--check", help="only look, write nothing")] = False
) -> None:
    """For authors: cut the stubs out of the reference solutions."""
    from grader.authoring import stubs

    stale = [exercise for exercise in chosen(names) if not stubs.is_current(exercise)]
    for exercise in stale:
        if check:
            print(f"{exercise.stub} is not what its reference gives; run `kata stub {exercise.name}`.")
        else:
            stubs.write_stub(exercise)
            print(f"{exercise.stub} written.")
    if check and stale:
        raise typer.Exit(1)


def main() -> None:
    """Run ``kata``, with our own errors as one sentence and exit code 2."""
    try:
        app()
    except ExerciseError as error:
        say(f"kata: {error}")
        sys.exit(2)
