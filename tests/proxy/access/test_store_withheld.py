"""What was withheld lately, and from how many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proxy.access.records import Access, Withheld
from proxy.access.store import AccessLog

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE = Access(T, "tarball", "@acme/widget", "1.0.0", "withheld", "192.0.2.7", "npm/11.6.0", "ci", "builds", "age")


async def when_told(hurry: asyncio.Event) -> None:
    """A pause that only ends early."""
    await hurry.wait()


async def test_what_was_withheld_is_counted(tmp_path: Path) -> None:
    log = await AccessLog.open(tmp_path / "access.db", pause=when_told)
    for n in range(4):
        log.note(replace(ONE, at=T + n * SECOND, rules="scripts,age" if n else "age", client=f"192.0.2.{n % 3}"))
    log.note(replace(ONE, at=T + 9 * SECOND, outcome="would-withhold", credential="ann"))
    log.note(replace(ONE, kind="packument", package="new", version=None, credential=None, rules=""))
    log.note(replace(ONE, at=T + 9 * SECOND, outcome="served", credential="nobody-stopped-me"))
    log.note(replace(ONE, at=T - SECOND, credential="before"))
    await log.flush()
    report = await log.withheld_since(T)
    assert list(report) == [
        Withheld("@acme/widget", "1.0.0", "age,scripts", "withheld", 4, T + 3 * SECOND, clients=3, credentials=1),
        Withheld("@acme/widget", "1.0.0", "age", "would-withhold", 1, T + 9 * SECOND, clients=1, credentials=1),
        Withheld("new", None, "", "withheld", 1, T, clients=1, credentials=0),
    ]
    assert (report.versions, report.clients, report.credentials) == (1, 4, 2)
    early = await log.withheld_since(T, T + SECOND)
    assert [(each.package, each.count) for each in early] == [("@acme/widget", 1), ("new", 1)]
    assert (early.clients, early.credentials) == (2, 1)
    nothing = await log.withheld_since(T + 10 * SECOND)
    assert (nothing.rows, nothing.versions, nothing.clients, nothing.credentials) == ((), 0, 0, 0)
    await log.close()
