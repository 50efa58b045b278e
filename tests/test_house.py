"""The house rules of grader/, checked on its source: floors, names, docstrings; and the bank's sources."""

import ast
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from grader.exercise import load_all
from grader.judge.bank import known_mistakes

PROJECT = Path(__file__).resolve().parents[1]
FLOORS = [
    ("ground", {"errors", "exercise", "submission", "verdict", "files", "words", "rulebook"}),
    ("device", {"simcuda"}),
    ("protocol", {"wire"}),
    ("worker", {"worker"}),
    ("sandbox", {"sandbox"}),
    ("judge", {"judge", "suite"}),
    ("grading", {"grading", "notebook"}),
    ("uses", {"practice", "marking", "doctor", "course", "authoring", "report"}),
    ("face", {"cli", "__main__"}),
]
LEVEL = {room: level for level, (_, rooms) in enumerate(FLOORS) for room in rooms}
EXERCISES = load_all(PROJECT)
TREES = {path: ast.parse(path.read_bytes()) for path in sorted((PROJECT / "grader").rglob("*.py"))}
FILES = [pytest.param(path, id=str(path.relative_to(PROJECT / "grader"))) for path in TREES]


def room_of(path):
    """`sandbox` for grader/sandbox/host.py, `verdict` for grader/verdict.py, empty for grader/__init__.py."""
    first = path.relative_to(PROJECT / "grader").parts[0]
    return first.removesuffix(".py").replace("__init__", "")


def rooms_imported(path, tree):
    """The rooms that a file imports anywhere in it, also inside functions and under TYPE_CHECKING."""
    package = ("grader", *path.relative_to(PROJECT / "grader").parent.parts)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "grader" and len(parts) > 1 and not parts[1].startswith("__version"):
                yield parts[1]


def test_every_room_has_a_floor():
    assert {room_of(path) for path in TREES} - {""} <= set(LEVEL)


@pytest.mark.parametrize("path", FILES)
def test_a_room_imports_only_from_its_floor_and_below(path):
    level = LEVEL.get(room_of(path), 0)
    higher = {room for room in rooms_imported(path, TREES[path]) if LEVEL[room] > level}
    assert not higher, f"{path.relative_to(PROJECT)} is on the floor '{FLOORS[level][0]}'"


@pytest.mark.parametrize("path", [file for file in FILES if LEVEL.get(room_of(file.values[0])) == 0])
def test_the_ground_floor_imports_no_other_room_but_errors(path):
    assert set(rooms_imported(path, TREES[path])) <= {"errors"}


def test_imports_are_found_wherever_they_are():
    source = """
if TYPE_CHECKING:
    from grader.judge import Judge
def f():
    import grader.grading.pool
    from grader import cli, __version__
    from . import worker
    from ..suite import same
    from .. import wire
"""
    path = PROJECT / "grader" / "sandbox" / "made_up.py"
    assert sorted(rooms_imported(path, ast.parse(source))) == [
        "cli", "grading", "judge", "sandbox", "suite", "wire",
    ]  # fmt: skip


# --- names of exercises ------------------------------------------------------------------------------------


def words_of(tree):
    """Every identifier and string, without docstrings and without the help texts of the command line."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg == "help":
            skipped.update(ast.walk(node.value))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(word := getattr(node, field, None), str):
                yield word


def exercises_named(tree):
    """The exercises whose folder or module occurs as a whole word; `nn.Sequential` is none of them."""
    words = {part for text in words_of(tree) for part in re.findall(r"\w+", text)}
    return {exercise.name for exercise in EXERCISES if {exercise.name, exercise.module} & words}


@pytest.mark.parametrize("path", FILES)
def test_no_exercise_is_named_in_the_program(path):
    assert not exercises_named(TREES[path])


@pytest.mark.parametrize("use", ["x = '{}'", "{} = 1", "m.{}", "f({}=1)", "import {}", "open('a/{}.py')"])
def test_a_named_exercise_would_be_found(use):
    module = EXERCISES[0].module
    assert exercises_named(ast.parse(use.format(module))) == {EXERCISES[0].name}
    assert not exercises_named(ast.parse(f'"""As in {module}."""\nOption(help="{module}")'))


# --- words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES)
def test_everything_public_has_a_docstring(path):
    tree = TREES[path]
    if not tree.body:
        return  # an empty __init__.py has nothing to say

    def bare(node, name):
        if not ast.get_docstring(node):
            yield name
        for child in node.body:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            public = isinstance(child, kinds) and not child.name.startswith("_")
            if public and isinstance(node, (ast.Module, ast.ClassDef)):
                yield from bare(child, f"{name}.{child.name}")

    assert list(bare(tree, path.stem)) == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_sources_in_the_bank_are_https_addresses(exercise):
    for known in known_mistakes(exercise):
        for source in known.source.split():
            parts = urlsplit(source)
            assert parts.scheme == "https", known.name
            assert "." in parts.netloc, known.name


def test_the_bank_has_sources_at_all():
    assert any(known.source for exercise in EXERCISES for known in known_mistakes(exercise))
