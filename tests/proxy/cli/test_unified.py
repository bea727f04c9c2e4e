"""What `relock` prints instead of writing: a diff that another program can carry out."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.cli.unified import unified

texts = st.lists(st.sampled_from(["", "a", "b", "c\r", "-x", "+x", " "]), max_size=25).map("\n".join)
HEAD = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@")


def applied(old: str, lines: list[str]) -> str:
    """The text once the diff is carried out; its counts have to be right."""
    before, made, at = old.split("\n"), [], 0
    left = right = 0
    for line in lines[2:]:
        if head := HEAD.fullmatch(line):
            assert (left, right) == (0, 0)
            start, left, first, right = map(int, head.groups())
            made += before[at : start - 1]
            at = start - 1
            assert len(made) == first - 1
            continue
        if line[0] != "+":
            assert before[at] == line[1:]
            at, left = at + 1, left - 1
        if line[0] != "-":
            made.append(line[1:])
            right -= 1
    assert (left, right) == (0, 0)
    return "\n".join([*made, *before[at:]])


@given(texts, texts)
def test_it_leads_from_the_one_text_to_the_other(old: str, new: str) -> None:
    found = list(unified("a file", old, new))
    assert found[:2] == (["--- a file", "+++ a file"] if old != new else [])
    assert applied(old, found) == new
