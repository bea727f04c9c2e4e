"""The cached stage for packuments: one look at the upstream for all who ask, fresh for a while, stale rather than nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from isal import igzip

from proxy.clock import TOLERANCE, TrustedTime
from proxy.ledger.errors import LedgerFailed
from proxy.npm.instants import parse_instant
from proxy.npm.packument import Piece, SplitPackument
from proxy.npm.split import BadDocument
from proxy.registry.doubt import in_doubt, missed, missed_key, pack, still_missed, unpack, with_missed, without_gone
from proxy.registry.errors import NotFound, UpstreamFailed
from proxy.registry.facts import Facts
from proxy.registry.flights import Flights
from proxy.registry.interface import Packument
from proxy.registry.memory import Memory
from proxy.registry.reading import Reader
from proxy.registry.stored_documents import document_key, identity_of, unpacked
from proxy.registry.troubles import Told, Trouble, Troubles
from proxy.registry.upstream import Fetched
from proxy.storage.blobs import BlobStore
from proxy.storage.errors import BlobTruncated, StorageError, StorageFailed
from quarantine.ledger import Ledger
from quarantine.package import PackageName
from quarantine.record import Absorbed, Look, PackageRecord, Source

log = structlog.get_logger()


MANY = 500
"""What is done for each of so many versions is done in a thread, so that others are answered meanwhile."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long an answer of the upstream counts."""

    fresh: timedelta = timedelta(minutes=5)
    stale: timedelta = timedelta(days=30)
    """How old a copy may be served while the upstream is down."""
    slow: float = 5.0
    """Seconds after which a stale copy is served while the upstream is still being asked."""
    negative: timedelta = timedelta(seconds=10)
    """How long "not found" and a failure are believed."""
    memory: int = 256 * 2**20


class Asked(Protocol):
    """Something that can be asked for a packument: the upstream."""

    async def look(self, name: PackageName, source: Source | None, *, past_caches: bool = False) -> Fetched:
        """See proxy.registry.upstream.Upstream."""
        ...


@dataclass(slots=True)
class Counts:
    """What the metrics show of this stage."""

    hits: int = 0
    misses: int = 0
    revalidated: int = 0
    stale: int = 0
    failed: int = 0
    rollbacks: int = 0
    damaged: int = 0
    altered: int = 0
    oldest_stale: float = 0.0
    """Age in seconds of the oldest copy that has been served while the upstream was down."""


