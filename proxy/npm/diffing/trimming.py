"""Taking off what two files begin and end with: what is left of large ones that differ in one place is small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_BACK = 4096
"""Bytes that are looked through for the ends of lines before a change."""

_LINES = 4
"""Lines before and after a change that stay."""


@dataclass(frozen=True, slots=True)
class Middle:
    """What is left of a file, and where that begins in it."""

    data: bytes
    line: int
    column: int
    """In characters."""
    after: int
    """Bytes behind it that were taken off."""


def middles(old: memoryview, new: memoryview) -> tuple[Middle, Middle]:
    """What is left of both; some lines of what is the same stay around it."""
    shorter = min(len(old), len(new))
    start = _common(shorter, lambda count: old[:count] == new[:count])
    end = _common(shorter - start, lambda count: old[len(old) - count :] == new[len(new) - count :])
    start = _line_before(old, start)
    end = _line_after(old, end)
    # What is the same must not be taken off twice, where one file repeats a part of the other.
    end = min(end, shorter - start)
    while end and old[len(old) - end] & 0xC0 == 0x80:
        end -= 1
    return _middle(old, start, end), _middle(new, start, end)


def _common(most: int, same: Callable[[int], bool]) -> int:
    """The greatest count for which it is the same, found by halving."""
    low, high = 0, most
    while low < high:
        half = (low + high + 1) // 2
        low, high = (half, high) if same(half) else (low, half - 1)
    return low


def _line_before(data: memoryview, start: int) -> int:
    """A place at or before `start` where a line begins, or else a statement, or at least a character."""
    begin = max(0, start - _BACK)
    behind = bytes(data[begin:start])
    at = len(behind)
    for _ in range(_LINES):
        found = behind.rfind(b"\n", 0, max(0, at - 1))
        if found < 0:
            break
        at = found + 1
    else:
        return begin + at
    if begin == 0:
        return 0
    at = max((behind.rfind(mark, 0, len(behind) - 400) for mark in (b";", b"{", b"}")), default=-1) + 1
    at = at or max(0, len(behind) - 400)
    while at and behind[at] & 0xC0 == 0x80:
        at -= 1
    return begin + at


def _line_after(data: memoryview, end: int) -> int:
    """How many bytes at the end stay off: as above, forward."""
    start = len(data) - end
    ahead = bytes(data[start : start + _BACK])
    at = 0
    for _ in range(_LINES):
        found = ahead.find(b"\n", at)
        if found < 0:
            return end - len(ahead) if len(ahead) < _BACK else end - min(400, len(ahead))
        at = found + 1
    return end - at


def _middle(data: memoryview, start: int, end: int) -> Middle:
    before = bytes(data[:start])
    line = before.count(b"\n")
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace"))
    return Middle(bytes(data[start : len(data) - end]), line + 1, column + 1, end)
