"""Each format by hand: what clients write in places that the end-to-end tests cannot reach, old generations above all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxy.npm.integrity import digests_of
from proxy.npm.lockfile import BadLockfile, Lockfile, read_lockfile
from tests.proxy.npm.lockfile.examples import ALL, BUN, HOST, LEAF, LEAF_SHA1, NPM, NPM_OLD, PNPM, YARN_1, YARN_4, ids

BOTH = ["@acme/twig@2.0.0-rc.1", "leaf@1.0.0"]


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("package-lock.json", "package-lock 3", ["leaf@1.0.0", "@acme/twig@2.0.0-rc.1"]),
        ("npm-shrinkwrap.json", "npm-shrinkwrap 1", ["tree@1.0.0", "@acme/leaf@1.0.0", "leaf@2.0.0"]),
        ("pnpm-lock.yaml", "pnpm-lock 9.0", BOTH),
        ("yarn.lock", "yarn 1", BOTH),
        ("berry.lock", "yarn 4", BOTH),
        ("bun.lock", "bun.lock", BOTH),
    ],
)
def test_a_small_one_of_each(name: str, kind: str, found: list[str]) -> None:
    lockfile = read_lockfile(f"some/folder/{name}", ALL[name])
    assert (lockfile.kind, ids(lockfile), lockfile.skipped) == (kind, found, ())
    # The same with the line ends and the mark of other platforms, and by looks where the name says nothing.
    other = read_lockfile(name, "\ufeff" + ALL[name].replace("\n", "\r\n"))
    assert other == lockfile
    assert ids(read_lockfile("-", ALL[name])) == found


def test_lines_digests_and_addresses() -> None:
    leaf, twig = read_lockfile("package-lock.json", NPM).entries
    assert (leaf.line, twig.line) == (6, 11)
    assert (leaf.digests, twig.digests) == (digests_of(LEAF, None), None)
    assert leaf.resolved == f"{HOST}/leaf/-/leaf-1.0.0.tgz"
    assert [each.line for each in read_lockfile("npm-shrinkwrap.json", NPM_OLD).entries] == [5, 9, 16]
    twig, leaf = read_lockfile("pnpm-lock.yaml", PNPM).entries
    assert (twig.line, twig.resolved) == (13, f"{HOST}/@acme/twig/-/twig-2.0.0-rc.1.tgz")
    assert (leaf.line, leaf.digests, leaf.resolved) == (21, digests_of(LEAF, None), None)
    twig, leaf = read_lockfile("yarn.lock", YARN_1).entries
    assert (twig.line, twig.digests) == (5, digests_of(LEAF, LEAF_SHA1))
    assert (leaf.line, leaf.digests) == (12, digests_of(None, LEAF_SHA1))
    assert leaf.resolved == f"{HOST}/leaf/-/leaf-1.0.0.tgz#{LEAF_SHA1}"
    twig, leaf = read_lockfile("yarn.lock", YARN_4).entries
    assert (twig.line, twig.digests) == (7, None)
    assert twig.resolved == f"{HOST}/@acme/twig/download/@acme/twig-2.0.0-rc.1.tgz"
    assert (leaf.line, leaf.resolved) == (16, None)
    twig, leaf = read_lockfile("bun.lock", BUN).entries
    assert (leaf.line, leaf.digests, leaf.resolved) == (9, digests_of(LEAF, None), None)


def npm(version: int = 3, **packages: Any) -> Lockfile:
    field = "packages" if version > 1 else "dependencies"
    return read_lockfile("package-lock.json", json.dumps({"lockfileVersion": version, field: packages}, indent=2))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"resolved": "parts/one", "link": True}, "a link to a folder"),
        ({"version": "1.0.0", "resolved": "git+ssh://git@git.example/a/leaf.git#0123"}, "a git repository"),
        ({"version": "1.0.0", "resolved": "file:vendor/leaf.tgz"}, "a file or folder of the project"),
        ({"version": "1.0.0", "resolved": "https://files.example/leaf.tgz"}, "not laid out like a registry's"),
        ({"version": "1.0.0", "resolved": f"{HOST}/loaf/-/loaf-1.0.0.tgz"}, "another package or version"),
        ({"version": "1.0.0", "resolved": f"{HOST}/leaf/-/leaf-1.0.1.tgz"}, "another package or version"),
        ({"version": "1.0.0", "resolved": "http://["}, "cannot be read"),
        ({"version": "1.0.0", "name": "../leaf"}, "is not the name of a package"),
        ({"version": "1.0.0", "name": 7}, "no version that a registry could serve"),
        ({"version": "1.0.0", "integrity": f"{LEAF} sha512-{'A' * 86}=="}, "two different sha512 digests"),
        ({"version": "1/0"}, "no version that a registry could serve"),
        ({"version": "npm:1.0.0"}, "no version that a registry could serve"),
        ({"version": 1}, "no version that a registry could serve"),
        ({}, "no version that a registry could serve"),
        ({"resolved": "git@git.example:a/leaf.git"}, "a git repository"),
        ("1.0.0", "is not an object"),
    ],
)
def test_what_npm_does_not_fetch_as_that_version(entry: Any, reason: str) -> None:
    lockfile = npm(**{"node_modules/leaf": entry})
    assert lockfile.entries == ()
    assert len(lockfile.skipped) == 1
    assert lockfile.skipped[0].startswith("node_modules/leaf")
    assert reason in lockfile.skipped[0]


def test_folders_of_an_npm_project() -> None:
    lockfile = npm(**{"": {}, "parts/one": {"version": "1.0.0"}, "parts/one/node_modules/leaf": {"version": "1.0.0"}})
    assert ids(lockfile) == ["leaf@1.0.0"]
    assert lockfile.skipped == ("parts/one (line 5): a folder of the project",)


@pytest.mark.parametrize("integrity", [None, "", 7, "md5-AAAA", "sha512-short"])
def test_an_integrity_that_says_nothing(integrity: Any) -> None:
    assert npm(**{"node_modules/leaf": {"version": "1.0.0", "integrity": integrity}}).entries[0].digests is None


def test_the_second_form_of_the_same_is_passed_over() -> None:
    both = {
        "lockfileVersion": 2,
        "packages": {"node_modules/a": {"version": "1.0.0"}},
        "dependencies": {"b": {"version": "1.0.0"}},
    }
    assert ids(read_lockfile("package-lock.json", json.dumps(both))) == ["a@1.0.0"]
    del both["packages"]
    assert ids(read_lockfile("package-lock.json", json.dumps(both))) == ["b@1.0.0"]


def test_a_shrinkwrap_of_npm_4_has_no_version() -> None:
    text = json.dumps(
        {"name": "p", "dependencies": {"leaf": {"version": "1.0.0", "from": "leaf@^1", "resolved": "leaf-1.0.0.tgz"}}}
    )
    lockfile = read_lockfile("npm-shrinkwrap.json", text)
    assert (lockfile.kind, ids(lockfile)) == ("npm-shrinkwrap 1", ["leaf@1.0.0"])


@pytest.mark.parametrize(
    "version", ["git+https://git.example/leaf.git#0123", "github:a/leaf#0123", "file:../leaf", "https://a.example/l.tgz"]
)
def test_versions_of_old_lockfiles_that_are_none(version: str) -> None:
    lockfile = npm(1, leaf={"version": version, "from": version})
    assert lockfile.entries == ()
    assert len(lockfile.skipped) == 1


def test_places_with_the_same_are_one_entry() -> None:
    entry = {"version": "1.0.0", "integrity": LEAF}
    other = {"version": "1.0.0", "integrity": f"sha512-{'A' * 86}=="}
    lockfile = npm(
        **{"node_modules/leaf": entry, "node_modules/a/node_modules/leaf": entry, "node_modules/b/node_modules/leaf": other}
    )
    assert ids(lockfile) == ["leaf@1.0.0", "leaf@1.0.0"], "other bytes of the same version are worth telling"


def pnpm(version: str, packages: str) -> Lockfile:
    return read_lockfile("pnpm-lock.yaml", f"lockfileVersion: {version}\npackages:\n{packages}")


@pytest.mark.parametrize(
    ("version", "path", "found"),
    [
        ("5.1", "/leaf/1.0.0", "leaf@1.0.0"),
        ("5.4", "/leaf/1.0.0-rc.1_react@17.0.0+x", "leaf@1.0.0-rc.1"),
        ("5.4-inlineSpecifiers", "/@acme/leaf/1.0.0_@babel+core@7.0.0", "@acme/leaf@1.0.0"),
        ("'6.0'", "/leaf@1.0.0(react@17.0.0)(b@1.0.0)", "leaf@1.0.0"),
        ("'6.1'", "/@acme/leaf@1.0.0(@babel/core@7.0.0)", "@acme/leaf@1.0.0"),
        ("'9.0'", "'@acme/leaf@1.0.0'", "@acme/leaf@1.0.0"),
        ('"9.0"', '"@acme/leaf@1.0.0(patch_hash=abc)"', "@acme/leaf@1.0.0"),
    ],
)
def test_paths_of_pnpm(version: str, path: str, found: str) -> None:
    for resolution in (
        f"    resolution: {{integrity: {LEAF}}}",
        f"    resolution: {{ integrity: '{LEAF}' }} # so",
        f"    resolution:\n      integrity: {LEAF}",
        f'    resolution:\n      {{\n        integrity: "{LEAF}",\n      }}',
    ):
        lockfile = pnpm(version, f"  {path}:\n{resolution}\n    dev: true\n    engines: {{node: '>=6'}}\n")
        assert ids(lockfile) == [found]
        assert lockfile.entries[0].digests == digests_of(LEAF, None)
    long = pnpm(version, f"  ? {path}\n  : resolution: {{integrity: {LEAF}}}\n    dev: true\n")
    assert ids(long) == [found]
    assert long.entries[0].digests == digests_of(LEAF, None)


@pytest.mark.parametrize(
    ("version", "path", "resolution", "reason"),
    [
        ("5.4", "github.com/a/leaf/0123", "{tarball: https://codeload.example/a/leaf/tar.gz/0123}", "somewhere else"),
        ("5.4", "registry.node.example/leaf/1.0.0", f"{{integrity: {LEAF}}}", "somewhere else"),
        ("'6.0'", "file:../leaf", "{directory: ../leaf, type: directory}", "a file or folder"),
        ("'6.0'", "file:leaf.tgz", "{tarball: file:leaf.tgz}", "a file or folder"),
        ("'9.0'", "leaf@git+ssh://git@git.example/a/leaf.git#0123", "{commit: '0123', repo: x, type: git}", "a git repository"),
        ("'9.0'", "leaf@https://codeload.example/a/leaf/tar.gz/0123", "{tarball: https://x.example/y}", "names by its address"),
        ("'9.0'", "leaf@file:near", "{directory: near, type: directory}", "a file or folder"),
        ("'9.0'", "node@runtime:24.0.0", "{type: variations, variants: [{a: {b: 1}}]}", "a runtime"),
        ("'9.0'", "leaf@1.0.0", "{type: custom:x}", "'custom:x'"),
        ("'9.0'", "leaf@1.0.0", f"{{integrity: {LEAF}, tarball: https://files.example/leaf.tgz}}", "not laid out"),
    ],
)
def test_what_pnpm_has_from_elsewhere(version: str, path: str, resolution: str, reason: str) -> None:
    lockfile = pnpm(version, f"  {path}:\n    resolution: {resolution}\n    name: leaf\n    version: 1.0.0\n")
    assert lockfile.entries == ()
    assert reason in lockfile.skipped[0]


def yarn(patterns: str, **fields: str) -> Lockfile:
    lines = [f'  {key} "{value}"' for key, value in fields.items()]
    return read_lockfile("yarn.lock", "\n".join(["# yarn lockfile v1", f"{patterns}:", *lines]))


@pytest.mark.parametrize(
    "resolved", ["leaf-1.0.0.tgz", f"{HOST}/repo/leaf/-/leaf-1.0.0.tgz", f"{HOST}/leaf/download/leaf-1.0.0.tgz?cache=0"]
)
def test_addresses_of_yarn_1(resolved: str) -> None:
    lockfile = yarn("leaf@^1.0.0", version="1.0.0", resolved=f"{resolved}#{LEAF_SHA1}")
    assert ids(lockfile) == ["leaf@1.0.0"]
    assert lockfile.entries[0].digests == digests_of(None, LEAF_SHA1)


def test_several_names_of_one_block() -> None:
    address = f"{HOST}/leaf/-/leaf-1.0.0.tgz"
    assert ids(yarn("other@1, leaf@^1.0.0", version="1.0.0", resolved=address, name="leaf")) == ["leaf@1.0.0"]
    assert ids(yarn("other@1", version="1.0.0", resolved=address, name="leaf")) == ["leaf@1.0.0"]
    assert "another package" in yarn("other@1, third@1", version="1.0.0", resolved=address).skipped[0]
    assert "several names" in yarn("other@1, third@1", version="1.0.0").skipped[0]


@pytest.mark.parametrize(
    ("pattern", "resolved", "reason"),
    [
        ('"leaf@git+https://git.example/leaf.git"', "git+https://git.example/leaf.git#0123", "git"),
        ("leaf@a/leaf", "https://codeload.example/a/leaf/tar.gz/0123", "not laid out"),
        ('"leaf@file:near"', "", "file or folder"),
        ('"leaf@link:near"', "", "link"),
        ("leaf@1", f"{HOST}/leaf/-/leaf-1.0.0.tgz#{'0' * 40}", "two different sha1"),
    ],
)
def test_what_yarn_1_has_from_elsewhere(pattern: str, resolved: str, reason: str) -> None:
    fields = {"resolved": resolved} if resolved else {}
    lockfile = yarn(pattern, version="1.0.0", integrity=f"{LEAF} sha1-{'B' * 27}=", **fields)
    assert lockfile.entries == ()
    assert reason in lockfile.skipped[0]


@pytest.mark.parametrize(
    ("resolution", "reason"),
    [
        ("leaf@workspace:.", "a folder of the project"),
        ("leaf@portal:../leaf::locator=x", "a link to a folder"),
        ("leaf@link:../leaf", "a link to a folder"),
        ("leaf@file:./leaf#./leaf::hash=1", "a file or folder"),
        ("leaf@patch:leaf@npm%3A1.0.0#~/.yarn/patches/leaf.patch::version=1.0.0&hash=1", "a patched copy"),
        ("leaf@virtual:abc#npm:1.0.0", "a copy for certain peers"),
        ("leaf@https://github.example/a/leaf.git#commit=0123", "by its address"),
        ("leaf@npm:1.0.0::__archiveUrl=https%3A%2F%2Ffiles.example%2Fleaf.tgz", "not laid out"),
        ("leaf", "by its address"),
    ],
)
def test_what_modern_yarn_has_from_elsewhere(resolution: str, reason: str) -> None:
    text = f'__metadata:\n  version: 6\n\n"leaf@x":\n  version: 1.0.0\n  resolution: "{resolution}"\n'
    lockfile = read_lockfile("yarn.lock", text)
    assert lockfile.kind == "yarn 3"
    assert lockfile.entries == ()
    assert reason in lockfile.skipped[0]


def test_long_keys_of_modern_yarn() -> None:
    text = '__metadata:\n  version: 4\n\n? "leaf@npm:^1, leaf@npm:^1.0.0"\n:\n  version: 1.0.0\n  resolution: "leaf@npm:1.0.0"\n'
    lockfile = read_lockfile("yarn.lock", text)
    assert (lockfile.kind, ids(lockfile)) == ("yarn 2", ["leaf@1.0.0"])


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (["leaf@workspace:parts/leaf"], "a folder of the project"),
        (["leaf@link:near", {}], "a link"),
        (["leaf@file:near", {}], "a file or folder"),
        (["leaf@near.tgz", {}, LEAF], "a file or folder"),
        (["leaf@./near.tgz", {}, LEAF], "a file or folder"),
        (["leaf@root:", {}], "the project itself"),
        (["leaf@git+ssh://git.example/a.git#0123", {}, "a-0123"], "a git repository"),
        (["leaf@github:a/leaf#0123", {}, "a-leaf-0123"], "a git repository"),
        (["leaf@https://files.example/leaf.tgz", {}], "by its address"),
        (["leaf@1.0.0", "", {"bundled": True}, LEAF], "bundled"),
        (["leaf@1.0.0", "https://files.example/leaf.tgz", {}, LEAF], "not laid out"),
        ([], "not an array"),
        ([1], "not an array"),
        ({}, "not an array"),
    ],
)
def test_what_bun_has_from_elsewhere(entry: Any, reason: str) -> None:
    lockfile = read_lockfile("bun.lock", json.dumps({"lockfileVersion": 1, "packages": {"leaf": entry}}))
    assert lockfile.entries == ()
    assert reason in lockfile.skipped[0]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("bun.lockb", "#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0", "run `bun install --save-text-lockfile`"),
        ("x", "#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0", "run `bun install --save-text-lockfile`"),
        ("bun.lock", '{"lockfileVersion": 9}', "lockfileVersion is 9"),
        ("package-lock.json", '{"lockfileVersion": 4}', "lockfileVersion 4 is not known"),
        ("package-lock.json", '{"lockfileVersion": "3"}', "not a number"),
        ("package-lock.json", "{}", "no lockfile of npm's"),
        ("package-lock.json", "[]", "not a JSON object"),
        ("package-lock.json", '{\n  "lockfileVersion": 3,,', "line 2 is not valid JSON"),
        ("package-lock.json", '{"lockfileVersion": NaN}', "NaN is not JSON"),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": []}', "is not an object"),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": {"a": {}, "a": {}}}', "the key 'a' is there twice"),
        ("package-lock.json", '{\n<<<<<<< HEAD\n"a": 1', "line 2 is a merge conflict"),
        ("pnpm-lock.yaml", "lockfileVersion: '8.0'\n", "lockfileVersion is '8.0'"),
        ("pnpm-lock.yaml", "packages: {}\n", "lockfileVersion is ''"),
        ("pnpm-lock.yaml", "lockfileVersion: 9\npackages: {a: {}}\n", "line 2 has all packages in one"),
        ("pnpm-lock.yaml", "packages:\n  a@1: {resolution: {}}\n", "line 2 has a package on a single line"),
        ("pnpm-lock.yaml", "packages:\n  a@1:\n  a@1:\n", "line 3 repeats the key a@1"),
        ("pnpm-lock.yaml", "packages:\n  a@1:\n    resolution: {a: b, a: c}\n", "line 3 has the key a twice"),
        ("pnpm-lock.yaml", "packages:\n  a@1:\n    resolution: &x {a: b}\n", "line 3 uses an anchor"),
        ("pnpm-lock.yaml", "packages:\n  a@1:\n    resolution: sha512-x\n", "where a mapping is expected"),
        ("pnpm-lock.yaml", "packages:\n  a@1:\n    resolution: {a: b\n", "a bracket on line 3 is never closed"),
        ("pnpm-lock.yaml", "packages:\n    a@1:\n  b@1:\n", "line 3 is indented like nothing above it"),
        ("pnpm-lock.yaml", "packages: x\n  a@1:\n", "line 2 is indented below a value"),
        ("pnpm-lock.yaml", "packages:\n\ta@1:\n", "line 2 is indented with a tab"),
        ("pnpm-lock.yaml", "packages\n", "line 1 is not of the form `key: value`"),
        ("yarn.lock", '__metadata:\n  version: 3\n"a@npm:1":\n', "has the version '3'"),
        ("yarn.lock", "leaf@1:\n  version 1.0.0 x\n", "line 2 is not of the form"),
        ("yarn.lock", "leaf@1:\n  version 1\n  version 2\n", "line 3 repeats 'version'"),
        ("yarn.lock", "leaf@1:\n  version 1\nleaf@1:\n", "line 3 locks 'leaf@1' again"),
        ("yarn.lock", "  version 1\n", "line 1 belongs to no package"),
        ("yarn.lock", "leaf\n", "line 1 does not start a package"),
        ("yarn.lock", '"leaf\\x@1":\n', "line 1 has a text that is not quoted as JSON"),
        ("Gemfile.lock", "GEM\n", "none of the lockfiles that can be read"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(name: str, text: str, words: str) -> None:
    with pytest.raises(BadLockfile) as caught:
        read_lockfile(name, text)
    assert str(caught.value).startswith(f"{name}: ")
    assert words in str(caught.value)
