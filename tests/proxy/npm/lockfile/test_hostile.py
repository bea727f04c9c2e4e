"""Whatever the text is, the answer is a lockfile or a BadLockfile, soon."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.npm.lockfile import MAX_TEXT, BadLockfile, Lockfile, read_lockfile
from quarantine.package import PackageName, is_version_text
from tests.proxy.npm.lockfile.examples import ALL

# fmt: off
_pieces = st.sampled_from([
    "\n", "\r\n", "  ", "    ", "\t", ":", ": ", "? ", "- ", "---\n", "{", "}", "[", "]", ",", '"', "'", "\\", "#", " #", "|",
    ">-", "&a", "*a", "!!x", "@", "/", "(", ")", "_", "npm:", "git+ssh://", "file:", "http://[", "%", "\0", "é", "\u2028",
    "\ud800", "\\ud800",
    "null", "NaN", "1e999", "packages", "resolution", "version", "dependencies", "lockfileVersion: 9\n", "true", "[]", "{}",
    "__metadata:\n  version: 8\n", "leaf@1.0.0", '"leaf@npm:1.0.0"', "  resolution: ", "integrity: sha512-",
])
# fmt: on
_names = st.sampled_from([*ALL, "yarn.lock", "x"])


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A sound lockfile in which pieces were put in, taken out or doubled."""
    name = draw(st.sampled_from(list(ALL)))
    text = ALL[name]
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 30)))
        text = text[:at] + draw(st.one_of(_pieces, st.just(text[at:end] * 2), st.just(""))) + text[end:]
    return name, text


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _pieces,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_pieces | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_keys = st.sampled_from(["", "leaf", "node_modules/leaf", "@a/b", "a/node_modules/@b/c"])
_fields = st.sampled_from(["version", "resolved", "integrity", "name", "link", "inBundle", "bundled", "dependencies"])
_entries = st.dictionaries(
    _keys, st.dictionaries(_fields, _json, max_size=4) | st.lists(_json | st.just("leaf@1.0.0"), max_size=5) | _json
)


def sound(name: str, text: str) -> Lockfile | None:
    try:
        lockfile = read_lockfile(name, text)
    except BadLockfile as error:
        refusal = str(error)
    else:
        refusal = ""
    assert refusal.isascii()
    assert len(refusal) < 500
    if refusal:
        return None
    for entry in lockfile.entries:
        assert PackageName.parse(entry.name) == entry.name
        assert is_version_text(entry.version)
        assert ":" not in entry.version
        assert entry.digests is None or entry.digests.strongest
        assert entry.line is None or 1 <= entry.line <= text.count("\n") + 1
    assert all(each.isascii() and each.isprintable() and len(each) < 500 for each in lockfile.skipped)
    return lockfile


@given(_names, st.text(max_size=80) | st.lists(_pieces, max_size=25).map("".join))
@example("pnpm-lock.yaml", "? a\n: : : b")
@example("pnpm-lock.yaml", "? ? a\n: b")
@example("pnpm-lock.yaml", "? a\n: - b\n  - c: d\ne: f")
@example("pnpm-lock.yaml", "a: }")
@example("yarn.lock", '__metadata:\n  version: 8\n"a":\n  resolution: "a@npm:1::__archiveUrl=%ff"')
def test_any_text(name: str, text: str) -> None:
    sound(name, text)


@given(mutated())
def test_a_damaged_lockfile(damaged: tuple[str, str]) -> None:
    sound(*damaged)


@given(st.sampled_from(["package-lock.json", "npm-shrinkwrap.json", "bun.lock"]), st.sampled_from([0, 1, 2, 3]), _entries)
def test_any_json_for_an_entry(name: str, version: int, entries: dict[str, object]) -> None:
    sound(name, json.dumps({"lockfileVersion": version, "packages": entries, "dependencies": entries}))


@pytest.mark.parametrize("name", list(ALL))
@pytest.mark.parametrize(
    "text",
    [
        lambda n: "[" * n,
        lambda n: '{"a":' * n,
        lambda n: '{"lockfileVersion": 1, "dependencies": ' + '{"a": {"dependencies": ' * n,
        lambda n: '{"lockfileVersion": ' + "9" * n + "}",
        lambda n: '"' + "\\" * n,
        lambda n: '"\\' * n,
        lambda n: "/*" * n,
        lambda n: ", " * n,
        lambda n: "," + " " * n,
        lambda n: "\n" * n + "x",
        lambda n: "a: " + "{" * n,
        lambda n: "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 700)),
        lambda n: "? a\n" + ": " * n,
        lambda n: "? " * n,
        lambda n: "a: " + "{a: " * n + "}" * n,
        lambda n: "packages:\n  a:\n    resolution: " + "{a: " * n + "}" * n,
        lambda n: "a: '" + "\n  b: '" * (n // 10),
        lambda n: "a" * n + " " * n + ":",
        lambda n: "a: b" + " " * n + "c",
        lambda n: ("a:" * n) + "\n",
        lambda n: "@" * n + ":\n  version " + "1" * n,
        lambda n: "a@1, " * n + "b",
        lambda n: "<" * n,
    ],
)
def test_long_and_deep_texts_cost_little(name: str, text: Callable[[int], str]) -> None:
    made = text(200_000)
    started = time.process_time()
    sound(name, made)
    for begin in ("lockfileVersion: '9.0'\n", "__metadata:\n  version: 8\n"):
        sound(name, begin + made)
    assert time.process_time() - started < 10, "a text of this size takes well under a second"


@pytest.mark.parametrize("name", list(ALL))
def test_a_text_beyond_the_limit_is_not_looked_at(name: str) -> None:
    with pytest.raises(BadLockfile, match="more than any lockfile needs"):
        read_lockfile(name, " " * (MAX_TEXT + 1))


@pytest.mark.parametrize("name", list(ALL))
def test_no_entry_is_lost_by_its_neighbours(name: str) -> None:
    """An entry that cannot be told costs itself only."""
    text = ALL[name].replace("leaf", "../leaf", 1) if name == "berry.lock" else ALL[name].replace("twig", "tw ig")
    lockfile = sound(name, text)
    assert lockfile
    assert lockfile.entries
