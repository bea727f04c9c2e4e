"""What the tests of this folder share: an upstream, one clock for everybody, and the address that clients are pointed at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.end_to_end.clients.client import Client
from tests.end_to_end.front import Front
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Published, Simulator

OPEN = {"hold": "0", "new_package_hold": "0"}
"""A quarantine that holds nothing: for lockfiles from the time before."""


class World:
    """The clock stands still until a test moves it; the upstream's goes with it, since the proxy compares the two."""

    def __init__(self, upstream: Simulator, front: Front, root: Path) -> None:
        self.clock = FakeClock()
        self.upstream = upstream
        self.root = root
        self._front = front
        upstream.now = self.clock.now()

    @property
    def url(self) -> str:
        """The registry as clients know it, the same for every proxy of this world."""
        return self._front.url

    def publish(self, name: str, version: str, *, days: float, **more: Any) -> Published:
        """A version that is that many days old."""
        return self.upstream.publish(name, version, at=self.clock.now() - timedelta(days=days), **more)

    def provision(self, client: Client) -> None:
        """What the client itself comes from, long published."""
        self.upstream.now = self.clock.now() - timedelta(days=400)
        client.provision(self.upstream)
        self.upstream.now = self.clock.now()

    def advance(self, **span: float) -> None:
        """Time passes, here and upstream (`days=7, minutes=1`)."""
        self.upstream.now = self.clock.advance(timedelta(**span))

    @asynccontextmanager
    async def proxy(self, data: str = "data", **sections: Any) -> AsyncIterator[Proxy]:
        """A proxy behind the address, with a data folder of that name: empty at first, what it was after a stop."""
        async with running_proxy(self.upstream.url, self.root / data, self.clock, **sections) as proxy:
            self._front.lead_to(proxy.url)
            yield proxy

    @asynccontextmanager
    async def looped(self, data: str = "looped", **sections: Any) -> AsyncIterator[Proxy]:
        """A proxy whose upstream is the address that leads to it."""
        async with running_proxy(self.url, self.root / data, self.clock, **sections) as proxy:
            self._front.lead_to(proxy.url)
            yield proxy
