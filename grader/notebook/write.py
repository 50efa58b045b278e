"""A course's notebooks, made from an exercise's lesson, reference, visible tests and hidden groups of tests.

Trusted side. What is made here is the instructor's version, with the reference between nbgrader's markers;
``nbgrader generate_assignment`` makes the students' out of it. Of hidden tests it holds titles and points.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.exercise import BEGIN, END, Exercise, broken_at
from grader.notebook.marks import note
from grader.verdict import Verdict, title_of

SUMMARY = "summary"  # the grade cell without points, which counts the visible tests and, later, all marks
STUB = 'raise NotImplementedError("write what the comment above says")'
_HEADING = re.compile(r"^## ", re.MULTILINE)
_INTRODUCTION = """\
---

**How this notebook works.** Run the next cell first; it installs what is missing. Write your answers into the
cells that say so, run them, then run the tests below them: each says what it found. More tests, which are not
in here, run when your notebook is graded. Hand in this notebook under the name that it has.
"""
_SETUP = """\
#@title Run this cell first: it installs what is missing, and gets the tests ready
try:
{imports}
except ModuleNotFoundError:
    %pip install -q {packages}

"""
_HIDDEN = """\
# {points}: {title}
# Hidden tests: they run when your notebook is graded. There is nothing to write here."""


@dataclass(frozen=True)
class Group:
    """All cases of one hidden test function, on all devices: what one grade cell stands for."""

    name: str
    title: str
    points: float


def groups_of(verdict: Verdict) -> list[Group]:
    """The groups of a suite, as any verdict by it shows them."""
    return [
        Group(name, title_of(tests), round(sum(test.max_points for test in tests), 6))
        for name, tests in verdict.by_function().items()
    ]


def make_notebook(exercise: Exercise, groups: Sequence[Group]) -> bytes:
    """The instructor's notebook of an exercise, as nbgrader reads it from ``source/``."""
    cells = [
        *_lesson(exercise),
        *_answers(exercise),
        *_visible(exercise),
        *_hidden(groups),
    ]
    cells.insert(1, _ours(_setup(exercise), "setup", hidden=True))
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


# --- parts of the notebook ---------------------------------------------------------------------------------


def _lesson(exercise: Exercise) -> Iterator[dict[str, Any]]:
    """The lesson, a cell for each section, and the hints, folded."""
    text = exercise.lesson.read_text(encoding="utf-8")
    head, *sections = _sections(text)
    yield _text(f"{head}\n\n{_INTRODUCTION}")
    for section in sections:
        yield _text(section)
    hints = "\n".join(
        f"<details><summary>Hint {number}</summary>\n\n{hint}\n\n</details>"
        for number, hint in enumerate(exercise.hints, start=1)
    )
    yield _text(f"## Hints\n\nOnly if you are stuck: a question, a pointer, nearly the answer.\n\n{hints}")


def _sections(markdown: str) -> list[str]:
    """The parts of a text that start with a heading of level two, outside of code blocks."""
    parts = [""]
    fenced = False
    for line in markdown.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if _HEADING.match(line) and not fenced:
            parts.append("")
        parts[-1] += line + "\n"
    return [part.strip() for part in parts]


def _answers(exercise: Exercise) -> Iterator[dict[str, Any]]:
    """The reference, cut at its tasks: a solution cell for each, and plain cells for what stands between."""
    yield _text("## Your answer\n\nYou may add cells, and change the imports.")
    source = exercise.reference.read_text(encoding="utf-8")
    for task, part in _parts(source):
        if not task:
            yield _code(part)
            continue
        cell = _code(_with_tasks(part))
        cell["metadata"]["nbgrader"] = _nbgrader(f"answer-{task}", solution=True)
        cell["metadata"] |= note("answer", stub_of(cell["source"]))
        yield cell


def _parts(source: str) -> Iterator[tuple[str, str]]:
    """The source in pieces: every top-level definition with a task in it, and its name; the rest, without."""
    lines = source.splitlines()
    start = 0
    for node in ast.parse(source).body:
        end = node.end_lineno or node.lineno
        # What closes a body that ends with a solution are comments, and no part of the node.
        after = next((i for i in range(end, len(lines)) if not lines[i].strip().startswith("#")), len(lines))
        if any(line.strip().startswith(END) for line in lines[end:after]):
            end = next(i for i in range(end, after) if lines[i].strip().startswith(END)) + 1
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
        while first > start and lines[first - 1].startswith("#"):
            first -= 1
        if not any(line.strip().startswith(BEGIN) for line in lines[first:end]):
            continue
        if between := "\n".join(lines[start:first]).strip("\n"):
            yield "", between
        yield str(getattr(node, "name", node.lineno)), "\n".join(lines[first:end])
        start = end
    if rest := "\n".join(lines[start:]).strip("\n"):
        yield "", rest


