"""An observation, as it arrived in the judge: what each stage showed, or why it showed nothing.

Trusted side. What is in it was gathered beside the student's code.
"""

from __future__ import annotations

from typing import Any

from grader.sandbox.outcome import NotData, SubmissionError, TimedOut
from grader.wire.case import CallCase, Case, ModelCase
from grader.worker.observation import stages_of

# The cases that are looked at in every way, since rules are asked of them. ``rules_for`` adds to it.
WHOLE: set[Case] = set()


class Observation:
    """What was seen of one case on one device. A field that was not shown raises the SubmissionError that
    came instead.
    """

    def __init__(self, case: Case, device: str, *, whole: bool) -> None:
        self.case = case
        self.device = device
        self.errors: dict[str, SubmissionError] = {}
        self.expected = stages_of(case, device, whole=whole)
        self._shown: dict[str, dict[str, Any]] = {}
        self._steps: dict[str, str] = {}

    def take(self, stage: str, evidence: Any, steps: str) -> None:
        """Take in what one stage showed. An error without a name is that of the first stage that was not
        shown.
        """
        if not stage:
            stage = next((name for name in self.expected if name not in self._steps), "")
        if isinstance(evidence, SubmissionError):
            evidence.called = evidence.called or steps
            self.errors[stage] = evidence
        elif isinstance(evidence, dict):
            self._shown[stage] = evidence
        else:
            self.errors[stage] = NotData("it was no answer to the question")
        self._steps[stage] = steps

    @property
    def timed_out(self) -> bool:
        """Whether one of the stages took too long."""
        return any(isinstance(error, TimedOut) for error in self.errors.values())

    def stage(self, name: str) -> dict[str, Any]:
        """Return the evidence of a stage; raises the SubmissionError that came instead."""
        if name in self._shown:
            return self._shown[name]
        raise self.errors.get(name) or self.first_error or NotData("it was not shown")

    def has(self, stage: str) -> bool:
        """Return whether a stage was shown."""
        return stage in self._shown

    @property
    def first_error(self) -> SubmissionError | None:
        """The first error that there was, or None."""
        return next(iter(self.errors.values()), None)

    def steps(self, stage: str) -> str:
        """Return what had been done by the end of a stage, as lines that one could type."""
        return self._steps.get(stage, "")

    @property
    def output(self) -> Any:
        """What the call returned."""
        return self.stage("run")["result" if isinstance(self.case, CallCase) else "output"]

    @property
    def after(self) -> dict[str, dict[str, Any]]:
        """After a call of a function: the tensors of the models that it was to change, by their names."""
        found = self.stage("run").get("after")
        return found if isinstance(found, dict) else {}

    @property
    def gradients(self) -> dict[str, Any]:
        """After the call and backward(): the gradients of the inputs, then of the parameters, by their
        names.
        """
        found = self.stage("run")["gradients"]
        return found if isinstance(found, dict) else {}

    @property
    def build(self) -> str:
        """The expression that makes the model; the call itself for a function."""
        return self.case.build if isinstance(self.case, ModelCase) else self.case.call

    @property
    def call(self) -> str:
        """The call, as an expression."""
        return self.case.call

    @property
    def words(self) -> str:
        """The call in the student's words, with the device."""
        if self.device == "cpu":
            return self.case.words
        if isinstance(self.case, CallCase):
            return f"{self.case.words}, on {self.device}"
        return f'{self.case.build}.to("{self.device}"){self.case.words.removeprefix(self.case.build)}'
