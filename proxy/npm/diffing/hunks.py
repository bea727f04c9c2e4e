"""The changes of one text file as hunks, the way `diff -u` tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from proxy.npm.diffing.matching import Block, blocks, grouped
from proxy.npm.diffing.pieces import Rows, rows
from proxy.npm.diffing.trimming import Middle, middles
from proxy.npm.diffing.values import Hunk
from proxy.npm.diffing.visible import hidden_in, is_padded, short, visible

_CHARACTERS = 6
"""Kinds of hidden characters that are named."""

SHARE = 20
"""Lines that each stretch gets, as long as there are any."""

GONE = 10
"""Lines of what is gone that are told of a stretch in any case."""


@dataclass(slots=True)
class Budget:
    """What may still be told."""

    lines: int
    text: int


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of one file."""

    hunks: tuple[Hunk, ...]
    notes: tuple[str, ...]


def told(old: memoryview, new: memoryview, budget: Budget, lines: int, most: int, context: int) -> Told:
    """Compare two texts. At most `lines` rows are told, as far as the budget goes, and `most` bytes of each are compared."""
    before, after = middles(old, new)
    notes: list[str] = []
    text, other = _text(before, most, "before", notes), _text(after, most, "after", notes)
    if (text.count("\r\n") > 0) != (other.count("\r\n") > 0) and len(old) and len(new):
        notes.append("its lines end differently")
    left = rows(text.replace("\r\n", "\n"), before.line, before.column)
    right = rows(other.replace("\r\n", "\n"), after.line, after.column)
    found = blocks(left.texts, right.texts)
    notes += _warnings(found, right)
    groups = list(grouped(found, context))
    hunks: list[Hunk] = []
    allowed = min(lines, budget.lines)
    for index, group in enumerate(groups):
        if allowed <= 0 or budget.text <= 0:
            rest = sum(end - start + last - first for each in groups[index:] for start, end, first, last in each)
            notes.append(f"{rest:,} more lines of changes are not shown")
            break
        # So that one change that is long does not keep the ones behind it from being seen.
        share = min(allowed, max(SHARE, allowed // (len(groups) - index)))
        hunk = _hunk(group, left, right, context, share, budget.text)
        hunks.append(hunk)
        allowed -= len(hunk.lines)
        budget.lines -= len(hunk.lines)
        budget.text -= sum(map(len, hunk.lines))
    return Told(tuple(hunks), tuple(notes))


def _text(middle: Middle, most: int, side: str, notes: list[str]) -> str:
    if len(middle.data) > most:
        notes.append(f"{len(middle.data) - most:,} bytes of what it was {side} are not compared")
    # Bytes that are no UTF-8 become `\xff`: they can be seen, too.
    return middle.data[:most].decode("utf-8", "backslashreplace")


def _warnings(found: list[Block], new: Rows) -> Iterator[str]:
    """Of all that is new, whether it is told or not."""
    characters: Counter[str] = Counter()
    padded: list[int] = []
    for _, _, first, last in found:
        for index in range(first, last):
            characters += hidden_in(new.texts[index])
            if is_padded(new.texts[index]):
                padded.append(new.places[index][0])
    if characters:
        named = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in characters.most_common(_CHARACTERS))
        more = f" and {len(characters) - _CHARACTERS} more kinds" if len(characters) > _CHARACTERS else ""
        yield f"new lines have characters that cannot be seen, or turn text around: {named}{more}"
    if padded:
        more = f" and {len(padded) - 1} more" if len(padded) > 1 else ""
        yield f"something stands behind a long run of blanks in line {padded[0]}{more}"


def _hunk(group: list[Block], old: Rows, new: Rows, context: int, most: int, text: int) -> Hunk:
    """A stretch in at most `most` lines and about `text` characters. What is gone gives way to what is new."""
    lead = min(context, group[0][0], group[0][2])
    start, first = group[0][0] - lead, group[0][2] - lead
    news = sum(last - begin for _, _, begin, last in group)
    kept = lead + context + sum(after[0] - before[1] for before, after in pairwise(group))
    told = _Lines(most, text, gone=max(GONE, most - news - kept))
    at = start
    for begin, end, new_begin, new_end in group:
        told.add(" ", old.texts[at:begin])
        told.add("-", old.texts[begin:end])
        told.add("+", new.texts[new_begin:new_end])
        at = end
    told.add(" ", old.texts[at : at + context])
    return Hunk(*_place(old, start), *_place(new, first), told.all())


class _Lines:
    """Gathers the lines of a hunk as long as there is room, and says what there was none for."""

    def __init__(self, most: int, text: int, gone: int) -> None:
        self._lines: list[str] = []
        self._room = most
        self._text = text
        self._gone = gone
        self._left_out = 0

    def add(self, mark: str, texts: list[str]) -> None:
        for index, each in enumerate(texts):
            if mark == "-" and not self._gone:
                self._lines.append(f"\\ {len(texts) - index:,} lines that are gone are not shown")
                return
            if self._room <= 0 or self._text <= 0:
                self._left_out += (len(texts) - index) * (mark != " ")
                return
            self._lines.append(mark + visible(each))
            self._room -= 1
            self._text -= len(self._lines[-1])
            self._gone -= mark == "-"

    def all(self) -> tuple[str, ...]:
        more = [f"\\ {self._left_out:,} more lines of this change are not shown"] if self._left_out else []
        return (*self._lines, *more)


def _place(of: Rows, index: int) -> tuple[int, int]:
    """Where a row begins; behind the last one, the line after it."""
    if index < len(of.places):
        return of.places[index]
    return (of.places[-1][0] + 1, 1) if of.places else (1, 1)


def path_of(path: str) -> str:
    """A path as it may be printed."""
    return short(path, 300)
