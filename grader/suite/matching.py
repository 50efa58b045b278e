"""``same_as`` and ``same_scenario``: hold what was observed of the student's code against the reference's.

Trusted side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from grader.sandbox.outcome import StudentError
from grader.suite.compare import Mismatch, same
from grader.suite.evidence import Observation
from grader.wire.case import Case, ModelCase, Scenario

CUT_OFF = "look for detach(), .data, .item() or torch.no_grad()"


def same_as(
    student: Any,
    reference: Any,
    case: Case,
    device: str = "cpu",
    *,
    hint: str = "",
    explain: Callable[[], str] = lambda: "",
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Raise Mismatch unless output and gradients of a case are the reference's; the output is compared first.

    Parameters that the student's model does not have count as zeros in the reference's: that they are
    missing is for another test. ``explain`` is asked for a hint where there is a difference and no
    ``hint``. ``rtol`` and ``atol`` are those of ``same``: for what rests on constants that were worked out
    in a lower precision.
    """
    close: dict[str, Any] = {"rtol": rtol, "atol": atol}
    got, want = student.observe(case, device), reference.observe(case, device)
    try:
        if isinstance(case, ModelCase):
            missing = tuple(name for name in want.gradients if name not in got.gradients)
            if missing:
                want = reference.observe(case, device, missing)
            cut_off = isinstance(got.output, torch.Tensor) and not got.output.requires_grad
            same(got.output, want.output, called=got.words, hint=CUT_OFF if cut_off else "", **close)
            _same_gradients(got, want, missing, close)
        else:
            same(got.output, want.output, called=got.words, **close)
    except Mismatch as mismatch:
        mismatch.hint = hint or explain() or mismatch.hint
        raise


def _same_gradients(
    got: Observation, want: Observation, missing: tuple[str, ...], close: dict[str, Any]
) -> None:
    """Say first where no gradient arrived; then compare those that did."""
    called = f"{got.words} and backward()"
    there = {name: gradient for name, gradient in want.gradients.items() if name not in missing}
    for name, gradient in there.items():
        if gradient is not None and got.gradients[name] is None:
            raise Mismatch(
                f"After {called}, the gradient of {name} is None; expected a tensor.",
                "on the way from there to the output, something is cut off from the graph (detach(), .data, "
                "no_grad()), frozen, or not used",
            )
    for name, gradient in there.items():
        what = f"the gradient of {name}"
        same({what: got.gradients[name]}, {what: gradient}, called=called, **close)


def same_scenario(
    student: Any,
    reference: Any,
    scenario: Scenario,
    device: str = "cpu",
    *,
    hint: str = "",
    explain: Callable[[], str] = lambda: "",
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Raise Mismatch unless the lines end as with the reference, and every look shows the same.

    Where the reference raises, an exception of that kind is expected, with any message. ``explain``,
    ``rtol`` and ``atol`` are those of ``same_as``.
    """
    try:
        _same_scenario(student, reference, scenario, device, hint, {"rtol": rtol, "atol": atol})
    except Mismatch as mismatch:
        mismatch.hint = mismatch.hint or explain()
        raise


def _same_scenario(
    student: Any, reference: Any, scenario: Scenario, device: str, hint: str, close: dict[str, Any]
) -> None:
    got, want = student.look(scenario, device), reference.look(scenario, device)
    lines = scenario.lines()
    _same_end(got["ended"], want["ended"], "; ".join(lines[: got["ran"] + 1]), hint)
    called = "; ".join(lines)
    for look in scenario.looks:
        found, right = got["seen"].get(look, {}), want["seen"].get(look, {})
        if "raised" in found or "raised" in right:
            end = {"raised": None, **found}, {"raised": None, **right}
            _same_end(*end, "; ".join([*lines, look]), hint)
        else:
            same(
                {look: found.get("value")},
                {look: right.get("value")},
                called=called,
                hint=hint,
                requires_grad=False,
                **close,
            )


def _same_end(got: dict[str, Any], want: dict[str, Any], called: str, hint: str) -> None:
    """Say how lines ended, if that is not how they should."""
    if want["raised"] is None:
        if got["raised"] is not None:
            error = StudentError.received({**got, "type": got["raised"]})
            if error.not_written:
                raise Mismatch(error.report(), hint)
            raise Mismatch(f"{called} raised {error}; expected no error.{error.where()}", hint)
    elif want["raised"] not in got.get("kinds", ()):
        ended = f"raised {got['raised']}: {got['message']}" if got["raised"] else "raised nothing"
        raise Mismatch(f"{called} {ended}; expected {want['raised']}.", hint)
