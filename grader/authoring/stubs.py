"""Cut the stub out of the reference solution.

Trusted side. What stands between the markers is replaced by ``raise NotImplementedError``, with the words
that follow the opening marker: ``### BEGIN SOLUTION: build one nn.Linear per pair of widths``. The markers
are nbgrader's own, so one file serves both.

Where something is to be mended, the stub has code of its own instead of ``raise``: comments between
``### BEGIN BROKEN`` and ``### END BROKEN``, at the end of the solution. In the stub they are no comments.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from grader.exercise import BEGIN, BEGIN_BROKEN, END, END_BROKEN, Exercise, ExerciseError
from grader.files import write_atomically

_WIDTH = 110  # as in pyproject.toml, so that a stub is formatted like the rest


def make_stub(source: str, filename: str) -> str:
    """The stub for a reference solution's ``source``.

    Raises ExerciseError, naming the line in ``filename``, for a marker without its partner, an opening marker
    that does not say what to write, or a reference in which nothing is marked.
    """
    names = _function_names(source)
    stub: list[str] = []
    opened = 0
    broken: list[str] | None = None
    inside_broken = False
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        place = f"{filename}, line {number}"
        if text.startswith(BEGIN):
            if opened:
                raise ExerciseError(f"{place}: '{BEGIN}' inside the one of line {opened}.")
            task = text.removeprefix(BEGIN).removeprefix(":").strip()
            if not task:
                raise ExerciseError(f"{place}: say after '{BEGIN}:' what is to be written.")
            opened, broken = number, None
            indent = line[: len(line) - len(line.lstrip())]
        elif text.startswith(END):
            if not opened or inside_broken:
                partner = BEGIN if not opened else END_BROKEN
                raise ExerciseError(f"{place}: '{END}' without its '{partner}'.")
            words = f"{names.get(opened, '')}{task}"
            stub += (
                _raise(indent, words) if broken is None else [*_comment(indent, f"To do: {task}"), *broken]
            )
            opened = 0
        elif text.startswith(BEGIN_BROKEN):
            if not opened or broken is not None:
                raise ExerciseError(f"{place}: '{BEGIN_BROKEN}' belongs once into a solution.")
            broken, inside_broken = [], True
        elif text.startswith(END_BROKEN):
            if not inside_broken:
                raise ExerciseError(f"{place}: '{END_BROKEN}' without its '{BEGIN_BROKEN}'.")
            inside_broken = False
        elif inside_broken and broken is not None:
            broken.append(_uncommented(line, place))
        elif not opened:
            stub.append(line)
    if opened:
        raise ExerciseError(f"{filename}, line {opened}: '{BEGIN}' without its '{END}'.")
    result = "\n".join(stub) + "\n"
    if result == source:
        raise ExerciseError(
            f"{filename}: nothing is marked with '{BEGIN}', so the stub would be the solution."
        )
    return result


def _function_names(source: str) -> dict[int, str]:
    """For each line inside a function, ``"MLP.forward: "``; the innermost function wins."""
    names: dict[int, str] = {}

    def visit(node: ast.AST, path: list[str]) -> None:
        for child in ast.iter_child_nodes(node):
            inner = path
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inner = [*path, child.name]
                if isinstance(child, ast.FunctionDef):
                    for line in range(child.lineno, (child.end_lineno or child.lineno) + 2):
                        names[line] = f"{'.'.join(inner)}: "
            visit(child, inner)

    visit(ast.parse(source), [])
    return names


def _raise(indent: str, message: str) -> list[str]:
    one_line = f"{indent}raise NotImplementedError({_quoted(message)})"
    if len(one_line) <= _WIDTH:
        return [one_line]
    pieces = textwrap.wrap(message, _WIDTH - len(indent) - 6, drop_whitespace=False)
    lines = [f"{indent}    {_quoted(piece)}" for piece in pieces]
    return [f"{indent}raise NotImplementedError(", *lines, f"{indent})"]


def _comment(indent: str, text: str) -> list[str]:
    return [f"{indent}# {piece}" for piece in textwrap.wrap(text, _WIDTH - len(indent) - 2)]


def _uncommented(line: str, place: str) -> str:
    """A line of the stub, which is a comment in the reference."""
    indent, hash_, text = line.partition("#")
    if not hash_ or indent.strip() or not (text.startswith(" ") or not text):
        raise ExerciseError(f"{place}: what stands in the stub is a comment here, and begins with '# '.")
    return f"{indent}{text[1:]}".rstrip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fresh_stub(exercise: Exercise) -> str:
    """The stub that the exercise should have, made from its reference."""
    try:
        source = exercise.reference.read_text(encoding="utf-8")
    except OSError as error:
        raise ExerciseError(f"{exercise.reference}: {error.strerror}.") from None
    return make_stub(source, str(exercise.reference.relative_to(exercise.root)))


def is_current(exercise: Exercise) -> bool:
    """Whether the stub on disk is exactly what the reference gives."""
    stub = exercise.stub
    return stub.is_file() and stub.read_text(encoding="utf-8") == fresh_stub(exercise)


def write_stub(exercise: Exercise) -> None:
    """Write the stub that the reference gives."""
    write_atomically(exercise.stub, fresh_stub(exercise).encode())


def refresh(exercises: Sequence[Exercise], *, check: bool = False) -> list[Exercise]:
    """Write the stubs that are not what their references give, unless this is only a ``check``.

    Returns their exercises.
    """
    stale = [exercise for exercise in exercises if not is_current(exercise)]
    for exercise in stale:
        if not check:
            write_stub(exercise)
    return stale
