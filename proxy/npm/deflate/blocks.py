"""Blocks of a deflate stream (RFC 1951, section 3.2.3) as zlib writes them: `_tr_flush_block` of its trees.c."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from proxy.npm.deflate.trees import Alphabet, Tree, build, codes

SYMBOLS = 2**14 - 1
"""How many make a block."""

_END = 256
_LENGTH_EXTRA = (*[0] * 8, *[bits for bits in range(1, 6) for _ in range(4)], 0)
_DISTANCE_EXTRA = (0, 0, *[bits for bits in range(14) for _ in range(2)])
_FIXED = (*[8] * 144, *[9] * 112, *[7] * 24, *[8] * 8)
_LITERALS = Alphabet((*[0] * 257, *_LENGTH_EXTRA), 15, _FIXED)
_DISTANCES = Alphabet(_DISTANCE_EXTRA, 15, [5] * 30)
_LENGTHS = Alphabet((*[0] * 16, 2, 3, 7), 7)
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""In which the lengths of the codes of lengths stand."""

Symbol = tuple[int, int]
"""A length and a distance; or a byte and 0."""


def _bases(extra: Sequence[int], first: int) -> list[int]:
    made = [first]
    for bits in extra[:-1]:
        made.append(made[-1] + (1 << bits))
    return made


_LENGTH_BASES = [*_bases(_LENGTH_EXTRA, 3)[:-1], 258]
_DISTANCE_BASES = _bases(_DISTANCE_EXTRA, 1)
_LENGTH_CODES = {
    length: code
    for code, (base, bits) in enumerate(zip(_LENGTH_BASES, _LENGTH_EXTRA, strict=True))
    for length in range(base, base + (1 << bits))
}
"""258 has a code of its own, though there is another that would do."""


def _distance_code(distance: int) -> int:
    if distance < 5:
        return distance - 1
    bits = (distance - 1).bit_length()
    return 2 * (bits - 1) + (distance - 1 >> bits - 2 & 1)


class Blocks:
    """Takes symbols, and gives bytes."""

    def __init__(self) -> None:
        self._symbols: list[Symbol] = []
        self._rest = ""
        """Bits that do not fill a byte yet."""
        self._out: list[bytes] = []

    def tally(self, length: int, distance: int) -> bool:
        """One more; whether the block is full now."""
        self._symbols.append((length, distance))
        return len(self._symbols) == SYMBOLS

    def flush(self, stored: bytes | None, length: int, *, last: bool = False) -> None:
        """End the block. `stored`: the bytes that it stands for, `length` in number; None where they are no longer at hand."""
        symbols, self._symbols = self._symbols, []
        counted = Counter(symbols)
        literals, distances = [0] * 286, [0] * 30
        literals[_END] = 1
        for (value, distance), count in counted.items():
            literals[257 + _LENGTH_CODES[value] if distance else value] += count
            if distance:
                distances[_distance_code(distance)] += count
        first, second = build(literals, _LITERALS), build(distances, _DISTANCES)
        description, bits = _described(first, second)
        packed = (first.bits + second.bits + bits + 3 + 7) >> 3
        fixed = (first.fixed_bits + second.fixed_bits + 3 + 7) >> 3
        kind = "1" if last else "0"
        if stored is not None and length + 4 <= min(packed, fixed):
            self._store(kind, stored)
        elif fixed <= packed:
            self._write([kind, "10", *_coded(symbols, counted, codes(_FIXED), [format(code, "05b") for code in range(30)])])
        else:
            self._write([kind, "01", description, *_coded(symbols, counted, codes(first.lengths), codes(second.lengths))])
        if last:
            self._write(["0" * (-len(self._rest) % 8)])

    def taken(self) -> bytes:
        """What has become bytes since the last time."""
        out, self._out = b"".join(self._out), []
        return out

    def _store(self, kind: str, stored: bytes) -> None:
        self._write([kind, "00", "0" * (-(len(self._rest) + 3) % 8)])
        size = len(stored)
        self._out += [size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"), stored]

    def _write(self, bits: Sequence[str]) -> None:
        """Bits in the order of the stream: the first is the lowest of the first byte."""
        text = "".join([self._rest, *bits])
        whole = len(text) & ~7
        if whole:
            self._out.append(int(text[whole - 1 :: -1], 2).to_bytes(whole >> 3, "little"))
        self._rest = text[whole:]


def _coded(symbols: Sequence[Symbol], among: Counter[Symbol], literal: Sequence[str], distance: Sequence[str]) -> list[str]:
    """The bits of a block's symbols and its end."""
    table = {symbol: _bits(symbol, literal, distance) for symbol in among}
    return [*map(table.__getitem__, symbols), literal[_END]]


def _bits(symbol: Symbol, literals: Sequence[str], distances: Sequence[str]) -> str:
    value, distance = symbol
    if not distance:
        return literals[value]
    length, far = _LENGTH_CODES[value], _distance_code(distance)
    return "".join(
        [
            literals[257 + length],
            _number(value - _LENGTH_BASES[length], _LENGTH_EXTRA[length]),
            distances[far],
            _number(distance - _DISTANCE_BASES[far], _DISTANCE_EXTRA[far]),
        ]
    )


def _number(value: int, bits: int) -> str:
    """Its lowest bit first."""
    return format(value, f"0{bits}b")[::-1] if bits else ""


def _described(first: Tree, second: Tree) -> tuple[str, int]:
    """How both trees are told, and how many bits zlib counts for that."""
    runs = [*_runs(first.lengths), *_runs(second.lengths)]
    counts = [0] * 19
    for symbol, _ in runs:
        counts[symbol] += 1
    tree = build(counts, _LENGTHS)
    lengths = [*tree.lengths, *[0] * (19 - len(tree.lengths))]
    told = max(3, *(place for place, symbol in enumerate(_ORDER) if lengths[symbol])) + 1
    coded = codes(lengths)
    head = [(len(first.lengths) - 257, 5), (len(second.lengths) - 1, 5), (told - 4, 4), *((lengths[n], 3) for n in _ORDER[:told])]
    body = [coded[symbol] + _number(more, _LENGTHS.extra[symbol]) for symbol, more in runs]
    return "".join([*(_number(value, bits) for value, bits in head), *body]), tree.bits + 3 * told + 5 + 5 + 4


def _runs(lengths: Sequence[int]) -> Iterator[Symbol]:
    """`send_tree`: lengths, and codes for several of the same; with what follows the code."""
    at, before = 0, -1
    while at < len(lengths):
        length = lengths[at]
        most = 138 if not length else 6 if length == before else 7
        count = 1
        while count < most and at + count < len(lengths) and lengths[at + count] == length:
            count += 1
        at += count
        if count < (3 if not length or length == before else 4):
            yield from [(length, 0)] * count
        elif length:
            if length != before:
                yield length, 0
                count -= 1
            yield 16, count - 3
        else:
            yield (17, count - 3) if count <= 10 else (18, count - 11)
        before = length
