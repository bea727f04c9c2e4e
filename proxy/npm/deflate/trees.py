"""Huffman codes as zlib builds them: `build_tree`, `gen_bitlen` and `gen_codes` of its trees.c.

Many trees are equally short; zlib's heap decides between them, so it is kept as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Alphabet:
    """One of the three that deflate has (RFC 1951, sections 3.2.5 and 3.2.7)."""

    extra: Sequence[int]
    """By symbol, how many more bits follow its code."""
    longest: int
    """Bits of a code."""
    fixed: Sequence[int] = ()
    """Lengths of its fixed codes, where it has any."""


class Tree(NamedTuple):
    """What became of some frequencies."""

    lengths: list[int]
    """Bits by symbol, up to the last that has a code; 0: none."""
    bits: int
    """What all symbols take with these codes, and what follows them."""
    fixed_bits: int
    """The same with the fixed codes."""


def build(counts: Sequence[int], alphabet: Alphabet) -> Tree:
    """The tree for how often each symbol occurs. It has two codes at least, if need be of symbols that do not occur."""
    weights = list(counts)
    heap = [symbol for symbol, count in enumerate(weights) if count]
    last = heap[-1] if heap else -1
    while len(heap) < 2:
        last, added = (last + 1, last + 1) if last < 2 else (last, 0)
        heap.append(added)
        weights[added] = 1
    parents, order = _joined(weights, heap)
    lengths, overlong = [0] * len(parents), 0
    for node in order[1:]:
        lengths[node] = lengths[parents[node]] + 1
        if lengths[node] > alphabet.longest:
            lengths[node] = alphabet.longest
            overlong += 1
    del lengths[last + 1 :]
    if overlong:
        _shorten(lengths, overlong, [node for node in reversed(order) if node <= last], alphabet.longest)
    used = [(count, symbol) for symbol, count in enumerate(counts) if count]
    fixed = sum(count * (alphabet.fixed[symbol] + alphabet.extra[symbol]) for count, symbol in used) if alphabet.fixed else 0
    return Tree(lengths, sum(count * (lengths[symbol] + alphabet.extra[symbol]) for count, symbol in used), fixed)


def codes(lengths: Sequence[int]) -> list[str]:
    """The codes that have these lengths, as text, the bit that comes first in the stream first; empty where there is none."""
    made = [""] * len(lengths)
    code = 0
    for length in range(1, 16):
        code <<= 1
        for symbol, wanted in enumerate(lengths):
            if wanted == length:
                made[symbol] = format(code, f"0{length}b")
                code += 1
    return made


def _joined(weights: list[int], heap: list[int]) -> tuple[list[int], list[int]]:
    """By node its parent, and all nodes from the root down: the lightest two are joined until one is left."""
    keys = [(weight, 0) for weight in weights]
    parents = [0] * len(weights)
    order: list[int] = []
    for place in range(len(heap) // 2, 0, -1):
        _sift(keys, heap, place)
    while len(heap) > 1:
        first = heap[0]
        tail = heap.pop()
        if heap:
            heap[0] = tail
            _sift(keys, heap, 1)
        second = heap[0]
        order += [first, second]
        node = len(keys)
        keys.append((keys[first][0] + keys[second][0], max(keys[first][1], keys[second][1]) + 1))
        parents.append(0)
        parents[first] = parents[second] = heap[0] = node
        _sift(keys, heap, 1)
    return parents, [*order, heap[0]][::-1]


def _sift(keys: list[tuple[int, int]], heap: list[int], place: int) -> None:
    """`pqdownheap`: let what is at this place, counted from 1, sink to where it belongs."""
    node = heap[place - 1]
    below = 2 * place
    while below <= len(heap):
        if below < len(heap) and keys[heap[below]] <= keys[heap[below - 1]]:
            below += 1
        if keys[node] <= keys[heap[below - 1]]:
            break
        heap[place - 1] = heap[below - 1]
        place, below = below, 2 * below
    heap[place - 1] = node


def _shorten(lengths: list[int], overlong: int, leaves: list[int], longest: int) -> None:
    """Make room for codes that were cut: lengths are given anew, the greatest to the lightest leaves, which come first."""
    counts = [0] * (longest + 1)
    for leaf in leaves:
        counts[lengths[leaf]] += 1
    while overlong > 0:
        bits = longest - 1
        while not counts[bits]:
            bits -= 1
        counts[bits] -= 1
        counts[bits + 1] += 2
        counts[longest] -= 1
        overlong -= 2
    following = iter(leaves)
    for bits in range(longest, 0, -1):
        for _ in range(counts[bits]):
            lengths[next(following)] = bits
