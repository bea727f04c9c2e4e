"""What the tests of the access log share."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path


async def when_told(hurry: asyncio.Event) -> None:
    """A pause that only ends early: nothing is written unless a test says so."""
    await hurry.wait()


def query(file: Path, statement: str) -> list[tuple[object, ...]]:
    """Look into the database beside the log."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()