class CachedPackuments:
    """Keeps the upstream's documents: parsed in memory, compressed in the blob store, their history in the ledger."""

    def __init__(
        self,
        upstream: Asked,
        ledger: Ledger,
        blobs: BlobStore,
        reader: Reader,
        time: TrustedTime,
        freshness: Freshness = Freshness(),
    ) -> None:
        self._upstream = upstream
        self._facts = Facts(ledger, time)
        self._blobs = blobs
        self._reader = reader
        self._time = time
        self._freshness = freshness
        self._memory: Memory[PackageName, Packument] = Memory(freshness.memory)
        self._looks: Flights[PackageName, Packument] = Flights()
        self._loads: Flights[PackageName, Packument | None] = Flights()
        self._troubles = Troubles(freshness.negative)
        self._writes: set[asyncio.Task[None]] = set()
        self._storing: dict[PackageName, asyncio.Task[None]] = {}
        """What of a package's last look is still being written, or was."""
        self.counts = Counts()

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """The document, no older than the freshness window, or than `newer_than` where that is given.

        Raises NotFound, UpstreamFailed or BadDocument only where there is no copy that may still be served.
        """
        copy = await self.known(name)
        now = self._time.now()
        if copy is not None and self._is_fresh(copy, now, newer_than):
            self.counts.hits += 1
            return copy
        trouble = self._troubles.counting(name, now)
        if trouble is not None:
            return self._stale(copy, trouble, now)
        past_caches = newer_than is not None or (copy is not None and in_doubt(copy))
        look = self._looks.start(name, lambda: self._look(name, copy, past_caches=past_caches))
        servable = copy is not None and self._is_servable(copy, now)
        try:
            async with asyncio.timeout(self._freshness.slow if servable else None):
                return await asyncio.shield(look)
        except (NotFound, UpstreamFailed, BadDocument, LedgerFailed) as error:
            # All who wait for the look get this one instance; each raises its own, and not while handling this.
            trouble = Told.of(error, now).error()
        except TimeoutError:
            trouble = UpstreamFailed("the upstream is slow")
        return self._stale(copy, trouble, now)

    def servable(self, copy: Packument) -> bool:
        """Whether a copy may be served now, though the upstream cannot be asked."""
        return not copy.record.gone and self._is_servable(copy, self._time.now())

    async def known(self, name: PackageName) -> Packument | None:
        """What is cached, however old; never asks the upstream."""
        held = self._memory.get(name)
        if held is not None:
            return held
        loaded = await self._loads.join(name, lambda: self._load(name))
        # A look may have ended meanwhile.
        return self._memory.get(name) or loaded

    def replace_record(self, name: PackageName, record: PackageRecord) -> None:
        """The ledger's record changed beside a look."""
        held = self._memory.get(name)
        if held is not None and _blob_of(held.record) == _blob_of(record):
            self._keep(Packument(held.document, record))
        else:
            # Another process has taken a newer document: a record goes with its own document only.
            self._memory.drop(name)

    def trouble(self, name: PackageName) -> Trouble | None:
        """What went wrong with the last look; None where nothing did, or where it is still under way."""
        return self._troubles.last(name)

    async def settle(self) -> None:
        """Wait until everything that was answered has also been written."""
        await asyncio.gather(*self._writes, return_exceptions=True)

    async def close(self) -> None:
        """End the looks under way and finish the writes."""
        await self._looks.close()
        await self._loads.close()
        await self.settle()

    def _is_fresh(self, copy: Packument, now: datetime, newer_than: datetime | None) -> bool:
        last = copy.record.last_look
        if copy.record.missing and copy.document.versions:
            # A look that showed nothing says little of the copy we still have; the next one decides.
            return timedelta(0) <= now - last < self._freshness.negative and (newer_than is None or last >= newer_than)
        # A look stamped ahead of our clock, while that was in doubt, does not say how long ago it was.
        return -TOLERANCE <= now - last < self._freshness.fresh and (newer_than is None or last >= newer_than)

    def _is_servable(self, copy: Packument, now: datetime) -> bool:
        return now - copy.record.last_look <= self._freshness.stale

    def _stale(self, copy: Packument | None, error: Trouble, now: datetime) -> Packument:
        # The record may have moved on since the copy was taken from memory.
        copy = (self._memory.get(copy.name) or copy) if copy is not None else None
        if copy is not None and copy.record.gone:
            raise NotFound(f"{copy.name} is no longer on the upstream registry")
        if copy is None or not self._is_servable(copy, now):
            raise error
        self.counts.stale += 1
        self.counts.oldest_stale = max(self.counts.oldest_stale, (now - copy.record.last_look).total_seconds())
        return Packument(copy.document, copy.record, stale=True)

    async def _look(self, name: PackageName, copy: Packument | None, *, past_caches: bool) -> Packument:
        self.counts.misses += 1
        try:
            # Only the whole document says whether what was missing is back: a 304 merely confirms.
            source = copy.record.source if copy is not None and not in_doubt(copy) else None
            fetched = await self._upstream.look(name, source, past_caches=past_caches)
            outcome = await self._take(name, copy, fetched)
        except NotFound as error:
            await self._vanished(name, copy)
            self._remember_trouble(name, error)
            raise
        except (UpstreamFailed, BadDocument, LedgerFailed) as error:
            self.counts.failed += 1
            self._remember_trouble(name, error)
            log.warning("look-failed", package=name, reason=str(error))
            raise
        self._troubles.drop(name)
        return outcome

    async def _take(self, name: PackageName, copy: Packument | None, fetched: Fetched) -> Packument:
        """Fold an answer into the ledger and keep its document."""
        at = fetched.asked_at
        if fetched.body is None:
            record = await self._facts.confirm(name, at) if copy is not None else None
            if copy is None or record is None:
                raise UpstreamFailed(f"the upstream answered 304 for {name}, of which nothing is stored")
            self.counts.revalidated += 1
            return await self._keep_current(copy.document, _blob_of(copy.record), record)
        key = document_key(fetched.body)
        before = _blob_of(copy.record) if copy is not None else None
        # A copy in doubt may hold more than its document lists.
        reusable = copy is not None and before == key and not in_doubt(copy)
        document = copy.document if copy is not None and reusable else await self._reader.split(fetched.body, name)
        source = Source(key, fetched.etag, fetched.last_modified)
        seen = document.seen() if len(document.versions) < MANY else await asyncio.to_thread(document.seen)
        look = Look(at, seen, document.tags, parse_instant(document.modified), source)
        absorbed = await self._facts.absorb(name, look)
        if absorbed.rollback:
            self.counts.rollbacks += 1
            log.warning("rollback-discarded", package=name, modified=document.modified)
            raise UpstreamFailed(f"the upstream's document of {name} is older than one it gave before")
        self._report(name, absorbed)
        entries = missed(document, copy.document, absorbed.record) if copy is not None else {}
        if _blob_of(absorbed.record) == key and (before != key or entries):
            self._storing[name] = task = self._write_behind(self._store(key, fetched.body, before, entries))
            task.add_done_callback(lambda done: self._storing.pop(name, None) if self._storing.get(name) is done else None)
        written = absorbed.record.source is not None
        # Without a pause since the ledger took it: the counters say already that the package has changed.
        return await self._keep_current(with_missed(document, entries), key if written else None, absorbed.record)

    async def _vanished(self, name: PackageName, copy: Packument | None) -> None:
        """A 404 for a package we know is a look that shows no version."""
        if copy is None or self._time.behind:
            return
        absorbed = await self._facts.absorb(name, Look(self._time.stamping(), {}))
        document = without_gone(copy.document, absorbed.record)
        await self._keep_current(document, _blob_of(copy.record), absorbed.record)
        log.warning("package-vanished", package=name)

    async def _load(self, name: PackageName) -> Packument | None:
        record = await self._facts.record(name)
        if record is None or record.source is None:
            return None
        blob = record.source.blob
        document = await self._reader.stored(identity_of(blob)) or await self._read_apart(name, blob)
        if document is None:
            return None
        copy = Packument(document, record)
        if in_doubt(copy):
            with suppress(StorageError):
                stored = await self._blobs.read(missed_key(blob))
                entries = still_missed(document, unpack(stored), record) if stored is not None else {}
                copy = Packument(await asyncio.to_thread(with_missed, document, entries), record)
        return self._memory.get(name) or self._keep(copy)

    async def _read_apart(self, name: PackageName, blob: str) -> SplitPackument | None:
        """The stored document, taken apart once more; damaged bytes are forgotten."""
        try:
            packed = await self._blobs.read(blob)
            if packed is None:
                return None
            body = await asyncio.to_thread(unpacked, packed, blob)
        except (BadDocument, BlobTruncated) as error:
            self.counts.damaged += 1
            log.error("damaged-blob", package=name, blob=blob, reason=str(error))
            with suppress(StorageError):
                await self._blobs.delete(blob)
            return None
        except StorageError as error:
            log.error("storage-failed", blob=blob, reason=str(error))
            return None
        try:
            return await self._reader.split(body, name)
        except BadDocument as error:
            # The bytes are the right ones, so it is the reading that failed: they stay.
            log.error("reading-failed", package=name, blob=blob, reason=str(error))
            return None

    async def _store(self, key: str, body: bytes, old: str | None, entries: Mapping[str, Piece]) -> None:
        """Write the document behind the answer: a crash before costs one more fetch, nothing else."""
        try:
            if entries:
                await self._blobs.put(missed_key(key), await asyncio.to_thread(pack, entries))
            if old == key:
                return
            await self._blobs.put(key, await asyncio.to_thread(igzip.compress, body, 2))
            if old is not None:
                await self._blobs.delete(old)
                await self._blobs.delete(missed_key(old))
                self._reader.forget(identity_of(old))
        except StorageFailed as error:
            log.error("storage-failed", blob=key, reason=str(error))

    async def _keep_current(self, document: SplitPackument, blob: str | None, record: PackageRecord) -> Packument:
        """Keep a document with the record that it belongs to; where another process has taken a newer one, that one."""
        if _blob_of(record) == blob:
            return self._keep(Packument(document, record))
        self._memory.drop(record.name)
        return await self.known(record.name) or Packument(document, record)

    def _write_behind(self, writing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(writing)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return task

    def _keep(self, packument: Packument) -> Packument:
        document, record = packument.document, packument.record
        weight = document.weight + 1000 * len(record.sightings) + 8000 * len(record.examinations)
        self._memory.put(packument.name, packument, weight)
        return packument

    def _remember_trouble(self, name: PackageName, error: Trouble) -> None:
        self._troubles.put(name, error, self._time.now())

    def _report(self, name: PackageName, absorbed: Absorbed) -> None:
        for version in absorbed.altered:
            self.counts.altered += 1
            log.error("integrity-changed", package=name, version=version)


def _blob_of(record: PackageRecord) -> str | None:
    """Where the document is kept that the record was last changed by."""
    return record.source.blob if record.source is not None else None
