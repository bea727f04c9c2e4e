"""What the store of access records writes inside one transaction, and who asked; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from proxy.access.records import KINDS, OUTCOMES, Access
from proxy.access.store_queue import Audit, Record
from proxy.access.store_tables import accesses, audits, words
from proxy.access.store_trees import Tree, add_trees
from proxy.access.store_words import NEVER, RESTAMP, Known, clean, look_up, stamp_words, texts_of, write_rows
from proxy.ledger.types import microseconds

KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
OUTCOME_NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_WORDS = ("package", "version", "client", "agent", "command", "credential", "rules")
_AUDIT_WORDS = ("client", "agent", "command", "credential")

_COLUMNS = ("at", "kind", "outcome", *_WORDS)
_AUDIT_COLUMNS = ("at", "tree", "outcome", *_AUDIT_WORDS)

_Texts = tuple[str | None, ...]
_Numbers = Mapping[str | None, int | None]


@dataclass(slots=True)
class Learned:
    """What a process knows from the commit on."""

    words: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    """Words that were new or had to be stamped anew."""
    trees: dict[bytes, datetime] = field(default_factory=dict)
    """Trees that are written, and the stamps up to which they are said to be used."""
    lost: int = 0
    """Audits that could not be written: their trees were pruned by another process meanwhile."""


def add(connection: Connection, batch: Sequence[Record], known: Known) -> Learned:
    """Write a batch."""
    plain = [(record, _texts(record)) for record in batch if isinstance(record, Access)]
    noted = [(record, _audit_texts(record.access)) for record in batch if isinstance(record, Audit)]
    said = [(access.at, texts) for access, texts in plain] + [(audit.access.at, texts) for audit, texts in noted]
    learned = Learned()
    numbers = _numbers(connection, said, known, learned)
    rows = [
        (microseconds(each.at), KIND_NUMBERS[each.kind], OUTCOME_NUMBERS[each.outcome], *map(numbers.__getitem__, texts))
        for each, texts in plain
    ]
    # In the order of the index that costs most: a page of it takes all that a batch has for it at once.
    rows.sort(key=lambda row: (row[3] or 0, row[4] or 0, row[5]))
    write_rows(connection, accesses, _COLUMNS, rows)
    if noted:
        _add_audits(connection, noted, numbers, learned)
    return learned


def _numbers(connection: Connection, said: Sequence[tuple[datetime, _Texts]], known: Known, learned: Learned) -> _Numbers:
    """The numbers of all words of a batch; those that are new, or were not stamped for long, are stamped."""
    latest: dict[str | None, datetime] = {}
    for at, texts in sorted(said, key=lambda each: each[0]):
        latest.update(dict.fromkeys(texts, at))
    numbers: dict[str | None, int | None] = {}
    used: dict[str, datetime] = {}
    for text, at in latest.items():
        if text is None:
            numbers[text] = None
            continue
        number, stamped = known.get(text, (0, NEVER))
        numbers[text] = number
        if not number or at - stamped >= RESTAMP:
            used[text] = at
    learned.words = stamp_words(connection, used)
    numbers.update((text, number) for text, (number, _) in learned.words.items())
    return numbers


def _add_audits(connection: Connection, noted: Sequence[tuple[Audit, _Texts]], numbers: _Numbers, learned: Learned) -> None:
    used: dict[Tree, datetime] = {}
    for audit, _ in noted:
        used[audit.tree] = max(audit.access.at, used.get(audit.tree, NEVER))
    trees = add_trees(connection, used)
    learned.trees = {tree.digest: at for tree, at in used.items() if tree.digest in trees}
    rows = [
        (
            microseconds(audit.access.at),
            trees[audit.tree.digest],
            OUTCOME_NUMBERS[audit.access.outcome],
            *map(numbers.__getitem__, texts),
        )
        for audit, texts in noted
        if audit.tree.digest in trees
    ]
    learned.lost = len(noted) - len(rows)
    write_rows(connection, audits, _AUDIT_COLUMNS, rows)


def _texts(access: Access) -> _Texts:
    """The texts of an access in the order of `_WORDS`."""
    return (
        access.package,
        access.version,
        access.client,
        access.agent,
        access.command,
        access.credential,
        access.rules or None,
    )


def _audit_texts(access: Access) -> _Texts:
    """The same in the order of `_AUDIT_WORDS`."""
    return access.client, access.agent, access.command, access.credential


def who(connection: Connection, package: str, version: str | None, since: datetime | None, limit: int) -> list[Access]:
    """Accesses to a package or a version, the latest first."""
    package = clean(package)
    version = None if version is None else clean(version)
    numbers = look_up(connection, words.c.text, words.c.id, {package, package if version is None else version})
    if package not in numbers or (version is not None and version not in numbers):
        return []
    conditions: list[ColumnElement[bool]] = [accesses.c.package == numbers[package]]
    if version is not None:
        conditions.append(accesses.c.version == numbers[version])
    if since is not None:
        conditions.append(accesses.c.at >= since)
    columns = (accesses.c.at, accesses.c.kind, accesses.c.outcome, *(accesses.c[word] for word in _WORDS))
    newest = select(*columns).where(*conditions).order_by(accesses.c.at.desc(), accesses.c.id.desc()).limit(limit)
    found = connection.execute(newest).all()
    texts = texts_of(connection, (number for row in found for number in row[3:]))
    return [_access(row[:3], {word: texts.get(number) for word, number in zip(_WORDS, row[3:], strict=True)}) for row in found]


def _access(row: Sequence[Any], said: dict[str, Any]) -> Access:
    at, kind, outcome = row
    said["rules"] = said["rules"] or ""
    return Access(at=at, kind=KINDS[kind], outcome=OUTCOMES[outcome], **said)
