"""What strangers wrote can be read, and does nothing to whoever reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.diffing.visible import hidden_in, is_padded, short, visible

HIDDEN = {
    "\u202e": "U+202E",
    "\u2066": "U+2066",
    "\u200b": "U+200B",
    "\ufeff": "U+FEFF",
    "\u2028": "U+2028",
    "\u00a0": "U+00A0",
    "\u3164": "U+3164",
    "\u2800": "U+2800",
    "\ufe0f": "U+FE0F",
    "\U000e0101": "U+E0101",
    "\U000e0041": "U+E0041",
    "\u00ad": "U+00AD",
    "\x1b": "U+001B",
    "\r": "U+000D",
    "\x00": "U+0000",
    "\x7f": "U+007F",
    "\x9b": "U+009B",
    "\ud800": "U+D800",
    "\ue000": "U+E000",
}


@pytest.mark.parametrize("character", HIDDEN, ids=ascii)
def test_what_shows_nothing_is_written_out(character: str) -> None:
    assert visible(f"a{character}b") == f"a<{HIDDEN[character]}>b"
    assert hidden_in(f"a{character}b{character}") == {HIDDEN[character]: 2}


@pytest.mark.parametrize("text", ["", "plain", "\tif (a) { b }", "naïve, 日本語, 🎉", "e\u0301"])
def test_what_can_be_read_stays(text: str) -> None:
    assert visible(text) == text
    assert not hidden_in(text)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_nothing_moves_a_cursor_or_hides_whatever_the_text_is(text: str) -> None:
    told = visible(text)
    assert told.replace("\t", "").isprintable()
    assert not hidden_in(told)
    assert short(text).isprintable()
    assert len(told) >= len(text) or "<" in told


@pytest.mark.parametrize(
    ("text", "told", "padded"),
    [
        (f"a{' ' * 500}evil()", "a<500 spaces>evil()", True),
        (f"{' ' * 500}evil()", "<500 spaces>evil()", True),
        (f"a{chr(9) * 60}evil()", "a<60 tabs>evil()", True),
        (f"a{(' ' + chr(9)) * 30}evil()", "a<60 blanks>evil()", True),
        (f"{' ' * 44}deep();", "<44 spaces>deep();", False),
        (f"a{' ' * 500}", "a<500 spaces>", False),
        (f"a{' ' * 39}b", f"a{' ' * 39}b", False),
    ],
)
def test_what_is_out_of_sight_is_brought_near(text: str, told: str, padded: bool) -> None:
    assert visible(text) == told
    assert is_padded(text) is padded


def test_a_value_is_cut_with_its_length() -> None:
    assert short("a" * 2000) == "a" * 500 + "… (2,000 characters)"
    assert short("a\tb\nc") == "a<U+0009>b<U+000A>c"
