"""A manifest that parsers could read differently is said to be odd; the value is what clients read."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.archive.members import Caps
from proxy.npm.archive.strict_json import NotJson, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_plain_json_is_read_and_nothing_is_odd(value: object, escape: bool, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=escape, indent=indent).encode()
    assert parse(data) == (value, [])


@pytest.mark.parametrize(
    ("data", "value", "odd"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, "begins with a byte order mark"),
        (b'{"scripts": 1, "scripts": 2}', {"scripts": 2}, "has the key 'scripts' twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', {"a": {"b": 2}}, "has the key 'b' twice"),
        (b'{"a": 1} x', {"a": 1}, "goes on after its end (character 8)"),
        (b'{"a": 1}{"a": 2}', {"a": 1}, "goes on after its end (character 8)"),
        (b'{"a": 1}\0', {"a": 1}, "goes on after its end (character 8)"),
        (b'{"a": "\xff"}', {"a": "\ufffd"}, "is not UTF-8 (byte 7)"),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}, "has half a character (a lone surrogate)"),
        (b'{"\\udc00": 1}', {"\udc00": 1}, "has half a character (a lone surrogate)"),
        (b'{"a": 1e999}', {"a": float("inf")}, "has a number beyond all bounds"),
        (b"[" + b"1" * 500 + b"]", [float("inf")], "has a number beyond all bounds"),
        (b'{"a": -Infinity}', None, "has -Infinity for a value"),
        (b'{"a": NaN}', None, "has NaN for a value"),
        (b"[" * 300 + b"]" * 300, None, "is nested more than 200 deep"),
    ],
)
def test_what_parsers_differ_on_is_said(data: bytes, value: object, odd: str) -> None:
    made, told = parse(data)
    assert told == [odd]
    if value is not None:
        assert made == value


@pytest.mark.parametrize("data", [b"", b"{", b"{'a': 1}", b'{"a": 1,}', b"// x\n{}", b'{"a": "\n"}', b"\0", b"undefined"])
def test_what_no_client_could_read_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson, match="is not JSON"):
        parse(data)


def test_json_without_bottom_is_refused() -> None:
    with pytest.raises(NotJson, match="too deep"):
        parse(b"[" * 500_000)


def test_json_that_is_too_large_is_refused() -> None:
    with pytest.raises(NotJson, match="has 12 bytes; at most 10 are read"):
        parse(b'"0123456789"', Caps(manifest=10))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(NotJson):
        parse(data)
