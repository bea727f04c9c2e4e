"""Older audit bodies: names of one's own go, everything public stays, whoever sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.audit_tree import DEEPEST, without

Json = dict[str, Any]


def tells(text: str) -> bool:
    """Anything that holds the word; what of real names is one's own is decided elsewhere."""
    return "acme" in text.lower()


def pairs(node: Json, public_only: bool = False) -> Iterator[tuple[str, str]]:
    """Every (name, version) of the tree."""
    for name, child in (node.get("dependencies") or {}).items():
        if not public_only or not tells(name):
            yield name, child["version"]
        yield from pairs(child, public_only)


def leaf(version: str, **more: Any) -> Json:
    return {"version": version, "integrity": "sha512-x", **more}


# What yarn 1.22 posts: the tree of its lockfile, with every requires and without addresses.
YARN1: Json = {
    "name": "@acme/app", "version": "1.0.0", "install": [], "remove": [], "metadata": {}, "dev": False,
    "requires": {"@acme/ui": "^1.0.0", "left-pad": "^1.3.0"},
    "dependencies": {
        "@acme/ui": leaf("1.0.0", requires={"is-odd": "^3.0.0", "@acme/core": "1"}, dependencies={
            "is-odd": leaf("3.0.1", requires={})}),
        "@acme/core": leaf("1.0.0", requires={}, dependencies={}),
        "left-pad": leaf("1.3.0", requires={}, dependencies={}),
    },
}  # fmt: skip

# What pnpm up to 10 posts: one node for each project of the workspace, named by its folder.
PNPM: Json = {
    "name": None, "version": None, "install": [], "remove": [], "metadata": {}, "requires": {".": "0.0.0"},
    "dependencies": {
        ".": {"version": "0.0.0", "dev": False, "requires": {"@acme/ui": "1.0.0", "left-pad": "1.3.0"}, "dependencies": {
            "@acme/ui": leaf("1.0.0", dev=False, requires={"is-odd": "3.0.1"}, dependencies={"is-odd": leaf("3.0.1", dev=False)}),
            "left-pad": leaf("1.3.0", dev=False, requires={}, dependencies={})}},
        "packages__acme-web": {"version": "0.0.0", "dev": False, "requires": {}, "dependencies": {"is-odd": leaf("2.0.0")}},
    },
}  # fmt: skip

# What npm 6 posts: package-lock.json, version 1, with addresses and aliases.
NPM6: Json = {
    "name": "app", "version": "1.0.0", "remove": ["@acme/old"],
    "install": ["@acme/ui@^1.0.0", "left-pad@1.3.0", "ui@npm:@acme/ui@1"],
    "metadata": {"npm_version": "6.14.18", "node_version": "v14.21.3", "platform": "linux"},
    "requires": {"left-pad": "1.3.0", "ui": "npm:@acme/ui@^1.0.0", "@acme/ui": "^1.0.0"},
    "dependencies": {
        "ui": {"version": "npm:@acme/ui@1.0.0", "resolved": "https://npm.acme.example/@acme/ui/-/ui-1.0.0.tgz",
               "requires": {"is-odd": "3"}, "dependencies": {
                   "is-odd": {"version": "3.0.1", "dependencies": {"is-number": {"version": "6.0.0", "optional": True}}}}},
        "left-pad": {"version": "1.3.0", "integrity": "sha512-x",
                     "resolved": "https://npm.acme.example/left-pad/-/left-pad-1.3.0.tgz"},
        "is-odd": {"version": "1.0.0", "bundled": True, "requires": {"@acme/core": "1", "kind-of": "npm:@acme/kind@1"}},
    },
}  # fmt: skip


@pytest.mark.parametrize("body", [YARN1, PNPM, NPM6], ids=["yarn1", "pnpm", "npm6"])
def test_the_bodies_of_real_clients(body: Json) -> None:
    before = deepcopy(body)
    cleaned = without(body, tells)
    assert body == before
    assert not tells(json.dumps(cleaned))
    aliased = {("ui", "npm:@acme/ui@1.0.0"), ("packages__acme-web", "0.0.0")}
    assert set(pairs(body, public_only=True)) - aliased <= set(pairs(cleaned))


def test_what_is_left_of_yarns() -> None:
    cleaned = without(YARN1, tells)
    assert cleaned == {
        "name": "",
        "version": "1.0.0",
        "install": [],
        "remove": [],
        "metadata": {},
        "dev": False,
        "requires": {"left-pad": "^1.3.0"},
        "dependencies": {"left-pad": YARN1["dependencies"]["left-pad"], "is-odd": leaf("3.0.1", requires={})},
    }


