"""An archive without install scripts: the one there is for its content, and nothing in it that a client would run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.archive.members import Archive
from proxy.npm.archive.reading import read_archive
from proxy.npm.stripping.strip import RECIPE, Stripped, strip
from proxy.npm.stripping.verifying import Unstrippable
from tests.fakes.tars import END, GNU, folder, gz, member, pax, tar, tgz
from tests.proxy.npm.archive.drawn import drawn

ROOT = "package/package.json"
RUNS = b'{"name":"a","version":"1.0.0","scripts":{"test":"x","postinstall":"node x.js"}}\n'
CALM = b'{"name":"a","version":"1.0.0","scripts":{"test":"x"}}\n'


def archive(files: Mapping[str, bytes]) -> Archive:
    return read_archive(tgz(*(member(f"package/{path}", content) for path, content in files.items())))


def stripped(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """What is left, and what is told."""
    found = strip(archive(files))
    assert found is not None
    return contents(found), found.removed


def contents(found: Stripped) -> dict[str, bytes]:
    made = read_archive(found.packed)
    return {path: bytes(made.view(each)) for path, each in made.files.items()}


def test_the_bytes_of_recipe_1_are_these_for_ever() -> None:
    files = {
        "package.json": RUNS,
        "lib/ü.js": "module.exports = 'ü'\n".encode() * 50,
        "binding.gyp": b"{}",
        "node_modules/x/package.json": b'{\n  "gypfile": true\n}\n',
        "noise": hashlib.shake_256(b"noise").digest(20_000),
    }
    found = strip(archive(files))
    assert found is not None
    assert RECIPE == 1
    assert found.integrity == ("sha512-Kqf2YQ3cMLD43wqncDSNXmd204IFIDFPtdCHaHyAh3JQob6logfBgfUCtZ2x+vcNzjFJKFk+EJn9mRUfz4RYrA==")


def test_scripts_and_builds_go_and_all_else_stays() -> None:
    left, removed = stripped({"package.json": RUNS, "binding.gyp": b"{}", "x.js": b"1", "src/binding.gyp": b"kept"})
    assert left == {"package.json": CALM, "x.js": b"1", "src/binding.gyp": b"kept"}
    assert removed == ("scripts.postinstall", "binding.gyp")


def test_the_result_is_described() -> None:
    found = strip(archive({"package.json": RUNS, "x.js": b"12345"}))
    assert found is not None
    assert found.integrity == f"sha512-{base64.b64encode(hashlib.sha512(found.packed).digest()).decode()}"
    assert found.shasum == hashlib.sha1(found.packed, usedforsecurity=False).hexdigest()
    assert (found.unpacked, found.files) == (len(CALM) + 5, 2)


def test_bundled_packages_are_stripped_as_well() -> None:
    left, removed = stripped(
        {
            "package.json": CALM,
            "node_modules/x/package.json": b'{"scripts":{"install":"x"}}',
            "node_modules/x/binding.gyp": b"",
            "node_modules/@s/y/node_modules/z/package.json": b'{"gypfile":true}',
            "node_modules/bare/binding.gyp": b"without a manifest of its own",
            "node_modules/x/test/package.json": RUNS,
        }
    )
    assert left == {
        "package.json": CALM,
        "node_modules/x/package.json": b'{"scripts":{}}',
        "node_modules/@s/y/node_modules/z/package.json": b"{}",
        "node_modules/x/test/package.json": RUNS,
    }
    assert removed == (
        "binding.gyp of node_modules/bare",
        "scripts.install of node_modules/x",
        "binding.gyp of node_modules/x",
        "gypfile of node_modules/@s/y/node_modules/z",
    )


@pytest.mark.parametrize(
    "path",
    [
        "Binding.gyp",
        "binding.GYP",
        "node_modules/x/BINDING.gyp",
        "Node_Modules/x/binding.gyp",
        "binding.gyp.",
        "node_modules./x/binding.gyp",
        "b\u0131nding.gyp".replace("\u0131", "i\u200d"),
    ],
)
def test_what_some_disks_take_for_binding_gyp_goes(path: str) -> None:
    left, _ = stripped({"package.json": CALM, path: b"{}"})
    assert left == {"package.json": CALM}


@pytest.mark.parametrize(
    "path", ["node_modules/x/Package.json", "NODE_MODULES/@S/x/package.JSON", "node_modules/x/package.json "]
)
def test_what_some_disks_take_for_a_manifest_is_stripped(path: str) -> None:
    left, _ = stripped({"package.json": CALM, path: RUNS})
    assert left == {"package.json": CALM, path: CALM}


def test_with_nothing_to_remove_there_is_nothing_to_serve_instead() -> None:
    assert strip(archive({"package.json": CALM, "src/binding.gyp": b"", "lib/package.json": RUNS})) is None


def test_what_is_stripped_has_nothing_more_to_strip() -> None:
    found = strip(archive({"package.json": RUNS, "binding.gyp": b""}))
    assert found is not None
    assert strip(read_archive(found.packed)) is None


def test_however_it_was_packed_the_result_is_the_same() -> None:
    files = {"package.json": RUNS, "a/b.js": b"1" * 700, "c.sh": b"2"}
    long, modes = {"mtime": "1700000000.5"}, (b"0000775\0", b"000700 \0")
    ways = [
        tgz(
            *(member(f"package/{path}", each, mode=modes[0] if path == "c.sh" else b"0000600\0") for path, each in files.items())
        ),
        gz(
            tar(
                folder("other/"),
                *(
                    pax(long) + member(f"other/{path}", each, mode=modes[1] if path == "c.sh" else b"000664 \0", mtime=b"0" * 11)
                    for path, each in reversed(files.items())
                ),
                end=END * 10,
            ),
            level=1,
        ),
        tgz(
            *(
                member(f"x/{path}", each, magic=GNU, uid=b"000765 \0", mode=modes[0] if path == "c.sh" else b"0000644\0")
                for path, each in sorted(files.items())
            )
        ),
    ]
    found = {each.integrity for way in ways if (each := strip(read_archive(way))) is not None}
    assert len(found) == 1


@given(st.integers(0, 2**32))
def test_of_an_honest_archive_all_but_the_scripts_stays(seed: int) -> None:
    packed, files = drawn(Random(seed), RUNS)
    found = strip(read_archive(packed))
    assert found is not None
    assert contents(found) == {**files, "package.json": CALM}


@pytest.mark.parametrize(
    "packed",
    [
        tgz(member(ROOT, RUNS), member("package/a", b"1"), member("package/a", b"2")),
        tgz(member(ROOT, RUNS), end=b""),
        tar(member(ROOT, RUNS)),
        tgz(member(ROOT, RUNS)) + b"x",
        tgz(member("package/index.js", b"")),
        tgz(member(ROOT, RUNS), member("package/PACKAGE.json", RUNS)),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_stripped(packed: bytes) -> None:
    with pytest.raises(Unstrippable, match="more than one way"):
        strip(read_archive(packed))


@pytest.mark.parametrize("path", ["package.json", "node_modules/x/package.json"])
def test_a_manifest_that_is_not_json_is_not_stripped(path: str) -> None:
    with pytest.raises(Unstrippable, match=rf"^{path} is not JSON"):
        strip(archive({"package.json": CALM, path: b"{,}"}))


def test_a_manifest_that_is_too_large_is_not_read() -> None:
    large = json.dumps({"scripts": {"install": "x"}, "a": "b" * 2**20}).encode()
    with pytest.raises(Unstrippable, match=r"package\.json has 1,048,6\d\d bytes"):
        strip(archive({"package.json": large}))


def test_of_very_many_things_some_are_told() -> None:
    files = {f"node_modules/x{number:03}/package.json": RUNS for number in range(120)}
    _, removed = stripped({"package.json": RUNS, **files})
    assert len(removed) == 51
    assert removed[0] == "scripts.postinstall"
    assert removed[-1] == "71 more in bundled packages"
