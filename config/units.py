"""Durations and sizes as an operator writes them, and back.

A duration is whole numbers with units, the largest first: `7d`, `36h`, `1d12h`, `500ms`, or `0`.
A size is one whole number with a unit: `10GiB`, `512MiB`, `64 MB`, or `0`.

Parsing and formatting are inverse: `parse_duration(format_duration(d)) == d`. Every error is a `ValueError` whose text
says what to write instead, without naming the setting (the caller knows which one it is).
"""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=36500)
"""About a century. Longer than anybody means, short enough that `now` plus or minus it is still a date."""

LARGEST = 2**63 - 1
"""Bytes. What databases and file systems can count."""

_DURATION_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}
_SIZE_UNITS = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
# Weeks and KB are read but not written: one spelling per value on the way out.
_DURATION_OUT = tuple(unit for unit in _DURATION_UNITS if unit != "w")
_SIZE_OUT = ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "kB")

# At most 18 digits: an absurd number is refused by its length, before Python multiplies it.
_COMPONENT = re.compile(r"([0-9]{1,18})([a-z]+)[ ]?")
_SIZE = re.compile(r"([0-9]{1,19})[ ]?([A-Za-z]+)")


def parse_duration(text: str) -> timedelta:
    """`"1d12h"` as a timedelta. ValueError for anything that is not a duration of zero to a hundred years."""
    text = text.strip()
    if text == "0":
        return timedelta(0)
    total, position, previous = timedelta(0), 0, -1
    order = list(_DURATION_UNITS)
    while position < len(text):
        found = _COMPONENT.match(text, position)
        if found is None or found[2] not in _DURATION_UNITS:
            raise ValueError(_duration_mend(text))
        rank = order.index(found[2])
        if rank <= previous:
            raise ValueError(f"{text!r}: write each unit once, the largest first, such as 1d12h")
        try:
            total += int(found[1]) * _DURATION_UNITS[found[2]]
        except OverflowError:
            total = timedelta.max
        if total > LONGEST:
            raise ValueError(f"{text!r} is too long: write at most {format_duration(LONGEST)}")
        position, previous = found.end(), rank
    if previous < 0:
        raise ValueError(_duration_mend(text))
    return total


def format_duration(value: timedelta) -> str:
    """The shortest exact spelling: `"1d12h"`, `"0"`. ValueError when negative or longer than a hundred years."""
    if not timedelta(0) <= value <= LONGEST:
        raise ValueError(f"{value!r} is no duration: it must lie between 0 and {LONGEST.days}d")
    parts = []
    for unit in _DURATION_OUT:
        count, value = divmod(value, _DURATION_UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def parse_size(text: str) -> int:
    """`"10GiB"` in bytes. ValueError for anything that is not a size of zero to 2**63-1 bytes."""
    text = text.strip()
    if text == "0":
        return 0
    found = _SIZE.fullmatch(text)
    if found is None or found[2] not in _SIZE_UNITS:
        raise ValueError(_size_mend(text))
    size = int(found[1]) * _SIZE_UNITS[found[2]]
    if size > LARGEST:
        raise ValueError(f"{text!r} is too large: write at most {LARGEST}B")
    return size


def format_size(value: int) -> str:
    """The shortest exact spelling with one unit: `"64MiB"`, `"64MB"`, `"0"`. ValueError when out of range."""
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{value!r} is no size: it must lie between 0 and {LARGEST} bytes")
    if value == 0:
        return "0"
    exact = [f"{value // _SIZE_UNITS[unit]}{unit}" for unit in _SIZE_OUT if value % _SIZE_UNITS[unit] == 0]
    return min([*exact, f"{value}B"], key=len)


def _duration_mend(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,18}", text):
        return f"{text!r} has no unit: write one of {text}d, {text}h, {text}m, {text}s"
    if text.startswith("-"):
        return f"{text!r}: a duration cannot be negative; write 0 to switch it off"
    if re.fullmatch(r"[0-9]+[.,][0-9]+ ?[a-z]+", text):
        return f"{text!r}: write whole numbers, such as 1h30m for an hour and a half"
    if text != text.lower() and re.fullmatch(r"(?:[0-9]+[a-z]+ ?)+", text.lower()):
        return f"{text!r}: units are lower case (w, d, h, m, s, ms); for months write days"
    return f"{text!r} is no duration: write a number and a unit (w, d, h, m, s, ms), such as 7d, 36h or 1d12h"


def _size_mend(text: str) -> str:
    if re.fullmatch(r"[0-9]{1,19}", text):
        return f"{text!r} has no unit: write {text}B, {text}MiB or {text}GiB"
    if text.startswith("-"):
        return f"{text!r}: a size cannot be negative"
    if re.fullmatch(r"[0-9]+[.,][0-9]+ ?[A-Za-z]+", text):
        return f"{text!r}: write whole numbers, such as 1536MiB for 1.5 GiB"
    for unit in ("KiB", "MiB", "GiB", "TiB", "kB", "MB", "GB", "TB"):
        found = re.fullmatch(r"([0-9]+) ?([A-Za-z]+)", text)
        if found and found[2].lower() in {unit.lower(), unit[0].lower(), unit[:2].lower()}:
            return f"{text!r}: write {found[1]}{unit}"
    return f"{text!r} is no size: write a number and a unit (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB), such as 512MiB"
