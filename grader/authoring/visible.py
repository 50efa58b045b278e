"""Visible tests, run as a learner would: on the reference and the stub, and on every answer of the bank.

Trusted side; the answers are ours. Importing torch and pytest takes seconds, so one process imports them and
forks for each answer.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from grader.exercise import Exercise

_LIMIT = 60  # seconds for all visible tests on one answer
_REPORT = "report.xml"
Failures = dict[str, str]  # by test, the first line of what failed; empty where it passed


def run(
    exercise: Exercise, answers: Mapping[str, str], *, until_one_fails: bool = False
) -> dict[str, Failures]:
    """Run the visible tests of an exercise on answers; returns what came of each, by its name.

    Of an answer that ended pytest itself, or took too long, there is nothing but the failure ``pytest``.
    """
    with tempfile.TemporaryDirectory(prefix="kata-") as temporary:
        folders = {}
        for number, (name, text) in enumerate(answers.items()):
            # Below a folder of this name, the plugin knows a learner's module.
            folders[name] = Path(temporary) / str(number) / "exercises" / exercise.name
            folders[name].mkdir(parents=True)
            shutil.copy(exercise.visible_tests, folders[name])
            (folders[name] / exercise.filename).write_text(text, encoding="utf-8")
        options = ["-x"] if until_one_fails else []
        command = [sys.executable, "-m", "grader.authoring.visible", *options, *map(str, folders.values())]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=_LIMIT * len(answers))
        return {name: _read(folder / _REPORT) for name, folder in folders.items()}


def _read(report: Path) -> Failures:
    if not report.exists():
        return {"pytest": "it ended, or took too long"}
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = [child for kind in ("failure", "error") for child in case.findall(kind)]
        message = bad[0].get("message") or "it failed" if bad else ""
        found[case.get("name", "?")] = message.splitlines()[0] if message else ""
    return found


def main(arguments: list[str]) -> None:
    """Run pytest in each folder, in a fork of this process; options are pytest's."""
    import pytest

    from grader import simcuda

    simcuda.install()
    options = [argument for argument in arguments if argument.startswith("-")]
    for folder in arguments[len(options) :]:
        child = os.fork()
        if child == 0:
            signal.alarm(_LIMIT)
            os.chdir(folder)
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            code = pytest.main(
                ["-q", "-c", os.devnull, "--rootdir", folder, "-p", "no:cacheprovider",
                 "-p", "grader.suite.plugin", f"--junitxml={_REPORT}", *options, folder]
            )  # fmt: skip
            os._exit(code)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
