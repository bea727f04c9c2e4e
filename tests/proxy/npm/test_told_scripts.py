"""What a document tells of install scripts, and versions put into it in place of its own."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.packument import REGIONS, MemoryText, SplitPackument, Variant
from proxy.npm.rendering import render, render_manifest
from proxy.npm.split import retold
from tests.proxy.npm.examples import cut, manifest, packument, record_of, text


def of(**fields: Any) -> SplitPackument:
    """A document with one version that has these fields."""
    document = packument("1.0.0")
    document["versions"]["1.0.0"] = manifest("1.0.0", **fields)
    return cut(text(document))


@pytest.mark.parametrize(
    "fields",
    [
        {"scripts": {"preinstall": "x"}},
        {"scripts": {"install": "x"}},
        {"scripts": {"test": "t", "postinstall": "x"}},
        {"scripts": {"postinstall": ""}},
        {"hasInstallScript": True},
        {"gypfile": True},
        {"gypfile": False},
        {"hasInstallScript": False, "scripts": {"install": "x"}},
        {"hasInstallScript": False, "gypfile": True},
        {"gypfile": False, "scripts": {"install": "x"}},
    ],
)
def test_whatever_makes_some_client_run_a_script_counts(fields: dict[str, Any]) -> None:
    assert of(**fields).listed["1.0.0"].scripted


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"scripts": {"test": "x", "prepare": "x", "preinstallation": "x"}},
        {"scripts": {"install": None}},
        {"scripts": ["install"]},
        {"scripts": "install"},
        {"hasInstallScript": False, "gypfile": None, "scripts": {}},
        {"dependencies": {"install": "1"}},
    ],
)
def test_nothing_else_does(fields: dict[str, Any]) -> None:
    assert not of(**fields).listed["1.0.0"].scripted


def test_a_name_that_is_written_with_escapes_counts_too() -> None:
    body = text({**packument("1.0.0")}).replace(b'"description"', rb'"scripts":{"\u0070ostinst\u0061ll":"x"},"description"', 1)
    assert cut(body).listed["1.0.0"].scripted


@pytest.mark.parametrize(
    ("fields", "bundling"),
    [
        ({"bundleDependencies": ["a"]}, True),
        ({"bundledDependencies": ["a"]}, True),
        ({"bundleDependencies": True}, True),
        ({"bundleDependencies": {"a": "1"}}, True),
        ({"bundleDependencies": []}, False),
        ({"bundleDependencies": False}, False),
        ({"bundledDependencies": None}, False),
        ({}, False),
    ],
)
def test_packages_that_are_brought_along_are_told(fields: dict[str, Any], bundling: bool) -> None:
    assert of(**fields).listed["1.0.0"].bundling is bundling


def test_a_piece_of_an_earlier_release_is_told_anew() -> None:
    piece = of(scripts={"install": "x"}, bundleDependencies=["a"]).piece("1.0.0")
    older = msgspec.structs.replace(piece, entry=msgspec.structs.replace(piece.entry, scripted=False, bundling=False))
    assert retold(older) == piece


def test_a_version_is_replaced_where_it_stands() -> None:
    document = cut(text(packument("1.0.0", "1.1.0", "1.2.0")))
    piece = document.piece("1.1.0")
    other = MemoryText(*(getattr(piece.text, key).replace(b"pads on", b"is off") for key in REGIONS))
    changed = document.with_pieces({"1.1.0": msgspec.structs.replace(piece, text=other)})

    def versions(of: SplitPackument) -> dict[str, Any]:
        body = render(of, record_of(of), list(of.versions), {"latest": "1.2.0"}, "http://here", Variant.FULL)
        return dict(json.loads(body)["versions"])

    before, after = versions(document), versions(changed)
    assert list(after) == list(before) == ["1.0.0", "1.1.0", "1.2.0"]
    assert after.pop("1.1.0")["description"] == "is off the left"
    before.pop("1.1.0")
    assert after == before
    assert json.loads(render_manifest(changed, "1.1.0", "http://here"))["description"] == "is off the left"
    assert changed.identity != document.identity


@given(
    st.lists(st.sampled_from(["1.0.0", "1.1.0", "1.2.0", "9.0.0"]), max_size=4, unique=True),
    st.sets(st.sampled_from(["1.0.0", "1.1.0", "1.2.0", "9.0.0"])),
    st.sampled_from(list(Variant)),
)
def test_a_piece_that_is_put_back_changes_nothing_of_what_is_shown(put: list[str], shown: set[str], variant: Variant) -> None:
    document = cut(text(packument("1.0.0", "1.1.0", "1.2.0", "9.0.0")))
    same = document.with_pieces({version: document.piece(version) for version in put})
    same = same.with_pieces({version: same.piece(version) for version in reversed(put)})
    bodies = [render(each, record_of(each), shown, {}, "http://here", variant) for each in (document, same)]
    assert bodies[0] == bodies[1]
