"""Two workers of one server in this process. They wait for no claims of each other: those are between processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from proxy.shared.counters import Counters
from proxy.shared.folder import RunFolder, counters_of
from proxy.wiring.place import among
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Simulator


@asynccontextmanager
async def two_workers(upstream: Simulator, home: Path, clock: FakeClock, **sections: Any) -> AsyncIterator[tuple[Proxy, Proxy]]:
    """Both, in front of one upstream."""
    folder = RunFolder.make(home)
    counters = Counters.create(counters_of(folder.path))
    try:
        with among(folder.path, 0, 2) as first, among(folder.path, 1, 2) as second:
            async with (
                running_proxy(upstream.url, home, clock, place=first, **sections) as one,
                running_proxy(upstream.url, home, clock, place=second, **sections) as two,
            ):
                yield one, two
    finally:
        counters.close()
        folder.remove()
