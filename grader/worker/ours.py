"""The grader's own modules in a worker: there for what the judge sends, and not for a submission to import.

Untrusted side. Whoever goes through frames still finds them; a line such as ``from grader import simcuda``,
which would reach the simulation's switches and counters, does not.
"""

from __future__ import annotations

import pickle
import sys
import types
from typing import Any

_hidden: dict[str, types.ModuleType] = {}


def hide() -> None:
    """Take the grader's modules out of those that can be imported: ``None`` says that there is none."""
    there = {name: module for name, module in sys.modules.items() if f"{name}.".startswith("grader.")}
    _hidden.update({name: module for name, module in there.items() if module is not None})
    sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type]


def unpickle(sent: bytes) -> Any:
    """Return what the judge sent in pickle, which refers to the grader's modules."""
    sys.modules.update(_hidden)
    try:
        return pickle.loads(sent)
    finally:
        hide()
