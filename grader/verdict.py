"""What the judge says of one submission: plain data, and its JSON.

Ground floor: imported by all, imports none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["passed", "failed", "timeout", "crashed", "not_reached", "skipped"]
SandboxMode = Literal["full", "reduced"]


def plain_text(text: str, limit: int = 2000) -> str:
    """``text`` cut to ``limit`` and without control characters, which could forge other lines or colours."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


@dataclass(frozen=True)
class TestResult:
    """One hidden test on one device, with the points it gave."""

    __test__ = False  # pytest must not take this class for a test

    name: str
    title: str
    device: str
    status: Status
    points: float
    max_points: float
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The mistake that a submission was recognised by: its short name and a sentence on it."""

    mistake: str
    says: str


@dataclass(frozen=True)
class Verdict:
    """All that is known of one graded submission. ``seconds`` is wall time."""

    student: str
    exercise: str
    submission: str
    sha256: str
    score: float
    max_score: float
    tests: tuple[TestResult, ...]
    diagnosis: Diagnosis | None
    seed: int
    seconds: float
    sandbox: SandboxMode
    versions: dict[str, str] = field(default_factory=dict)
    ungraded: str = ""

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(test.status == "passed" for test in self.tests)

    @property
    def full_marks(self) -> bool:
        """Whether everything passed."""
        return bool(self.tests) and self.passed == len(self.tests)

    def failing(self) -> frozenset[str]:
        """Names of the tests that failed, timed out or crashed: what a mistake is recognised by."""
        return frozenset(test.name for test in self.tests if test.status in ("failed", "timeout", "crashed"))

    def feedback(self) -> str:
        """All messages and hints of this verdict, for searching."""
        return "\n".join(f"{test.message}\n{test.hint}" for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON-ready data; ``ungraded`` is there only where something could not be graded."""
        data = asdict(self)
        data["tests"] = [asdict(test) for test in self.tests]
        if not self.ungraded:
            del data["ungraded"]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that ``to_json`` gave ``data`` for."""
        tests = tuple(TestResult(**test) for test in data["tests"])
        diagnosis = Diagnosis(**data["diagnosis"]) if data["diagnosis"] else None
        return cls(**{**data, "tests": tests, "diagnosis": diagnosis})
