"""Which logs and authorities of a trusted root were in use at given times: Sigstore's own code does not ask."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from proxy.attestations.fields import Json
from proxy.attestations.refusals import Refused, Undecided
from proxy.attestations.trust import BadTrust, Trust, read_root
from proxy.npm.instants import parse_instant


@dataclass(frozen=True, slots=True)
class Selection:
    """Positions in the four lists of a trusted root."""

    log: int
    authorities: tuple[int, ...]
    ct_logs: tuple[int, ...]
    timestampers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """When something was in use: from its start, to before its end."""

    start: datetime | None
    end: datetime | None

    def covers(self, times: Collection[datetime]) -> bool:
        """Whether all of the times are in it."""
        return all((self.start is None or self.start <= when) and (self.end is None or when < self.end) for when in times)


@dataclass(frozen=True, slots=True)
class Periods:
    """Of everything in a trusted root."""

    logs: tuple[tuple[bytes, Period], ...]
    authorities: tuple[Period, ...]
    ct_logs: tuple[Period, ...]
    timestampers: tuple[Period, ...]


def select(trust: Trust, log_id: bytes, times: Collection[datetime]) -> Selection:
    """The named log, and whoever else was in use at all of the times.

    Raises Undecided where the log is not known, Refused where its key was not in use.
    """
    periods = periods_of(trust)
    named = [number for number, (known, _) in enumerate(periods.logs) if known == log_id]
    if not named:
        raise Undecided("it is in a log that the trusted root does not name; refresh the trusted root")
    in_use = [number for number in named if periods.logs[number][1].covers(times)]
    if len(in_use) != 1:
        raise Refused("the log's key was not in use when it was signed")
    return Selection(
        in_use[0], *(_covering(each, times) for each in (periods.authorities, periods.ct_logs, periods.timestampers))
    )


@lru_cache(maxsize=8)
def periods_of(trust: Trust) -> Periods:
    """Read the periods once. Raises BadTrust."""
    lists = read_root(trust.root)
    of_key: Callable[[Json], Period] = lambda entry: _period(_object(entry, "publicKey"))  # noqa: E731
    return Periods(
        logs=tuple((_log_id(entry), of_key(entry)) for entry in lists["tlogs"]),
        authorities=tuple(_period(entry) for entry in lists["certificateAuthorities"]),
        ct_logs=tuple(of_key(entry) for entry in lists["ctlogs"]),
        timestampers=tuple(_period(entry) for entry in lists["timestampAuthorities"]),
    )


def _covering(periods: tuple[Period, ...], times: Collection[datetime]) -> tuple[int, ...]:
    return tuple(number for number, period in enumerate(periods) if period.covers(times))


def _period(entry: Json) -> Period:
    validity = entry.get("validFor")
    if validity is None:
        return Period(None, None)
    start, end = (_instant(_object(entry, "validFor").get(name)) for name in ("start", "end"))
    return Period(start, end)


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    found = parse_instant(value)
    if found is None:
        raise BadTrust(f"the trusted root has a time that cannot be read: {str(value)[:40]!a}")
    return found


def _log_id(entry: Json) -> bytes:
    text = _object(entry, "logId").get("keyId")
    try:
        return base64.b64decode(text if isinstance(text, str) else "!", validate=True)
    except ValueError:
        raise BadTrust("a log of the trusted root has no logId") from None


def _object(entry: Json, name: str) -> Json:
    value = entry.get(name)
    if not isinstance(value, dict):
        raise BadTrust(f"{name} of something in the trusted root is missing or no object")
    return value
