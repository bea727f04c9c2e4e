"""A package.json without install scripts, and otherwise byte for byte as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.stripping.manifest import Unreadable, strip_manifest

INSTALL = ("preinstall", "install", "postinstall")

WRITTEN = """{
\t"name" : "a",
  "version":"1.0",   "weight": 1.0, "large": 123456789012345678901234567890, "umlaut": "\\u00fc",
  "scripts": {
    "preinstall": "one",
    "test": "x",
    "install": "two", "build": "y",
    "postinstall": "three"
  },
  "gypfile": true
}

"""


def test_what_stays_is_as_it_was_written() -> None:
    text, removed = strip_manifest(WRITTEN.encode())
    assert removed == ("scripts.preinstall", "scripts.install", "scripts.postinstall", "gypfile")
    assert text.decode() == (
        """{
\t"name" : "a",
  "version":"1.0",   "weight": 1.0, "large": 123456789012345678901234567890, "umlaut": "\\u00fc",
  "scripts": {
    "test": "x",
    "build": "y"
  }
}

"""
    )


def test_with_nothing_to_remove_it_is_untouched() -> None:
    data = b'\xef\xbb\xbf{"scripts": {"test": "x", "prepare": "y", "preinstallx": "z"}, "gypfile": false}'
    assert strip_manifest(data) == (data, ())


def test_a_byte_order_mark_goes_with_the_rest() -> None:
    assert strip_manifest(b'\xef\xbb\xbf{"scripts": {"install": "x"}}') == (b'{"scripts": {}}', ("scripts.install",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # keys with escapes are the same keys
        (rb'{"scripts":{"\u0070ostinstall":"x"}}', b'{"scripts":{}}'),
        (rb'{"\u0073cripts":{"install":"x","a":"b"}}', rb'{"\u0073cripts":{"a":"b"}}'),
        # a key that is there twice goes twice, in an object that is there twice
        (b'{"scripts":{"install":"x","install":"y"}}', b'{"scripts":{}}'),
        (b'{"scripts":{"install":"x"},"scripts":{"a":"b","install":"y"}}', b'{"scripts":{},"scripts":{"a":"b"}}'),
        (b'{"gypfile":true,"a":1,"gypfile":true}', b'{"a":1}'),
        # whatever the value is
        (b'{"scripts":{"install":null,"preinstall":{"a":["}"]},"a":"b"}}', b'{"scripts":{"a":"b"}}'),
        (rb'{"scripts":{"install":"\"}\\","a":"b"}}', b'{"scripts":{"a":"b"}}'),
        (b'{"gypfile":"false"}', b"{}"),
        # where copying an object key by key would let them in again
        (b'{"__proto__":{"scripts":{"install":"x"}}}', b"{}"),
        (b'{"scripts":{"__proto__":{"install":"x"},"a":"b"}}', b'{"scripts":{"a":"b"}}'),
        # bytes that are no UTF-8 stay
        (b'{"a":"\xff\xfe","scripts":{"install":"\xff"}}', b'{"a":"\xff\xfe","scripts":{}}'),
        (b'{ "gypfile" : true , "a" : 1 , "scripts" : { "install" : "x" } }', b'{ "a" : 1 , "scripts" : {} }'),
    ],
)
def test_scripts_go_however_they_are_written(before: bytes, after: bytes) -> None:
    text, removed = strip_manifest(before)
    assert text == after
    assert removed
    assert strip_manifest(text) == (text, ())


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":{"scripts":{"install":"x"}}}',
        b'{"scripts":[{"install":"x"}]}',
        b'{"scripts":"install"}',
        b'{"scripts":null,"config":{"gypfile":true}}',
        b'[{"scripts":{"install":"x"}}]',
        b'"scripts"',
        b"{}",
        b" { } ",
    ],
)
def test_what_no_client_runs_stays(data: bytes) -> None:
    assert strip_manifest(data) == (data, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf\xef\xbb\xbf{"scripts":{}}',
        b'{"scripts":{"install":"x"},}',
        b'{"scripts":{"install":"x"}} {}',
        b'{"scripts":{"install":"x"} /* y */}',
        b"{'scripts':{}}",
        b'{"a":NaN,"scripts":{"install":"x"}}',
        b'{"a":-Infinity}',
        b'{"a":"\n"}',
        b'{"a":"\0"}',
        b'{"a":01}',
        b'{"a":"\\x"}',
        '{"scripts":{}}'.encode("utf-16"),
        b"\xff{}",
        b'{"a":' + b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_what_is_not_json_by_the_letter_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        strip_manifest(data)


def test_a_number_with_very_many_digits_is_no_trouble() -> None:
    digits = b"1" * 20_000
    assert strip_manifest(b'{"a":' + digits + b',"gypfile":true}') == (b'{"a":' + digits + b"}", ("gypfile",))


KEYS = st.sampled_from([*INSTALL, "scripts", "test", "gypfile", "a", 'q"}', "\\", "é", "__proto__", ""]) | st.text(max_size=4)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)
MANIFESTS = st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=6), max_size=6)


def without_scripts(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same on the parsed object."""
    kept = {key: value for key, value in manifest.items() if key != "__proto__" and (key != "gypfile" or value is False)}
    if isinstance(kept.get("scripts"), dict):
        kept["scripts"] = {key: each for key, each in kept["scripts"].items() if key not in {*INSTALL, "__proto__"}}
    return kept


