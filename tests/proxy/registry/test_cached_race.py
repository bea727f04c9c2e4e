"""Whoever is still looking into the ledger while a look ends finds what that look brought."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from proxy.clock import TrustedTime
from proxy.registry.cached import CachedPackuments
from proxy.registry.reading import Reader
from proxy.registry.upstream import Fetched
from proxy.storage.memory import MemoryBlobStore
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName
from quarantine.record import PackageRecord, Source
from tests.fakes.clock import FakeClock

LEFT_PAD = PackageName("left-pad")


class SlowSecond(MemoryLedger):
    """A ledger whose second reader waits, with what was true when it asked."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()

    async def record(self, name: PackageName) -> PackageRecord | None:
        self.reads += 1
        found = await super().record(name)
        if self.reads == 2:
            self.waiting.set()
            await self.go_on.wait()
        return found


class Held:
    """An upstream that answers when told."""

    def __init__(self) -> None:
        self.asked = 0
        self.began = asyncio.Event()
        self.answer = asyncio.Event()

    async def look(self, name: PackageName, source: Source | None, *, past_caches: bool = False) -> Fetched:
        self.asked += 1
        self.began.set()
        await self.answer.wait()
        return Fetched(b'{"name":"left-pad","versions":{}}', None, None, datetime.now(UTC))


async def test_a_look_that_ended_meanwhile_is_not_taken_again() -> None:
    upstream, ledger = Held(), SlowSecond()
    stage = CachedPackuments(upstream, ledger, MemoryBlobStore(), Reader(), TrustedTime(FakeClock()))
    first = asyncio.ensure_future(stage.packument(LEFT_PAD))
    await upstream.began.wait()
    second = asyncio.ensure_future(stage.packument(LEFT_PAD))
    await ledger.waiting.wait()
    upstream.answer.set()
    await first
    ledger.go_on.set()
    assert await second == await first
    assert upstream.asked == 1
    await stage.close()
