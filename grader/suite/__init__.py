"""What the author of a hidden suite imports: ``from grader.suite import Calls, Traffic, catch, fill, same``.

The fixtures ``student``, ``reference``, ``seed`` and ``device``, and the markers ``points`` and ``needs``,
come from ``grader.suite.plugin``. What comes from ``probekit`` is for probes, and runs in the sandbox,
as does ``outside``: what a probe prepares on the CPU is not slowed by simulated CUDA ``with outside():``.
``same``, ``same_traffic`` and ``sent`` are for tests, and run in the judge.
"""

from grader.simcuda import outside
from grader.suite.compare import Mismatch, same
from grader.suite.matching import same_as, same_scenario
from grader.suite.rules import also_on_gpu, rules_for
from grader.suite.traffic import same_traffic
from grader.wire.case import CallCase, ModelCase, Scenario
from grader.wire.messages import as_sent_from, sent
from grader.words import listed
from grader.worker.observation import made
from grader.worker.probekit import Calls, Traffic, catch, fill, naming_what_stayed, stayed_behind

__all__ = [
    "CallCase",
    "Calls",
    "Mismatch",
    "ModelCase",
    "Scenario",
    "Traffic",
    "also_on_gpu",
    "as_sent_from",
    "catch",
    "fill",
    "listed",
    "made",
    "naming_what_stayed",
    "outside",
    "rules_for",
    "same",
    "same_as",
    "same_scenario",
    "same_traffic",
    "sent",
    "stayed_behind",
]
