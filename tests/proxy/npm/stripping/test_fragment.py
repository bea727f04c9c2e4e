"""A version in a packument, told anew for bytes without install scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.packument import GAP, Variant
from proxy.npm.split import split
from proxy.npm.stripping.fragment import strip_fragment
from quarantine.rewrite import Rewrite

OLD, NEW = f"sha512-{'A' * 86}==", f"sha512-{'B' * 86}=="
SIGNATURES = [{"keyid": "SHA256:ours", "sig": "MEUC"}]


def rewrite(integrity: str = NEW) -> Rewrite:
    removed = ("scripts.postinstall",)
    return Rewrite(OLD, 1, integrity, "b" * 40, 77, 1234, 5, removed, datetime(2026, 11, 24, tzinfo=UTC))


DIST = {
    "integrity": OLD,
    "shasum": "a" * 40,
    "tarball": "\0/a/-/a-1.0.0.tgz",
    "fileCount": 6,
    "unpackedSize": 2000,
    "signatures": [{"keyid": "SHA256:theirs", "sig": "MEQC"}],
    "attestations": {"url": "https://registry.example/-/npm/v1/attestations/a@1.0.0"},
    "npm-signature": "-----BEGIN PGP SIGNATURE-----",
    "size": 99,
    "noattachment": False,
}
VERSION = {
    "name": "a",
    "version": "1.0.0",
    "scripts": {"preinstall": "1", "test": "x", "install": "2", "postinstall": "3"},
    "gypfile": True,
    "hasInstallScript": True,
    "_integrity": OLD,
    "_shasum": "a" * 40,
    "dist": DIST,
    "_id": "a@1.0.0",
    "weight": 1.0,
}


def written(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("\\u0000", "\0").encode()


def test_all_that_speaks_of_scripts_and_of_other_bytes_is_told_anew() -> None:
    assert strip_fragment(written(VERSION), rewrite(), SIGNATURES) == written(
        {
            "name": "a",
            "version": "1.0.0",
            "scripts": {"test": "x"},
            "dist": {
                "integrity": NEW,
                "shasum": "b" * 40,
                "tarball": "\0/a/-/a-1.0.0.tgz",
                "fileCount": 5,
                "unpackedSize": 1234,
                "signatures": SIGNATURES,
                "size": 77,
                "noattachment": False,
            },
            "_id": "a@1.0.0",
            "weight": 1.0,
        }
    )


def test_what_is_missing_is_added_behind_the_rest() -> None:
    before = written({"dist": {"shasum": "a" * 40, "tarball": "\0/a", "attestations": {}}, "hasInstallScript": True})
    added = {"integrity": NEW, "unpackedSize": 1234, "fileCount": 5, "signatures": SIGNATURES}
    assert strip_fragment(before, rewrite(), SIGNATURES) == written({"dist": {"shasum": "b" * 40, "tarball": "\0/a", **added}})


@pytest.mark.parametrize("dist", [{}, {"attestations": {}}])
def test_a_dist_that_has_nothing_of_use_is_filled(dist: dict[str, object]) -> None:
    told = {"integrity": NEW, "shasum": "b" * 40, "unpackedSize": 1234, "fileCount": 5}
    assert strip_fragment(written({"dist": dist}), rewrite(), None) == written({"dist": told})


def test_without_signatures_of_ours_there_are_none() -> None:
    assert b"signatures" not in strip_fragment(written(VERSION), rewrite(), None)


def test_where_the_bytes_are_the_upstreams_so_is_dist() -> None:
    kept = {**VERSION, "scripts": {"test": "x"}}
    del kept["gypfile"], kept["hasInstallScript"]
    assert strip_fragment(written(VERSION), rewrite(OLD), None) == written(kept)


def test_a_flag_that_denies_it_goes_as_well() -> None:
    assert strip_fragment(b'{"hasInstallScript":false,"gypfile":false,"a":1}', rewrite(OLD), None) == b'{"gypfile":false,"a":1}'


def test_whatever_is_not_looked_at_may_be_as_deep_as_it_likes() -> None:
    deep = b"[" * 50_000 + b"]" * 50_000
    raw = b'{"deep":' + deep + b',"scripts":{"install":' + deep + b"}}"
    assert strip_fragment(raw, rewrite(OLD), None) == b'{"deep":' + deep + b',"scripts":{}}'


def test_a_text_that_looks_like_json_is_a_text() -> None:
    raw = b'{"readme":"\\"scripts\\":{\\"install\\":1}, \\\\","dist":{"tarball":"\0/}{][,"}}'
    assert strip_fragment(raw, rewrite(OLD), None) == raw


@pytest.mark.parametrize("variant", list(Variant))
def test_both_forms_of_a_document_are_told_anew(variant: Variant) -> None:
    told = {**VERSION, "dist": {**DIST, "tarball": "https://registry.example/a/-/a-1.0.0.tgz"}}
    document = split(written({"name": "a", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": told}}), "a")
    begin, end = document.span(variant, document.versions["1.0.0"].position)
    piece = document.text.cut(variant, begin, end)
    lead = len(b'"1.0.0":')
    before, after = piece[lead:-1], strip_fragment(piece[lead:-1], rewrite(), SIGNATURES)
    assert before.count(GAP) == after.count(GAP) == 1
    old, new = (json.loads(each.replace(GAP, b"")) for each in (before, after))
    assert new["dist"]["tarball"] == old["dist"]["tarball"]
    assert new["dist"]["integrity"] == NEW
    assert "hasInstallScript" not in new
    assert new.get("scripts", {}).keys() <= {"test"}
    assert [key for key in old if key in new] == list(new)


KEYS = st.sampled_from(
    ["scripts", "dist", "hasInstallScript", "install", "integrity", "signatures", "size", "gypfile", "attestations", "a"]
) | st.text(max_size=3)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=6)
OF_DIST = {"attestations", "npm-signature", "md5", "sha1", "sha256", "sha384", "sha512"}
GONE = {"_integrity", "_shasum", "hasInstallScript", "__proto__"}


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=6), st.booleans())
def test_everything_else_is_passed_on_in_its_order(version: dict[str, Any], dist: dict[str, Any], signed: bool) -> None:
    version["dist"] = dist
    made = json.loads(strip_fragment(json.dumps(version).encode(), rewrite(), SIGNATURES if signed else None))
    gone = GONE | (set() if version.get("gypfile") is False else {"gypfile"})
    assert list(made) == [key for key in version if key not in gone]
    told = {"integrity": NEW, "shasum": "b" * 40, "size": 77, "unpackedSize": 1234, "fileCount": 5}
    told |= {"signatures": SIGNATURES} if signed else {}
    kept = {key: told.get(key, value) for key, value in dist.items() if key not in OF_DIST and (signed or key != "signatures")}
    added = {key: value for key, value in told.items() if key not in dist and key != "size"}
    assert list(made["dist"].items()) == list({**kept, **added}.items())
    untold = {"dist", "scripts"}
    assert {key: value for key, value in made.items() if key not in untold} == {
        key: value for key, value in version.items() if key not in gone | untold
    }
