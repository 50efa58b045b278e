"""A course's folder: what `kata course` wrote there, so that it can be told from what an instructor did.

Trusted side.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.exercise import Exercise, ExerciseError, find_root, load_all
from grader.files import write_atomically

RECORD = "kata-course.json"


@dataclass(frozen=True)
class Course:
    """A folder that `kata course` made."""

    folder: Path

    @property
    def ledger(self) -> Path:
        """The file in which verdicts are kept."""
        return self.folder / "ledger.db"

    @property
    def submitted(self) -> Path:
        """What students handed in, where nbgrader puts it unless told otherwise."""
        return self.folder / "submitted"

    @property
    def record(self) -> Path:
        """The list of what was written, with the fingerprint of each file's content."""
        return self.folder / RECORD

    def project(self) -> Path:
        """The folder that holds the exercises that the course was made from. Raises ExerciseError."""
        project = Path(str(self._read().get("project")))
        if not (project / "exercises").is_dir():
            raise ExerciseError(
                f"This course was made from the exercises in '{project}', and they are not there any more. "
                f"Say where they are: KATA_ROOT=FOLDER kata course {self.folder}"
            )
        return project

    def written(self) -> dict[str, str]:
        """The fingerprints of the files that were written last, by path from the course's folder."""
        return {str(name): str(digest) for name, digest in dict(self._read().get("written", {})).items()}

    def assignments(self) -> list[str]:
        """The exercises that it has, by name."""
        return sorted({Path(name).parts[1] for name in self.written() if name.startswith("source/")})

    def note(self, project: Path, written: dict[str, str]) -> None:
        """Keep the fingerprints."""
        data = {"project": str(project), "written": written}
        if data == self._read():
            return
        write_atomically(self.record, (json.dumps(data, indent=2, sort_keys=True) + "\n").encode())

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.record.read_bytes()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError) as error:
            raise ExerciseError(
                f"'{self.record}' can't be read ({type(error).__name__}). "
                "Remove it, run `kata course` again, and every file will count as edited by you."
            ) from None


def course_of(paths: Sequence[Path]) -> Course | None:
    """The course that all of these paths lie in, or None."""
    found = {_course_at(Path(os.path.abspath(path))) for path in paths}
    return found.pop() if len(found) == 1 else None


def exercises_of(course: Course | None) -> list[Exercise]:
    """Return the exercises that a course was made from, or those of this project if there is no course.

    ``$KATA_ROOT`` goes before both. Raises ExerciseError.
    """
    if course is None or "KATA_ROOT" in os.environ:
        return load_all(find_root())
    return load_all(course.project())


def _course_at(path: Path) -> Course | None:
    for folder in (path, *path.parents):
        if (folder / RECORD).is_file():
            return Course(folder)
    return None


def fingerprint(name: str, data: bytes) -> str:
    """A digest of what matters in a file: of a notebook, the cells, not what running them left behind."""
    if name.endswith(".ipynb"):
        try:
            cells = json.loads(data)["cells"]
            matters = [
                [cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("nbgrader")]
                for cell in cells
            ]
            data = json.dumps(matters, sort_keys=True).encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # no notebook any more: then all of it matters
    return hashlib.sha256(data).hexdigest()
