"""Who had a version: whatever was noted, the store says what one would gather from the records by hand."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.access.exposure import Exposed, ExposedVersion, ExposureRow, how_of
from proxy.access.records import KINDS, OUTCOMES, Access
from proxy.access.store import AccessLog
from quarantine.ranges import Subject
from tests.bench.access_records import SPAN, START, Company, subjects
from tests.proxy.access.stored import when_told

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FETCH = Access(T, "tarball", "chalk", "5.6.1", "served", "192.0.2.7", "npm/11.6.0", "ci", "builds")
AUDIT = Access(T, "audit", None, None, "served", "192.0.2.8", "npm/11.6.0", "install", "ann")

Tree = dict[str, list[str]]
Noted = tuple[Access, Tree | None]


async def write(log: AccessLog, noted: Sequence[Noted]) -> None:
    for access, tree in noted:
        if tree is None:
            log.note(access)
        else:
            log.note_tree(access, tree)
    await log.flush()


def by_hand(noted: Sequence[Noted], subject: Subject, since: datetime | None, until: datetime | None) -> list[ExposureRow]:
    """Every row, in no order."""
    rows = []
    for access, tree in noted:
        if (since is not None and access.at < since) or (until is not None and access.at >= until):
            continue
        versions = set(tree.get(subject.name, [])) if tree is not None else {access.version}
        if tree is None and access.package != subject.name:
            continue
        for version in versions:
            how = how_of(access.kind, access.outcome)
            if version is not None and how is not None and subject.covers(version):
                said = (access.client, access.credential, access.command, access.agent)
                rows.append(ExposureRow(access.at, how, version, *said))
    return rows


def who_by_hand(rows: Sequence[ExposureRow]) -> dict[tuple[str, str | None], tuple[Any, ...]]:
    theirs = defaultdict(list)
    for row in rows:
        if row.how in {"fetched", "installed"}:
            theirs[row.client, row.credential].append(row)
    return {
        key: (
            len(all_),
            min(row.at for row in all_),
            max(row.at for row in all_),
            sum(row.how == "fetched" for row in all_),
            {row.version for row in all_},
        )
        for key, all_ in theirs.items()
    }


def versions_by_hand(rows: Sequence[ExposureRow]) -> dict[str, ExposedVersion]:
    found = {}
    for version in {row.version for row in rows}:
        of_it = [row for row in rows if row.version == version]
        counts = {how: sum(row.how == how for row in of_it) for how in ("fetched", "installed", "withheld", "seen")}
        clients = {row.client for row in of_it if row.how in {"fetched", "installed"}}
        times = [row.at for row in of_it]
        found[version] = ExposedVersion(version, **counts, clients=len(clients), first=min(times), last=max(times))
    return found


async def same_as_by_hand(
    log: AccessLog,
    noted: Sequence[Noted],
    subject: Subject,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 10_000,
) -> int:
    """Compare; the number of rows there are."""
    found = await log.exposure(subject, since, until, limit)
    rows = by_hand(noted, subject, since, until)
    assert [row.at for row in found.rows] == sorted((row.at for row in rows), reverse=True)[:limit]
    assert found.truncated == (len(rows) > limit)
    if not found.truncated:
        assert sorted(map(repr, found.rows)) == sorted(map(repr, rows))
    assert not {repr(row) for row in found.rows} - {repr(row) for row in rows}
    who = {
        (each.client, each.credential): (each.count, each.first, each.last, each.fetched, set(each.versions))
        for each in found.who
    }
    assert who == who_by_hand(rows)
    assert all(each.count == each.fetched + each.installed for each in found.who)
    assert [each.last for each in found.who] == sorted((each.last for each in found.who), reverse=True)
    assert {each.version: each for each in found.versions} == versions_by_hand(rows)
    return len(rows)


examples = itertools.count()
instants = st.integers(0, 30).map(lambda n: T + n * HOUR)
versions = st.sampled_from(["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0", "3.0.0+build", "latest", ""])
packages = st.sampled_from(["chalk", "debug", "@acme/widget"])
texts = st.sampled_from(["a", "b", "c"])
callers = st.fixed_dictionaries(
    {"at": instants, "client": texts, "agent": texts, "command": st.none() | texts, "credential": st.none() | texts}
)
accesses = st.builds(
    lambda caller, **said: (Access(**said, **caller), None),
    callers,
    kind=st.sampled_from(KINDS),
    package=packages,
    version=st.none() | versions,
    outcome=st.sampled_from(OUTCOMES),
)
trees = st.dictionaries(packages, st.lists(versions, max_size=3), max_size=3)
audits = st.builds(
    lambda caller, outcome, tree: (Access(kind="audit", package=None, version=None, outcome=outcome, **caller), tree),
    callers,
    st.sampled_from(OUTCOMES),
    trees,
)
ranges = st.sampled_from(["", "@1.0.0", "@3.0.0+build", "@<2", "@>=1.1.0 <2 || 3", "@*", "@9.9.9", "@>9"])


def own(noted: Sequence[Noted], mark: str) -> list[Noted]:
    """The same about packages of one example alone, so that examples can share a log."""
    return [
        (
            replace(access, package=access.package and access.package + mark),
            None if tree is None else {name + mark: list(them) for name, them in tree.items()},
        )
        for access, tree in noted
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(accesses | audits, max_size=12), max_size=3),
    st.tuples(packages, ranges),
    st.none() | instants,
    st.none() | instants,
    st.sampled_from([1, 3, 10_000]),
)
async def test_the_store_says_what_the_records_say(
    log: AccessLog,
    batches: list[list[Noted]],
    asked: tuple[str, str],
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> None:
    mark = f"-{next(examples)}"
    mine = [own(batch, mark) for batch in batches]
    for batch in mine:
        await write(log, batch)
    await same_as_by_hand(log, list(itertools.chain(*mine)), Subject.parse(asked[0] + mark + asked[1]), since, until, limit)


async def test_a_company_in_small(tmp_path: Path) -> None:
    company = Company(records=50_000, clients=60, credentials=20, packages=600, projects=12, tree=150, audits=500)
    noted = list(company.stream())
    log = await AccessLog.open(tmp_path / "access.db", pause=when_told)
    await write(log, noted)
    assert log.dropped == 0
    asked = subjects(company)
    counts = {
        name: await same_as_by_hand(log, noted, subject, since)
        for name, subject in asked.items()
        for since in (START + SPAN / 2, None)
    }
    assert 0 < counts["a rare version"] < 50
    assert counts["all of the most popular package"] > 3_000
    await log.close()


async def test_what_counts_as_having_a_version(log: AccessLog) -> None:
    await write(
        log,
        [
            (FETCH, None),
            (replace(FETCH, at=T + HOUR, outcome="would-withhold", rules="age"), None),
            (replace(FETCH, kind="manifest", client="192.0.2.9"), None),
            (replace(FETCH, kind="packument", version=None, client="192.0.2.10"), None),
            (replace(FETCH, outcome="withheld", client="192.0.2.11"), None),
            (replace(FETCH, outcome="failed", client="192.0.2.12"), None),
            (replace(AUDIT, outcome="failed", at=T + 2 * HOUR), {"chalk": ["5.6.1", "4.1.2"], "debug": ["4.4.2"]}),
        ],
    )
    found = await log.exposure(Subject.parse("chalk@5.6.1"))
    assert [(row.how, row.client) for row in found.rows[:2]] == [("installed", "192.0.2.8"), ("fetched", "192.0.2.7")]
    assert sorted(row.how for row in found.rows) == ["fetched", "fetched", "installed", "seen", "withheld"]
    assert found.who == (
        Exposed("192.0.2.8", "ann", 1, T + 2 * HOUR, T + 2 * HOUR, 0, 1, ("5.6.1",)),
        Exposed("192.0.2.7", "builds", 2, T, T + HOUR, 2, 0, ("5.6.1",)),
    )
    assert found.versions == (ExposedVersion("5.6.1", 2, 1, 1, 1, clients=2, first=T, last=T + 2 * HOUR),)
    assert [each.version for each in (await log.exposure(Subject.parse("chalk"))).versions] == ["5.6.1", "4.1.2"]


async def test_totals_count_what_the_rows_leave_out(log: AccessLog) -> None:
    await write(log, [(replace(FETCH, at=T + n * HOUR), None) for n in range(9)])
    found = await log.exposure(Subject.parse("chalk"), limit=2)
    assert (len(found.rows), found.truncated, found.who[0].count, found.who[0].first) == (2, True, 9, T)
    assert not (await log.exposure(Subject.parse("chalk"), limit=9)).truncated


async def test_nothing_on_record(log: AccessLog) -> None:
    for text in ("chalk", "chalk@1.0.0", "chalk@<1"):
        found = await log.exposure(Subject.parse(text))
        assert (found.rows, found.who, found.versions, found.truncated) == ((), (), (), False)