def _with_tasks(part: str) -> str:
    """What follows an opening marker becomes a comment above it, which students get to see.

    So does what is to be mended, since nbgrader puts the same stub into every cell.
    """
    lines = []
    given = part.splitlines()
    for index, line in enumerate(given):
        indent, marker, task = line.partition(BEGIN)
        if marker and not indent.strip():
            lines.append(f"{indent}# To do: {task.removeprefix(':').strip()}")
            if broken := broken_at(given, index):
                lines += [f"{indent}# This is what stands there now:", *broken]
            lines.append(f"{indent}{BEGIN}")
        else:
            lines.append(line)
    return "\n".join(lines)


def stub_of(source: str) -> str:
    """What nbgrader makes of a solution cell for students, with the stub that our configuration sets."""
    lines: list[str] = []
    inside = False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
            lines.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def _visible(exercise: Exercise) -> Iterator[dict[str, Any]]:
    """The visible tests: what they share in one cell, then a cell for each, then the summary.

    A test that uses something of ours, such as simulated CUDA, is left out: nothing of ours is installed
    where the notebook runs.
    """
    yield _text("## Tests that you can see\n\nRun them as often as you like.")
    source = exercise.visible_tests.read_text(encoding="utf-8")
    lines = source.splitlines()
    shared: list[str] = []
    tests: list[tuple[str, str]] = []
    ours: set[str] = set()
    for node in ast.parse(source).body:
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "grader":
            ours |= {alias.asname or alias.name for alias in node.names}
        elif ours & {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}:
            continue
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            tests.append((node.name, f"@check\n{text}"))
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            shared += ["", "", text, ""]
        elif not isinstance(node, ast.Expr) and getattr(node, "module", "") != exercise.module:
            shared.append(text)
    yield _ours("\n".join(shared).strip("\n"), "visible-tests")
    for name, text in tests:
        yield _ours(text, f"visible-{name}")
    cell = _code("summary()  # of the tests above")
    cell["metadata"]["nbgrader"] = _nbgrader(SUMMARY, points=0)
    cell["metadata"] |= note("ours", cell["source"])
    yield cell


def _hidden(groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    """A grade cell for each group."""
    total = sum(group.points for group in groups)
    yield _text(f"## What is graded\n\n{_points(total)} in all.")
    for group in groups:
        title = " ".join(group.title.split())
        cell = _code(_HIDDEN.format(points=_points(group.points), title=title))
        cell["metadata"]["nbgrader"] = _nbgrader(group.name, points=group.points)
        cell["metadata"] |= note("ours", cell["source"])
        yield cell


def _points(value: float) -> str:
    return f"{round(value, 3):g} point{'' if value == 1 else 's'}"


def _setup(exercise: Exercise) -> str:
    """The install cell: what the reference and the visible tests import, and the checks."""
    needed = {"torch"}
    for path in (exercise.reference, exercise.visible_tests):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                needed |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                needed.add(node.module.partition(".")[0])
    packages = sorted(needed - sys.stdlib_module_names - {exercise.module})
    imports = "\n".join(f"    import {name}" for name in packages)
    checks = Path(__file__).with_name("kernel.py").read_text(encoding="utf-8")
    checks = checks.partition('"""')[2].partition('"""')[2].strip("\n")
    checks = checks.replace('_HINT = ""', f"_HINT = {exercise.hints[0]!r}", 1)
    return _SETUP.format(imports=imports, packages=" ".join(packages)) + checks


# --- cells -------------------------------------------------------------------------------------------------


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": note("ours", source), "source": source.strip("\n")}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.strip("\n"),
    }


def _ours(source: str, name: str, *, hidden: bool = False) -> dict[str, Any]:
    """A code cell that students run and do not change; ``hidden`` folds it."""
    cell = _code(source)
    cell["metadata"]["nbgrader"] = _nbgrader(name)
    if hidden:
        cell["metadata"] |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    cell["metadata"] |= note("ours", cell["source"])
    return cell


def _nbgrader(name: str, *, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    """nbgrader's metadata: a solution cell, a grade cell where there are points, or else a read-only one."""
    data: dict[str, Any] = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        data["points"] = points
    return data
