"""Whatever is in a tarball: the facts come back, printable and bounded, or a cap is named."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.inspecting.inspect import DEPENDENCIES, ENTRIES, inspect
from proxy.npm.inspecting.specs import canonical, kind_of
from quarantine.examination import compare
from tests.proxy.npm.inspecting.archives import archive_of, document_of, manifest, package

KEYS = (
    *("name", "version", "scripts", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"),
    *("bundleDependencies", "bundledDependencies", "bin", "directories", "gypfile", "hasInstallScript"),
    *("install", "postinstall", "optional", "packages", "resolved"),
)
keys = st.sampled_from(KEYS) | st.text(max_size=8)
words = st.text(max_size=20) | st.sampled_from(
    [
        "1.0.0",
        "^1",
        "u/r",
        "npm:x@1",
        "file:x",
        "http://[",
        "git@h:x",
        "node x.js",
        "\ud800",
        "\0",
        "x" * 3000,
        "a\u202eb",
        "true",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)
objects = st.dictionaries(keys, values, max_size=8)
paths = st.sampled_from(
    [
        *("package.json", "binding.gyp", "npm-shrinkwrap.json", "x.js", "node_modules/a/package.json", "node_modules/a/x.js"),
        *("node_modules/@s/b/package.json", "node_modules/@s/b/npm-shrinkwrap.json", "node_modules/a", "node_modules/@s"),
        *("node_modules/a/node_modules/c/binding.gyp", "node_modules//package.json", "lib/a.node", "index.js"),
    ]
) | st.text(min_size=1, max_size=12)
contents = (
    objects.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=40)
    | words.map(lambda text: text.encode(errors="replace"))
)


def texts(value: Any) -> list[str]:
    """Every text in a value."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for each in fields(value) for text in texts(getattr(value, each.name))]
    return [text for each in value for text in texts(each)] if isinstance(value, tuple) else []


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(paths, contents, max_size=8), st.none() | contents)
def test_anything_at_all_gives_facts_or_names_a_cap(files: dict[str, bytes], document: bytes | None) -> None:
    caps = Caps(manifest=2000)
    try:
        found = inspect(archive_of(files), document, caps)
    except ArchiveRefused:
        # Nothing is refused but for its length.
        assert any(len(content) > caps.manifest for content in files.values())
        return
    assert [text for text in texts(found) if not text.isprintable() or len(text) > 510] == []
    for each in fields(found):
        value = getattr(found, each.name)
        assert not isinstance(value, tuple) or len(value) <= (DEPENDENCIES if each.name == "dependencies" else 2 * ENTRIES)
    same = compare(found, found, "1.0.0")
    assert not any((same.scripts, same.changed_scripts, same.dependencies, same.exotic, same.foreign, same.native, same.dense))


@settings(max_examples=300, deadline=None)
@given(objects)
def test_a_document_that_says_what_the_package_json_says_is_no_mismatch(inside: dict[str, Any]) -> None:
    inside = {**json.loads(json.dumps(inside)), **manifest()}
    inside.pop("hasInstallScript", None)
    assert package(inside).mismatches == ()


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "^2", "u/r"])),
    st.sampled_from(["dependencies", "peerDependencies"]),
)
def test_a_dependency_that_is_taken_away_on_one_side_is_always_told(listed: dict[str, str], field: str) -> None:
    for name in listed:
        less = {key: spec for key, spec in listed.items() if key != name}
        for one, other in ((listed, less), (less, listed)):
            told = package(manifest(**{field: one}), document=manifest(**{field: other})).mismatches
            assert [each for each in told if each.startswith(f"{field}.{name} ")]


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60) | words | st.text(alphabet="u/r:@#.gitsh+p~ \\", max_size=14))
def test_a_spec_and_its_canonical_form_lead_to_the_same_kind_of_place(spec: str) -> None:
    once = canonical(spec)
    assert canonical(once) == once
    assert kind_of(once) == kind_of(spec)


def test_hostile_texts_cost_no_more_than_their_length() -> None:
    bad = (
        "<!(" * 60_000,
        "[ " * 90_000,
        "%a" * 90_000,
        "require(" * 30_000,
        "a" * 250_000,
        " " * 250_000,
        "\\x4" * 60_000,
        "eval(a." * 30_000,
    )
    files = {f"s{number}.js": text for number, text in enumerate(bad)} | {"binding.gyp": bad[0]}
    command = " ".join(f"node s{number}.js" for number in range(len(bad)))
    found = inspect(archive_of({"package.json": manifest(scripts={"preinstall": command}), **files}), document_of(manifest()))
    assert "eval" in found.mentions
