"""What compares the bytes of versions."""

from __future__ import annotations

from contextlib import AsyncExitStack

from proxy.registry.comparing import CAPS, Comparing
from proxy.shared.confined import Bounds, Confined

MEMORY = 2**30
"""Bytes that a comparison may take: two archives, their texts as rows, and what is told of them."""

IDLE = 120.0
"""Seconds for which the process waits for another comparison."""


def open_comparing(stack: AsyncExitStack) -> Comparing:
    """In a process that there is only while somebody reads; `stack` ends it."""
    confined = Confined(Bounds(MEMORY, mapped=2 * CAPS.unpacked, nice=10, idle=IDLE))
    stack.callback(confined.close)
    return Comparing(confined)
