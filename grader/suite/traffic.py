"""``same_traffic``: were as few tensors moved, and was the GPU waited for as seldom, as there is reason to?

Trusted side. The counts come from ``Traffic``, in the sandbox.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.suite.compare import Mismatch
from grader.words import times

# By what is counted: how to say it, and what to look for. The first one that is too high is said.
_WORDS = {
    "device_to_host": (
        "copied from the GPU to the CPU",
        'look for .cpu() and .to("cpu"), and for what needs a value in Python: .item(), .tolist(), '
        "float(), print, a test of values such as `if x.isnan().any():`, or a tensor as the index of a "
        "Python list",
    ),
    "host_to_device": (
        "copied from the CPU to the GPU",
        "something that was made on the CPU is moved in the call: torch.zeros(..., device=x.device), "
        "torch.zeros_like(x) and x.new_zeros(...) make it where x is, torch.tensor(..., device=...) copies "
        "it there, and a buffer moves with the model",
    ),
    "device_to_device": (
        "copied from one GPU to another",
        'look for .to(...) and .cuda(), and for a device that is not that of the model, such as "cuda", '
        "which is the first GPU",
    ),
    "synchronisations": (
        "waited for the GPU",
        "look for synchronize(), and for what can't go on without a value or a size that the GPU works out, "
        "such as .item(), print, `if x.isnan().any():`, nonzero() or x[x > 0]",
    ),
}


def same_traffic(
    counts: dict[str, int],
    expected: dict[str, int] | None = None,
    *,
    called: str,
    elsewhere: Sequence[str] = (),
) -> None:
    """Raise Mismatch if ``counts``, as ``Traffic.counts()`` gave them, are more than ``expected`` (nothing).

    ``called`` is what was called, in the student's words. ``elsewhere`` names tensors of the model that are
    on another device, if there are any: the message names them, too.
    """
    right = dict.fromkeys(_WORDS, 0) | (expected or {})
    too_many = [name for name in _WORDS if counts[name] > right[name]]
    if not too_many:
        return
    name = too_many[0]
    words, hint = _WORDS[name]
    found = f"{words} {times(counts[name])}"
    if too_many[:2] == ["device_to_host", "host_to_device"]:
        back = counts["host_to_device"]
        found = f"copied back and forth, {times(counts[name])} from the GPU to the CPU and {times(back)} back"
    stayed = f" These tensors of the model are somewhere else: {', '.join(elsewhere)}." if elsewhere else ""
    raise Mismatch(f"{called} {found}; expected {times(right[name])}.{stayed}", hint)
