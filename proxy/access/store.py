"""The access records: a queue that never blocks a request, written in batches to a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection

from proxy.access import store_exposure, store_in_use, store_prune, store_withheld
from proxy.access import store_work as work
from proxy.access.exposure import Exposure
from proxy.access.records import Access, WithheldReport
from proxy.access.store_in_use import InUse
from proxy.access.store_queue import QUEUE, Queue
from proxy.access.store_tables import prepare, prepare_engine
from proxy.access.store_trees import Tree
from proxy.access.store_words import NEVER, RESTAMP
from proxy.ledger.database import Database
from proxy.ledger.engine import PATIENCE, database_url, prepare_place
from quarantine.errors import PratiqueError
from quarantine.ranges import Subject

WRITE_AT = 1_000
"""Waiting records that are written without waiting for the next second."""

KNOWN_WORDS = 100_000
"""Words whose numbers are remembered; about 200 bytes each."""

KNOWN_TREES = 20_000
"""Trees that are known to be written; about 150 bytes each."""

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
        self.failing = False
        """Whether the last attempt to write failed; the records wait for the next."""
        self._database = database
        self._pause = pause
        self._queue = Queue(limit)
        self._lost = 0
        self._known: dict[str, tuple[int, datetime]] = {}
        self._known_trees: dict[bytes, datetime] = {}
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
            await database.set_up(prepare_engine)
            await database.write(partial(prepare, place=database.place))
        except BaseException:
            await database.close()
            raise
        return cls(database, limit, pause)

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """Records lost since the start: more came than could be written."""
        return self._queue.dropped + self._lost

    def note(self, access: Access) -> None:
        """Remember an access: at once, and without waiting for anything. It is written within about a second."""
        self._queue.put(access)
        self._hurry_up()

    def note_tree(self, access: Access, tree: Mapping[str, Sequence[str]]) -> None:
        """Remember an audit, and every version that it said is installed: likewise at once."""
        if not any(tree.values()):
            self.note(access)
            return
        noted = Tree.of(tree)
        if access.at - self._known_trees.get(noted.digest, NEVER) < RESTAMP:
            noted.content = None
        self._queue.put_audit(access, noted)
        self._hurry_up()

    def _hurry_up(self) -> None:
        # While writing fails only the next second tries again, or every request would.
        if self._queue.ready >= WRITE_AT and not self.failing:
            self._hurry.set()

    async def flush(self) -> None:
        """Write everything that waits. On LedgerFailed what was not written waits on."""
        async with self._writing:
            while self._queue.ready:
                await self._write_batch()

    async def _write_batch(self) -> None:
        batch = self._queue.take()
        try:
            # Shielded: the batch has left the queue, so a caller that gives up must not call it off.
            learned = await asyncio.shield(self._database.write(partial(work.add, batch=batch, known=self._known)))
        except PratiqueError:
            self._queue.put_back()
            raise
        finally:
            self._queue.done()
        self._lost += learned.lost
        if len(self._known) > KNOWN_WORDS:
            self._known = {}
        self._known.update(learned.words)
        if len(self._known_trees) > KNOWN_TREES:
            self._known_trees = {}
        self._known_trees.update(learned.trees)

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

    async def exposure(
        self, subject: Subject, since: datetime | None = None, until: datetime | None = None, limit: int = 10_000
    ) -> Exposure:
        """Who fetched these versions, and whose audits named them, from `since` on and before `until`; as far as it is written.

        No more than `limit` rows; the totals count all.
        """
        ask = partial(store_exposure.exposure, subject=subject, since=since, until=until, limit=limit)
        return await self._database.read(ask)

    async def withheld_since(
        self, since: datetime, until: datetime | None = None, concerns: Callable[[str], bool] = lambda package: True
    ) -> WithheldReport:
        """What was withheld from `since` on and before `until`, or would have been, and from whom; of packages that count."""
        return await self._database.read(partial(store_withheld.withheld_since, since=since, until=until, concerns=concerns))

    async def in_use(self, since: datetime) -> InUse:
        """Every version that was fetched, or named by an audit, from `since` on, and when last; as far as it is written."""
        return await self._database.read(partial(store_in_use.in_use, since=since))

    async def prune(self, before: datetime) -> int:
        """Delete records from before an instant that is past, with the addresses, names and trees only they had; how many."""
        deleted = 0
        for some in (store_prune.prune, store_prune.prune_audits):
            while count := await self._database.write(partial(some, before=before)):
                deleted += count
        while await self._forget(store_prune.prune_trees, before) or await self._forget(store_prune.prune_words, before):
            pass
        return deleted

    async def _forget(self, some: Callable[[Connection, datetime], int], before: datetime) -> int:
        """Delete some of what records are told with, unless they are being written; how many."""
        async with self._writing:
            count = await self._database.write(lambda connection: some(connection, before))
            if count:
                self._known, self._known_trees = {}, {}
        return count

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
