"""What the judge says of one submission: plain data, and its JSON.

Ground floor: imported by all, imports none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

Status = Literal["passed", "failed", "timeout", "crashed", "not_reached", "skipped"]
FORMAT = 2  # of a verdict in JSON, and of the ledger
NOT_WRITTEN = (
    "This is not written yet: "  # how the message begins where a test met what the stub left to write
)
UNTOUCHED = "is the stub as it was given out"  # a flag
LEFT_OUT = "left out: "  # a flag begins with it: where a statement stands that was, and why


class SandboxMode(StrEnum):
    """How students' code is confined: fully, or only as far as this system can."""

    FULL = "full"
    REDUCED = "reduced"


@dataclass(frozen=True)
class TestResult:
    """One hidden test on one device, with the points it gave.

    ``rule`` is the id of the house rule that was broken, where one was. ``part`` is the class or function of
    the exercise that the test looks at; it is empty where the suite does not say.
    """

    __test__ = False  # pytest must not take this class for a test

    name: str
    title: str
    device: str
    status: Status
    points: float
    max_points: float
    message: str = ""
    hint: str = ""
    rule: str = ""
    part: str = ""

    @property
    def function(self) -> str:
        """The test function: ``test_house_rules`` of ``test_house_rules[any-batch]``."""
        return self.name.partition("[")[0]


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that a submission was recognised by: its part, its short name and a sentence on it.

    ``part`` is a class or function of the exercise, or empty where it is the whole. ``sure`` says whether the
    evidence confirms it; what is not confirmed is only a possibility.
    """

    part: str
    mistake: str
    says: str
    sure: bool = True


@dataclass(frozen=True)
class Verdict:
    """All that is known of one graded submission. ``seconds`` is wall time.

    ``flags`` are things for an instructor to look at, ``late`` and ``attempt`` what its name says of how it
    was handed in, ``found_as`` the name that it had if that was not the right one.
    """

    student: str
    exercise: str
    submission: str
    sha256: str
    score: float
    max_score: float
    tests: tuple[TestResult, ...]
    diagnoses: tuple[Diagnosis, ...]
    seed: int
    seconds: float
    sandbox: SandboxMode
    versions: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    late: bool = False
    attempt: int = 1
    found_as: str = ""
    ungraded: str = ""

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(test.status == "passed" for test in self.tests)

    @property
    def full_marks(self) -> bool:
        """Whether everything passed."""
        return bool(self.tests) and self.passed == len(self.tests)

    def by_function(self) -> dict[str, list[TestResult]]:
        """The tests by their functions: one on several devices, and all house rules of a part, are one."""
        found: dict[str, list[TestResult]] = {}
        for test in self.tests:
            found.setdefault(test.function, []).append(test)
        return found

    def failing(self) -> frozenset[str]:
        """Names of the tests that failed, timed out or crashed: what a mistake is recognised by."""
        return frozenset(test.name for test in self.tests if test.status in ("failed", "timeout", "crashed"))

    def feedback(self) -> str:
        """All messages and hints of this verdict, for searching."""
        return "\n".join(f"{test.message}\n{test.hint}" for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON-ready data."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """Return the verdict that ``to_json`` gave ``data`` for. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"this is a verdict of format {data.get('format', 1)}, not {FORMAT}")
        values = {key: value for key, value in data.items() if key != "format"}
        values["tests"] = tuple(TestResult(**test) for test in data["tests"])
        values["diagnoses"] = tuple(Diagnosis(**diagnosis) for diagnosis in data["diagnoses"])
        values["sandbox"] = SandboxMode(data["sandbox"])
        values["flags"] = tuple(data["flags"])
        return cls(**values)


def title_of(tests: Sequence[TestResult]) -> str:
    """The title of a test function, of which these are all results."""
    if len({test.title for test in tests}) == 1:
        return tests[0].title
    parts = {test.part for test in tests}
    return f"{parts.pop()}: it keeps the house rules" if len(parts) == 1 else "The house rules"
