"""JSON with places: the same values as anybody reads, each where it is said to stand."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.lockfile.jsontext import read_json, without_comments
from proxy.npm.lockfile.placed import PlacedObject, PlacedText, placed

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=20,
)


def check(value: object, text: str) -> None:
    """Each value is what stands at its place."""
    if isinstance(value, PlacedObject):
        assert value.keys() == value.members.keys()
        for key, member in value.members.items():
            assert json.loads("{" + text[member.start : member.end] + "}") == {key: value[key]}
            assert json.loads(text[member.value : member.end]) == value[key]
            inner = value[key]
            assert not isinstance(inner, PlacedText) or inner.owner is value
            check(inner, text)
    elif isinstance(value, list):
        for each in value:
            check(each, text)
    elif isinstance(value, PlacedText):
        assert json.loads(f'"{text[value.span.start : value.span.end]}"') == value
    else:
        assert not isinstance(value, str)


@given(values, st.sampled_from([None, 2, "\t"]), st.booleans())
def test_values_and_places(value: object, indent: int | str | None, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    found = placed(text)
    assert found == value
    check(found, text)


def test_comments_and_commas_as_bun_writes_them() -> None:
    text = '{ // "a": 1\n "a": ["b", "c/*d*/", {"e": "//f",}, ], /* } */ "g": "h" }'
    found = placed(text)
    assert found == read_json(without_comments(text))
    assert isinstance(found, PlacedObject)
    last = found["g"]
    assert isinstance(last, PlacedText)
    assert text[last.span.start : last.span.end] == "h"