@given(MANIFESTS, st.sampled_from([None, 0, 2, "\t"]), st.booleans(), st.sampled_from([(",", ":"), (" ,\r\n", " : ")]))
def test_the_result_is_the_object_less_the_scripts(
    manifest: dict[str, Any], indent: int | str | None, ascii_only: bool, separators: tuple[str, str]
) -> None:
    text = json.dumps(manifest, indent=indent, ensure_ascii=ascii_only, separators=separators).encode("utf-8", "surrogatepass")
    stripped, removed = strip_manifest(text)
    assert list(json.loads(stripped).items()) == list(without_scripts(json.loads(text)).items())
    assert bool(removed) == (stripped != text)
    assert strip_manifest(stripped) == (stripped, ())


SPACE = st.text(" \t\r\n", max_size=3)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[list[str], list[str], list[bool]]:
    """The members of an object as somebody might have written them, the white space before each, and which are scripts."""
    keys = draw(st.lists(st.sampled_from([*INSTALL, "test", "build", "x"]), min_size=1, max_size=8))
    texts = [
        f'"{key}"{draw(SPACE)}:{draw(SPACE)}{draw(st.sampled_from(["1.0", "1e2", chr(34) + "," + chr(34), "[ {} ]"]))}'
        for key in keys
    ]
    return texts, [draw(SPACE) for _ in keys], [key in INSTALL for key in keys]


@given(spelled(), SPACE)
def test_every_member_that_stays_keeps_its_bytes_and_what_leads_up_to_it(
    written: tuple[list[str], list[str], list[bool]], tail: str
) -> None:
    texts, spaces, unwanted = written
    inside = ",".join(f"{space}{text}" for space, text in zip(spaces, texts, strict=True))
    stripped, _ = strip_manifest(f'{{"scripts":{{{inside}{tail}}},"a":1.0}}'.encode())
    kept = [text for text, gone in zip(texts, unwanted, strict=True) if not gone]
    assert stripped.startswith(b'{"scripts":{')
    assert stripped.endswith(b'},"a":1.0}')
    body = stripped.decode().removeprefix('{"scripts":{').removesuffix('},"a":1.0}')
    if not kept:
        assert body == ("" if any(unwanted) else inside + tail)
        return
    assert body.endswith(kept[-1] + tail)
    for text in kept:
        before, found, body = body.partition(text)
        assert found
        assert before.strip(" \t\r\n,") == ""
    assert body == tail
