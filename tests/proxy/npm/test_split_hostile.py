"""Documents that were made to break a reader: each costs the whole document, or the one version, and nothing else."""

from __future__ import annotations

import json

import pytest

from proxy.npm.packument import Variant
from proxy.npm.rendering import render
from proxy.npm.split import MAX_VERSIONS, BadDocument, split
from tests.proxy.npm.examples import NAME, OTHER, SHA512, cut, manifest, packument, record_of, sound, spoiled, text

DEEP = b"[" * 900 + b"]" * 900
TOO_DEEP = b"[" * 100_000 + b"]" * 100_000
BROKEN_VALUES = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e999": b"1e999",
    "5,000 digits": b"7" * 5000,
    "lone surrogate": rb'"\ud83d"',
    "lone surrogate, nested": rb'{"a":[{"b":"\udc00x"}]}',
    "lone surrogate as a key": rb'{"\ud800":1}',
    "invalid UTF-8": b'"\xff"',
    "half a character": b'"\xf0\x9f\x98"',
    "an encoded surrogate": b'"\xed\xa0\x80"',
}


@pytest.mark.parametrize("value", BROKEN_VALUES.values(), ids=BROKEN_VALUES)
def test_a_value_that_is_not_json_for_everybody_costs_its_version_only(value: bytes) -> None:
    document = cut(spoiled("1.1.0", b'"x"', value))
    assert sound(document) == ["1.0.0"]
    assert document.versions["1.1.0"].position == -1
    assert document.tags == {"latest": "1.1.0"}


@pytest.mark.parametrize("value", BROKEN_VALUES.values(), ids=BROKEN_VALUES)
def test_the_same_in_the_readme_costs_the_readme_only(value: bytes) -> None:
    body = text(packument()).replace(b'"# left-pad"', value)
    document = cut(body)
    assert sound(document) == ["1.0.0", "1.1.0"]
    assert [key for key, _ in document.head] == ["_id", "_rev"]


@pytest.mark.parametrize("value", BROKEN_VALUES.values(), ids=BROKEN_VALUES)
@pytest.mark.parametrize("field", [b'"2020-01-01T00:00:00.000Z","1.1.0"', b'"1.1.0"},"versions"'])
def test_the_same_as_a_time_or_as_a_tag_says_nothing(value: bytes, field: bytes) -> None:
    body = text(packument()).replace(field, value + field[field.index(b"}" if b"}" in field else b",") :])
    document = cut(body)
    assert sound(document) == ["1.0.0", "1.1.0"]
    assert document.tags == ({} if b"}" in field else {"latest": "1.1.0"})


@pytest.mark.parametrize("key", [rb'"\ud800"', b'"\xff"', rb'"a\u0000"', rb'"a\r\nb"', b'"' + b"9" * 300 + b'"', b'""'])
def test_a_version_under_a_key_that_nobody_could_store_is_not_there(key: bytes) -> None:
    body = (
        text(packument())
        .replace(b'"versions":{', b'"versions":{' + key + b":{},")
        .replace(b'"latest"', key + b':"1.0.0","latest"')
    )
    document = cut(body)
    assert list(document.versions) == sound(document) == ["1.0.0", "1.1.0"]
    assert document.tags == {"latest": "1.1.0"}


@pytest.mark.parametrize("key", ["../x", "..", "a b", "1.0.0/x", "1.0.0%2f", "é", "<b>", "@x"])
def test_a_version_that_npm_could_not_have_published_is_flawed(key: str) -> None:
    document = packument()
    document["versions"][key] = manifest(key)
    document["dist-tags"]["next"] = key
    assert sound(cut(text(document))) == ["1.0.0", "1.1.0"]
    assert cut(text(document)).tags == {"latest": "1.1.0"}


