"""The command line: words in, exit codes out. No logic lives here.

Exit codes: 0 all well (for ``grade``: all graded, whatever the marks), 1 something checked is not in order,
2 wrong usage, 3 something could not be graded.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader import __version__
from grader.exercise import Exercise, ExerciseError, find_root, load_all, pick

app = typer.Typer(
    name="kata",
    help="Learn how PyTorch models are built, by building the pieces.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Names = Annotated[list[str] | None, typer.Argument(metavar="[EX]...", help="03, modulelist or 03_modulelist")]
Name = Annotated[str, typer.Argument(metavar="EX", help="03, modulelist or 03_modulelist")]
Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="repeat the run with this seed")]


class SandboxChoice(StrEnum):
    """How students' code is confined: fully, or only as far as this system can."""

    full = "full"
    reduced = "reduced"


class Format(StrEnum):
    """What ``kata grade`` writes to standard output."""

    table = "table"
    json = "json"


def chosen(names: list[str] | None, paths: Sequence[Path] = ()) -> list[Exercise]:
    """The exercises that the words name; all of them if there are none.

    Where ``paths`` lie in a course, they are the exercises that it was made from.
    """
    from grader.course.folder import course_of

    course = None if "KATA_ROOT" in os.environ else course_of(paths)
    exercises = load_all(course.project() if course else find_root())
    return [pick(exercises, name) for name in names] if names else exercises


def say(text: str) -> None:
    """Tell the person something that is not the result: on standard error."""
    print(text, file=sys.stderr, flush=True)


def drawn(seed: int | None) -> int:
    """The seed that was asked for, or a new one."""
    return secrets.randbelow(2**31) if seed is None else seed


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="show the version and exit", is_eager=True)
    ] = False,
) -> None:
    """Learn how PyTorch models are built, by building the pieces."""
    if version:
        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_() -> None:
    """Show the exercises."""
    from grader.report.console import console, exercise_table

    console().print(exercise_table(chosen(None)))


@app.command()
def hint(name: Name, level: Annotated[int, typer.Option(min=1, max=3, help="1, 2 or 3")] = 1) -> None:
    """Show a hint: a question, a pointer, nearly the answer."""
    exercise = chosen([name])[0]
    print(exercise.hints[level - 1])
    if level < len(exercise.hints):
        say(f"Still stuck? kata hint {exercise.number} --level {level + 1}")


@app.command()
def check(names: Names = None, seed: Seed = None) -> None:
    """Grade your own files in exercises/, and show what to look at."""
    from grader import practice
    from grader.batch.pool import PoolError
    from grader.report.console import console, feedback

    exercises = chosen(names)
    if not all(exercise.has_suite() for exercise in exercises):
        say("The hidden tests are not here, so these are the visible ones only.")
        raise typer.Exit(0 if practice.run_visible_tests(exercises) else 1)
    try:
        verdicts = practice.check(exercises, seed=drawn(seed))
    except PoolError as error:
        say(f"kata: {error}")
        raise typer.Exit(3) from None
    for verdict in verdicts:
        console().print(feedback(verdict))
    if any(verdict.ungraded for verdict in verdicts):
        raise typer.Exit(3)
    if not all(verdict.full_marks for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def grade(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="files, students' folders, or a class")
    ],
    exercise: Annotated[str | None, typer.Option(metavar="EX", help="grade this exercise only")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="write verdicts and feedback there")] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the verdicts there as JSON")
    ] = None,
    format: Annotated[Format, typer.Option(help="what to print")] = Format.table,
    jobs: Annotated[int, typer.Option(min=1, help="how many judges work side by side")] = 1,
    seed: Seed = None,
    sandbox: Annotated[
        SandboxChoice, typer.Option(help="how students' code is confined")
    ] = SandboxChoice.full,
) -> None:
    """Grade submissions: a table of students, and the results as files.

    In an nbgrader course, verdicts are kept in its ledger: what is in there is not graded again.
    """
    from grader.batch import discover, ledger, pool
    from grader.course.folder import course_of
    from grader.report import results
    from grader.report.console import class_table, console
    from grader.sandbox import policy

    exercises = chosen(None, paths)
    only = pick(exercises, exercise) if exercise else None
    course = course_of(paths)
    if course is not None:
        paths = [course.submitted if os.path.abspath(path) == str(course.folder) else path for path in paths]
    try:
        found = discover.discover(paths, exercises, only, course=course is not None)
    except discover.NothingToGrade as error:
        say(f"kata: {error}")
        raise typer.Exit(2) from None
    for target in (out, json):
        if target is not None and not results.can_be_written(target, folder=target is out):
            kind = "folder" if target is out else "file"
            say(f"kata: '{target}' can't be written to, as a {kind}.")
            raise typer.Exit(2)
    suites = [e for e in exercises if e.name in {submission.exercise for submission in found}]
    if absent := [e.name for e in suites if not e.has_suite()]:
        say(f"kata: there is no hidden suite here for {', '.join(absent)}; `kata check` runs visible tests.")
        raise typer.Exit(3)
    if sandbox is SandboxChoice.full and (lacking := policy.missing()):
        say(f"kata: this system lacks, for the full sandbox: {'; '.join(lacking)}.")
        say("Students' code would be able to reach the grader. If you accept that: --sandbox=reduced")
        raise typer.Exit(3)
    verdicts = []
    root = suites[0].root
    try:
        if course is None:
            grading = pool.grade(root, found, seed=drawn(seed), jobs=jobs, mode=sandbox.value)
        else:
            kept = ledger.Ledger(course.ledger)
            grading = ledger.grade(root, found, kept, seed=seed, jobs=jobs, mode=sandbox.value)
        for verdict in grading:
            verdicts.append(verdict)
            if sys.stderr.isatty():
                print(f"\r{len(verdicts)} of {len(found)} graded", end="", file=sys.stderr, flush=True)
    except (pool.PoolError, ledger.LedgerError) as error:
        say(f"kata: {error}")
        raise typer.Exit(3) from None
    except KeyboardInterrupt:
        say(f"\nkata: stopped after {len(verdicts)} of {len(found)}.")
        raise typer.Exit(130) from None
    finally:
        if sys.stderr.isatty() and verdicts:
            say("")
        verdicts.sort(key=lambda verdict: (verdict.student, verdict.exercise))
        written = results.write(verdicts, out, json) if verdicts else []
    if format is Format.json:
        sys.stdout.buffer.write(results.as_bytes(verdicts))
    else:
        console().print(class_table(verdicts))
        for path in written:
            print(f"{path}")
    ungraded = sum(bool(verdict.ungraded) for verdict in verdicts)
    say(f"{len(verdicts) - ungraded} of {len(verdicts)} graded, with seed {verdicts[0].seed}.")
    if ungraded:
        say(f"{ungraded} could not be graded: look for NOT GRADED.")
        raise typer.Exit(3)


