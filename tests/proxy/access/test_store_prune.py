"""What goes when its time is over: records, and the words and trees that only they had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proxy.access.records import Access
from proxy.access.store import AccessLog
from proxy.access.store_prune import PRUNED_AT_ONCE, TREES_AT_ONCE
from proxy.access.store_words import RESTAMP
from quarantine.ranges import Subject
from tests.proxy.access.stored import query, when_told

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = Access(T, "tarball", "@acme/widget", "1.0.0", "served", "192.0.2.7", "npm/11.6.0 node/v24", "ci", "builds")
AUDIT = Access(T, "audit", None, None, "served", "192.0.2.8", "npm/11.6.0", "install", "ann")
TREES = ("audits", "trees", "tree_parts", "parts", "part_members", "members")


def at(seconds: float, **changes: object) -> Access:
    return replace(ONE, at=T + timedelta(seconds=seconds), **changes)  # type: ignore[arg-type]


def counts(file: Path) -> dict[str, object]:
    return {table: query(file, f"SELECT count(*) FROM {table}")[0][0] for table in TREES}


async def test_pruning_removes_old_accesses_and_the_words_only_they_had(log: AccessLog, file: Path) -> None:
    old = [at(n, client=f"198.51.100.{n}", credential="gone") for n in range(9)]
    for access in [*old, at(30 * 86_400)]:
        log.note(access)
    await log.flush()
    assert await log.prune(T + 29 * DAY) == 9
    assert await log.prune(T + 29 * DAY) == 0
    assert await log.who("@acme/widget") == [at(30 * 86_400)]
    assert query(file, "SELECT text FROM words WHERE text LIKE '198%' OR text = 'gone'") == []
    log.note(old[0])
    await log.flush()
    assert await log.who("@acme/widget") == [at(30 * 86_400), old[0]]


async def test_a_word_in_use_outlives_pruning_by_another_process(log: AccessLog, file: Path) -> None:
    other = await AccessLog.open(file, pause=when_told)
    days = [at(86_400 * n / 2) for n in range(60)]
    for access in days:
        log.note(access)
        await log.flush()
        assert await other.prune(access.at - RESTAMP / 4) <= 1
    assert await log.who("@acme/widget") == [days[-1]]
    await other.close()


async def test_trees_that_no_kept_audit_points_at_go(log: AccessLog, file: Path) -> None:
    gone = {f"package-{n}": ["1.0.0"] for n in range(200)}
    kept = gone | {"package-7": ["2.0.0"], "chalk": ["5.6.1"]}
    for day in range(3):
        log.note_tree(replace(AUDIT, at=T + day * DAY), gone)
    log.note_tree(replace(AUDIT, at=T + 30 * DAY), kept)
    await log.flush()
    before = counts(file)
    assert (before["trees"], before["audits"], before["members"]) == (2, 4, 202)
    assert await log.prune(T + 10 * DAY) == 3
    after = counts(file)
    assert (after["trees"], after["audits"], after["members"], after["part_members"]) == (1, 1, 201, 201)
    assert after["tree_parts"] == after["parts"]
    assert (await log.exposure(Subject.parse("package-7@1.0.0"))).rows == ()
    assert len((await log.exposure(Subject.parse("package-8@1.0.0"))).rows) == 1
    assert await log.prune(T + 60 * DAY) == 1
    assert counts(file) == dict.fromkeys(TREES, 0)
    log.note_tree(replace(AUDIT, at=T + 61 * DAY), gone)
    await log.flush()
    assert len((await log.exposure(Subject.parse("package-7"))).rows) == 1


async def test_pruning_goes_in_steps(log: AccessLog, file: Path) -> None:
    for n in range(PRUNED_AT_ONCE + 1):
        log.note(at(n / 1000, client=f"c{n}"))
    for n in range(2 * TREES_AT_ONCE + 1):
        log.note_tree(replace(AUDIT, at=T), {"chalk": [f"1.0.{n}"]})
    await log.flush()
    assert await log.prune(T + 10 * DAY) == PRUNED_AT_ONCE + 1 + 2 * TREES_AT_ONCE + 1
    assert counts(file) == dict.fromkeys(TREES, 0)
    assert query(file, "SELECT count(*) FROM words") == [(0,)]


async def test_a_tree_in_use_outlives_pruning_by_another_process(log: AccessLog, file: Path) -> None:
    other = await AccessLog.open(file, pause=when_told)
    for n in range(60):
        now = T + n * DAY / 2
        log.note_tree(replace(AUDIT, at=now), {"chalk": ["5.6.1"]})
        await log.flush()
        assert await other.prune(now - RESTAMP / 4) <= 1
    [row] = (await log.exposure(Subject.parse("chalk"))).rows
    assert row.at == T + 59 * DAY / 2
    assert log.dropped == 0
    await other.close()


async def test_an_audit_whose_tree_was_pruned_meanwhile_is_counted_as_lost(log: AccessLog, file: Path) -> None:
    log.note_tree(AUDIT, {"chalk": ["5.6.1"]})
    await log.flush()
    log.note_tree(AUDIT, {"chalk": ["5.6.1"]})
    other = await AccessLog.open(file, pause=when_told)
    await other.prune(T + 10 * DAY)
    await other.close()
    await log.flush()
    assert (log.dropped, log.waiting) == (1, 0)
    assert (await log.exposure(Subject.parse("chalk"))).rows == ()
