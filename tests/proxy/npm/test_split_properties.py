"""Whatever is done to a valid packument: it is refused, or what comes out is valid JSON with some of its versions."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.abbreviated import ABBREVIATED
from proxy.npm.packument import SplitPackument, Variant
from proxy.npm.rendering import render, render_manifest
from proxy.npm.split import BadDocument
from tests.proxy.npm.examples import cut, packument, record_of, sound, text

BASE = "http://pratique.example"
SNIPPETS = [
    b"NaN",
    b"1e999",
    rb'"\ud800"',
    b"\xff",
    b"null",
    b"[]",
    b"{}",
    b'"',
    b",",
    b"}",
    b"{",
    b'"name":"x",',
    b"\0",
    b"9" * 5000,
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1.0.0", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def holds(document: SplitPackument) -> None:
    """What must be true of anything that was not refused."""
    versions = sound(document)
    record = record_of(document)
    for variant in Variant:
        out = render(document, record, versions, document.tags, BASE, variant)
        strict = msgspec.json.decode(out)
        assert strict == json.loads(out)
        assert list(strict["versions"]) == versions
        assert set(strict["time"]) <= {"created", "modified", *versions}
        assert "error" not in strict
        for version, manifest in strict["versions"].items():
            assert manifest["version"] == version
            assert manifest["dist"]["tarball"].startswith(BASE)
            if variant is Variant.ABBREVIATED:
                assert set(manifest) <= set(ABBREVIATED)
    for version in versions:
        assert msgspec.json.decode(render_manifest(document, version, BASE))["version"] == version


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_bytes(data: st.DataObject) -> None:
    body = text(packument())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body)))
        gone = data.draw(st.sampled_from([0, 0, 1, 2, 20]))
        body = body[:at] + data.draw(st.sampled_from(SNIPPETS) | st.binary(max_size=3)) + body[at + gone :]
    try:
        document = cut(body)
    except BadDocument:
        return
    holds(document)


def _places(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, (*path, key))
    return found


PLACES = _places(packument())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), values | st.just(...)), min_size=1, max_size=3))
def test_changed_values(changes: list[tuple[tuple[str, ...], Any]]) -> None:
    whole = packument()
    for path, value in changes:
        target: Any = whole
        for key in path[:-1]:
            target = target.get(key) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target.pop(path[-1], None) if value is ... else target.update({path[-1]: value})
    try:
        document = cut(text(whole))
    except BadDocument:
        return
    listed = whole.get("versions")
    assert set(document.versions) <= set(listed if isinstance(listed, dict) else [])
    holds(document)
