"""What the store of access records writes inside one transaction, and who asked; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from proxy.access.records import KINDS, OUTCOMES, Access
from proxy.access.store_queue import Audit, Record
from proxy.access.store_tables import accesses, audits, words
from proxy.access.store_trees import Tree, add_trees
from proxy.access.store_words import NEVER, RESTAMP, Known, clean, look_up, stamp_words, texts_of

KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
OUTCOME_NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_WORDS = ("package", "version", "client", "agent", "command", "credential", "rules")
_AUDIT_WORDS = ("client", "agent", "command", "credential")

_Number = Callable[[str | None], int | None]


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
    plain = [record for record in batch if isinstance(record, Access)]
    noted = [record for record in batch if isinstance(record, Audit)]
    learned = Learned(_learn(connection, [*plain, *(audit.access for audit in noted)], known))
    numbers = {text: number for text, (number, _) in learned.words.items()}

    def number(text: str | None) -> int | None:
        return None if text is None else numbers.get(text) or known[text][0]

    if plain:
        rows = [_row(access, number) for access in plain]
        # In the order of the index that costs most: one page of it takes all that a batch has for it at once.
        rows.sort(key=lambda row: (row["package"] or 0, row["version"] or 0))
        connection.execute(accesses.insert(), rows)
    if noted:
        _add_audits(connection, noted, number, learned)
    return learned


def _learn(connection: Connection, batch: Sequence[Access], known: Known) -> dict[str, tuple[int, datetime]]:
    used: dict[str, datetime] = {}
    for access in batch:
        at = access.at
        for text in _texts(access):
            if text is None:
                continue
            stamped = known.get(text)
            if (stamped is None or at - stamped[1] >= RESTAMP) and at > used.get(text, NEVER):
                used[text] = at
    return stamp_words(connection, used)


def _add_audits(connection: Connection, noted: Sequence[Audit], number: _Number, learned: Learned) -> None:
    used: dict[Tree, datetime] = {}
    for audit in noted:
        used[audit.tree] = max(audit.access.at, used.get(audit.tree, NEVER))
    trees = add_trees(connection, used)
    learned.trees = {tree.digest: at for tree, at in used.items() if tree.digest in trees}
    rows = [
        {
            "at": audit.access.at,
            "tree": trees[audit.tree.digest],
            "outcome": OUTCOME_NUMBERS[audit.access.outcome],
            **{word: number(getattr(audit.access, word)) for word in _AUDIT_WORDS},
        }
        for audit in noted
        if audit.tree.digest in trees
    ]
    learned.lost = len(noted) - len(rows)
    if rows:
        connection.execute(audits.insert(), rows)


def _row(access: Access, number: _Number) -> dict[str, Any]:
    return {
        "at": access.at,
        "kind": KIND_NUMBERS[access.kind],
        "outcome": OUTCOME_NUMBERS[access.outcome],
        **{column: number(text) for column, text in zip(_WORDS, _texts(access), strict=True)},
    }


def _texts(access: Access) -> tuple[str | None, ...]:
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
