"""Threads that are started while a machine is simulated: their operators are looked at as well.

torch keeps its modes for each thread by itself, so a new one begins without.
"""

from __future__ import annotations

import threading
from typing import Any

from grader.simcuda.dispatch import Dispatch
from grader.simcuda.machine import current

_bootstrap: Any = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]


def _looked_at(thread: threading.Thread) -> None:
    """What a new thread does, from its beginning to its end.

    Not ``run``, which classes of their own override.
    """
    machine = current()
    if machine is None:
        _bootstrap(thread)
        return
    with Dispatch(machine):
        _bootstrap(thread)


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    return [(threading.Thread, "_bootstrap_inner", _looked_at)]
