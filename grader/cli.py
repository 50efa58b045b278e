"""The command line: words in, exit codes out. No logic lives here.

Each command calls one function and prints what comes back. ``main`` catches the errors that end a command.
Exit codes: 0 all well (for ``grade``: all graded, whatever the marks), 1 something checked is not in order,
2 wrong usage, 3 something could not be graded, 130 and 143 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from grader import __version__
from grader.errors import ExitCode, KataError, StoppedBySignal
from grader.exercise import Exercise, choose, find_root, load_all
from grader.verdict import SandboxMode
from grader.words import printable

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


class Format(StrEnum):
    """What ``kata grade`` writes to standard output."""

    table = "table"
    json = "json"


def chosen(*words: str) -> list[Exercise]:
    """The exercises of this project that the words name; all of them if there are none."""
    return choose(load_all(find_root()), words)


def say(text: str) -> None:
    """Tell the person something that is not the result: on standard error, with no terminal codes in it."""
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr, flush=True)


class Progress:
    """How far grading is: a line that is written over and over, on a terminal alone."""

    shown = False

    def __call__(self, done: int, of: int) -> None:
        """Show it."""
        if sys.stderr.isatty():
            self.shown = True
            print(f"\r{done} of {of} graded", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            say("")


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

    console().print(exercise_table(chosen()))


@app.command()
def hint(name: Name, level: Annotated[int, typer.Option(min=1, max=3, help="1, 2 or 3")] = 1) -> None:
    """Show a hint: a question, a pointer, nearly the answer."""
    from grader import practice

    text, more = practice.hint(chosen(name)[0], level)
    print(text)
    if more:
        say(f"Still stuck? {more}")


@app.command()
def explain(
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="its name, as only-reads")] = None,
) -> None:
    """Explain a house rule: what it asks for, what breaks it, the cure. Without RULE: list them."""
    from grader import rulebook
    from grader.report.console import console, markdown

    if rule is None:
        for name, sentence in rulebook.sentences(find_root()).items():
            print(f"{name:24}{sentence}")
    else:
        console().print(markdown(rulebook.section(find_root(), rule)))


@app.command()
def check(names: Names = None, seed: Seed = None) -> None:
    """Grade your own files in exercises/, and show what to look at."""
    from grader import practice
    from grader.report.console import console
    from grader.report.console import practice as page

    checked = practice.check(chosen(*names or ()), seed=seed, tell=say)
    console().print(page(checked.verdicts))
    raise typer.Exit(checked.exit_code)


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
    sandbox: Annotated[SandboxMode, typer.Option(help="how students' code is confined")] = SandboxMode.FULL,
) -> None:
    """Grade submissions: a table of students, and the results as files.

    In an nbgrader course, verdicts are kept in its ledger: what is in there is not graded again.
    """
    from grader import marking
    from grader.report import results
    from grader.report.console import class_table, console

    request = marking.Request(paths, exercise, out, json, jobs, seed, sandbox)
    with Progress() as progress:
        report = marking.grade(request, progress, say)
    if format is Format.json:
        sys.stdout.buffer.write(results.as_bytes(report.verdicts))
    else:
        console().print(class_table(report.verdicts))
        for path in report.written:
            print(f"{path}")
    count = len(report.verdicts)
    say(f"{count - report.ungraded} of {count} graded, with seed {report.verdicts[0].seed}.")
    if report.ungraded:
        say(f"{report.ungraded} could not be graded: look for NOT GRADED.")
    raise typer.Exit(report.exit_code)


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
        SandboxMode, typer.Option(help="how the references are confined while they are judged")
    ] = SandboxMode.FULL,
) -> None:
    """Write an nbgrader course, or update one: configuration, notebooks, a README."""
    from grader.course.build import write_or_update

    report = write_or_update(folder, names or (), overwrite=overwrite, mode=sandbox)
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

    files = releasing.release(chosen(*names or ()), folder)
    print(f"{folder}: {len(files)} files, no solutions and no hidden tests among them.")


@app.command()
def stub(
    names: Names = None,
    check: Annotated[bool, typer.Option("--check", help="only look, write nothing")] = False,
) -> None:
    """For authors: cut the stubs out of the reference solutions."""
    from grader.authoring import stubs

    stale = stubs.refresh(chosen(*names or ()), check=check)
    for exercise in stale:
        if check:
            print(f"{exercise.stub} is not what its reference gives; run `kata stub {exercise.number}`.")
        else:
            print(f"{exercise.stub} written.")
    if check and stale:
        raise typer.Exit(ExitCode.NOT_IN_ORDER)


@app.command()
def verify(
    names: Names = None,
    seeds: Annotated[int, typer.Option(min=1, max=3, help="how many seeds")] = 3,
    record: Annotated[
        bool, typer.Option("--record", help="write the fingerprints of the bank first")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="what is only noted else is a problem")] = False,
) -> None:
    """For authors: prove exercises against their banks of answers."""
    from grader.authoring import verify as verifying

    exercises = chosen(*names or ())
    problems = verifying.verify(
        exercises, seeds=verifying.SEEDS[:seeds], record=record, strict=strict, tell=say
    )
    for problem in problems:
        print(problem)
    if problems:
        say(f"{len(problems)} problems.")
        raise typer.Exit(ExitCode.NOT_IN_ORDER)
    print(f"Proven: {', '.join(exercise.name for exercise in exercises)}.")


@app.command()
def doctor() -> None:
    """Say which walls of the sandbox hold on this machine, and what to do about those that don't."""
    from grader.doctor import examine

    found = examine()
    print("\n".join(found.lines()))
    if not found.full:
        raise typer.Exit(ExitCode.NOT_IN_ORDER)


@app.command()
def bank(
    exercise: Name,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a mistake; none lists them")] = None,
) -> None:
    """For authors: list the known mistakes, or print an answer that makes one of them."""
    from grader.judge.bank import known_mistake, known_mistakes

    (chosen_one,) = chosen(exercise)
    if name is not None:
        print(known_mistake(chosen_one, name).text, end="")
        return
    for known in known_mistakes(chosen_one):
        print(f"{known.name}: {known.says}")


def main() -> None:
    """Run ``kata``, with our own errors as a sentence and their exit code."""
    StoppedBySignal.listen()
    try:
        app()
    except KataError as error:
        say(f"kata: {error}")
        sys.exit(error.exit_code)
    except StoppedBySignal as stop:
        say("kata: stopped.")
        sys.exit(stop.exit_code)
    except BrokenPipeError:  # the reader of our output, `head` say, has had enough
        sys.stderr.close()
        sys.exit(0)
