"""The recorded outcomes: reading them, taking them anew on real CUDA, and writing them so that changes are readable.

`recording.json` holds ``recorded`` (a date, or null: written from documentation and source), ``note``, ``gpu``,
``versions`` and ``outcomes``, by name of snippet. An outcome that a recording could not take, for want of a second
GPU, keeps its expectation and says ``"recorded": false``.
"""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from grader.files import write_atomically
from tests.simcuda.outcome import run
from tests.simcuda.snippets import SNIPPETS, Snippet

PATH = Path(__file__).with_name("recording.json")


def read(path: Path = PATH) -> dict[str, Any]:
    """The recording; an empty one where there is no file."""
    if not path.exists():
        return {"recorded": None, "note": "", "versions": {}, "outcomes": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def write(recording: dict[str, Any], path: Path = PATH) -> None:
    """Writes one outcome per line, atomically."""
    lines = [f'  "{name}": {_line(outcome)}' for name, outcome in recording["outcomes"].items()]
    head = [f' "{key}": {_line(value)},' for key, value in recording.items() if key != "outcomes"]
    text = "\n".join(["{", *head, ' "outcomes": {', ",\n".join(lines), " }", "}", ""])
    write_atomically(path, text.encode())


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def record(
    earlier: dict[str, Any], count: int, *, observe: Callable[[Snippet], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A fresh recording with ``count`` GPUs; what needs more keeps its earlier outcome and says so."""
    observe = observe or (lambda snippet: run(snippet.function))
    outcomes = {}
    for name, snippet in SNIPPETS.items():
        if snippet.devices <= count:
            outcomes[name] = observe(snippet)
        elif name in earlier["outcomes"]:
            outcomes[name] = earlier["outcomes"][name] | {"recorded": False}
    missing = sum(not outcome.get("recorded", True) for outcome in outcomes.values())
    note = f"{len(outcomes) - missing} outcomes were recorded"
    if missing:
        note += f"; {missing} need a second GPU, and are as they were"
    return {
        "recorded": datetime.date.today().isoformat(),
        "note": note + ".",
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "versions": versions(),
        "outcomes": outcomes,
    }


def versions() -> dict[str, Any]:
    """Of torch, CUDA, cuDNN and the driver, as far as they can be told."""
    found: dict[str, Any] = {"torch": torch.__version__, "cuda": torch.version.cuda}
    if torch.backends.cudnn.is_available():
        found["cudnn"] = torch.backends.cudnn.version()
    driver = Path("/proc/driver/nvidia/version")
    if driver.exists():
        found["driver"] = driver.read_text().splitlines()[0]
    return found
