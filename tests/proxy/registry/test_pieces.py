"""Versions as they are served rewritten: whatever else a document says of them stays, and nobody's document breaks of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.packument import SplitPackument, Variant
from proxy.npm.rendering import render
from proxy.registry.pieces import Pieces
from proxy.signing.key import SigningKey
from quarantine.rewrite import Rewrite
from tests.proxy.npm.examples import NOON, OTHER, SHA512, SHASUM, cut, manifest, packument, record_of, text

KEY = SigningKey.generate()
REWRITE = Rewrite(SHA512, 1, OTHER, SHASUM, 10, 20, 2, ("scripts.postinstall",), NOON)
UNTOUCHED = replace(REWRITE, integrity=SHA512, removed=())
INSTALL = {"preinstall", "install", "postinstall"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
SCRIPTS = st.dictionaries(st.sampled_from([*sorted(INSTALL), "test", "prepare"]), st.text(max_size=3)) | JSON


def versions(document: SplitPackument, variant: Variant = Variant.FULL) -> dict[str, Any]:
    """What a client gets."""
    body = render(document, record_of(document), list(document.versions), {}, "http://here", variant)
    return dict(json.loads(body)["versions"])


def document_with(**fields: Any) -> SplitPackument:
    """Two versions, of which the second has these fields."""
    whole = packument("1.0.0", "1.1.0")
    whole["versions"]["1.1.0"] = manifest("1.1.0", **fields)
    return cut(text(whole))


@settings(deadline=None, max_examples=150)
@given(scripts=SCRIPTS, flag=JSON, gypfile=JSON, more=JSON, variant=st.sampled_from(list(Variant)))
def test_scripts_go_and_all_else_stays(scripts: Any, flag: Any, gypfile: Any, more: Any, variant: Variant) -> None:
    document = document_with(scripts=scripts, hasInstallScript=flag, gypfile=gypfile, bundleDependencies=more, x=more)
    before, after = (versions(each, variant) for each in (document, Pieces(KEY).document(document, {"1.1.0": REWRITE})))
    assert list(after) == list(before)
    assert after["1.0.0"] == before["1.0.0"]
    was, now = before["1.1.0"], after["1.1.0"]
    assert "hasInstallScript" not in now
    assert now.pop("gypfile", None) is not True
    kept = was.pop("scripts", None)
    if isinstance(kept, dict):
        assert now.pop("scripts") == {name: each for name, each in kept.items() if name not in INSTALL}
    else:
        assert now.pop("scripts", None) == kept
    for key in ("hasInstallScript", "gypfile", "dist"):
        was.pop(key, None)
    dist = now.pop("dist")
    assert now == was
    assert (dist["integrity"], dist["shasum"]) == (OTHER, SHASUM)
    (signature,) = dist["signatures"]
    assert KEY.public.verifies(f"left-pad@1.1.0:{OTHER}", signature["sig"])


def test_untouched_bytes_keep_what_vouches_for_them() -> None:
    document = document_with(scripts={"install": "x"})
    found = Pieces(KEY).document(document, {"1.1.0": UNTOUCHED})
    assert versions(found)["1.1.0"]["dist"] == versions(document)["1.1.0"]["dist"]
    assert versions(found)["1.1.0"]["scripts"] == {}
    assert found.versions["1.1.0"].digests == document.versions["1.1.0"].digests
    assert not found.versions["1.1.0"].scripted


def test_nothing_changes_where_nothing_has_to() -> None:
    document = document_with()
    assert Pieces(KEY).document(document, {}) is document
    assert Pieces(KEY).document(document, {"1.1.0": UNTOUCHED}) is document


@pytest.mark.parametrize("memory", [0, 2**20])
def test_the_same_rewrites_give_the_same_document(memory: int) -> None:
    document, pieces = document_with(scripts={"install": "x"}), Pieces(KEY, memory)
    first, second = (pieces.document(document, {"1.1.0": REWRITE}) for _ in range(2))
    assert first.identity == second.identity
    assert versions(first) == versions(second)
    assert (first is second) is (memory > 0)


def test_another_rewrite_or_key_gives_another() -> None:
    document = document_with(scripts={"install": "x"})
    others = [(KEY, REWRITE), (KEY, UNTOUCHED), (SigningKey.generate(), REWRITE)]
    assert len({Pieces(key).document(document, {"1.1.0": each}).identity for key, each in others}) == 3
