"""Which lines of two texts are the same: bounded, whatever the texts are.

difflib is quadratic in texts that are made for it, and one such file would keep a whole comparison from being read. Lines that
are there once on each side are matched first (Bram Cohen's patience diff), and what is between them by Myers' algorithm (An
O(ND) Difference Algorithm, 1986) up to a number of differences; beyond that all of a stretch counts as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

DIFFERENCES = 250
"""Of one stretch. More of them tell a reader nothing that the whole stretch would not."""

STRETCH = 20_000
"""Lines of both sides together; longer ones are replaced as a whole."""

Block = tuple[int, int, int, int]
"""Lines from, to of the one side that became lines from, to of the other; ends are exclusive."""


def blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """What was replaced, in order; either side of a block may be empty."""
    numbers: dict[str, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    found: list[Block] = []
    at = (0, 0)
    for anchor in [*_anchors(a, b), (len(a), len(b))]:
        found += _between(a, b, at[0], anchor[0], at[1], anchor[1])
        at = (anchor[0] + 1, anchor[1] + 1)
    return _joined(found)


def grouped(found: Sequence[Block], context: int) -> Iterator[list[Block]]:
    """Blocks whose surroundings touch are told together."""
    group: list[Block] = []
    for block in found:
        if group and block[0] - group[-1][1] > 2 * context:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _anchors(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """Pairs of lines that are there once on each side, as many as are in the same order on both."""
    once_a, once_b = Counter(a), Counter(b)
    place = {line: index for index, line in enumerate(b) if once_b[line] == 1}
    pairs = [(index, place[line]) for index, line in enumerate(a) if once_a[line] == 1 and line in place]
    # The longest ascending row of the second numbers.
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for position, (_, second) in enumerate(pairs):
        at = bisect_left(ends, second)
        ends[at : at + 1] = [second]
        tops[at : at + 1] = [position]
        before.append(tops[at - 1] if at else -1)
    chain, position = [], tops[-1] if tops else -1
    while position >= 0:
        chain.append(pairs[position])
        position = before[position]
    return chain[::-1]


def _between(a: list[int], b: list[int], start_a: int, end_a: int, start_b: int, end_b: int) -> list[Block]:
    while start_a < end_a and start_b < end_b and a[start_a] == b[start_b]:
        start_a, start_b = start_a + 1, start_b + 1
    while start_a < end_a and start_b < end_b and a[end_a - 1] == b[end_b - 1]:
        end_a, end_b = end_a - 1, end_b - 1
    if start_a == end_a and start_b == end_b:
        return []
    whole = [(start_a, end_a, start_b, end_b)]
    if start_a == end_a or start_b == end_b or (end_a - start_a) + (end_b - start_b) > STRETCH:
        return whole
    steps = _shortest(a[start_a:end_a], b[start_b:end_b])
    if steps is None:
        return whole
    return [(start_a + x, start_a + x + dx, start_b + y, start_b + y + dy) for x, dx, y, dy in steps]


def _shortest(a: list[int], b: list[int]) -> list[Block] | None:
    """Single lines that go or come, as (from, how many, from, how many); None where there are too many."""
    n, m = len(a), len(b)
    left, right = Counter(a), Counter(b)
    if (left - right).total() + (right - left).total() > DIFFERENCES:
        return None
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(min(n + m, DIFFERENCES) + 1):
        trace.append(dict(furthest))
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            while x < n and y < m and a[x] == b[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= n and y >= m:
                return _walked_back(trace, n, m)
    return None


def _walked_back(trace: list[dict[int, int]], x: int, y: int) -> list[Block]:
    steps: list[Block] = []
    for d in range(len(trace) - 1, 0, -1):
        furthest, k = trace[d], x - y
        down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
        before = furthest[k + 1] if down else furthest[k - 1]
        y = before - (k + 1 if down else k - 1)
        x = before
        steps.append((x, 0, y, 1) if down else (x, 1, y, 0))
    return steps[::-1]


def _joined(found: list[Block]) -> list[Block]:
    """Blocks that touch each other are one."""
    joined: list[Block] = []
    for block in found:
        if joined and joined[-1][1] == block[0] and joined[-1][3] == block[2]:
            joined[-1] = (joined[-1][0], block[1], joined[-1][2], block[3])
        else:
            joined.append(block)
    return joined
