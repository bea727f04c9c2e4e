"""What the upstream was asked and what it answered, with instants: all that the reference knows of the proxy's looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SKEW = timedelta(minutes=5)

Json = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """One question for a packument, and the answer."""

    at: datetime
    package: str
    status: int
    """200 for a 304, too: it says that the document is still this one."""
    document: Json | None


@dataclass(frozen=True)
class Fetch:
    """One question for a tarball, and the answer."""

    at: datetime
    package: str
    version: str
    status: int
    body: bytes
    looks: int
    """How many looks there had been."""


def instant(text: object) -> datetime | None:
    """A time of a packument; None for what is naive or no time at all."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def successful(looks: list[Look], package: str) -> list[Look]:
    """The looks that count: not those that failed, nor replays of older documents, nor a 404 before the first sight."""
    counted: list[Look] = []
    newest: datetime | None = None
    for look in looks:
        if look.package != package:
            continue
        if look.status == 404 and counted:
            counted.append(look)
        if look.status != 200 or look.document is None:
            continue
        modified = instant(look.document.get("time", {}).get("modified"))
        if modified is not None and modified > look.at + SKEW:
            modified = None
        if modified is not None and newest is not None and modified < newest:
            continue
        newest = modified or newest
        counted.append(look)
    return counted
