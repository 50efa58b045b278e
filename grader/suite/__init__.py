"""What the author of a hidden suite imports: ``from grader.suite import Calls, Traffic, catch, fill, same``.

The fixtures ``student``, ``reference``, ``seed`` and ``device``, and the markers ``points`` and ``needs``,
come from ``grader.suite.plugin``. ``fill``, ``catch``, ``Calls`` and ``Traffic`` are for probes, and run in
the sandbox; ``same`` and ``sent`` are for tests, and run in the judge.
"""

from grader.sandbox.probekit import Calls, Traffic, catch, fill
from grader.suite.compare import same
from grader.wire import sent

__all__ = ["Calls", "Traffic", "catch", "fill", "same", "sent"]
