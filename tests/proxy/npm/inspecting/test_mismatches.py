"""Manifest confusion: what publishing changes is no difference; everything else is one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proxy.npm.inspecting.archives import archive_of, inspect, manifest, package

FILES = {"cli.js": b"", "bin/run": b"", "bin/more": b"", "lib/x.js": b""}

# inside, document: as npm 2 to 12, yarn and pnpm write the second for the first.
HONEST: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"dependencies": {}, "optionalDependencies": {}, "bundleDependencies": [], "scripts": {}}),
    ({"bundledDependencies": False}, {"bundleDependencies": []}),
    ({"dependencies": None, "bin": None, "scripts": None}, {}),
    ({"bin": "cli.js"}, {"bin": {"left-pad": "cli.js"}}),
    ({"bin": "./cli.js"}, {"bin": {"left-pad": "cli.js"}}),
    ({"bin": {"x/y:z": ".\\cli.js"}}, {"bin": {"z": "cli.js"}}),
    ({"bin": ["./bin/run"]}, {"bin": {"run": "bin/run"}}),
    ({"bin": {"a": "cli.js", "b": "is-not-there.js"}}, {"bin": {"a": "cli.js"}}),
    ({"directories": {"bin": "./bin"}}, {"bin": {"run": "bin/run", "more": "bin/more"}, "directories": {"bin": "./bin"}}),
    ({"directories": {"bin": "bin/"}}, {"directories": {"bin": "bin/"}}),
    ({"optionalDependencies": {"a": "^1"}}, {"optionalDependencies": {"a": "^1"}, "dependencies": {"a": "^1"}}),
    (
        {"optionalDependencies": {"a": "^2"}, "dependencies": {"a": "^1"}},
        {"optionalDependencies": {"a": "^2"}},
    ),
    ({"dependencies": {"a": " ^1  <3 ", "b": ""}}, {"dependencies": {"a": "^1 <3", "b": "*"}}),
    ({"dependencies": {"a": "u/r"}}, {"dependencies": {"a": "github:u/r"}}),
    ({"dependencies": {"a": "https://github.com/u/r.git#v1"}}, {"dependencies": {"a": "git+https://github.com/u/r.git#v1"}}),
    ({"dependencies": {"a": "git@github.com:u/r.git"}}, {"dependencies": {"a": "git+ssh://git@github.com/u/r.git"}}),
    ({"dependencies": {"a": "gist:11081aaa281"}}, {"dependencies": {"a": "git+https://gist.github.com/11081aaa281.git"}}),
    ({"dependencies": ["a@^1", "b >2"]}, {"dependencies": {"a": "^1", "b": ">2"}}),
    ({"dependencies": {"a": 7, "b": "1"}}, {"dependencies": {"b": "1"}}),
    ({"dependencies": {"a": "workspace:^"}}, {"dependencies": {"a": "^1.2.3"}}),
    ({"peerDependencies": {"a": "catalog:"}}, {"peerDependencies": {"a": "^1.2.3"}}),
    ({"bundledDependencies": ["a"]}, {"bundleDependencies": ["a"], "dependencies": {"a": "*"}}),
    ({"bundleDependencies": True, "dependencies": {"a": "1"}}, {"bundleDependencies": ["a"], "dependencies": {"a": "1"}}),
    ({"bundleDependencies": {"a": "1"}, "dependencies": {"a": "1"}}, {"bundleDependencies": ["a"], "dependencies": {"a": "1"}}),
    ({"version": "v1.0.0"}, {}),
    ({"version": " =1.0.0+build.7 "}, {}),
    ({"version": "1.2.3beta"}, {"version": "1.2.3-beta"}),
    ({"version": "01.2.03"}, {"version": "1.2.3"}),
    ({"name": " left-pad "}, {}),
    ({"scripts": {"install": "./node_modules/.bin/x"}}, {"scripts": {"install": "x"}}),
    ({"scripts": {"install": ""}}, {"scripts": {}}),
    ({"scripts": {"test": "a", "start": None}}, {"scripts": {"test": "b", "start": "node server.js"}}),
    ({"repository": "u/r", "author": "a"}, {"repository": {"type": "git"}, "_id": "x", "readme": "x", "gitHead": "x"}),
]

# The beginning of the sentence.
CONFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"name": "right-pad"}, {}, "its package.json names right-pad, not left-pad"),
    ({"name": "Left-Pad"}, {}, "its package.json names Left-Pad"),
    ({"name": None}, {}, "its package.json names nothing"),
    ({"name": ["left-pad"]}, {}, 'its package.json names ["left-pad"]'),
    ({"version": "1.0.1"}, {}, "its package.json is that of version 1.0.1, not 1.0.0"),
    ({"version": "1.0.0-1"}, {}, "its package.json is that of version 1.0.0-1"),
    ({"version": None}, {}, "its package.json is that of version nothing"),
    ({"dependencies": {"a": "1"}}, {}, "dependencies.a (1) is in its package.json, and not in its document"),
    ({}, {"dependencies": {"a": "1"}}, "dependencies.a (1) is in its document, and not in its package.json"),
    ({"dependencies": {"a": "1"}}, {"dependencies": {"a": "2"}}, "dependencies.a is 1 in its package.json and 2 in its document"),
    ({"dependencies": {"a": "u/r#x"}}, {"dependencies": {"a": "u/r#y"}}, "dependencies.a is"),
    ({"dependencies": {"a": "u/r"}}, {"dependencies": {"a": "gitlab:u/r"}}, "dependencies.a is"),
    ({"dependencies": {"a": "npm:b@1"}}, {"dependencies": {"a": "1"}}, "dependencies.a is"),
    ({"optionalDependencies": {"a": "1"}}, {"dependencies": {"a": "1"}}, "optionalDependencies.a"),
    ({"peerDependencies": {"a": "1"}}, {}, "peerDependencies.a"),
    (
        {"bundleDependencies": ["a"], "dependencies": {"a": "1"}},
        {"dependencies": {"a": "1"}},
        "only its package.json says that a",
    ),
    ({"dependencies": {"a": "1"}}, {"dependencies": {"a": "1"}, "bundledDependencies": True}, "only its document says that a"),
    ({"bin": "cli.js"}, {"bin": {"node": "cli.js"}}, "bin.left-pad (cli.js) is in its package.json"),
    ({"bin": {"a": "cli.js"}}, {"bin": {"a": "lib/x.js"}}, "bin.a is cli.js"),
    ({}, {"bin": {"npm": "cli.js"}}, "bin.npm (cli.js) is in its document"),
    ({"directories": {"bin": "bin"}}, {"bin": {"run": "bin/run"}}, "bin.more"),
    ({"scripts": {"install": "a"}}, {"scripts": {"install": "b"}}, "scripts.install is a in its package.json and b"),
    ({"scripts": {"install": "a"}}, {"scripts": {"install": "a"}, "hasInstallScript": False}, "its document says that it has no"),
    ({"scripts": {}}, {"scripts": {"install": "node-gyp rebuild"}}, "scripts.install (node-gyp rebuild) is in its document"),
]


@pytest.mark.parametrize(("inside", "document"), HONEST)
def test_what_publishing_changes_is_no_mismatch(inside: dict[str, Any], document: dict[str, Any]) -> None:
    assert package(manifest(**{"version": "1.0.0", **inside}), FILES, document={**manifest(), **document}).mismatches == ()


@pytest.mark.parametrize(("inside", "document", "told"), CONFUSED)
def test_any_other_difference_is_one_and_says_where(inside: dict[str, Any], document: dict[str, Any], told: str) -> None:
    found = package({**manifest(), **inside}, FILES, document={**manifest(), **document}).mismatches
    assert [each for each in found if each.startswith(told)], found


def test_a_document_that_cannot_be_read_is_told_of() -> None:
    archive = archive_of({"package.json": manifest()})
    for document in (b"{", b"[]", b"", b"\xff", b"[" * 100_000):
        assert inspect(archive, document).mismatches[0].startswith("its document cannot be read")


def test_a_thousand_differences_are_cut() -> None:
    found = package(manifest(dependencies={f"a{number:04}": "1" for number in range(1000)}), document=manifest())
    assert len(found.mismatches) == 100
    assert found.cut == ("mismatches",)
    assert len(found.dependencies) == 1000


def test_names_of_strangers_are_made_printable() -> None:
    found = package(manifest(name="left\u202epad\n\x1b[2J" + "x" * 1000), document=manifest())
    assert found.mismatches[0].isprintable()
    assert len(found.mismatches[0]) < 300
