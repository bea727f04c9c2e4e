"""Manifests that are odd themselves: what a client could take otherwise is told, and nothing is read without bounds."""

from __future__ import annotations

import pytest

from proxy.npm.archive.members import ArchiveRefused, Caps
from quarantine.examination import Contents
from tests.proxy.npm.inspecting.archives import archive_of, document_of, inspect, manifest, named, package


def raw(package_json: bytes, caps: Caps = Caps()) -> Contents:  # noqa: B008 - frozen
    return inspect(archive_of({"package.json": package_json}), document_of(manifest()), caps)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "is not JSON"),
        (b"", "is not JSON"),
        (b"[]", "is not an object"),
        (b"null", "is not an object"),
        (b'{"scripts": {"install": "a"}, "scripts": {}}', "'scripts' twice"),
        (b'{"scripts": {"install": "a", "install": ""}}', "'install' twice"),
        (b'{"name": "left-pad", "version": "1.0.0", "x": NaN}', "NaN"),
        (b'{"name": "left-pad", "version": "1.0.0"} {}', "goes on after its end"),
        (b'{"name": "left-pad", "version": "1.0.0", "x": "\xff"}', "is not UTF-8"),
        (b'{"x":' + b"[" * 100_000, "is nested too deep"),
    ],
)
def test_a_package_json_that_readers_could_differ_on_is_odd(data: bytes, told: str) -> None:
    found = raw(data).oddities
    assert [each.kind for each in found] == ["manifest-json"]
    assert told in found[0].reason
    assert found[0].reason.startswith("its package.json")


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf{"name": "left-pad", "version": "1.0.0"}',
        b'{"name": "left-pad", "version": "1.0.0", "devDependencies": {"x": "1", "x": "2"}, "keywords": [], "keywords": []}',
    ],
)
def test_what_every_client_was_seen_to_read_alike_is_not_odd(data: bytes) -> None:
    assert raw(data).oddities == ()
    assert raw(data).mismatches == ()


def test_the_last_of_two_equal_keys_counts_as_for_clients() -> None:
    found = raw(b'{"name": "left-pad", "version": "1.0.0", "scripts": {}, "scripts": {"install": "evil"}}')
    assert named(found) == ["install"]


def test_bundled_manifests_are_told_with_their_place() -> None:
    found = package(files={"node_modules/a/package.json": b"{"}).oddities
    assert found[0].reason.startswith("the package.json in node_modules/a is not JSON")


def test_a_manifest_beyond_the_cap_is_refused_wherever_it_is() -> None:
    with pytest.raises(ArchiveRefused, match=r"package\.json has 1,0"):
        raw(b'{"x":"' + b"y" * 1050 + b'"}', Caps(manifest=1000))
    with pytest.raises(ArchiveRefused, match=r"node_modules/a/package\.json"):
        package(files={"node_modules/a/package.json": {"x": "y" * 1000}}, caps=Caps(manifest=1000))


def test_many_small_manifests_are_refused_together() -> None:
    files = {f"node_modules/a{number}/package.json": {"x": "y" * 800} for number in range(60)}
    with pytest.raises(ArchiveRefused, match="of all"):
        package(files=files, caps=Caps(manifest=1000))


def test_sizes_are_counted() -> None:
    found = inspect(archive_of({"package.json": b"{}", "a": b"123"}), None)
    assert (found.files, found.unpacked) == (2, 5)
