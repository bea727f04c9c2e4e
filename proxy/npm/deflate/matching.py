"""What zlib at level 6 replaces by references to earlier bytes: `deflate_slow` and `longest_match` of its deflate.c.

Which match is taken depends on the order in which candidates are tried and on when the window moves on, so both are kept.
The names in capitals are zlib's own.
"""

from __future__ import annotations

from collections.abc import Callable

W_SIZE = 2**15
MIN_MATCH, MAX_MATCH = 3, 258
MIN_LOOKAHEAD = MAX_MATCH + MIN_MATCH + 1
MAX_DIST = W_SIZE - MIN_LOOKAHEAD
TOO_FAR = 4096
"""Three bytes are not worth a reference farther back."""

GOOD, LAZY, NICE, CHAIN = 8, 16, 128, 128
"""Level 6 of zlib's table: after a match of `GOOD` bytes less is tried, after one of `LAZY` nothing; `NICE` are enough."""

_MASK = W_SIZE - 1
_NONE = MIN_MATCH - 1
_SPENT = 8 * W_SIZE
"""Bytes that are forgotten together."""


class Matcher:
    """Takes bytes as they come. Positions count from the beginning of the stream."""

    def __init__(self, tally: Callable[[int, int], bool], flush: Callable[[int], None]) -> None:
        """`tally` is told a length and a distance, or a byte and 0; when it says True, `flush` is told up to where that was."""
        self._tally = tally
        self._flush = flush
        self._data = bytearray()
        self._offset = 0
        """Where `_data` begins."""
        self.base = 0
        """Where zlib's window begins: what is at or before this is not found again."""
        self._filled = 0
        """Where the window's content ends."""
        self._head = [0] * W_SIZE
        self._prev = [0] * W_SIZE
        self._at = 0
        self._waiting = False
        """Whether the byte before `_at` may yet be a literal."""
        self._match = (_NONE, 0)
        """Length and place of the match that begins at the byte before."""

    def window(self, begin: int, end: int) -> bytes:
        """Bytes that came not long ago."""
        return bytes(self._data[begin - self._offset : end - self._offset])

    def take(self, piece: bytes | memoryview) -> None:
        """More bytes."""
        self._data += piece
        self._run(final=False)
        if self.base - self._offset > _SPENT:
            del self._data[: self.base - W_SIZE - self._offset]
            self._offset = self.base - W_SIZE

    def finish(self) -> int:
        """There are no more; how many there were. The last flush is the caller's."""
        self._run(final=True)
        if self._waiting:
            self._tally(self._data[self._at - 1 - self._offset], 0)
        return self._at

    def _fill(self) -> None:
        """`fill_window`: the window has two halves, and moves on by one of them when the second is used up."""
        while True:
            room = 2 * W_SIZE - (self._filled - self.base)
            if self._at - self.base >= W_SIZE + MAX_DIST:
                self.base += W_SIZE
                room += W_SIZE
            waiting = self._offset + len(self._data) - self._filled
            self._filled += min(waiting, room)
            if waiting <= room or self._filled - self._at >= MIN_LOOKAHEAD:
                return

    def _run(self, *, final: bool) -> None:
        while True:
            ahead = self._filled - self._at
            if ahead < MIN_LOOKAHEAD:
                self._fill()
                ahead = self._filled - self._at
                if (ahead < MIN_LOOKAHEAD and not final) or not ahead:
                    return
            candidate = self._insert(self._at, self._at + 1) if ahead >= MIN_MATCH else 0
            length, start = self._match
            self._match = (_NONE, start)
            if candidate > self.base and length < LAZY and self._at - candidate <= MAX_DIST:
                self._match = self._longest(candidate, length, ahead)
            if length >= MIN_MATCH and self._match[0] <= length:
                full = self._tally(length, self._at - 1 - start)
                end = self._at - 1 + length
                self._insert(self._at + 1, min(end, self._filled - MIN_MATCH + 1))
                self._at = end
                self._waiting = False
                self._match = (_NONE, 0)
                if full:
                    self._flush(self._at)
            elif self._waiting:
                if self._tally(self._data[self._at - 1 - self._offset], 0):
                    self._flush(self._at)
                self._at += 1
            else:
                self._waiting = True
                self._at += 1

    def _insert(self, begin: int, end: int) -> int:
        """Make what begins at these places findable; where what begins at the last of them was seen last."""
        data, head, prev = self._data, self._head, self._prev
        before = 0
        for at in range(begin, end):
            place = at - self._offset
            # As zlib computes it, bytes apart by 32 fall together; so do their chains.
            key = (data[place] << 10 ^ data[place + 1] << 5 ^ data[place + 2]) & _MASK
            before = prev[at & _MASK] = head[key]
            head[key] = at
        return before

    def _longest(self, candidate: int, best: int, ahead: int) -> tuple[int, int]:
        """The longest match among the candidates, longer than `best`, and its place; the first of those that are as long."""
        data, prev, offset = self._data, self._prev, self._offset
        most, nice = min(MAX_MATCH, ahead), min(NICE, ahead)
        if best >= most:
            return most, 0
        start, scan = 0, self._at - offset
        wanted = bytes(data[scan : scan + most])
        longer = wanted[: best + 1]
        limit = max(self._at - MAX_DIST, self.base)
        for _ in range(CHAIN >> 2 if best >= GOOD else CHAIN):
            place = candidate - offset
            if data.startswith(longer, place):
                best, start = _common(wanted, data[place : place + most]), candidate
                if best >= nice:
                    break
                longer = wanted[: best + 1]
            candidate = prev[candidate & _MASK]
            if candidate <= limit:
                break
        if best == MIN_MATCH and self._at - start > TOO_FAR:
            best = _NONE
        return best, start


def _common(one: bytes, other: bytes | bytearray) -> int:
    """How many bytes are the same from the beginning on."""
    if one == other:
        return len(one)
    differing = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return ((differing & -differing).bit_length() - 1) >> 3
