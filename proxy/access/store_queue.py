"""What waits to be written: a queue that is bounded in records and in bytes, and drops the oldest."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.access.records import Access
from proxy.access.store_trees import Tree

QUEUE = 100_000
"""Records that may wait to be written; beyond it the oldest are dropped and counted."""

QUEUED_TREES = 32 * 2**20
"""Bytes of trees that may wait, each distinct one counted once; about 800 of 1,300 packages."""

BATCH = 5_000
"""Records in one transaction."""

BATCH_TREES = 2 * 2**20
"""Bytes of trees in one transaction, and one tree more: writing them takes about a second."""


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit that named installed versions."""

    access: Access
    tree: Tree


Record = Access | Audit


class Queue:
    """First in, first out; nothing blocks."""

    def __init__(self, limit: int = QUEUE, bytes_limit: int = QUEUED_TREES) -> None:
        self.dropped = 0
        """Records lost since the start."""
        self._limit = limit
        self._bytes_limit = bytes_limit
        self._records: deque[Record] = deque()
        self._trees: dict[tuple[bytes, bool], Tree] = {}
        self._bytes = 0
        self._under_way: Sequence[Record] = ()

    def __len__(self) -> int:
        """Records that are not written yet."""
        return len(self._records) + len(self._under_way)

    @property
    def ready(self) -> int:
        """Records that can be taken now."""
        return len(self._records)

    @property
    def bytes(self) -> int:
        """Bytes of the trees that wait."""
        return self._bytes

    def put(self, access: Access) -> None:
        """Add a record, in the place of the oldest where there is no room."""
        self._append(access)

    def put_audit(self, access: Access, tree: Tree) -> None:
        """Add an audit; the same tree waits once, however many audits point at it. One that there is no room for is dropped."""
        tree = self._trees.get(tree.key, tree)
        # Not the oldest: it would take many records to make room for one tree.
        if not tree.waiting and self._bytes + tree.size > self._bytes_limit:
            self.dropped += 1
            return
        self._hold(tree)
        self._append(Audit(access, tree))

    def _append(self, record: Record) -> None:
        self._records.append(record)
        if len(self) > self._limit:
            self.dropped += 1
            # What is under way cannot be taken back: then the oldest behind it goes, which may be this one.
            self._let_go(self._records.popleft())

    def take(self) -> Sequence[Record]:
        """The next batch, to be answered with `done` or `put_back`."""
        batch: list[Record] = []
        size, seen = 0, set[bytes]()
        while self._records and len(batch) < BATCH and size < BATCH_TREES:
            record = self._records.popleft()
            batch.append(record)
            if isinstance(record, Audit) and record.tree.digest not in seen:
                seen.add(record.tree.digest)
                size += record.tree.size
        self._under_way = batch
        return batch

    def done(self) -> None:
        """The batch is written."""
        for record in self._under_way:
            self._let_go(record)
        self._under_way = ()

    def put_back(self) -> None:
        """The batch could not be written: it waits on, in its place."""
        self._records.extendleft(reversed(self._under_way))
        self._under_way = ()

    def _hold(self, tree: Tree) -> None:
        if not tree.waiting:
            self._trees[tree.key] = tree
            self._bytes += tree.size
        tree.waiting += 1

    def _let_go(self, record: Record) -> None:
        if isinstance(record, Access):
            return
        tree = record.tree
        tree.waiting -= 1
        if not tree.waiting:
            del self._trees[tree.key]
            self._bytes -= tree.size
