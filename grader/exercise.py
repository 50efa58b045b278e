"""What an exercise is, and where its files are.

Ground floor: imported by all. Runs on the trusted side, though nothing here is secret.
"""

from __future__ import annotations

import ast
import hashlib
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import ExitCode, KataError

FOLDER_PATTERN = "[0-9][0-9]_*"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # in a reference, around what the stub leaves out
BEGIN_BROKEN, END_BROKEN = (
    "### BEGIN BROKEN",
    "### END BROKEN",
)  # at the end of a solution: what stands in the stub


class ExerciseError(KataError):
    """An exercise that does not exist, or whose files are not in order; the message says what to do."""

    exit_code = ExitCode.WRONG_USAGE


@dataclass(frozen=True)
class Exercise:
    """One exercise: its metadata and the places of its files.

    ``root`` is the folder that holds ``exercises/``; ``name`` is the folder's name, such as
    ``03_modulelist``; ``points`` is what full marks are. ``without`` are names in torch.nn that are not there
    for submissions, since they are what is to be built.
    """

    root: Path
    name: str
    title: str
    points: float
    difficulty: int
    minutes: int
    concepts: tuple[str, ...]
    prerequisites: tuple[str, ...]
    hints: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The two digits that the folder's name starts with."""
        return self.name[:2]

    @property
    def module(self) -> str:
        """The name of the module that the student writes."""
        return self.name[3:]

    @property
    def filename(self) -> str:
        """The file that the student hands in."""
        return f"{self.module}.py"

    @property
    def stars(self) -> str:
        """The difficulty, as people read it: ``●●○○○``."""
        return "●" * self.difficulty + "○" * (5 - self.difficulty)

    @property
    def folder(self) -> Path:
        """All that a student ever gets."""
        return self.root / "exercises" / self.name

    @property
    def stub(self) -> Path:
        """The generated file that the student fills in."""
        return self.folder / self.filename

    @property
    def lesson(self) -> Path:
        """The lesson and the task."""
        return self.folder / "README.md"

    @property
    def visible_tests(self) -> Path:
        """The plain pytest file that a learner runs."""
        return self.folder / f"test_{self.module}.py"

    @property
    def reference(self) -> Path:
        """The reference solution, with the markers that the stub is cut from."""
        return self.root / "solutions" / self.name / self.filename

    @property
    def suite(self) -> Path:
        """The folder of the hidden suite."""
        return self.root / "tests" / "hidden" / self.name

    @property
    def bank(self) -> Path:
        """The folder of right and wrong answers that the suite is proven against."""
        return self.root / "tests" / "bank" / self.name

    def names(self) -> list[str]:
        """The classes and functions that the stub asks for."""
        kinds = (ast.ClassDef, ast.FunctionDef)
        body = ast.parse(self.stub.read_bytes()).body if self.stub.is_file() else []
        return [node.name for node in body if isinstance(node, kinds) and not node.name.startswith("_")]

    def has_suite(self) -> bool:
        """Whether the hidden suite is here: it is not in what students get."""
        return self.suite.is_dir() and self.reference.is_file()

    def suite_digest(self) -> str:
        """A fingerprint of all that a verdict depends on besides the submission and the program.

        Returns ``sha256:`` and the hex digest over the hidden suite, the reference, the bank, and what is
        withheld.
        """
        digest = hashlib.sha256(repr(self.without).encode())
        bank = [*self.bank.rglob("*.py"), *self.bank.rglob("*.json")]
        files = [*self.suite.rglob("*.py"), *bank, self.reference]
        for path in sorted(files):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return f"sha256:{digest.hexdigest()}"


def find_root(start: Path | None = None) -> Path:
    """The folder that holds ``exercises/``: ``$KATA_ROOT``, or the nearest one from ``start`` upwards.

    Raises ExerciseError where there is none.
    """
    if set_root := os.environ.get("KATA_ROOT"):
        root = Path(set_root).expanduser().resolve()
        if (root / "exercises").is_dir():
            return root
        raise ExerciseError(f"KATA_ROOT is {set_root}, but there is no folder 'exercises' in it.")
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "exercises").is_dir() and any((folder / "exercises").glob(FOLDER_PATTERN)):
            return folder
    raise ExerciseError(
        f"No exercises found in {here} or above it. "
        "Change to the folder that holds 'exercises/', or name it in the variable KATA_ROOT."
    )


def load(root: Path, name: str) -> Exercise:
    """Read ``exercises/NAME/exercise.toml``; raises ExerciseError if it is missing, broken or incomplete."""
    path = root / "exercises" / name / "exercise.toml"
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError:
        raise ExerciseError(f"{path} is missing.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExerciseError(f"{path} is not valid TOML: {error}.") from None
    wanted: dict[str, type | tuple[type, ...]] = {
        "title": str,
        "points": (int, float),
        "difficulty": int,
        "minutes": int,
        "concepts": list,
        "prerequisites": list,
        "hints": list,
    }
    if not isinstance(data.setdefault("without", []), list):
        raise ExerciseError(f"{path}: 'without' is a list of names in torch.nn.")
    for key, kind in wanted.items():
        if not isinstance(data.get(key), kind):
            raise ExerciseError(f"{path}: '{key}' is missing or of the wrong type.")
    if unknown := sorted(set(data) - set(wanted) - {"without"}):
        raise ExerciseError(f"{path}: unknown keys: {', '.join(unknown)}.")
    return Exercise(
        root=root,
        name=name,
        title=data["title"],
        points=float(data["points"]),
        difficulty=data["difficulty"],
        minutes=data["minutes"],
        concepts=tuple(data["concepts"]),
        prerequisites=tuple(data["prerequisites"]),
        hints=tuple(data["hints"]),
        without=tuple(data["without"]),
    )


def load_all(root: Path) -> list[Exercise]:
    """Every exercise under ``root``, in order of number."""
    folders = (root / "exercises").glob(FOLDER_PATTERN)
    return [load(root, folder.name) for folder in sorted(folders) if folder.is_dir()]


def matching(exercises: list[Exercise], word: str) -> Exercise | None:
    """The exercise that ``word`` names as ``03``, ``3``, ``modulelist`` or ``03_modulelist``, or None."""
    word = word.strip().rstrip("/")
    number = word.zfill(2) if word.isdigit() else word
    for exercise in exercises:
        if number in (exercise.number, exercise.module, exercise.name):
            return exercise
    return None


def pick(exercises: list[Exercise], word: str) -> Exercise:
    """As ``matching``, but an unknown word is an ExerciseError that lists the known ones."""
    found = matching(exercises, word)
    if found is None:
        known = ", ".join(exercise.name for exercise in exercises)
        raise ExerciseError(f"There is no exercise '{word}'. There are: {known}.")
    return found


def choose(exercises: list[Exercise], words: Sequence[str]) -> list[Exercise]:
    """Return the exercises that the words name; all of them if there are no words. Raises ExerciseError."""
    return [pick(exercises, word) for word in words] if words else exercises


def broken_at(lines: list[str], start: int) -> list[str]:
    """Return the comments that are the stub's code, for the solution that begins at index ``start``."""
    end = next((i for i in range(start, len(lines)) if lines[i].strip().startswith(END)), len(lines))
    marked = [i for i in range(start, end) if lines[i].strip().startswith((BEGIN_BROKEN, END_BROKEN))]
    return lines[marked[0] + 1 : marked[1]] if len(marked) == 2 else []
