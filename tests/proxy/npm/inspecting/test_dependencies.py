"""Dependencies: which come past the registry, and which a client installs at all."""

from __future__ import annotations

import pytest

from proxy.npm.inspecting.specs import alias_target, canonical, kind_of
from tests.proxy.npm.inspecting.archives import manifest, package

SPECS = {
    None: [
        *(
            "",
            "*",
            "latest",
            "next-11",
            "1.2.3",
            "^1.2.3-beta.1+build",
            ">=1 <2 || 3.x",
            "1.0 - 2.0",
            "~> 1.0",
            " ^1 ",
            "=v1.0.0",
        ),
        *("v1", ">= 1.0.0, < 2.0.0", "1.x.x", "canary", "1.2.3tgz"),
    ],
    "git": [
        *("u/r", "u/r#v1", "github:u/r", "GitHub:u/r", "gitlab:u/r#semver:^1", "bitbucket:u/r", "gist:u/0123abc", "gist:0123abc"),
        *("git://host/x", "git+ssh://git@host/x.git", "git+https://host/x#a", "git+file:///x", "git@host.example:u/r.git"),
        *("ssh://git@host/x", "https://github.com/u/r", "https://host.example/r.git", "http://host.example/r.git#v1"),
        *("git+ssh://git@github.com:u/r", "user@host.example:path/to/r", "GIT+HTTPS://host/x"),
    ],
    "http": [
        *("http://host.example/a.tgz", "https://host.example/a", "HTTPS://host.example/a.tgz"),
        *("https://github.com/u/r/archive/v1.tar.gz", "https://user:word@host.example/a.tgz"),
    ],
    "file": [
        *("file:../x", "FILE:x", "link:x", "portal:x", "workspace:*", "./x", "../x", "/x", "~/x", "C:\\x", "c:/x", ".", ".."),
        *("x.tgz", "a/b/c.tar.gz", "vendor/x/y", "..\\x"),
    ],
    "alias": ["npm:x@1", "npm:@s/x@^1", "npm:x", "NPM:x@1"],
    "unknown": [
        "catalog:",
        "jsr:@s/x@1",
        "patch:x",
        "npm:x@github:u/r",
        "foo:bar",
        "data:text/javascript,x",
        "%2e%2e",
        "a#b",
        "1\0",
    ],
}


@pytest.mark.parametrize(("kind", "spec"), [(kind, spec) for kind, specs in SPECS.items() for spec in specs])
def test_every_way_of_writing_a_dependency_has_its_kind(kind: str | None, spec: str) -> None:
    assert kind_of(spec) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("u/r", "u/s"),
        ("u/r#a", "u/r#b"),
        ("u/r", "gitlab:u/r"),
        ("https://github.com/u/r", "https://github.com.example/u/r"),
        ("https://github.com/u/r", "https://host.example/github.com/u/r"),
        ("git@github.com:u/r", "git@host.example:u/r"),
        ("https://github.com:8443/u/r", "https://github.com/u/r"),
        ("https://github.com/u/r/archive/x.tar.gz", "https://github.com/u/r"),
        ("npm:a@1", "npm:b@1"),
        ("^1", "^2"),
        ("1 0", "10"),
    ],
)
def test_specs_that_lead_to_different_things_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_an_alias_stands_for_another_package() -> None:
    assert alias_target("npm:@s/x@^1") == ("@s/x", "^1")
    assert alias_target("npm:x") == ("x", "*")
    assert alias_target("^1") is None


def test_all_fields_of_tarball_and_document_count_and_what_is_the_same_is_told_once() -> None:
    inside = manifest(
        dependencies={"a": "u/r"}, optionalDependencies={"b": "http://host.example/b"}, devDependencies={"c": "u/c"}
    )
    document = manifest(
        dependencies={"a": "github:u/r"},
        optionalDependencies={"b": "http://host.example/b"},
        peerDependencies={"d": "npm:e@1"},
    )
    found = package(inside, document=document)
    assert [(each.field, each.name, each.kind) for each in found.exotic] == [
        ("dependencies", "a", "git"),
        ("optionalDependencies", "b", "http"),
        ("peerDependencies", "d", "alias"),
    ]


def test_what_is_no_text_or_no_name_is_unknown() -> None:
    found = package(manifest(dependencies={"a": {"version": "1"}, "../../x": "1", "b": "1"}))
    assert [(each.name, each.kind) for each in found.exotic] == [("../../x", "unknown"), ("a", "unknown")]


def test_a_hundred_aliases_do_not_crowd_out_a_repository() -> None:
    found = package(manifest(dependencies={f"a{number}": "npm:x@1" for number in range(200)} | {"z": "u/r"}))
    assert found.exotic[0].name == "z"
    assert len(found.exotic) == 100
    assert found.cut == ("exotic",)


def test_bundled_packages_may_pull_in_more() -> None:
    files = {
        "node_modules/a/package.json": {"name": "a", "version": "1.0.0", "dependencies": {"b": "1", "c": "u/r", "left": "2"}},
        "node_modules/b/package.json": {"name": "b", "version": "1.0.0"},
    }
    found = package(manifest(dependencies={"a": "^1"}, bundleDependencies=["a"]), files)
    assert found.dependencies == (("a", "^1"), ("c", "u/r"), ("left", "2"))
    assert [(each.inside, each.name) for each in found.exotic] == [("node_modules/a", "c")]


def test_clients_go_by_the_document_and_install_peers_that_are_not_optional() -> None:
    inside = manifest(dependencies={"a": "1", "only-inside": "1"})
    document = manifest(
        dependencies={"a": "2"},
        peerDependencies={"p": "1", "q": "1"},
        peerDependenciesMeta={"q": {"optional": True}},
        optionalDependencies={"o": "1"},
    )
    assert package(inside, document=document).dependencies == (("a", "2"), ("o", "1"), ("only-inside", "1"), ("p", "1"))


def test_long_ranges_and_names_stay_whole_and_longer_ones_stay_apart() -> None:
    name, spec = "n" * 214, " || ".join(f"^{number}.0.0" for number in range(30))
    assert package(manifest(dependencies={name: spec})).dependencies == ((name, spec),)
    one, other = (package(manifest(dependencies={"a": "git+https://host.example/" + "x" * 5000 + end})).exotic for end in "ab")
    assert one[0].spec[:400] == other[0].spec[:400]
    assert one != other
