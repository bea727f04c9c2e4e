"""Install scripts: each row of what the clients were measured to run."""

from __future__ import annotations

from typing import Any

import pytest

from quarantine.examination import Script
from tests.proxy.npm.inspecting.archives import archive_of, inspect, manifest, named, package

GYP: dict[str, bytes] = {"binding.gyp": b"{'targets': []}"}
EVIL = {"postinstall": "node evil.js"}


def test_a_package_that_runs_nothing_has_no_scripts() -> None:
    plain = package(manifest(scripts={"test": "x", "prepare": "x", "prepublish": "x", "prepack": "x", "build": "x"}))
    assert plain.scripts == ()
    assert plain.mismatches == ()


def test_a_script_in_both_is_told_once() -> None:
    both = package(manifest(scripts=EVIL))
    assert both.scripts == (Script("postinstall", "node evil.js"),)
    assert both.mismatches == ()


@pytest.mark.parametrize("document", [manifest(), manifest(hasInstallScript=False), manifest(scripts={"test": "x"})])
def test_a_script_in_the_tarball_alone_counts_and_is_a_mismatch(document: dict[str, Any]) -> None:
    found = package(manifest(scripts=EVIL), document=document)
    assert found.scripts == (Script("postinstall", "node evil.js"),)
    assert any("scripts.postinstall" in each and "not in its document" in each for each in found.mismatches)


def test_a_script_in_the_document_alone_counts_and_is_a_mismatch() -> None:
    found = package(manifest(), document=manifest(scripts=EVIL))
    assert found.scripts == (Script("postinstall", "node evil.js"),)
    assert [each for each in found.mismatches if "not in its package.json" in each]


def test_scripts_that_differ_are_one_that_shows_both() -> None:
    found = package(manifest(scripts={"install": "a"}), document=manifest(scripts={"install": "b"}))
    assert found.scripts == (Script("install", "a (in the document: b)"),)
    assert len(found.mismatches) == 1


def test_a_flag_without_any_script_is_a_mismatch() -> None:
    assert package(manifest(), document=manifest(hasInstallScript=True)).mismatches
    assert package(manifest(), document=manifest(hasInstallScript=True)).scripts == ()


def test_the_short_form_of_a_document_shows_a_flag_in_place_of_scripts() -> None:
    found = package(manifest(scripts=EVIL), document=manifest(hasInstallScript=True))
    assert named(found) == ["postinstall"]
    assert found.mismatches == ()


@pytest.mark.parametrize("value", ["", None, False, 0, [], {}])
def test_an_empty_script_runs_nothing(value: object) -> None:
    assert package(manifest(scripts={"postinstall": value})).scripts == ()


@pytest.mark.parametrize("value", [["node", "x"], {"a": 1}, True, 7])
def test_a_script_that_is_no_text_counts(value: object) -> None:
    assert named(package(manifest(scripts={"postinstall": value}))) == ["postinstall"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"gypfile": True},
        {"gypfile": False},
        {"scripts": {"install": ""}},
        {"scripts": {"postinstall": "x"}},
        {"scripts": "install"},
    ],
)
def test_a_binding_gyp_is_built_without_any_script(fields: dict[str, Any]) -> None:
    found = package(manifest(**fields), GYP)
    assert "binding.gyp" in named(found)
    assert found.mismatches == ()


@pytest.mark.parametrize("name", ["install", "preinstall"])
def test_a_script_in_its_place_keeps_a_binding_gyp_from_being_built(name: str) -> None:
    assert named(package(manifest(scripts={name: "exit 0"}), GYP)) == [name]


def test_a_script_that_only_one_side_shows_does_not_keep_every_client_from_building() -> None:
    assert "binding.gyp" in named(package(manifest(scripts={"install": "exit 0"}), GYP, document=manifest()))
    assert "binding.gyp" in named(package(manifest(), GYP, document=manifest(scripts={"install": "exit 0"})))


def test_what_publishing_writes_for_a_binding_gyp_is_no_script_of_its_own() -> None:
    published = manifest(scripts={"install": "node-gyp rebuild"}, gypfile=True)
    found = package(manifest(), GYP, document=published)
    assert named(found) == ["binding.gyp"]
    assert found.mismatches == ()


def test_an_order_not_to_build_that_only_one_side_gives_is_a_mismatch() -> None:
    assert "gypfile" in package(manifest(), GYP, document=manifest(gypfile=False)).mismatches[0]


def test_capitals_do_not_hide_a_binding_gyp() -> None:
    assert named(package(files={"Binding.GYP": b"{}"})) == ["binding.gyp"]


def test_a_binding_gyp_deeper_down_is_nobodys() -> None:
    assert named(package(files={"src/binding.gyp": b"{}", "test/node_modules/x/binding.gyp": b"{}"})) == []


def test_bundled_packages_have_scripts_of_their_own() -> None:
    found = package(
        manifest(bundleDependencies=["a"]),
        {
            "node_modules/a/package.json": {"name": "a", "version": "2.0.0", "scripts": EVIL},
            "node_modules/@s/b/package.json": {"name": "@s/b"},
            "node_modules/@s/b/binding.gyp": b"{}",
            "node_modules/a/node_modules/c/package.json": {"scripts": {"install": "x"}},
            "node_modules/a/node_modules/c/binding.gyp": b"{}",
        },
    )
    assert named(found) == [
        "node_modules/@s/b binding.gyp",
        "node_modules/a postinstall",
        "node_modules/a/node_modules/c install",
    ]
    assert [(each.path, each.name, each.version) for each in found.bundled] == [
        ("node_modules/@s/b", "@s/b", ""),
        ("node_modules/a", "a", "2.0.0"),
        ("node_modules/a/node_modules/c", "", ""),
    ]


def test_a_bundled_folder_without_a_package_json_is_built_too() -> None:
    found = package(files={"node_modules/x/binding.gyp": b"{}", "node_modules/.bin/y": b"", "node_modules/z.js": b""})
    assert named(found) == ["node_modules/x binding.gyp"]
    assert [each.path for each in found.bundled] == ["node_modules/x"]


def test_a_dot_does_not_hide_a_bundled_package() -> None:
    found = package(files={"node_modules/.x/package.json": {"name": "x", "scripts": EVIL}})
    assert named(found) == ["node_modules/.x postinstall"]


def test_without_a_document_the_tarball_speaks_alone() -> None:
    found = inspect(archive_of({"package.json": manifest(scripts=EVIL), **GYP}), None)
    assert named(found) == ["postinstall", "binding.gyp"]
    assert found.mismatches == ()


def test_a_long_command_is_cut_and_still_differs_when_its_end_does() -> None:
    one, other = (package(manifest(scripts={"install": "x" * 5000 + end})).scripts[0].command for end in "ab")
    assert len(one) <= 500
    assert one != other


def test_commands_are_shown_in_one_printable_line() -> None:
    shown = package(manifest(scripts={"install": "a\x1b[2J\n\u202eb\u200b\ud800"})).scripts[0].command
    assert shown == r"a\x1b[2J\n\u202eb\u200b\ud800"
