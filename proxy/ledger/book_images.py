"""Rows of the book to values and back, and to the images that the log keeps of them; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table

from proxy.ledger.book_tables import Texts, credentials, decisions, freezes
from proxy.ledger.types import EPOCH, Instant, microseconds
from quarantine.book import Draft, Freeze
from quarantine.credentials import Credential
from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.package import PackageName
from quarantine.ranges import Subject

Row = dict[str, Any]
"""A row by column, in the values that Python has for them."""

Image = dict[str, Any]
"""A row in the values that JSON has for them: instants as exact text, so that people can read the log too."""

Kept = dict[str, Any]
"""A row as the driver gives it: what a comparison with the table itself needs, whatever somebody put there."""


def numbered(draft: Draft, number: int, actor: str, at: datetime) -> Decision:
    """The decision that a draft becomes."""
    return Decision(
        number,
        draft.action,
        draft.subject,
        draft.reason,
        actor,
        at,
        draft.expires,
        draft.audience,
        draft.digests,
        draft.lifts,
    )


def decision_row(decision: Decision) -> Row:
    """All columns but the origin's."""
    subject = decision.subject
    return {
        "number": decision.number,
        "action": str(decision.action),
        # Not the subclass of str: a driver may look for an adapter by the exact type.
        "name": str(subject.name),
        "versions": subject.versions,
        "exact": subject.exact,
        "reason": decision.reason,
        "actor": decision.actor,
        "at": decision.at,
        "expires": decision.expires,
        "audience": decision.audience,
        "digests": None if decision.digests is None else str(decision.digests),
        "lifts": tuple(sorted(decision.lifts)),
        "withdrawn": decision.withdrawn,
    }


def decision_of(row: Mapping[Any, Any]) -> Decision:
    """The decision that such a row holds."""
    return Decision(
        row["number"],
        Action(row["action"]),
        Subject(PackageName(row["name"]), row["versions"], row["exact"]),
        row["reason"],
        row["actor"],
        row["at"],
        row["expires"],
        row["audience"],
        None if row["digests"] is None else Digests.parse(row["digests"]),
        frozenset(row["lifts"]),
        row["withdrawn"],
    )


def credential_row(credential: Credential) -> Row:
    """All columns, which are named as the fields are."""
    return {column.name: getattr(credential, column.name) for column in credentials.columns}


def credential_of(row: Mapping[Any, Any]) -> Credential:
    """The credential that such a row holds."""
    return Credential(**row)


def freeze_row(freeze: Freeze) -> Row:
    """All columns, which are named as the fields are."""
    return {column.name: getattr(freeze, column.name) for column in freezes.columns}


def decision_image(decision: Decision, origin: str) -> Image:
    """What the log keeps: the origin by its name, since numbers of origins mean nothing outside of this database."""
    return {"origin": origin} | _image(DECISION, decision_row(decision))


def credential_image(credential: Credential) -> Image:
    """What the log keeps: all but the last use, which changes without an entry."""
    return _image(CREDENTIAL, credential_row(credential))


def freeze_image(freeze: Freeze) -> Image:
    """What the log keeps."""
    return _image(FREEZE, freeze_row(freeze))


def _columns(table: Table, *without: str) -> tuple[Column[Any], ...]:
    return tuple(column for column in table.columns if column.name not in without)


DECISION = _columns(decisions, "origin_id")
CREDENTIAL = _columns(credentials, "last_used")
FREEZE = _columns(freezes)


def _image(columns: Iterable[Column[Any]], row: Row) -> Image:
    return {column.name: _said(column, row[column.name]) for column in columns}


def _said(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return stamp(value)
    return list(value) if isinstance(column.type, Texts) else value


def kept(columns: Iterable[Column[Any]], image: Mapping[str, Any]) -> Kept:
    """What a table must hold for this image. Raises KeyError, TypeError or ValueError for what is none."""
    return {column.name: as_kept(column, image[column.name]) for column in columns}


def as_kept(column: Column[Any], value: Any) -> Any:
    """The same for one column."""
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return microseconds(datetime.fromisoformat(value))
    return json.dumps(value, separators=(",", ":")) if isinstance(column.type, Texts) else value


def shown(column: Column[Any] | None, value: Any) -> str:
    """How a message names what a table holds."""
    if value is None:
        return "nothing"
    if column is not None and isinstance(column.type, Instant) and isinstance(value, int):
        try:
            return f"{EPOCH + timedelta(microseconds=value):%Y-%m-%dT%H:%M:%S.%fZ}".replace(".000000Z", "Z")
        except OverflowError:
            return repr(value)
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def stamp(instant: datetime) -> str:
    """An instant as exact text, always of the same length; a naive one is a ValueError."""
    microseconds(instant)
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(payload: Mapping[str, Any]) -> str:
    """JSON that is always the same for the same payload, in ASCII. Raises UnicodeEncodeError for half a surrogate pair."""
    # A pair's half would pass as an escape, and then be text that can be neither shown nor exported.
    json.dumps(payload, ensure_ascii=False).encode()
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
