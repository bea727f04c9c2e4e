"""A small npm registry for tests: real HTTP on loopback, with a clock, versions and faults that tests change.

async with Simulator() as upstream:
    upstream.publish("left-pad", "1.0.0")
    upstream.fault("/left-pad", Fault.status(503, times=2))
"""

from tests.fakes.simulator.answer import Answer
from tests.fakes.simulator.faults import Fault
from tests.fakes.simulator.gate import Gate
from tests.fakes.simulator.publishing import Published
from tests.fakes.simulator.recording import Recorded
from tests.fakes.simulator.simulator import Simulator
from tests.fakes.simulator.style import Style
from tests.fakes.simulator.tarball import build_tarball
from tests.fakes.simulator.where import Where, packument_of, tarball_of

__all__ = [
    "Answer",
    "Fault",
    "Gate",
    "Published",
    "Recorded",
    "Simulator",
    "Style",
    "Where",
    "build_tarball",
    "packument_of",
    "tarball_of",
]
