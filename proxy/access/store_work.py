"""What the store of access records does inside one transaction; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, select

from proxy.access.records import KINDS, MAX_TEXT, OUTCOMES, Access, Withheld
from proxy.access.store_tables import accesses, is_withheld, words
from proxy.ledger.database import insert

RESTAMP = timedelta(days=1)
"""How far `last_used` of a word may lag behind the latest access that has it."""

_AT_ONCE = 500
"""Texts or numbers in one query."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_OUTCOME_NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_WORDS = ("package", "version", "client", "agent", "command", "credential", "rules")

Known = Mapping[str, tuple[int, datetime]]
"""Words by text: the number, and the stamp up to which this process has said that they are used."""


def clean(text: str) -> str:
    """A text that every database can hold: headers may carry half of a surrogate pair, and a NUL ends it for some."""
    return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def add(connection: Connection, batch: Sequence[Access], known: Known) -> dict[str, tuple[int, datetime]]:
    """Write accesses; the words that were new or had to be stamped anew, to be known from the commit on."""
    used: dict[str, datetime] = {}
    for access in batch:
        at = access.at
        for text in _texts(access):
            if text is None:
                continue
            stamped = known.get(text)
            if (stamped is None or at - stamped[1] >= RESTAMP) and at > used.get(text, _NEVER):
                used[text] = at
    learned = _stamp(connection, used) if used else {}
    numbers = {text: number for text, (number, _) in learned.items()}

    def number(text: str | None) -> int | None:
        return None if text is None else numbers.get(text) or known[text][0]

    rows = [
        {
            "at": access.at,
            "kind": _KIND_NUMBERS[access.kind],
            "outcome": _OUTCOME_NUMBERS[access.outcome],
            **{column: number(text) for column, text in zip(_WORDS, _texts(access), strict=True)},
        }
        for access in batch
    ]
    if rows:
        connection.execute(accesses.insert(), rows)
    return learned


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


def _stamp(connection: Connection, used: Mapping[str, datetime]) -> dict[str, tuple[int, datetime]]:
    """Give words numbers, where they have none, and say that they are used."""
    stamps: dict[str, datetime] = {}
    for text, at in used.items():
        kept = clean(text)
        stamps[kept] = max(at, stamps.get(kept, at))
    statement = insert(connection, words)
    new = statement.excluded.last_used
    later = case((new > words.c.last_used, new), else_=words.c.last_used)
    statement = statement.on_conflict_do_update(index_elements=["text"], set_={"last_used": later})
    # In order, so that two servers with the same words wait for each other instead of embracing.
    connection.execute(statement, [{"text": text, "last_used": stamps[text]} for text in sorted(stamps)])
    numbers = _look_up(connection, words.c.text, words.c.id, stamps)
    return {text: (numbers[clean(text)], at) for text, at in used.items()}


def who(connection: Connection, package: str, version: str | None, since: datetime | None, limit: int) -> list[Access]:
    """Accesses to a package or a version, the latest first."""
    package = clean(package)
    version = None if version is None else clean(version)
    numbers = _look_up(connection, words.c.text, words.c.id, {package, package if version is None else version})
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
    texts = _texts_of(connection, (number for row in found for number in row[3:]))
    return [_access(row[:3], {word: texts.get(number) for word, number in zip(_WORDS, row[3:], strict=True)}) for row in found]


def _access(row: Sequence[Any], said: dict[str, Any]) -> Access:
    at, kind, outcome = row
    said["rules"] = said["rules"] or ""
    return Access(at=at, kind=KINDS[kind], outcome=OUTCOMES[outcome], **said)


def withheld_since(connection: Connection, since: datetime) -> list[Withheld]:
    """What was withheld since then, or would have been; the most frequent first."""
    group = (accesses.c.package, accesses.c.version, accesses.c.rules, accesses.c.outcome)
    count = func.count().label("times")
    found = connection.execute(
        select(*group, count, func.max(accesses.c.at))
        .where(is_withheld, accesses.c.at >= since)
        .group_by(*group)
        .order_by(count.desc(), func.max(accesses.c.at).desc())
    ).all()
    texts = _texts_of(connection, (number for row in found for number in row[:3]))
    return [
        Withheld(texts.get(package), texts.get(version), texts.get(rules) or "", OUTCOMES[outcome], times, latest)
        for package, version, rules, outcome, times, latest in found
    ]


def prune(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to `limit` accesses from before then, the oldest first; how many."""
    oldest = select(accesses.c.id).where(accesses.c.at < before).order_by(accesses.c.at).limit(limit)
    return connection.execute(delete(accesses).where(accesses.c.id.in_(oldest))).rowcount


def prune_words(connection: Connection, before: datetime) -> int:
    """Delete words that only accesses from before then can have; how many. Those accesses must be gone already."""
    return connection.execute(delete(words).where(words.c.last_used < before - RESTAMP)).rowcount


def _look_up(connection: Connection, key: Any, value: Any, keys: Iterable[Any]) -> dict[Any, Any]:
    wanted, found = list(keys), {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(key, value).where(key.in_(wanted[start : start + _AT_ONCE]))
        found.update({row[0]: row[1] for row in connection.execute(some)})
    return found


def _texts_of(connection: Connection, numbers: Iterable[int | None]) -> dict[int | None, str]:
    return _look_up(connection, words.c.id, words.c.text, {number for number in numbers if number is not None})