@app.command()
def course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder, or a course to update")],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EX]...", help="exercises to write or update; none: those it has, or all in a new course"
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="also replace files that you edited")
    ] = False,
    sandbox: Annotated[
        SandboxChoice, typer.Option(help="how the references are confined while they are judged")
    ] = SandboxChoice.full,
) -> None:
    """Write an nbgrader course, or update one: configuration, notebooks, a README."""
    from grader.batch.pool import PoolError
    from grader.course import build
    from grader.course.folder import Course

    if not names and folder.is_dir():
        names = Course(folder).assignments()
    try:
        report = build.write_course(folder, chosen(names, [folder]), overwrite=overwrite, mode=sandbox.value)
    except PoolError as error:
        say(f"kata: {error}")
        raise typer.Exit(3) from None
    except OSError as error:
        say(f"kata: the course can't be written: {error.strerror}: '{error.filename}'.")
        raise typer.Exit(2) from None
    for name in report.written:
        print(f"{folder / name}")
    for name in report.kept:
        say(f"{folder / name} is not as `kata course` wrote it, and left alone; --overwrite replaces it.")
    say(f"Files: {len(report.written)} written, {len(report.unchanged)} up to date, {len(report.kept)} kept.")


@app.command()
def release(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder")], names: Names = None
) -> None:
    """Write what students get, and nothing else, to a new folder."""
    from grader.authoring import release as releasing

    files = releasing.release(chosen(names), folder)
    print(f"{folder}: {len(files)} files, no solutions and no hidden tests among them.")


@app.command()
def stub(
    names: Names = None,
    check: Annotated[bool, typer.Option("--check", help="only look, write nothing")] = False,
) -> None:
    """For authors: cut the stubs out of the reference solutions."""
    from grader.authoring import stubs

    stale = [exercise for exercise in chosen(names) if not stubs.is_current(exercise)]
    for exercise in stale:
        if check:
            print(f"{exercise.stub} is not what its reference gives; run `kata stub {exercise.number}`.")
        else:
            stubs.write_stub(exercise)
            print(f"{exercise.stub} written.")
    if check and stale:
        raise typer.Exit(1)


@app.command()
def verify(
    names: Names = None, seeds: Annotated[int, typer.Option(min=1, max=3, help="how many seeds")] = 3
) -> None:
    """For authors: prove exercises against their banks of answers."""
    from grader.authoring import verify as verifying

    exercises = chosen(names)
    problems = verifying.verify(exercises, seeds=verifying.SEEDS[:seeds], tell=say)
    for problem in problems:
        print(problem)
    if problems:
        say(f"{len(problems)} problems.")
        raise typer.Exit(1)
    print(f"Proven: {', '.join(exercise.name for exercise in exercises)}.")


@app.command()
def bank(
    exercise: Name,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a mistake; none lists them")] = None,
) -> None:
    """For authors: list the known mistakes, or print an answer that makes one of them."""
    import difflib

    from grader.bank import known_mistakes

    known = {known.name: known for known in known_mistakes(chosen([exercise])[0])}
    if name is None:
        for entry in known.values():
            print(f"{entry.name}: {entry.says}")
    elif name in known:
        print(known[name].text, end="")
    else:
        close = difflib.get_close_matches(name, known) or difflib.get_close_matches(name, known, cutoff=0.4)
        hint = f"Close to it: {', '.join(close)}." if close else f"`kata bank {exercise}` lists them."
        raise ExerciseError(f"There is no mistake '{name}' in the bank of {exercise}. {hint}")


def main() -> None:
    """Run ``kata``, with our own errors as one sentence and exit code 2."""
    try:
        app()
    except ExerciseError as error:
        say(f"kata: {error}")
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output, `head` say, has had enough
        sys.stderr.close()
        sys.exit(0)
