"""The ledger in a database: each method is one hop into a database thread, and one transaction there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from proxy.ledger import work, work_inside
from proxy.ledger.database import Database
from proxy.ledger.engine import PATIENCE, database_url
from proxy.ledger.migrations import bring_up_to_date
from proxy.ledger.recent import Recent
from proxy.shared.counters import Counters
from quarantine.examination import Examination
from quarantine.ledger import InUse
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Absorbed, Look, Mismatch, PackageRecord
from quarantine.rewrite import Rewrite


class SqlLedger:
    """The sightings of one upstream origin, in a database that may hold those of others too.

    Several processes may have it open. Errors of the database come out as LedgerFailed; then nothing has changed.
    """

    def __init__(
        self, database: Database, origin: str, origin_id: int, counters: Counters | None = None, *, owner: bool = True
    ) -> None:
        self.origin = origin
        self.counters = counters
        """Told of every change of a package, where there are other processes that remember some."""
        self._id = origin_id
        self._database = database
        self._owner = owner
        self._recent = Recent()

    @classmethod
    async def open(
        cls, place: str | Path, origin: str, *, patience: timedelta = PATIENCE, counters: Counters | None = None
    ) -> SqlLedger:
        """Open a database (a URL as SQLAlchemy reads it, or the path of an SQLite file), made or migrated as needed.

        `patience` is how long one call waits for a lock of another process. Raises LedgerFailed (LedgerTooNew for the
        database of a later version), and NetworkFileSystem.
        """
        url = database_url(place)
        await asyncio.to_thread(bring_up_to_date, url)
        database = Database(url, patience)
        try:
            return cls(database, origin, await _number(database, origin), counters)
        except BaseException:
            await database.close()
            raise

    async def beside(self, origin: str) -> SqlLedger:
        """The ledger of another origin in the same database, by the same threads; usable until this one is closed."""
        return SqlLedger(self._database, origin, await _number(self._database, origin), self.counters, owner=False)

    @property
    def database(self) -> Database:
        """Where it keeps everything: for what lies in the same one (`SqlBook.beside`)."""
        return self._database

    @property
    def origin_id(self) -> int:
        """The number that stands for the origin there."""
        return self._id

    async def record(self, name: PackageName) -> PackageRecord | None:
        """Everything known of a package; None before its first sight."""
        known = self._recent.get(name)
        record = await self._database.read(partial(work.load, origin=self._id, name=name, known=known))
        return self._kept(record)

    async def absorb(self, name: PackageName, look: Look) -> Absorbed:
        """Fold a look into the record and keep the outcome."""
        # Which record is the latest is asked when it is this call's turn to write, not now.
        outcome = await self._database.write(
            lambda connection: work.fold(connection, self._id, name, look, self._recent.get(name)), self._telling(name)
        )
        self._kept(outcome.record)
        return outcome

    async def confirm(self, name: PackageName, at: datetime) -> PackageRecord | None:
        """Nothing changed upstream: only `last_look` moves, and never backwards."""
        record = await self._database.write(
            lambda connection: work.confirm(connection, self._id, name, at, self._recent.get(name)), self._telling(name)
        )
        return self._kept(record)

    async def remember_mismatch(self, name: PackageName, version: str, mismatch: Mismatch) -> PackageRecord | None:
        """Keep that bytes did not match; None when the package was never seen."""
        remember = partial(work.remember_mismatch, origin=self._id, name=name, version=version, mismatch=mismatch)
        return self._kept(await self._database.write(remember, self._telling(name)))

    async def examined(self, name: PackageName, version: str, examination: Examination) -> PackageRecord | None:
        """Keep the outcome of an examination; None when the package was never seen."""
        record = await self._database.write(
            lambda connection: work_inside.examined(connection, self._id, name, version, examination, self._recent.get(name)),
            self._telling(name),
        )
        return self._kept(record)

    async def unexamined(self, since: datetime, examiner: int, limit: int) -> Sequence[PackageVersion]:
        """Young versions of packages in use that nobody has looked into, the youngest first."""
        ask = partial(work_inside.unexamined, origin=self._id, since=since, examiner=examiner, limit=limit)
        return await self._database.read(ask)

    async def rewritten(self, name: PackageName, version: str, rewrite: Rewrite) -> PackageRecord | None:
        """Keep what became of a version's bytes, unless that is on record already; the record says which it is."""
        record = await self._database.write(
            lambda connection: work_inside.rewritten(connection, self._id, name, version, rewrite, self._recent.get(name)),
            self._telling(name),
        )
        return self._kept(record)

    async def rewrite_of(self, digest: str) -> Rewrite | None:
        """What became of the bytes with this digest, the same for every origin."""
        return await self._database.read(partial(work_inside.rewrite_of, digest=digest))

    async def asked(self, names: Collection[PackageName], at: datetime) -> None:
        """Clients asked for these packages; names never seen are passed over."""
        await self._database.write(partial(work.asked, origin=self._id, names=tuple(names), at=at))

    async def in_use(self, asked_since: datetime, limit: int) -> Sequence[InUse]:
        """Packages asked for since then, the one looked at longest ago first."""
        return await self._database.read(partial(work.in_use, origin=self._id, asked_since=asked_since, limit=limit))

    async def young(self, since: datetime) -> Sequence[PackageName]:
        """Packages with a version whose clock started since then, or a remembered mismatch."""
        return await self._database.read(partial(work.young, origin=self._id, since=since))

    async def last_entry(self) -> datetime | None:
        """The latest instant on record, for any origin in this database; a clock that is behind it is wrong."""
        return await self._database.read(work.last_entry)

    async def note(self, key: str) -> str | None:
        """A named text of the installation, the same for every origin."""
        return await self._database.read(partial(work.note, key=key))

    async def write_note(self, key: str, text: str) -> None:
        """Set such a text."""
        await self._database.write(partial(work.write_note, key=key, text=text))

    async def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Whether the holder now has the lease of this name, the same for every origin."""
        return await self._database.write(partial(work.lease, name=name, holder=holder, until=until, now=now))

    async def close(self) -> None:
        """Finish what is under way; the one that was opened, rather than got by `beside`, lets go of the database."""
        if self._owner:
            await self._database.close()

    def _telling(self, name: PackageName) -> Callable[[], None] | None:
        counters = self.counters
        return (lambda: counters.bump(counters.package_slot(name))) if counters is not None else None

    def _kept(self, record: PackageRecord | None) -> PackageRecord | None:
        if record is not None:
            self._recent.put(record)
        return record


async def _number(database: Database, origin: str) -> int:
    number = await database.read(partial(work.find_origin, origin=origin))
    return number if number is not None else await database.write(partial(work.add_origin, origin=origin))
