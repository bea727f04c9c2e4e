"""The cached stages where other processes have the same ledger and the same store: what one has fetched, no other fetches again,
and what one has learned counts for all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any

from proxy.registry.cached import CachedPackuments
from proxy.registry.doubt import in_doubt
from proxy.registry.download import Download
from proxy.registry.errors import DownloadBroken
from proxy.registry.flights import Flights
from proxy.registry.interface import Manifest, Packument, Tarball
from proxy.registry.tarballs import CachedTarballs
from proxy.shared.claims import Claims
from proxy.shared.counters import Counters
from quarantine.package import PackageName

MOST_STAMPS = 200_000


class FetchedElsewhere(DownloadBroken):
    """Another worker has fetched the tarball meanwhile, so that it is in the store."""


class SharedPackuments(CachedPackuments):
    """Compares what it has in memory with the counters of changes, and looks only where nobody else does."""

    def __init__(self, *arguments: Any, counters: Counters, claims: Claims, origin: str) -> None:
        super().__init__(*arguments)
        self._counters = counters
        self._claims = claims
        self._origin = origin
        self._renewals: Flights[PackageName, None] = Flights()
        self._stamps: dict[PackageName, int] = {}
        """The counter as it was before what is in memory was last found to be what the ledger has."""

    async def known(self, name: PackageName) -> Packument | None:
        """What is cached, as the ledger has it now."""
        while (held := self._memory.get(name)) is not None and not self._is_current(held):
            await self._renewals.join(name, lambda: self._renew(name))
        return await super().known(name)

    def _is_current(self, held: Packument) -> bool:
        # What was seen while the clock is behind is in no ledger.
        stamp = self._stamps.get(held.name)
        return stamp == self._counters.read(self._counters.package_slot(held.name)) or held.record.source is None

    async def _renew(self, name: PackageName) -> None:
        """Compare what is in memory with the ledger; forget it where that has another document."""
        held = self._memory.get(name)
        stamp = self._counters.read(self._counters.package_slot(name))
        record = await self._facts.record(name)
        if held is None or self._memory.get(name) is not held:
            # A look of ours has ended meanwhile: whoever wants it current asks again.
            return
        if record is None or record.source != held.record.source:
            self._memory.drop(name)
            return
        fresh = Packument(held.document, record)
        if record.revision != held.record.revision and (in_doubt(held) or in_doubt(fresh)):
            self._memory.drop(name)
            return
        if len(self._stamps) > MOST_STAMPS:
            self._stamps.clear()
        self._stamps[name] = stamp
        if record.last_look != held.record.last_look or record.revision != held.record.revision:
            self._keep(fresh)

    async def close(self) -> None:
        await self._renewals.close()
        await super().close()

    async def _look(self, name: PackageName, copy: Packument | None, *, past_caches: bool) -> Packument:
        self._storing.pop(name, None)
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(self._claims.of(f"packument {self._origin} {name}"))
            if not first:
                known = await self.known(name)
                if known is not None and (copy is None or known.record.last_look > copy.record.last_look):
                    return known
            outcome = await super()._look(name, copy, past_caches=past_caches)
            storing = self._storing.pop(name, None)
            if storing is not None and not storing.done():
                # The next in turn looks into the store, where it may not be yet.
                self._write_behind(_afterwards(stack.pop_all(), [storing]))
            return outcome


class SharedTarballs(CachedTarballs):
    """Fetches only what nobody else is fetching."""

    def __init__(self, *arguments: Any, claims: Claims) -> None:
        super().__init__(*arguments)
        self._claims = claims

    async def tarball(self, manifest: Manifest) -> Tarball:
        """The bytes of a version, whoever fetched them."""
        try:
            return await super().tarball(manifest)
        except FetchedElsewhere:
            return await super().tarball(manifest)

    async def _own(self, download: Download, key: str, manifest: Manifest) -> None:
        instead = DownloadBroken(f"the download of {manifest.id} was ended")
        try:
            async with self._claims.of(f"tarball {key}") as first:
                if first or await self._blobs.stat(key) is None:
                    await super()._own(download, key, manifest)
                else:
                    instead = FetchedElsewhere(f"another worker has fetched {manifest.id}; ask again")
        finally:
            if self._downloads.get(key) is download:
                del self._downloads[key]
            # Where it has run, whoever waits has heard what came of it.
            download.left_to(instead)


async def _afterwards(stack: AsyncExitStack, writes: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.gather(*writes, return_exceptions=True)
    await stack.aclose()
