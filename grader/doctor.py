"""``kata doctor``: which walls stand between students' code and this machine, tried with a worker of our own.

Nothing is concluded from versions where it can be tried: the sandbox is started as for a class, and a
submission that is ours tries what must not work.
"""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.errors import KataError
from grader.exercise import find_root
from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import SubmissionError
from grader.sandbox.system import landlock_version, missing
from grader.wire.commands import Limits

_SECONDS = 30.0
_MOST = 8  # threads and folders for what tries: what is counted is soon used up
_TRIES = """
import os, socket, threading

def refused(attempt):
    try:
        attempt()
    except (OSError, RuntimeError, MemoryError):
        return True
    return False

def how_many(make):
    made = 0
    while made < 1000 and not refused(make):
        made += 1
    return made

def make_folder():
    os.mkdir(f"folder{len(os.listdir())}")

def make_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def tries(root, most):
    counts = how_many(make_thread) == most - 1 and how_many(make_folder) == most
    return {
        "counts": counts,
        "files": refused(lambda: os.listdir(root)) and refused(lambda: open("../x", "w")),
        "calls": refused(lambda: socket.socket()) and refused(os.fork),
        "limits": refused(lambda: bytearray(1 << 36)),
        "nothing inherited": len(os.environ) < 6 and refused(lambda: os.fstat(4)),
        "session": os.getsid(0) == os.getpid(),
    }
"""


@dataclass(frozen=True)
class Wall:
    """One wall: what it is made of, what it keeps, and what to do where it is not there."""

    name: str
    keeps: str
    cure: str


WALLS = {
    "files": Wall(
        "Landlock, for files",
        "students' code reads Python and its packages, and writes in a folder of its own",
        "It takes Linux 5.13 or later with `landlock` in /sys/kernel/security/lsm (else add it to lsm= on "
        "the kernel's command line), and a container whose profile lets landlock_* calls through.",
    ),
    "calls": Wall(
        "seccomp",
        "no network, no processes, no signals to others",
        "Install the system's libseccomp2; a container's profile has to let seccomp() through.",
    ),
    "counts": Wall(
        "counts of threads and files",
        "nobody takes all threads or the whole disk, not even as root",
        "They take Linux 5.7 or later, libseccomp 2.5 or later, and a /proc that shows one's own processes "
        "(mounted without hidepid).",
    ),
    "limits": Wall(
        "limits on time, memory and the size of files",
        "nobody takes all memory",
        "Every Linux has them; macOS keeps some of them only.",
    ),
    "nothing inherited": Wall(
        "an empty environment, and no open files",
        "no secret of the judge's is handed on",
        "This is a defect: please report it.",
    ),
    "session": Wall(
        "a session of its own",
        "students' code can't reach your terminal, and ends with the grader",
        "This is a defect: please report it.",
    ),
}


@dataclass(frozen=True)
class Examination:
    """What was found: facts, and for each wall whether it held; ``problem`` if none could be tried."""

    facts: dict[str, str]
    holds: dict[str, bool]
    problem: str

    @property
    def full(self) -> bool:
        """Whether others' code can be graded here."""
        return not self.problem and all(self.holds.values())

    def lines(self) -> list[str]:
        """The report, for people."""
        lines = [f"{name:12}{value}" for name, value in self.facts.items()]
        lines.append("")
        for name, wall in WALLS.items():
            state = "not tried" if name not in self.holds else "holds" if self.holds[name] else "MISSING"
            lines.append(f"{state:12}{wall.name}: {wall.keeps}")
            if not self.holds.get(name, not self.problem):
                lines.append(f"{'':12}{wall.cure}")
        lines.append("")
        if self.problem:
            lines.append(self.problem)
        if self.full:
            lines.append("The sandbox is full: others' code can be graded here.")
        else:
            lines.append(
                "The sandbox is not full: `kata grade` refuses others' code, unless told --sandbox=reduced. "
                "Practice on your own code needs none. See docs/sandbox.md."
            )
        return lines


def examine() -> Examination:
    """Look at this machine, and try every wall on it."""
    facts = _facts()
    if lacking := missing():
        return Examination(facts, {}, f"This system lacks {' and '.join(lacking)}.")
    try:
        return Examination(facts, _try_walls(), "")
    except (KataError, SubmissionError) as error:
        return Examination(facts, {}, f"The sandbox was started, and failed: {error}")


def _facts() -> dict[str, str]:
    import torch

    gpu = (
        torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none seen; CUDA is simulated anyway"
    )
    return {
        "Python": platform.python_version(),
        "torch": str(torch.__version__),
        "kernel": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "GPU": gpu,
        "Landlock": f"version {version}" if (version := landlock_version()) else "none",
        "user": "root" if hasattr(os, "getuid") and os.getuid() == 0 else "not root",
    }


def _try_walls() -> dict[str, bool]:
    """Let a submission try each wall. Raises KataError or SubmissionError if it can't even do that."""
    import cloudpickle

    with tempfile.TemporaryDirectory() as empty:
        try:
            root = find_root()
        except KataError:  # an installed package: there are no suites to hide
            root = Path(empty)
        with Sandbox(root, limits=Limits(threads=_MOST, entries=_MOST)) as sandbox:
            worker = sandbox.worker()
            worker.load("tries.py", {"tries.py": _TRIES.encode()}, _SECONDS)
            probe = cloudpickle.dumps(lambda module, root, most: module.tries(root, most))
            found = worker.run(probe, cloudpickle.dumps((str(root), _MOST)), 0, _SECONDS)
            worker.close()
    return {name: found.get(name) is True for name in WALLS}
