"""Two texts as `diff -u` tells them, so that `patch` takes it."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.npm.diffing.matching import Block, blocks, grouped

CONTEXT = 3


def unified(name: str, old: str, new: str) -> Iterator[str]:
    """The lines, without their ends."""
    before, after = old.split("\n"), new.split("\n")
    found = blocks(before, after)
    if found:
        yield f"--- {name}"
        yield f"+++ {name}"
    for group in grouped(found, CONTEXT):
        yield from _hunk(group, before, after)


def _hunk(group: list[Block], before: list[str], after: list[str]) -> Iterator[str]:
    lead = min(CONTEXT, group[0][0])
    start, first = group[0][0] - lead, group[0][2] - lead
    end = min(group[-1][1] + CONTEXT, len(before))
    last = group[-1][3] + end - group[-1][1]
    yield f"@@ -{start + 1},{end - start} +{first + 1},{last - first} @@"
    at = start
    for begin, stop, new_begin, new_stop in group:
        yield from (f" {line}" for line in before[at:begin])
        yield from (f"-{line}" for line in before[begin:stop])
        yield from (f"+{line}" for line in after[new_begin:new_stop])
        at = stop
    yield from (f" {line}" for line in before[at:end])
