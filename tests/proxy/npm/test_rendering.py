"""Documents as they go out: complete times, our own addresses, nothing known that should not be, everything unknown as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxy.npm.abbreviated import ABBREVIATED
from proxy.npm.packument import SplitPackument, Variant
from proxy.npm.rendering import render, render_manifest
from tests.proxy.npm.examples import NAME, cut, manifest, packument, record_of, text

BASE = "http://pratique.example/npm"


def rendered(document: SplitPackument, variant: Variant = Variant.FULL, *shown: str) -> dict[str, Any]:
    """What a client gets, decoded."""
    chosen = shown or tuple(document.versions)
    return dict(json.loads(render(document, record_of(document), chosen, {"latest": chosen[-1]}, BASE, variant)))


@pytest.mark.parametrize("variant", list(Variant))
def test_only_what_is_shown_is_in_it_anywhere(variant: Variant) -> None:
    body = rendered(cut(text(packument("1.0.0", "1.1.0"))), variant, "1.0.0")
    assert list(body["versions"]) == ["1.0.0"]
    assert set(body["time"]) == {"created", "modified", "1.0.0"}
    assert body["dist-tags"] == {"latest": "1.0.0"}
    assert "1.1.0" not in json.dumps(body)


@pytest.mark.parametrize("variant", list(Variant))
def test_tarballs_are_at_our_address_and_the_rest_of_dist_is_as_it_was(variant: Variant) -> None:
    dist = {
        "tarball": "http://evil.invalid/x",
        "fileCount": 7,
        "signatures": [{"keyid": "a", "sig": "b"}],
        "unknown": {"x": [1.50]},
    }
    document = packument("1.0.0")
    document["versions"]["1.0.0"]["dist"] |= dist
    got = rendered(cut(text(document)), variant)["versions"]["1.0.0"]["dist"]
    assert got == {**document["versions"]["1.0.0"]["dist"], "tarball": f"{BASE}/{NAME}/-/{NAME}-1.0.0.tgz"}


@pytest.mark.parametrize("variant", list(Variant))
def test_a_version_without_dist_tarball_gets_one(variant: Variant) -> None:
    document = packument("1.0.0")
    del document["versions"]["1.0.0"]["dist"]["tarball"]
    assert rendered(cut(text(document)), variant)["versions"]["1.0.0"]["dist"]["tarball"].startswith(BASE)


def test_unknown_fields_survive_byte_for_byte() -> None:
    odd = rb'{"a":1.50,"b":1e2,"c":[ 1 ,2],"\u0064":"\u00e9\/","big":123456789012345678901234567890,"z":{},"z2":null}'
    body = text(packument("1.0.0"))
    body = body.replace(b'"readme"', b'"x-top":' + odd + b',"readme"').replace(
        b'"description"', b'"x-version":' + odd + b',"description"'
    )
    document = cut(body)
    out = render(document, record_of(document), ["1.0.0"], {}, BASE, Variant.FULL)
    assert out.count(odd) == 2
    assert odd in render_manifest(document, "1.0.0", BASE)


def test_the_abbreviated_document_leaks_nothing_of_the_full_one() -> None:
    document = packument("1.0.0", _attachments={}, author={"name": "x"})
    document["versions"]["1.0.0"] |= {"readme": "x", "_npmUser": {"name": "x"}, "scripts": {"test": "x"}, "gitHead": "x"}
    body = rendered(cut(text(document)), Variant.ABBREVIATED)
    assert set(body) == {"name", "modified", "dist-tags", "versions", "time"}
    assert set(body["versions"]["1.0.0"]) <= set(ABBREVIATED)


def test_the_abbreviated_document_has_every_field_that_installing_needs() -> None:
    everything = {field: {"x": "1"} for field in ABBREVIATED if field not in {"name", "version", "dist", "hasInstallScript"}}
    document = packument("1.0.0")
    document["versions"]["1.0.0"] = manifest("1.0.0", **everything, scripts={"postinstall": "x"})
    got = rendered(cut(text(document)), Variant.ABBREVIATED)["versions"]["1.0.0"]
    assert set(got) == set(ABBREVIATED)
    assert got["hasInstallScript"] is True


def test_a_top_level_error_never_goes_out() -> None:
    document = cut(text(packument("1.0.0", error="gone", reason="x")))
    for variant in Variant:
        assert "error" not in rendered(document, variant)
    assert rendered(document)["reason"] == "x"


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize(
    "time", [None, {}, {"1.0.0": "2020-01-02"}, "soon", [], {"1.0.0": None}, {"created": 7, "modified": "now"}]
)
def test_time_is_complete_whatever_the_upstream_says(time: Any, variant: Variant) -> None:
    body = rendered(cut(text(packument("1.0.0", time=time))), variant)
    sighted = "2026-06-01T12:00:00.000Z"
    assert body["time"] == {"created": sighted, "modified": sighted, "1.0.0": sighted}
    if variant is Variant.ABBREVIATED:
        assert body["modified"] == sighted


def test_created_and_modified_are_the_upstreams_or_follow_from_the_versions() -> None:
    document = packument("1.0.0", "1.1.0")
    times = rendered(cut(text(document)))["time"]
    assert times == document["time"]
    del document["time"]["created"], document["time"]["modified"]
    assert rendered(cut(text(document)), Variant.FULL, "1.0.0")["time"] == {
        "created": "2020-01-01T00:00:00.000Z",
        "modified": "2020-01-01T00:00:00.000Z",
        "1.0.0": "2020-01-01T00:00:00.000Z",
    }


def test_upstreams_own_words_for_a_time_are_kept() -> None:
    document = packument("1.0.0")
    document["time"]["1.0.0"] = "2020-01-01T00:00:00.123456789+00:00"
    assert rendered(cut(text(document)))["time"]["1.0.0"] == "2020-01-01T00:00:00.123456789+00:00"


def test_the_same_view_gives_the_same_bytes() -> None:
    document = cut(text(packument()))
    record = record_of(document)
    first = render(document, record, {"1.1.0", "1.0.0"}, {"latest": "1.1.0"}, BASE, Variant.FULL)
    assert first == render(document, record, ["1.0.0", "1.1.0"], {"latest": "1.1.0"}, BASE, Variant.FULL)
    assert list(json.loads(first)["versions"]) == ["1.0.0", "1.1.0"]


def test_a_manifest_is_the_versions_own_with_our_address() -> None:
    document = cut(text(packument("1.0.0+build.1")))
    got = json.loads(render_manifest(document, "1.0.0+build.1", BASE))
    expected = manifest("1.0.0+build.1")
    expected["dist"]["tarball"] = f"{BASE}/{NAME}/-/{NAME}-1.0.0+build.1.tgz"
    assert got == expected
