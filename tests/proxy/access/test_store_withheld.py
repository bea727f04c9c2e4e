"""What was withheld lately, and from how many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proxy.access.records import Access, Asker, Withheld
from proxy.access.store import AccessLog
from tests.proxy.access.stored import when_told

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE = Access(T, "tarball", "@acme/widget", "1.0.0", "withheld", "192.0.2.7", "npm/11.6.0", "ci", "builds", "age")


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
    assert report.who == (
        Asker("withheld", None, "builds", versions=1, count=4, latest=T + 3 * SECOND),
        Asker("would-withhold", None, "ann", versions=1, count=1, latest=T + 9 * SECOND),
        Asker("withheld", "192.0.2.7", None, versions=0, count=1, latest=T),
    )
    early = await log.withheld_since(T, T + SECOND)
    assert [(each.package, each.count) for each in early] == [("@acme/widget", 1), ("new", 1)]
    assert (early.clients, early.credentials) == (2, 1)
    nothing = await log.withheld_since(T + 10 * SECOND)
    assert (nothing.rows, nothing.versions, nothing.clients, nothing.credentials) == ((), 0, 0, 0)
    await log.close()


async def test_who_asked_is_counted_by_credential_or_else_by_address(tmp_path: Path) -> None:
    log = await AccessLog.open(tmp_path / "access.db", pause=when_told)
    observed = replace(ONE, outcome="would-withhold")
    for n in range(3):
        for version in ("1.0.0", "1.1.0"):
            log.note(replace(observed, version=version, client=f"192.0.2.{n}", at=T + n * SECOND))
    log.note(replace(observed, package="leaf", credential=None))
    log.note(replace(observed, package="leaf", credential=None, client="192.0.2.8"))
    log.note(replace(observed, credential="ann", rules="age,scripts"))
    await log.flush()
    assert (await log.withheld_since(T)).who == (
        Asker("would-withhold", None, "builds", versions=2, count=6, latest=T + 2 * SECOND),
        Asker("would-withhold", None, "ann", versions=1, count=1, latest=T),
        Asker("would-withhold", "192.0.2.7", None, versions=1, count=1, latest=T),
        Asker("would-withhold", "192.0.2.8", None, versions=1, count=1, latest=T),
    )
    some = await log.withheld_since(T, concerns=lambda package: package == "leaf")
    assert {each.package for each in some} == {"leaf"}
    assert (some.versions, some.clients, some.credentials) == (1, 2, 0)
    assert [each.client for each in some.who] == ["192.0.2.7", "192.0.2.8"]
    await log.close()
