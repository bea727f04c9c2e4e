"""Whole archives: what takes part in an installation comes first, nothing is missing, and everything is bounded."""

from __future__ import annotations

import msgspec
import pytest

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.diffing.compare import compare
from proxy.npm.diffing.packed import compare_packed
from proxy.npm.diffing.values import Diff, FieldChange, Role
from tests.fakes.simulator.tarball import build_tarball
from tests.proxy.npm.diffing.archives import archive, difference, lines

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
OLD = {"name": "leaf", "version": "1.0.0", "scripts": {"test": "x", "install": "node old.js"}, "dependencies": {"a": "^1"}}
NEW = {
    "name": "leaf",
    "version": "1.1.0",
    "scripts": {"test": "y", "install": "node new.js", "postinstall": "./lib/setup && echo \x1b[2J"},
    "dependencies": {"a": "^2", "b": "github:x/y"},
    "bin": "cli.js",
    "exports": {".": {"import": "./esm.mjs"}},
    "engines": {"node": ">=18"},
}


def test_install_scripts_come_before_all_else_and_do_nothing_to_a_terminal() -> None:
    found = difference({}, {"binding.gyp": "{}"}, (OLD, NEW))
    assert found.fields[:3] == (
        FieldChange("scripts", "install", "node old.js", "node new.js", runs=True),
        FieldChange("scripts", "postinstall", None, "./lib/setup && echo <U+001B>[2J", runs=True),
        FieldChange("binding.gyp", "", None, "node-gyp rebuild", runs=True),
    )
    rest = [(each.field, each.key, each.old, each.new) for each in found.fields[3:]]
    assert rest == [
        ("scripts", "test", "x", "y"),
        ("dependencies", "a", "^1", "^2"),
        ("dependencies", "b", None, "github:x/y"),
        ("bin", "", None, "cli.js"),
        ("exports", ".", None, '{"import": "./esm.mjs"}'),
        ("engines", "node", None, ">=18"),
    ]


@pytest.mark.parametrize(
    ("field", "old", "new", "told"),
    [
        ("gypfile", None, True, FieldChange("gypfile", "", None, "true", runs=True)),
        ("gypfile", True, False, FieldChange("gypfile", "", "true", "false")),
        ("scripts", {"install": "x"}, None, FieldChange("scripts", "install", "x", None, runs=True)),
        ("scripts", {"install": "x"}, "y", FieldChange("scripts", "", '{"install": "x"}', "y")),
        ("bundleDependencies", True, ["a"], FieldChange("bundleDependencies", "", "true", '["a"]')),
        ("main", "a.js", "\u202eb.js", FieldChange("main", "", "a.js", "<U+202E>b.js")),
        ("os", 1, True, FieldChange("os", "", "1", "true")),
    ],
)
def test_fields(field: str, old: object, new: object, told: FieldChange) -> None:
    assert difference({}, {}, ({field: old}, {field: new})).fields == (told,)


def test_manifests_of_bundled_packages_count() -> None:
    inner = "node_modules/@s/in"
    found = difference(
        {f"{inner}/package.json": "{}"}, {f"{inner}/package.json": '{"scripts": {"postinstall": "x"}}'}, ({}, {"main": "x"})
    )
    assert [(each.inside, each.field, each.runs) for each in found.fields] == [(inner, "scripts", True), ("", "main", False)]
    assert [each.role for each in found.files] == [Role.INSTALL, Role.BUNDLED]


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"scripts": 7}', "null", "[" * 100_000])
def test_a_manifest_that_is_none_has_no_fields(broken: str) -> None:
    found = difference({}, {}, ('{"main": "a"}', broken))
    assert [each.new for each in found.fields if each.field == "main"] == [None]


def test_files_by_what_they_do() -> None:
    files = {
        "README.md": "x",
        "lib/setup.js": "x",
        "new.js": "x",
        "cli.js": "x",
        "esm.mjs": "x",
        "index.js": "x",
        "util.js": "x",
        "types.d.ts": "x",
        "tool": "x",
        "binding.gyp": "{}",
        "npm-shrinkwrap.json": "{}",
        "logo.png": PNG,
        "docs/package.json": "{}",
    }
    found = difference({"gone.js": "x"}, files, ({}, NEW))
    roles: dict[Role, set[str]] = {}
    for each in found.files:
        roles.setdefault(each.role, set()).add(each.path)
    assert roles == {
        Role.INSTALL: {"package.json", "lib/setup.js", "new.js", "binding.gyp", "npm-shrinkwrap.json"},
        Role.ENTRY: {"cli.js", "esm.mjs", "index.js"},
        Role.CODE: {"util.js", "gone.js"},
        Role.OTHER: {"README.md", "types.d.ts", "tool", "logo.png", "docs/package.json"},
    }
    assert found.files[0].path == "package.json"
    assert [each.role for each in found.files] == sorted((each.role for each in found.files), key=list(Role).index)
    assert (found.added, found.removed, found.changed) == (13, 1, 1)


