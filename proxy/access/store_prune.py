"""What the store of access records deletes when its time is over: little at once; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, select

from proxy.access.store_tables import accesses, audits, members, part_members, parts, tree_parts, trees, words
from proxy.access.store_trees import keep_others_out
from proxy.access.store_words import AT_ONCE, RESTAMP

PRUNED_AT_ONCE = 5_000
"""Records or words deleted in one transaction, so that writing goes on in between."""

TREES_AT_ONCE = 20
"""Trees deleted in one transaction: up to 64 parts each, with all their members where no other tree has those."""


def prune(connection: Connection, before: datetime, table: Table = accesses) -> int:
    """Delete some records from before then, the oldest first; how many."""
    oldest = select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(PRUNED_AT_ONCE)
    return connection.execute(delete(table).where(table.c.id.in_(oldest))).rowcount


def prune_audits(connection: Connection, before: datetime) -> int:
    """The same for audits."""
    return prune(connection, before, audits)


def prune_words(connection: Connection, before: datetime) -> int:
    """Delete some words that only records from before then can have; how many. Those records must be gone already."""
    unused = select(words.c.id).where(words.c.last_used < before - RESTAMP).limit(PRUNED_AT_ONCE)
    return connection.execute(delete(words).where(words.c.id.in_(unused))).rowcount


def prune_trees(connection: Connection, before: datetime) -> int:
    """Delete some trees that only audits from before then can have, with what no other tree shares; how many."""
    keep_others_out(connection)
    unused = select(trees.c.id).where(trees.c.last_used < before - RESTAMP).order_by(trees.c.last_used).limit(TREES_AT_ONCE)
    gone = list(connection.scalars(unused))
    _delete(connection, trees.c.id, gone)
    loose = _take_out(connection, tree_parts.c.tree, tree_parts.c.part, gone)
    _delete(connection, parts.c.id, loose)
    loose = _take_out(connection, part_members.c.part, part_members.c.member, loose)
    _delete(connection, members.c.id, loose)
    return len(gone)


def _take_out(connection: Connection, whole: Column[int], piece: Column[int], gone: Sequence[int]) -> list[int]:
    """Delete what wholes consist of, and tell which pieces no other whole has."""
    pieces = set(_among(connection, piece, whole, gone))
    _delete(connection, whole, gone)
    return sorted(pieces.difference(_among(connection, piece, piece, sorted(pieces))))


def _among(connection: Connection, wanted: Column[int], key: Column[int], keys: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(keys), AT_ONCE):
        yield from connection.scalars(select(wanted).where(key.in_(keys[start : start + AT_ONCE])).distinct())


def _delete(connection: Connection, key: Column[int], keys: Sequence[int]) -> None:
    for start in range(0, len(keys), AT_ONCE):
        connection.execute(delete(key.table).where(key.in_(keys[start : start + AT_ONCE])))
