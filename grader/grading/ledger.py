"""The ledger: verdicts on disk, so that what was graded once is not graded again.

Trusted side. A verdict is kept under everything that it depends on: the content of the submission, the
exercise and its suite, the program, torch, the sandbox and the seed. Whose submission it was is no part of
that. Each verdict is a transaction of its own, so a run that is killed loses what it was at, and no more.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader import __version__
from grader.errors import KataError
from grader.exercise import load
from grader.grading import pool
from grader.submission import Submission
from grader.verdict import FORMAT, SandboxMode, Verdict

_TABLES = """
    CREATE TABLE IF NOT EXISTS seed (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS verdict (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
"""
_PATIENCE = 60.0  # seconds to wait for another process that is writing


class LedgerError(KataError):
    """The ledger's file can't be used; the message says what to do."""


class Ledger:
    """The verdicts of one class, and its seed, in an SQLite file. Several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database:
                self._upgrade(database)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                f"'{path}' can't be used as a ledger of verdicts ({error}). "
                "Move it away, and a new one will be made; everything will be graded again."
            ) from None

    def _upgrade(self, database: sqlite3.Connection) -> None:
        """Make the tables; drop verdicts of an older format, whose keys no submission has any more."""
        (written,) = database.execute("PRAGMA user_version").fetchone()
        if written > FORMAT:
            raise LedgerError(
                f"'{self.path}' was written by a newer version of this program (format {written}, not "
                f"{FORMAT}). Update the program, or move the file away; everything will be graded again."
            )
        database.executescript(_TABLES)
        if written < FORMAT:
            database.executescript(f"DELETE FROM verdict; PRAGMA user_version = {FORMAT};")

    def _open(self) -> closing[sqlite3.Connection]:
        # Without an isolation level, every statement is a transaction that is on disk when it returns.
        return closing(sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None))

    def seed(self, asked: int | None = None) -> int:
        """The seed of this class: the same for all, whenever they are graded. ``asked`` replaces it."""
        drawn = secrets.randbelow(2**31) if asked is None else asked
        verb = "INSERT OR IGNORE" if asked is None else "INSERT OR REPLACE"
        with self._open() as database:
            database.execute(f"{verb} INTO seed VALUES (1, ?)", (drawn,))
            return int(database.execute("SELECT value FROM seed").fetchone()[0])

    def find(self, submission: Submission, conditions: Conditions) -> Verdict | None:
        """The verdict on this content under these conditions, as this student's; None if there is none."""
        with self._open() as database:
            row = database.execute(
                "SELECT json FROM verdict WHERE key = ?", (conditions.key(submission),)
            ).fetchone()
        if row is None:
            return None
        verdict = Verdict.from_json(json.loads(row[0]))
        return replace(verdict, student=submission.student, submission=submission.path)

    def keep(self, submission: Submission, verdict: Verdict, conditions: Conditions) -> None:
        """Write a verdict down, unless it says that the submission could not be graded."""
        if verdict.ungraded:
            return
        text = json.dumps(verdict.to_json())
        with self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO verdict VALUES (?, ?)", (conditions.key(submission), text)
            )


class Conditions:
    """All that verdicts of one run depend on, besides the submissions themselves."""

    def __init__(self, root: Path, seed: int, mode: SandboxMode) -> None:
        self.root = root
        self.seed = seed
        self.mode = mode
        self._suites: dict[str, str] = {}

    def key(self, submission: Submission) -> str:
        """One string for all that the verdict on a submission depends on."""
        if submission.exercise not in self._suites:
            self._suites[submission.exercise] = load(self.root, submission.exercise).suite_digest()
        facts = [
            submission.sha256,
            submission.problem,
            submission.exercise,
            self._suites[submission.exercise],
            __version__,
            _program_digest(),
            version("torch"),
            self.mode,
            self.seed,
        ]
        return hashlib.sha256(json.dumps(facts).encode("utf-8", "backslashreplace")).hexdigest()


@cache
def _program_digest() -> str:
    """A fingerprint of the program itself: between two versions, too, a mended judge judges anew."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def grade(
    root: Path,
    submissions: Sequence[Submission],
    ledger: Ledger,
    *,
    seed: int | None = None,
    jobs: int = 1,
    mode: SandboxMode = SandboxMode.FULL,
) -> Generator[Verdict]:
    """A verdict for each submission: from the ledger, or else from the judges and then kept in the ledger.

    ``seed`` replaces the ledger's, which makes everything new. Raises PoolError if judges can't start.
    """
    conditions = Conditions(root, ledger.seed(seed), mode)
    new: dict[str, list[Submission]] = {}
    for submission in submissions:
        known = ledger.find(submission, conditions)
        if known is not None:
            yield known
        else:
            new.setdefault(conditions.key(submission), []).append(submission)
    asked = {(alike[0].student, alike[0].exercise): alike for alike in new.values()}
    first = [alike[0] for alike in asked.values()]
    if not first:
        return
    with closing(pool.grade(root, first, seed=conditions.seed, jobs=jobs, mode=mode)) as verdicts:
        for verdict in verdicts:
            alike = asked[verdict.student, verdict.exercise]
            ledger.keep(alike[0], verdict, conditions)
            for submission in alike:
                yield replace(verdict, student=submission.student, submission=submission.path)
