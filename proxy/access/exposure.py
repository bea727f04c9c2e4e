"""Who had a version: the records about it, and who must act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from proxy.access.records import Access

How = Literal["fetched", "withheld", "installed", "seen"]


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One record about a version."""

    at: datetime
    how: How
    version: str
    client: str
    credential: str | None
    command: str | None
    agent: str


@dataclass(frozen=True, slots=True)
class Exposed:
    """One client, with one credential, that fetched a version or has it installed."""

    client: str
    credential: str | None
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """Everything on record; `rows` the latest first."""

    rows: tuple[ExposureRow, ...]
    who: tuple[Exposed, ...]
    truncated: bool = False


def row_of(access: Access) -> ExposureRow | None:
    """What a record says of exposure; None where it says nothing."""
    if access.version is None or access.kind not in {"tarball", "manifest", "audit"}:
        return None
    how: How = "seen" if access.kind == "manifest" else "installed" if access.kind == "audit" else "fetched"
    if access.outcome == "withheld":
        how = "withheld"
    elif access.outcome not in {"served", "would-withhold"}:
        return None
    return ExposureRow(access.at, how, access.version, access.client, access.credential, access.command, access.agent)


def gathered(rows: Iterable[ExposureRow], truncated: bool = False) -> Exposure:
    """Rows, and who among them must act."""
    kept = tuple(rows)
    found: dict[tuple[str, str | None], list[datetime]] = {}
    for row in kept:
        if row.how in {"fetched", "installed"}:
            found.setdefault((row.client, row.credential), []).append(row.at)
    who = [Exposed(client, credential, len(at), min(at), max(at)) for (client, credential), at in found.items()]
    return Exposure(kept, tuple(sorted(who, key=lambda each: each.last, reverse=True)), truncated)
