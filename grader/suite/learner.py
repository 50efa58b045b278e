"""What a learner's own pytest shows: what to write first in place of tracebacks, and no frames of ours.

Runs in the learner's process; ``suite.plugin`` registers it. A test that meets what the stub left to write
counts as failed, so that the exit code is 1, but has a short line in a summary at the end. All other
failures are shown as pytest shows them, without frames of this program and of ``nn.Module.__call__``.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_KIND = "not written"  # the outcome, as pytest counts it in its last line
_OURS = ("grader.", "torch.nn.modules.module")  # the latter is between each model(x) and forward(x)
_NAME = re.compile(r"([\w.]+): ")


class Task(NamedTuple):
    """Something that is not written yet: the file, the line, and the stub's words."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"

    @property
    def name(self) -> str:
        """The function that is to be written, if the words begin with it."""
        found = _NAME.match(self.says)
        return found[1] if found else self.says


def is_exercise(path: Path) -> bool:
    """Whether a test file is one of a learner's: ``exercises/03_modulelist/test_modulelist.py``."""
    return path.parent.parent.name == "exercises"


def pytest_configure(config: pytest.Config) -> None:
    """Leave out pytest's own heading where only exercises are run, unless it is asked for with ``-v``."""
    paths = [Path(config.invocation_params.dir, argument.partition("::")[0]) for argument in config.args]
    if config.option.verbose == 0 and paths and all("exercises" in path.parts for path in paths):
        config.option.no_header = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note in a report what is not written; keep frames that tell nothing out of the others."""
    if call.excinfo is None or not is_exercise(item.path):
        return (yield)
    task = _unwritten(item, call.excinfo)
    with _frames_hidden(call.excinfo.value):
        report = yield
    if task is not None:
        report.longrepr = f"{task.file}:{task.line}: NotImplementedError: {task.says}"
        report.kata_task = task  # type: ignore[attr-defined]
    return report


def _unwritten(item: pytest.Item, raised: pytest.ExceptionInfo[BaseException]) -> Task | None:
    """What the learner's file raised NotImplementedError for; None for everything else that was raised."""
    last = raised.traceback[-1]
    place = Path(last.path)
    theirs = place.parent == item.path.parent and place != item.path
    if not theirs or not isinstance(raised.value, NotImplementedError):
        return None
    with contextlib.suppress(ValueError):
        place = place.relative_to(item.config.invocation_params.dir)
    return Task(str(place), last.lineno + 1, " ".join(str(raised.value).split()))


@contextlib.contextmanager
def _frames_hidden(error: BaseException) -> Iterator[None]:
    """Have pytest leave out frames of these modules, by its own convention: a name in each of them."""
    modules = [names for names in _modules(error) if str(names.get("__name__")).startswith(_OURS)]
    for names in modules:
        names["__tracebackhide__"] = True
    try:
        yield
    finally:
        for names in modules:
            names.pop("__tracebackhide__", None)


def _modules(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The names of each module that an exception, or one that it came from, passed through."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        trace = error.__traceback__
        while trace is not None:
            yield trace.tb_frame.f_globals
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Count what is not written by itself, and so keep it out of pytest's list of failures."""
    if not hasattr(report, "kata_task"):
        return None
    return _KIND, "F", ("NOT WRITTEN", {"yellow": True})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what to write first, and in a line each, what else there is; once, however many tests met it."""
    files: dict[str, Counter[Task]] = {}
    for report in terminalreporter.stats.get(_KIND, []):
        task = Task(*report.kata_task)
        files.setdefault(task.file, Counter())[task] += 1
    if not files:
        return
    first_of_all = not terminalreporter.stats.get("failed")
    terminalreporter.write_sep("=", "what to write first" if first_of_all else "not written yet")
    for tasks in files.values():
        first, *others = sorted(tasks, key=lambda task: task.line)
        width = max(terminalreporter._tw.fullwidth, 40)
        for line in textwrap.wrap(str(first), width, subsequent_indent="  ", break_on_hyphens=False):
            terminalreporter.write_line(line, bold=True)
        terminalreporter.write_line(f"  {_wait(tasks[first])} for this.")
        for task in others:
            terminalreporter.write_line(
                f"  Also: {task.name}, line {task.line}. {_wait(tasks[task])} for it."
            )


def _wait(count: int) -> str:
    return "1 test waits" if count == 1 else f"{count} tests wait"
