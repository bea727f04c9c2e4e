"""Timestamps as registries write them, read strictly: whatever is odd counts as missing.

Taken: `2020-01-02T03:04:05.678Z`, and the same with `+00:00` or up to nine decimals, since mirrors write those. Not taken: naive
values, other offsets, week dates, years before npm existed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)", re.ASCII)


def parse_instant(text: object) -> datetime | None:
    """The instant, or None for anything that is not clearly one."""
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    *fields, fraction = match.groups()
    year, month, day, hour, minute, second = (int(field) for field in fields)
    try:
        instant = datetime(year, month, day, hour, minute, second, int(((fraction or "") + "000000")[:6]), UTC)
    except ValueError:
        return None
    return instant if 2009 <= year < 9000 else None


def format_instant(instant: datetime) -> str:
    """As npm writes it: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