def test_a_project_whose_folder_tells_is_kept_under_a_made_up_name() -> None:
    cleaned = without(
        {"dependencies": {"packages__@acme__web": {"version": "0.0.0", "dependencies": {"a": leaf("1.0.0")}}}}, tells
    )
    assert ("a", "1.0.0") in set(pairs(cleaned))
    assert not tells(json.dumps(cleaned))


def test_two_versions_that_move_up_are_both_kept() -> None:
    beneath = {f"@acme/{n}": leaf("1.0.0", dependencies={"is-odd": leaf(f"{n}.0.0")}) for n in range(4)}
    cleaned = without({"dependencies": {"is-odd": leaf("9.0.0"), **beneath}}, tells)
    assert {version for name, version in pairs(cleaned) if name == "is-odd"} == {"0.0.0", "1.0.0", "2.0.0", "3.0.0", "9.0.0"}


def test_nothing_to_take_out_leaves_it_as_it_was() -> None:
    body = {
        "name": "app",
        "requires": {"a": "1"},
        "dependencies": {"a": leaf("1.0.0", requires={"b": True})},
        "x": [1, None, {"y": None}],
    }
    assert without(body, tells) == body


@pytest.mark.parametrize("odd", [None, 7, [], "x", {"a": 1}, {"a": None, "b": [1]}, {"@acme/ui": 7, "a": "@acme/ui"}])
@pytest.mark.parametrize("key", ["name", "requires", "dependencies", "install", "remove", "metadata"])
def test_an_odd_body_is_no_trouble(key: str, odd: Any) -> None:
    assert not tells(json.dumps(without({key: odd, "version": "1.0.0"}, tells)))


def test_a_very_deep_tree_is_cut() -> None:
    tree = leaf("1.0.0")
    for depth in range(3 * DEEPEST):
        tree = {
            "version": "1.0.0",
            "dependencies": {"@acme/ui" if depth % 2 else "a": tree},
            "requires": {"b": [[[["@acme/x"]]]]},
        }
    assert not tells(json.dumps(without(tree, tells)))


def test_many_that_collide_take_time_in_proportion() -> None:
    """60,000 packages of one's own, each with another version of the same package beneath."""
    body = {"dependencies": {f"@acme/{n}": leaf("1.0.0", dependencies={"is-odd": leaf(f"1.0.{n}")}) for n in range(60_000)}}
    assert sum(1 for name, _ in pairs(without(body, tells)) if name == "is-odd") == 60_000


NAMES = st.sampled_from(["a", "b", "c", "project", "_0", ".", "@acme/x", "@acme/y", "acme-tool", "packages__acme"])
VERSIONS = st.sampled_from(["0.0.0", "1.0.0", "2.0.0", "npm:a@1.0.0", "npm:@acme/x@1.0.0"])
REQUIRES = st.dictionaries(NAMES, st.sampled_from(["^1", "npm:@acme/x@1", "*"]), max_size=3)
TREES: st.SearchStrategy[Json] = st.recursive(
    st.fixed_dictionaries({"version": VERSIONS}, optional={"requires": REQUIRES}),
    lambda node: st.fixed_dictionaries(
        {"version": VERSIONS, "dependencies": st.dictionaries(NAMES, node, max_size=4)},
        optional={"requires": REQUIRES, "resolved": st.sampled_from(["https://npm.acme.example/a.tgz", "https://x.example/a"])},
    ),
    max_leaves=25,
)


@given(TREES, st.lists(NAMES, max_size=3))
def test_no_own_name_stays_and_every_public_version_does(tree: Json, install: list[str]) -> None:
    cleaned = without({**tree, "name": "@acme/app", "install": install}, tells)
    assert not tells(json.dumps(cleaned))
    kept = set(pairs(cleaned))
    assert {pair for pair in pairs(tree, public_only=True) if not tells(pair[1])} <= kept
    made_up = {(f"_{n}", "0.0.0") for n in range(30)} | {("project", "0.0.0")}
    assert kept <= set(pairs(tree)) | made_up


def test_a_package_may_be_called_what_the_format_calls_its_keys() -> None:
    body = {
        "name": "app",
        "version": "1.0.0",
        "dependencies": {"version": leaf("2.0.0"), "a": leaf("1.0.0", requires={"version": "*"})},
    }
    assert without(body, lambda text: text == "version")["dependencies"] == {"a": leaf("1.0.0", requires={})}
