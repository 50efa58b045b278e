"""The grader's own modules in a worker: there for what the judge sends, and not for a submission to import.

Untrusted side. Whoever goes through frames still finds them; a line such as ``from grader import simcuda``,
which would reach the simulation's switches and counters, does not.
"""

from __future__ import annotations

import pickle
import sys
import types
from typing import Any

CELLS = "kata_cells"  # the name under which a notebook's module finds what runs its cells
_hidden: dict[str, types.ModuleType] = {}


def note() -> None:
    """Note which modules are the grader's, before any worker is forked: to look at all modules costs a worker
    the pages that they lie in.
    """
    _hidden.update({name: module for name, module in sys.modules.items() if f"{name}.".startswith("grader.")})
    sys.modules[CELLS] = _hidden["grader.worker.cells"]


def hide() -> None:
    """Take the grader's modules out of those that can be imported: ``None`` says that there is no grader."""
    for name in _hidden:
        sys.modules.pop(name, None)
    sys.modules["grader"] = None  # type: ignore[assignment]


def unpickle(sent: bytes) -> Any:
    """Return what the judge sent in pickle, which refers to the grader's modules."""
    sys.modules.update(_hidden)
    try:
        return pickle.loads(sent)
    finally:
        hide()
