"""Runs the cells of a notebook as one module, as forgivingly as a kernel would.

Untrusted side: it runs beside the student's code, and what calls it comes with the submission. In a kernel, a
cell that raises takes nothing else with it, cells may have been run in another order than they stand in,
and a training run takes as long as it takes. So statements are run one by one; what fails for want of a
name is tried again once the others have run; and what takes long is stopped.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from grader.worker import lacking

BUDGET = 6.0  # seconds for all statements; each gets half of what is left, but never less than LEAST
LEAST = 0.2
ROUNDS = 5
_DEFINITION = re.compile(r"^\s*(?:class|def)\s+(\w+)", re.MULTILINE)

Module = dict[str, Any]


class TooLong(BaseException):
    """Raised in a statement whose time is over; no ``except Exception`` of the student's stops it."""


@dataclass(frozen=True)
class Statement:
    """One top-level statement; of two that give a value to the same name, the one of higher ``rank`` wins."""

    rank: tuple[int, int]
    code: CodeType
    node: ast.stmt
    names: frozenset[str]


@dataclass(frozen=True)
class Failure:
    """Why ``names`` are missing. The statement is None where a whole cell could not be read."""

    statement: Statement | None
    names: frozenset[str]
    error: BaseException


def run_cells(module: Module, cells: list[tuple[str, str, bool]], wanted: list[str]) -> None:
    """Run ``cells`` in ``module``: triples of a name, its source, and whether it is an untouched stub.

    What an untouched stub defines gives way to any other definition, wherever that stands. A name that is
    missing afterwards, because the statement that defines it failed, raises that error when it is asked for.
    If none of the names in ``wanted`` is there, the error that is to blame is raised at once.
    """
    for ours in ("run_cells", "_cells", "_wanted"):  # of the call; from here on, the module is the student's
        module.pop(ours, None)
    statements, failures = _read(cells)
    failures += _Run(module).all(statements)
    if not failures:
        return
    wanted_there = [name for name in wanted if name in module]
    if wanted and not wanted_there:
        for failure in failures:
            if failure.names & {*wanted, "*"} or isinstance(failure.error, SyntaxError):
                raise failure.error
    module.setdefault("__getattr__", explain(str(module.get("__name__")), failures))


def _read(cells: list[tuple[str, str, bool]]) -> tuple[list[Statement], list[Failure]]:
    """The statements of all cells that can be read, and what is wrong with the others."""
    statements: list[Statement] = []
    failures: list[Failure] = []
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for name, source, untouched in cells:
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            read: list[Statement] = []
            for node in ast.parse(source, name).body:
                code = compile(ast.Module([node], []), name, "exec", flags, dont_inherit=True)
                flags |= code.co_flags & lacking.FUTURES  # as in a kernel, these hold for all that follows
                rank = (0 if untouched else 1, len(statements) + len(read))
                read.append(Statement(rank, code, node, frozenset(lacking.names_of(node))))
            statements += read
        except Exception as error:
            failures.append(Failure(None, frozenset(_DEFINITION.findall(source)), error))
    return statements, failures


class _Run:
    """One run of the statements in a module, with its time and who gave each name its value."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.spent = 0.0
        self.owner: dict[str, tuple[int, int]] = {}

    def all(self, statements: list[Statement]) -> list[Failure]:
        """Run the statements in order, then again those that wanted a name; what failed in the end."""
        failures = self.once(statements)
        for _ in range(ROUNDS):
            again = [f.statement for f in failures if isinstance(f.error, NameError) and f.statement]
            others = [f for f in failures if f.statement not in again]
            still = self.once(again)
            if len(still) == len(again):
                break
            failures = others + still
        return failures

    def once(self, statements: list[Statement]) -> list[Failure]:
        """Run each statement; what failed."""
        failures = []
        for statement in statements:
            error = self.run(statement)
            if error is not None:
                lacking.stand_in(statement.node, error, self.module)
                failures.append(Failure(statement, statement.names, error))
        return failures

    def run(self, statement: Statement) -> BaseException | None:
        """Run one statement within its time; what it raised."""
        before = dict(self.module)
        start = time.monotonic()
        raised: BaseException | None = None
        try:
            with _at_most(max(LEAST, (BUDGET - self.spent) / 2)):
                _execute(statement.code, self.module)
        except BaseException as error:
            raised = error
        self.spent += time.monotonic() - start
        for name, value in list(self.module.items()):
            if name in before and before[name] is value:
                continue
            if self.owner.get(name, statement.rank) > statement.rank:
                self.module[name] = before.get(name)
            else:
                self.owner[name] = statement.rank
        return raised


def _execute(code: CodeType, module: Module) -> None:
    """Run a statement; one with an ``await`` runs until something in it really has to wait."""
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, module)
        return
    with contextlib.suppress(StopIteration), contextlib.closing(eval(code, module)) as coroutine:
        coroutine.send(None)


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TooLong in what is done within, after so many seconds; without such a clock, never."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    armed = True

    def stop(*_: object) -> None:
        if armed:
            raise TooLong(f"stopped after {seconds:.1f} seconds")

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def explain(module: str, failures: Sequence[Failure | lacking.LeftOut]) -> Callable[[str], Any]:
    """A module's ``__getattr__``, which raises the error that a missing name is missing for."""
    traces = [failure.error.__traceback__ for failure in failures]

    def missing(name: str) -> Any:
        for failure, trace in zip(failures, traces, strict=True):
            if name in failure.names or ("*" in failure.names and not name.startswith("__")):
                raise failure.error.with_traceback(trace)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return missing
