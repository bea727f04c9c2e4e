"""Who had a version: the records about it, and who must act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from proxy.access.records import Kind, Outcome

How = Literal["fetched", "withheld", "installed", "seen"]
"""Its tarball was served; it was asked for and withheld; an audit named it; only its manifest was served."""

_GIVEN: frozenset[Outcome] = frozenset({"served", "would-withhold"})
_ACTING: frozenset[How] = frozenset({"fetched", "installed"})


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
class Tally:
    """How often one client, with one credential, had to do with one version in one way, and when."""

    how: How
    version: str
    client: str
    credential: str | None
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Exposed:
    """One client, with one credential, that fetched a version or has it installed, and so must act."""

    client: str
    credential: str | None
    count: int
    """Records of either kind; `fetched` and `installed` are its parts."""
    first: datetime
    last: datetime
    fetched: int = 0
    installed: int = 0
    versions: tuple[str, ...] = ()
    """Which of the versions asked about, the one last seen first."""


@dataclass(frozen=True, slots=True)
class ExposedVersion:
    """One version: how many records say what of it, and how many clients (addresses) have to act on it."""

    version: str
    fetched: int
    installed: int
    withheld: int
    seen: int
    clients: int
    first: datetime
    """The first and the last record of any kind."""
    last: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """Everything on record about some versions: `rows` and `who` the latest first, `versions` the most widespread first."""

    rows: tuple[ExposureRow, ...] = ()
    who: tuple[Exposed, ...] = ()
    truncated: bool = False
    """Whether older rows were left out; the other two always count everything."""
    versions: tuple[ExposedVersion, ...] = ()


def how_of(kind: Kind, outcome: Outcome) -> How | None:
    """What a record of a version says of exposure; None where it says nothing."""
    if kind == "audit":
        # Whatever became of the audit itself: the client has told what it has.
        return "installed"
    if kind not in {"tarball", "manifest"}:
        return None
    if outcome == "withheld":
        return "withheld"
    if outcome not in _GIVEN:
        return None
    return "fetched" if kind == "tarball" else "seen"


def gathered(rows: Iterable[ExposureRow], tallies: Iterable[Tally], *, limit: int) -> Exposure:
    """The newest rows, and totals of what was counted. The rows may be more than the limit, in any order."""
    newest = sorted(rows, key=lambda row: (row.at, row.version, row.client), reverse=True)
    counted = list(tallies)
    kept = tuple(newest[:limit])
    return Exposure(kept, _who(counted), sum(each.count for each in counted) > len(kept), _versions(counted))


def _who(tallies: list[Tally]) -> tuple[Exposed, ...]:
    found: dict[tuple[str, str | None], list[Tally]] = {}
    for each in tallies:
        if each.how in _ACTING:
            found.setdefault((each.client, each.credential), []).append(each)
    who = []
    for (client, credential), theirs in found.items():
        counts = {how: sum(each.count for each in theirs if each.how == how) for how in _ACTING}
        latest: dict[str, datetime] = {}
        for each in theirs:
            latest[each.version] = max(each.last, latest.get(each.version, each.last))
        who.append(
            Exposed(
                client,
                credential,
                sum(counts.values()),
                min(each.first for each in theirs),
                max(each.last for each in theirs),
                counts["fetched"],
                counts["installed"],
                tuple(sorted(latest, key=lambda version: (latest[version], version), reverse=True)),
            )
        )
    return tuple(sorted(who, key=lambda each: (each.last, each.client, each.credential or ""), reverse=True))


@dataclass(slots=True)
class _Sum:
    counts: dict[How, int] = field(default_factory=lambda: {"fetched": 0, "installed": 0, "withheld": 0, "seen": 0})
    clients: set[str] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)


def _versions(tallies: list[Tally]) -> tuple[ExposedVersion, ...]:
    sums: dict[str, _Sum] = {}
    for each in tallies:
        total = sums.setdefault(each.version, _Sum())
        total.counts[each.how] += each.count
        total.times += (each.first, each.last)
        if each.how in _ACTING:
            total.clients.add(each.client)
    versions = [
        ExposedVersion(
            version,
            total.counts["fetched"],
            total.counts["installed"],
            total.counts["withheld"],
            total.counts["seen"],
            len(total.clients),
            min(total.times),
            max(total.times),
        )
        for version, total in sums.items()
    ]
    return tuple(sorted(versions, key=lambda each: (each.clients, each.last, each.version), reverse=True))
