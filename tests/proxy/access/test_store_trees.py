"""Audits with whole trees: noted at once, each distinct tree written once, and never more memory than was agreed."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.access.records import MAX_TEXT, Access
from proxy.access.store import AccessLog
from proxy.access.store_queue import BATCH_TREES, Audit, Queue
from proxy.access.store_trees import PARTS, Tree
from quarantine.ranges import Subject
from tests.proxy.access.stored import when_told

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AUDIT = Access(T, "audit", None, None, "served", "192.0.2.8", "npm/11.6.0", "install", "ann")
CHALK = Subject.parse("chalk")


def rows(file: Path, table: str) -> object:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def tree_of(count: int, **others: str) -> dict[str, list[str]]:
    return {f"package-{n}": ["1.0.0"] for n in range(count)} | {name: [version] for name, version in others.items()}


async def test_the_same_tree_is_written_once(log: AccessLog, file: Path) -> None:
    tree = {"chalk": ["5.6.1", "4.1.2"], "debug": ["4.4.3"]}
    same = {"debug": ["4.4.3"], "chalk": ["4.1.2", "5.6.1", "4.1.2"]}
    for n in range(1000):
        log.note_tree(replace(AUDIT, at=T + n * SECOND), same if n % 2 else tree)
        if n == 500:
            await log.flush()
    await log.flush()
    assert (rows(file, "trees"), rows(file, "members"), rows(file, "audits"), rows(file, "accesses")) == (1, 3, 1000, 0)
    assert (await log.exposure(Subject.parse("chalk@5"))).who[0].count == 1000


async def test_a_tree_shares_what_did_not_change(log: AccessLog, file: Path) -> None:
    log.note_tree(AUDIT, tree_of(1300, chalk="5.6.0"))
    await log.flush()
    assert (rows(file, "parts"), rows(file, "part_members")) == (PARTS, 1301)
    log.note_tree(AUDIT, tree_of(1300, chalk="5.6.1"))
    await log.flush()
    assert rows(file, "trees") == 2
    assert rows(file, "parts") == PARTS + 1
    more = rows(file, "part_members")
    assert isinstance(more, int)
    assert more < 1301 + 60


async def test_two_processes_write_a_tree_once(log: AccessLog, file: Path) -> None:
    other = await AccessLog.open(file, pause=when_told)
    for n in range(20):
        for process in (log, other):
            process.note_tree(AUDIT, tree_of(20, chalk=f"5.6.{n}"))
    await asyncio.gather(log.flush(), other.flush())
    await other.close()
    assert (rows(file, "trees"), rows(file, "audits")) == (20, 40)
    assert len((await log.exposure(CHALK)).rows) == 40


async def test_an_audit_of_nothing_is_an_access_like_others(log: AccessLog, file: Path) -> None:
    log.note_tree(AUDIT, {})
    log.note_tree(AUDIT, {"chalk": []})
    await log.flush()
    assert (rows(file, "accesses"), rows(file, "audits")) == (2, 0)


async def test_texts_that_no_database_holds(log: AccessLog) -> None:
    odd = ["\ud800", "1.0.0\0", "v" * 10_000, "ünï", "", "1\n2"]
    log.note_tree(AUDIT, {"chalk": odd})
    await log.flush()
    found = await log.exposure(CHALK)
    assert {row.version for row in found.rows} == {"\\ud800", "1.0.0\\0", "v" * MAX_TEXT, "ünï", "", "1\n2"}


async def test_what_could_not_be_written_is_written_later(file: Path) -> None:
    log = await AccessLog.open(file, pause=when_told, patience=timedelta(milliseconds=1))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for n in range(9):
            log.note_tree(replace(AUDIT, at=T + n * SECOND), tree_of(9, chalk=f"5.6.{n % 2}"))
        for _ in range(2):
            with pytest.raises(Exception, match="locked"):
                await log.flush()
        assert (log.waiting, log.dropped) == (9, 0)
        other.execute("ROLLBACK")
    await log.flush()
    assert [row.at for row in (await log.exposure(CHALK)).rows] == [T + n * SECOND for n in reversed(range(9))]
    await log.close()


def test_trees_that_wait_take_no_more_memory_than_agreed() -> None:
    tree = Tree.of(tree_of(100))
    queue = Queue(limit=10, bytes_limit=2 * tree.size + 100)
    queue.put(AUDIT)
    for n in range(3):
        queue.put_audit(AUDIT, Tree.of(tree_of(100, chalk=f"{n}")))
    assert (len(queue), queue.dropped) == (3, 1)
    for _ in range(5):
        queue.put_audit(AUDIT, Tree.of(tree_of(100, chalk="1")))
    assert (len(queue), queue.dropped) == (8, 1)
    for _ in range(4):
        queue.put(AUDIT)
    # The oldest access and the only audit of a tree made room, and so did the tree.
    assert (len(queue), queue.dropped, queue.bytes < 2 * tree.size) == (10, 3, True)


@given(
    st.lists(
        st.sampled_from(["take", "done", "back", "access"]) | st.integers(0, 5),
        max_size=60,
    )
)
def test_a_queue_never_holds_more_than_agreed_and_forgets_what_went(moves: list[str | int]) -> None:
    queue = Queue(limit=6, bytes_limit=1_600)
    put = taken = 0
    for move in moves:
        if move == "take" and queue.ready == len(queue):
            taken += len(queue.take())
        elif move == "done":
            queue.done()
        elif move == "back":
            taken -= len(queue) - queue.ready
            queue.put_back()
        elif move == "access":
            queue.put(AUDIT)
            put += 1
        elif isinstance(move, int):
            queue.put_audit(AUDIT, Tree.of({"chalk": [f"1.0.{move}"]}))
            put += 1
        assert len(queue) <= 6
        assert queue.bytes <= 1_600
    queue.put_back()
    while queue.ready:
        queue.take()
        queue.done()
    assert (len(queue), queue.bytes) == (0, 0)


def test_a_batch_takes_few_trees() -> None:
    queue = Queue()
    for n in range(200):
        queue.put_audit(AUDIT, Tree.of({f"package-{m}-{n}": ["1.0.0"] for m in range(1300)}))
    batch = queue.take()
    trees = [record.tree for record in batch if isinstance(record, Audit)]
    assert sum(tree.size for tree in trees[:-1]) < BATCH_TREES <= sum(tree.size for tree in trees)