def test_what_is_called_an_image_and_is_a_program_is_compared_as_text() -> None:
    found = difference({"a.png": "x\n", "b.js": PNG}, {"a.png": "y\n", "b.js": PNG + b"z"})
    told = {each.path: each for each in found.files}
    assert lines(told["a.png"]) == ["-x", "+y"]
    assert told["b.js"].hunks


def test_what_is_no_text_is_told_by_its_digest_and_kind() -> None:
    found = difference({"a": PNG}, {"a": PNG + b"\0", "b.node": b"\x7fELF" + bytes(40), "c": bytes(100)})
    told = {each.path: each for each in found.files}
    assert told["a"].kind == "an image (PNG)"
    assert told["a"].old_digest != told["a"].new_digest
    assert told["a"].hunks == ()
    assert (told["b.node"].kind, told["b.node"].role, told["b.node"].old_digest) == ("a program for Linux (ELF)", Role.CODE, None)
    assert told["c"].kind == "not text"


def test_moved_files_and_other_rights() -> None:
    found = difference({"a.js": "same\n", "empty": ""}, {"b.js": "same\n", "void": ""})
    told = {each.path: (each.change, each.notes) for each in found.files}
    assert told["b.js"] == ("moved", ("its bytes are those of a.js, which is gone",))
    assert told["a.js"] == ("removed", ())
    assert told["void"] == ("added", ())
    both = archive(None, {"run": "x"}), archive(None, {"run": "x"}, runs=["run"])
    (file,) = compare(*both).files
    assert (file.change, file.notes, file.hunks) == ("changed", ("it can be run as a program now",), ())


def test_oddities_and_sizes_are_told_of_each_side() -> None:
    found = compare(archive(None, {"a": "12"}), archive(None, {"a": "12", "b": "345"}, odd=["two of \x1b"]))
    assert (found.old.files, found.old.unpacked, found.old.oddities) == (1, 2, ())
    assert (found.new.files, found.new.unpacked, found.new.oddities) == (2, 5, ("two of <U+001B>",))


def test_paths_do_nothing_to_a_terminal() -> None:
    (file,) = difference({}, {"a\x1b[2J\u202e.js": "x"}).files
    assert file.path == "a<U+001B>[2J<U+202E>.js"


def test_nothing_is_different() -> None:
    found = difference({"a": "x"}, {"a": "x"}, (NEW, NEW))
    assert (found.fields, found.files, found.notes) == ((), (), ())


def test_what_is_left_out_is_counted_and_what_is_urgent_is_not() -> None:
    noise = {f"lib/{number:04}.js": "noise\n" * 30 for number in range(300)}
    limits = {"files": 100, "all_lines": 300, "fields": 2}
    found = difference({}, {**noise, "new.js": "evil()\n"}, (OLD, NEW), limits=limits)
    assert [each.path for each in found.files[:2]] == ["package.json", "new.js"]
    assert any("+evil()" in lines(each) for each in found.files)
    assert sum(line[0] != "\\" for each in found.files for line in lines(each)) == 300
    assert len(found.files) == 100
    assert len(found.fields) == 2
    assert any("more changes of manifests" in note for note in found.notes)
    assert "202 more files are not listed" in found.notes
    assert any(note.startswith("the text of ") for note in found.notes)
    alone = difference({}, {**noise, "new.js": "evil()\n"}, (OLD, NEW), limits=limits, only="lib/0299.js")
    assert [each.path for each in alone.files] == ["lib/0299.js"]
    assert len(lines(alone.files[0])) == 30
    assert alone.added == 301


def test_as_downloaded_and_back_from_another_process() -> None:
    old = build_tarball(OLD, {"index.js": "a\n"})
    new = build_tarball(NEW, {"index.js": "b\n"})
    found = msgspec.json.decode(compare_packed(old, new, None, Caps()), type=Diff)
    assert [each.path for each in found.files] == ["package.json", "index.js"]
    first = msgspec.json.decode(compare_packed(None, new, "index.js", Caps()), type=Diff)
    assert (first.old.files, first.added, [each.path for each in first.files]) == (0, 2, ["index.js"])


def test_which_of_both_cannot_be_read_is_said() -> None:
    good = build_tarball(OLD, {})
    for pair, side in (((b"no archive", good), "old"), ((good, b"no archive"), "new")):
        with pytest.raises(ArchiveRefused, match=f"the {side} archive cannot be read"):
            compare_packed(*pair, None, Caps())
    with pytest.raises(ArchiveRefused, match="at most 10"):
        compare_packed(good, good, None, Caps(packed=10))
