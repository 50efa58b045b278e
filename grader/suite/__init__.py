"""What the author of a hidden suite imports: ``from grader.suite import Calls, Traffic, catch, fill, same``.

The fixtures ``student``, ``reference``, ``seed`` and ``device``, and the markers ``points`` and ``needs``,
come from ``grader.suite.plugin``. What comes from ``probekit`` is for probes, and runs in the sandbox,
as does ``outside``: what a probe prepares on the CPU is not slowed by simulated CUDA ``with outside():``.
``same``, ``same_traffic`` and ``sent`` are for tests, and run in the judge.
"""

from grader.simcuda import outside
from grader.suite.compare import same
from grader.suite.traffic import same_traffic
from grader.wire.messages import sent
from grader.worker.probekit import Calls, Traffic, catch, fill, naming_what_stayed, stayed_behind

__all__ = [
    "Calls",
    "Traffic",
    "catch",
    "fill",
    "naming_what_stayed",
    "outside",
    "same",
    "same_traffic",
    "sent",
    "stayed_behind",
]
