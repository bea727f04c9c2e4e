"""How rules put numbers into sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def span(length: timedelta) -> str:
    """A length of time the way configuration writes it: `7d`, `1d12h`, `30m`."""
    seconds = int(length.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def listed(things: Sequence[object], most: int = 3) -> str:
    """The first few, with how many more there are: `a, b, c and 4 more`."""
    shown = ", ".join(str(each) for each in things[:most])
    return f"{shown} and {len(things) - most} more" if len(things) > most else shown
