"""JSON objects by where their members stand."""

from __future__ import annotations

import pytest

from proxy.npm.stripping.members import Edit, NoObject, edited, read_object


def test_members_are_found_where_they_stand() -> None:
    text = rb'  { "a" : [1, {"b": "]}"}] ,"\u0063":-1.0e+5, "d\"": null}'
    found = read_object(text)
    assert [(each.key, text[each.begin : each.value], text[each.value : each.end]) for each in found.members] == [
        ("a", b'"a" : ', b'[1, {"b": "]}"}]'),
        ("c", rb'"\u0063":', b"-1.0e+5"),
        ('d"', rb'"d\"": ', b"null"),
    ]
    assert (found.begin, found.close) == (2, len(text) - 1)


def test_an_object_inside_is_read_from_where_it_begins() -> None:
    text = b'{"a":{"b":1}}'
    inner = read_object(text, read_object(text).members[0].value)
    assert [each.key for each in inner.members] == ["b"]
    assert text[inner.begin : inner.close + 1] == b'{"b":1}'


@pytest.mark.parametrize(
    ("unwanted", "left"),
    [
        ("", b'{ "a":1,\n"b":2 , "c":3 }'),
        ("a", b'{ "b":2 , "c":3 }'),
        ("b", b'{ "a":1,\n"c":3 }'),
        ("c", b'{ "a":1,\n"b":2 }'),
        ("ab", b'{ "c":3 }'),
        ("bc", b'{ "a":1 }'),
        ("ac", b'{ "b":2 }'),
        ("abc", b"{}"),
    ],
)
def test_members_are_cut_out_with_their_commas(unwanted: str, left: bytes) -> None:
    text = b'{ "a":1,\n"b":2 , "c":3 }'
    assert edited(text, read_object(text).without(lambda each: each.key in unwanted)) == left


def test_edits_are_made_in_the_order_of_the_text() -> None:
    assert edited(b"abcdef", [Edit(4, 5, b"E"), Edit(0, 2), Edit(6, 6, b"!")]) == b"cdEf!"


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'"a"', b"{", b'{"a"}', b'{"a":}', b'{"a":1', b'{"a":1,}', b'{"a":[}', b"{a:1}", b'{"a":"b}', rb'{"\x":1}'],
)
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(NoObject):
        read_object(text)
