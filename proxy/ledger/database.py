"""A database in threads of its own: one that writes, a few that read; each piece of work is one transaction there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite

from proxy.ledger.engine import PATIENCE, READERS, engine_for, reading, shown, writing
from proxy.ledger.errors import LedgerFailed, explained

T = TypeVar("T")


class Database:
    """Runs work off the event loop, each piece whole or not at all.

    A caller that is cancelled stops waiting: a transaction that has begun is still carried through, else it is left.
    """

    def __init__(self, url: URL, patience: timedelta = PATIENCE) -> None:
        self.place = shown(url)
        self._engine = engine_for(url, patience)
        self._reading = reading(self._engine)
        self._writing = writing(self._engine)
        self._writer = ThreadPoolExecutor(1, "database-writer")
        self._readers = ThreadPoolExecutor(READERS, "database-reader")
        self._closed = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` makes of one unchanging state of the database."""
        return await self._run(self._readers, self._reading, "read", work)

    async def write(self, work: Callable[[Connection], T], after: Callable[[], None] | None = None) -> T:
        """Let `work` change the database: all of it is kept, on the return of this, or none when it raises.

        `after` is called once that is decided, before whoever waits goes on; also where nobody waits any more.
        """
        if after is None:
            return await self._run(self._writer, self._writing, "write", work)
        running = asyncio.ensure_future(self._run(self._writer, self._writing, "write", work))
        try:
            return await asyncio.shield(running)
        finally:
            if running.done():
                after()
            else:
                running.add_done_callback(lambda done: (done.cancelled() or done.exception(), after()))

    async def _run(self, threads: ThreadPoolExecutor, engine: Engine, verb: str, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with explained(verb, self.place), engine.begin() as connection:
                return work(connection)

        if self._closed:
            raise LedgerFailed(verb, self.place, "it has been closed", "open it again")
        return await asyncio.get_running_loop().run_in_executor(threads, transaction)

    async def set_up(self, work: Callable[[Engine], None]) -> None:
        """Let `work` prepare the engine outside of any transaction."""

        def prepared() -> None:
            with explained("prepare", self.place):
                work(self._engine)

        await asyncio.get_running_loop().run_in_executor(self._writer, prepared)

    async def close(self) -> None:
        """Wait for the work that was begun, then let go of every connection and thread; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._engine.dispose()


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, which both dialects have under the same names but SQLAlchemy's common one lacks."""
    return (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(table)
