"""The audit log: entries chained by their hashes, so that editing, removing, reordering or cutting off shows.

Pure: sealing and checking. What an entry says is canonical text that the ledger makes and reads; here it is only bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

GENESIS = "0" * 64
"""What the first entry follows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did, sealed."""

    number: int
    """1, 2, 3 …, without gaps."""
    at: datetime
    actor: str
    """An opaque id; names are kept apart, so that they can be erased without breaking the chain."""
    kind: str
    """What was done: `release`, `withdraw`, `token-created`, `policy-loaded` …"""
    payload: str
    """Everything that was written with it, as canonical text."""
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Number and hash of the last entry at some time, kept where the log's keeper cannot reach."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which the log is not what it was."""

    number: int
    reason: str


def seal(number: int, at: datetime, actor: str, kind: str, payload: str, previous: str) -> Entry:
    """Make the entry that follows `previous`."""
    return Entry(number, at, actor, kind, payload, previous, digest(number, at, actor, kind, payload, previous))


def digest(number: int, at: datetime, actor: str, kind: str, payload: str, previous: str) -> str:
    """sha256 over every field, each behind its length, so that no two entries read alike."""
    microseconds = (at.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    sealed = hashlib.sha256(b"pratique-audit-1\n")
    for text in (str(number), str(microseconds), actor, kind, payload, previous):
        encoded = text.encode()
        sealed.update(f"{len(encoded)}:".encode())
        sealed.update(encoded)
    return sealed.hexdigest()


def check_chain(entries: Iterable[Entry], head: Checkpoint | None, kept: Checkpoint | None = None) -> list[Break]:
    """Read a whole log in its order; every place where it is broken.

    `head` is what the database says the last entry is, `kept` a checkpoint from elsewhere: the one finds a tail that was cut
    off carelessly, the other one that was cut off with care.
    """
    breaks: list[Break] = []
    number, previous = 0, GENESIS
    reached = kept is None or kept.number == 0
    for entry in entries:
        number += 1
        if entry.number != number:
            breaks.append(Break(number, f"entry {number} is missing; entry {entry.number} is in its place"))
            number = entry.number
        if entry.previous != previous:
            breaks.append(Break(entry.number, "it does not follow the entry before it"))
        sealed = digest(entry.number, entry.at, entry.actor, entry.kind, entry.payload, entry.previous)
        if entry.hash != sealed:
            breaks.append(Break(entry.number, "it was changed after it was sealed"))
        if kept is not None and entry.number == kept.number:
            reached = True
            if entry.hash != kept.hash:
                breaks.append(Break(entry.number, "it is not the entry that the checkpoint names"))
        previous = entry.hash
    if head is None and number:
        breaks.append(Break(number, "the log has entries, and no head"))
    if head is not None and (head.number, head.hash) != (number, previous):
        breaks.append(Break(number, f"the log ends at entry {number}, its head says {head.number}"))
    if kept is not None and not reached:
        breaks.append(Break(kept.number, f"the log ends before entry {kept.number}, which the checkpoint names"))
    return breaks
