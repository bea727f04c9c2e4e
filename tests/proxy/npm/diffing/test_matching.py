"""Which lines are the same: right for every pair of texts, short where it can be, and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.diffing.matching import DIFFERENCES, STRETCH, Block, blocks, grouped

few = st.lists(st.sampled_from("abcd"), max_size=30)
many = st.lists(st.text(st.characters(min_codepoint=97, max_codepoint=122), max_size=2), max_size=40)


def applied(old: Sequence[str], new: Sequence[str], found: list[Block]) -> list[str]:
    """The new text, made of the old one and of what the blocks take from the new one."""
    made: list[str] = []
    at = 0
    for start, end, first, last in found:
        assert at <= start <= end
        assert (start, first) != (end, last), "a block that changes nothing"
        made += old[at:start]
        assert len(made) == first
        made += new[first:last]
        at = end
    return [*made, *old[at:]]


@given(st.one_of(st.tuples(few, few), st.tuples(many, many)))
def test_blocks_lead_from_the_one_text_to_the_other(both: tuple[list[str], list[str]]) -> None:
    old, new = both
    found = blocks(old, new)
    assert applied(old, new, found) == new
    assert all(before[1] < after[0] or before[3] < after[2] for before, after in pairwise(found))
    assert blocks(old, old) == []


@given(many, st.data())
def test_one_line_that_is_put_in_is_one_block(old: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(old)))
    new = [*old[:at], "nowhere else", *old[at:]]
    assert blocks(old, new) == [(at, at, at, at + 1)]


def test_texts_that_are_made_to_be_hard_are_replaced_as_a_whole() -> None:
    old = [chr(97 + (number * number) % 7) for number in range(STRETCH)]
    new = [chr(97 + (number * 3 + number // 5) % 7) for number in range(STRETCH)]
    assert applied(old, new, blocks(old, new)) == new
    assert len(blocks(old, new)) <= 2
    strange = [str(number) for number in range(DIFFERENCES + 10)]
    assert blocks(["a", *strange, "b"], ["a", "x", "b"]) == [(1, DIFFERENCES + 11, 1, 2)]


def test_blocks_near_each_other_are_told_together() -> None:
    found = [(1, 2, 1, 1), (8, 8, 7, 9), (20, 21, 21, 22)]
    assert list(grouped(found, 3)) == [found[:2], found[2:]]
    assert list(grouped(found, 0)) == [[each] for each in found]
