"""What came in: one student's files for one exercise, as bytes.

Ground floor: plain data. The files are never opened again after this, so what is graded is what was read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Submission:
    """One student's answer to one exercise.

    ``files`` maps file names to their bytes; ``main`` is the file that is graded, the others are modules that
    it may import. ``problem`` says in a sentence why there is nothing to run (a missing file, say), and
    ``ungraded`` whether that is the grader's trouble rather than the student's.
    """

    student: str
    exercise: str
    path: str
    main: str
    files: dict[str, bytes] = field(default_factory=dict)
    problem: str = ""
    ungraded: bool = False

    @property
    def sha256(self) -> str:
        """Digest of the names and contents of all files."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + hashlib.sha256(self.files[name]).digest())
        return digest.hexdigest()
