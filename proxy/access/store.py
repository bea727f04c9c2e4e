"""The access records: a queue that never blocks a request, written in batches to a database of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from proxy.access import store_work as work
from proxy.access.exposure import Exposure, gathered, row_of
from proxy.access.records import Access, Withheld
from proxy.access.store_tables import prepare
from proxy.ledger.database import Database
from proxy.ledger.engine import PATIENCE, database_url, prepare_place, use_write_ahead_log
from quarantine.errors import PratiqueError
from quarantine.ranges import Subject

QUEUE = 100_000
"""Accesses that may wait to be written; beyond it the oldest are dropped and counted."""

WRITE_AT = 1_000
"""Waiting accesses that are written without waiting for the next second."""

BATCH = 5_000
"""Accesses in one transaction."""

PRUNED_AT_ONCE = 5_000
"""Accesses deleted in one transaction, so that writing goes on in between."""

KNOWN_WORDS = 100_000
"""Words whose numbers are remembered; about 200 bytes each."""

EVERY = timedelta(seconds=1)

Pause = Callable[[asyncio.Event], Awaitable[None]]
"""Waits until it is time to write again; must return when the event is set."""

log = structlog.get_logger(__name__)


async def a_second(hurry: asyncio.Event) -> None:
    """The usual pause between writes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(EVERY.total_seconds()):
            await hurry.wait()


class AccessLog:
    """Accesses of one installation. All methods belong to the event loop that opened it."""

    def __init__(self, database: Database, limit: int = QUEUE, pause: Pause = a_second) -> None:
        self.dropped = 0
        """Accesses lost since the start: more came than could be written."""
        self.failing = False
        """Whether the last attempt to write failed; the accesses wait for the next."""
        self._database = database
        self._limit = limit
        self._pause = pause
        self._queue: deque[Access] = deque()
        self._under_way = 0
        self._known: dict[str, tuple[int, datetime]] = {}
        self._writing = asyncio.Lock()
        self._hurry = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._write_now_and_then(), name="access-log")

    @classmethod
    async def open(
        cls, place: str | Path, *, limit: int = QUEUE, pause: Pause = a_second, patience: timedelta = PATIENCE
    ) -> AccessLog:
        """Open a database (a URL, or the path of an SQLite file) and begin to write to it in the background.

        Raises LedgerFailed (LedgerTooNew for the database of a later version), and NetworkFileSystem.
        """
        url = database_url(place)
        await asyncio.to_thread(prepare_place, url)
        database = Database(url, patience)
        try:
            await database.set_up(use_write_ahead_log)
            await database.write(partial(prepare, place=database.place))
        except BaseException:
            await database.close()
            raise
        return cls(database, limit, pause)

    @property
    def waiting(self) -> int:
        """Accesses that are not written yet."""
        return len(self._queue) + self._under_way

    def note(self, access: Access) -> None:
        """Remember an access: at once, and without waiting for anything. It is written within about a second."""
        if self.waiting >= self._limit:
            self._drop()
        self._queue.append(access)
        # While writing fails only the next second tries again, or every request would.
        if len(self._queue) >= WRITE_AT and not self.failing:
            self._hurry.set()

    def _drop(self) -> None:
        self.dropped += 1
        # What is under way cannot be taken back: then the oldest behind it goes, or, when all is under way, nothing.
        if self._queue:
            self._queue.popleft()

    async def flush(self) -> None:
        """Write everything that waits. On LedgerFailed what was not written waits on."""
        async with self._writing:
            while self._queue:
                await self._write_batch()

    async def _write_batch(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        self._under_way = len(batch)
        try:
            # Shielded: the batch has left the queue, so a caller that gives up must not call it off.
            learned = await asyncio.shield(self._database.write(partial(work.add, batch=batch, known=self._known)))
        except PratiqueError:
            self._queue.extendleft(reversed(batch))
            raise
        finally:
            self._under_way = 0
        if len(self._known) > KNOWN_WORDS:
            self._known = {}
        self._known.update(learned)

    async def _write_now_and_then(self) -> None:
        while not self._closing:
            await self._pause(self._hurry)
            self._hurry.clear()
            try:
                await self.flush()
            except PratiqueError as error:
                if not self.failing:
                    log.warning("access records wait to be written", reason=str(error), waiting=self.waiting)
                self.failing = True
            else:
                if self.failing:
                    log.warning("access records are written again", dropped=self.dropped)
                self.failing = False

    async def who(
        self, package: str, version: str | None = None, since: datetime | None = None, limit: int = 1000
    ) -> list[Access]:
        """Written accesses to a package or one version of it, the latest first."""
        return await self._database.read(partial(work.who, package=package, version=version, since=since, limit=limit))

    def note_tree(self, access: Access, tree: Mapping[str, Sequence[str]]) -> None:
        """Remember an audit, and each version that it said is installed."""
        self.note(access)
        for package, versions in tree.items():
            for version in versions:
                self.note(replace(access, package=package, version=version))

    async def exposure(self, subject: Subject, since: datetime | None = None, limit: int = 10_000) -> Exposure:
        """Who fetched these versions, and who has reported them installed."""
        exact = subject.versions if subject.exact else None
        found = await self.who(subject.name, exact, since, limit)
        rows = (row_of(access) for access in found if access.version is not None and subject.covers(access.version))
        return gathered((row for row in rows if row is not None), truncated=len(found) == limit)

    async def withheld_since(self, since: datetime) -> list[Withheld]:
        """How often what was withheld since then, or would have been; the most frequent first."""
        return await self._database.read(partial(work.withheld_since, since=since))

    async def prune(self, before: datetime) -> int:
        """Delete accesses from before an instant that is past, with the addresses and names only they had; how many."""
        deleted = 0
        while count := await self._database.write(partial(work.prune, before=before, limit=PRUNED_AT_ONCE)):
            deleted += count
        async with self._writing:
            self._known = {}
            await self._database.write(partial(work.prune_words, before=before))
        return deleted

    async def close(self) -> None:
        """Write what waits and let go of the database, also when that fails; a second call does nothing."""
        if self._closing:
            return
        self._closing = True
        self._hurry.set()
        try:
            await self._task
            await self.flush()
        finally:
            await self._database.close()
