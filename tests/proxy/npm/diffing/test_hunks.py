"""The text of one file: every change is there, where it is said to be, and hidden nowhere."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.diffing.pieces import LONGEST, PIECE, rows
from proxy.npm.diffing.trimming import middles
from proxy.npm.diffing.values import FileChange
from proxy.npm.diffing.visible import visible
from tests.proxy.npm.diffing.archives import lines, of_text

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=8).filter(
    lambda text: visible(text) == text
)
texts = st.lists(st.one_of(st.sampled_from(["", "a", "}", "return;"]), words), max_size=30).map("\n".join)
minified = st.lists(st.sampled_from(["a=1;", "f(x,y){", "}", "'text, and more'", "0123456789" * 30, " " * 50]), max_size=60).map(
    "".join
)


def applied(old: str, file: FileChange) -> list[str]:
    """The old lines with the hunks carried out, which say where they belong."""
    made, at = [], 0
    before = old.split("\n")
    for hunk in file.hunks:
        assert hunk.old_column == hunk.new_column == 1
        made += before[at : hunk.old_line - 1]
        at = hunk.old_line - 1
        assert len(made) == hunk.new_line - 1
        for line in hunk.lines:
            if line[0] != "+":
                assert before[at] == line[1:]
                at += 1
            if line[0] != "-":
                made.append(line[1:])
    return [*made, *before[at:]]


@given(texts, texts)
def test_hunks_lead_from_the_one_text_to_the_other(old: str, new: str) -> None:
    old, new = old + "\nend\n", new + "\nend\n"
    if old != new:
        file = of_text(old, new)
        assert applied(old, file) == new.split("\n")
        assert file.notes == ()


@given(texts, texts, texts, st.integers(0, 3))
def test_what_both_begin_and_end_with_is_taken_off_with_its_place(start: str, end: str, middle: str, times: int) -> None:
    start, end = start * 20 * times, end * 20 * times
    old, new = (start + middle + end).encode(), (start + "x" + middle + end).encode()
    left, right = middles(memoryview(old), memoryview(new))
    assert (left.line, left.column, left.after) == (right.line, right.column, right.after)
    for whole, part in ((old, left), (new, right)):
        before = whole[: len(whole) - len(part.data) - part.after]
        assert before + part.data + whole[len(whole) - part.after :] == whole
        assert before.count(b"\n") == part.line - 1
        assert len(before.decode().rpartition("\n")[2]) == part.column - 1
        part.data.decode()


@given(minified)
def test_pieces_are_the_whole_and_short(text: str) -> None:
    found = rows(text)
    assert "".join(found.texts) == text
    if len(text) > LONGEST:
        assert all(len(re.sub(r"[ \t]{40,}", "", each)) <= PIECE for each in found.texts)
        columns = [place[1] for place in found.places]
        assert columns == [1 + sum(map(len, found.texts[:index])) for index in range(len(found.texts))]


def test_a_change_in_a_minified_file_moves_few_other_pieces() -> None:
    text = ";".join(f"function f{number}(a,b){{return a+b*{number}}}" for number in range(2000))
    file = of_text(text, text.replace("f1000(", "evil('http://registry.example',"))
    (hunk,) = file.hunks
    assert len(hunk.lines) < 20
    assert any("evil('http://registry.example'" in line for line in hunk.lines if line[0] == "+")
    assert hunk.new_line == 1
    told = text[hunk.new_column - 1 :]
    assert told.startswith(hunk.lines[0][1:])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 300_000), st.integers(0, 300_000))
def test_a_change_in_a_large_file_is_found_wherever_it_is(at: int, width: int) -> None:
    text = "x" * 300_000
    new = f"{text[:at]}\nevil();\n{text[at + width :]}"
    file = of_text(text, new, limits={"file": 2_000_000})
    assert "+evil();" in lines(file)
    (place,) = {hunk.new_line for hunk in file.hunks}
    assert place <= 2


def test_code_that_is_out_of_sight_or_turned_around_is_told() -> None:
    file = of_text("a\nb\n", f"a\nb{' ' * 300}evil()\n// \u202e\u2066 x\nlet \u3164;\n")
    assert lines(file) == [" a", "-b", "+b<300 spaces>evil()", "+// <U+202E><U+2066> x", "+let <U+3164>;"]
    assert file.notes == (
        "new lines have characters that cannot be seen, or turn text around: U+202E, U+2066, U+3164",
        "something stands behind a long run of blanks in line 2",
    )


def test_what_a_long_line_has_behind_blanks_is_a_piece_of_its_own() -> None:
    file = of_text("a\n", "a" + "b" * 300 + " " * 500 + "evil()\n")
    assert "+<500 spaces>evil()" in lines(file)


def test_what_was_hidden_before_and_stays_is_no_news() -> None:
    assert of_text("\u202e\na\n", "\u202e\nb\n").notes == ()


def test_other_ends_of_lines_are_said_and_do_not_hide_the_rest() -> None:
    file = of_text("a\nb\nc\n", "a\r\nx\r\nc\r\n")
    assert (lines(file), file.notes) == ([" a", "-b", "+x", " c"], ("its lines end differently",))
    assert lines(of_text("a\n", "a\rb\n")) == ["-a", "+a<U+000D>b"]


def test_bytes_that_are_no_text_can_be_seen() -> None:
    assert lines(of_text("a\n", b"a\n\xff\x00b\n")) == [" a", "+\\xff<U+0000>b"]


def test_what_is_cut_is_counted() -> None:
    file = of_text("", "".join(f"line {number}\n" for number in range(1000)))
    assert len(lines(file)) == 401
    assert lines(file)[399:] == ["+line 399", "\\ 600 more lines of this change are not shown"]
    file = of_text("", "x\n" * 100, limits={"text": 20})
    assert lines(file) == ["+x"] * 10 + ["\\ 90 more lines of this change are not shown"]
    file = of_text("a", "b" * 100, limits={"file": 10})
    assert file.notes == ("90 bytes of what it was after are not compared",)


def test_what_is_gone_gives_way_to_what_is_new() -> None:
    file = of_text("".join(f"line {number}\n" for number in range(1000)), "evil()\n")
    assert "+evil()" in lines(file)
    assert "\\ 604 lines that are gone are not shown" in lines(file)
    file = of_text("a\n" * 1000, "".join(f"b{number}\n" for number in range(1000)))
    assert sum(line[0] == "-" for line in lines(file)) == 10
    assert "\\ 610 more lines of this change are not shown" in lines(file)


def test_a_long_change_leaves_room_for_those_behind_it() -> None:
    kept = [f"line {number}\n" for number in range(200)]
    noise = "noise\n" * 5000
    file = of_text("".join(kept), "".join([noise, *kept[:100], "evil()\n", *kept[100:]]))
    assert "+evil()" in lines(file)
    assert len(lines(file)) <= 401
    many = [line for number, each in enumerate(kept) for line in ([each, f"x{number}\n"] if number % 10 == 0 else [each])]
    file = of_text("".join(kept), "".join(many), limits={"lines": 50})
    assert len(file.hunks) == 8
    assert file.notes == ("12 more lines of changes are not shown",)


def test_hidden_characters_are_told_of_lines_that_are_not() -> None:
    file = of_text("", "x\n" * 1000 + "\u202e\n")
    assert "U+202E" in file.notes[0]