@pytest.mark.parametrize("key", ["__proto__", "constructor", "toString", "hasOwnProperty", "length"])
def test_words_of_javascript_are_only_words(key: str) -> None:
    document = packument("1.0.0", key)
    out = cut(text(document))
    assert sound(out) == ["1.0.0", key]
    assert key in json.loads(render(out, record_of(out), {key}, {}, "http://x", Variant.FULL))["versions"]


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"name": None}, {"version": "9.9.9"}, {"version": 1}, {"dist": None}, {"dist": []}]
)
def test_a_version_that_says_it_is_another_is_flawed(change: dict[str, object]) -> None:
    document = packument()
    document["versions"]["1.1.0"] |= change
    assert sound(cut(text(document))) == ["1.0.0"]


@pytest.mark.parametrize("entry", [None, [], "x", 7, {}, {"name": NAME, "version": "1.1.0"}])
def test_a_version_that_is_no_manifest_is_flawed(entry: object) -> None:
    document = packument()
    document["versions"]["1.1.0"] = entry
    assert sound(cut(text(document))) == ["1.0.0"]


@pytest.mark.parametrize("time", [None, [], "x", {"unpublished": {"name": "x", "versions": ["1.0.0"]}}, {"1.0.0": {}, "x": []}])
def test_a_time_that_says_nothing_costs_nothing(time: object) -> None:
    document = cut(text(packument(time=time)))
    assert sound(document) == ["1.0.0", "1.1.0"]
    assert [entry.time for entry in document.versions.values()] == [None, None]


def test_depth_that_everybody_reads_passes_and_more_is_refused() -> None:
    assert sound(cut(spoiled("1.1.0", b'"x"', DEEP))) == ["1.0.0", "1.1.0"]
    for body in (
        spoiled("1.1.0", b'"x"', TOO_DEEP),
        b'{"a":' * 100_000,
        TOO_DEEP,
        text(packument()).replace(b'"# left-pad"', TOO_DEEP),
    ):
        with pytest.raises(BadDocument):
            cut(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"left-pad"', b"7", b"{", b"{}", b"<html>", text(packument())[:-1], text(packument()) + b"x",
        b"\xef\xbb\xbf" + text(packument()), text(packument()).decode().encode("utf-16"), b"\0" * 1000,
        text(packument(name="Left-Pad")), text(packument(name=None)), text(packument(name=["left-pad"])),
        text(packument(versions=[])), text(packument(versions="1.0.0")), text(packument(versions=7)),
    ],
    ids=lambda body: ascii(body[:12]),
)  # fmt: skip
def test_what_is_no_packument_of_this_package_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocument) as caught:
        cut(body)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_a_document_without_versions_is_one_of_an_unpublished_package() -> None:
    for document in (packument(versions=None), packument(versions={})):
        assert cut(text(document)).versions == {}
    assert split(b'{"name":"left-pad"}', NAME).versions == {}


def test_more_versions_than_any_honest_package_has_are_refused() -> None:
    body = text({"name": NAME, "versions": {f"{at}.0.0": {} for at in range(2 * MAX_VERSIONS)}})
    with pytest.raises(BadDocument, match="100000 versions"):
        cut(body)


def test_of_two_equal_keys_the_last_counts_for_us_and_for_clients_alike() -> None:
    body = text(packument("1.0.0"))
    body = body.replace(b'"integrity":', b'"integrity":"' + OTHER.encode() + b'","tarball":"http://a/","integrity":')
    body = body.replace(b'{"_id"', b'{"name":"other","versions":{},"_id"', 1).replace(
        b'"version":"1', b'"version":"9","version":"1'
    )
    document = cut(body)
    assert document.versions["1.0.0"].digests.startswith(SHA512) or SHA512 in document.versions["1.0.0"].digests
    out = render(document, record_of(document), ["1.0.0"], {}, "http://x", Variant.FULL)
    for key in (b'"integrity"', b'"tarball"', b'"versions"', b'"version"'):
        assert out.count(key) == 1
    assert OTHER.encode() not in out


def test_contradicting_digests_cost_the_version() -> None:
    document = packument()
    document["versions"]["1.1.0"]["dist"]["integrity"] = f"{SHA512} {OTHER}"
    assert "two different sha512" in str(cut(text(document)).versions["1.1.0"].flaw)
