"""Which registry a package comes from, and whether a text gives away that there is a package of one's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pattern import covers, matches
from proxy.registry.routed import Routed
from quarantine.package import PackageName

PUBLIC: Any = object()
OWN: Any = object()


def routed(*patterns: str) -> Routed:
    """As `proxy.wiring.sources` puts it together."""

    def namespace_of(name: PackageName) -> str | None:
        return next((pattern for pattern in patterns if matches(pattern.lower(), name.lower())), None)

    def is_own_scope(scope: str) -> bool:
        return any(covers(pattern.lower(), f"@{scope.lower()}/*") for pattern in patterns)

    return Routed(PUBLIC, dict.fromkeys(patterns, OWN), namespace_of, is_own_scope)


ACME = routed("@acme/*", "acme-tool", "tool-*", "@labs/secret", "@big-*/*")


@pytest.mark.parametrize("name", ["@acme/ui", "@ACME/ui", "acme-tool", "Acme-Tool", "tool-box", "@labs/secret", "@big-co/x"])
def test_a_name_of_a_namespace_is_asked_of_its_registry_alone(name: str) -> None:
    assert ACME.of(PackageName(name)) is OWN
    assert ACME.is_own(PackageName(name))
    assert ACME.is_own_text(name)
    assert ACME.place(PackageName(name)) != "upstream"


@pytest.mark.parametrize("name", ["left-pad", "@acme-labs/ui", "acme-tools", "toolbox", "@labs/open", "@types/acme-tool"])
def test_any_other_is_asked_of_the_public_one(name: str) -> None:
    assert ACME.of(PackageName(name)) is PUBLIC
    assert not ACME.is_own_text(name)
    assert ACME.place(PackageName(name)) == "upstream"


TELLING = [
    "@acme/ui", "@acme", "@ACME", "@acme/", "acme/ui", "scope:acme", "scope:@acme", "SCOPE:Acme", "react @acme/ui button",
    "acme-tool", "Acme-Tool", "'acme-tool'", "(acme-tool)", "acme-tool!", "acme-tool.", "not:acme-tool", "acme-tool,react",
    "acme-tool@1.0.0", "npm:acme-tool@^1", "x@npm:@acme/ui@1.0.0", "tool-", "keywords:tool-box", "@labs/secret", "labs/secret",
    "@big-co", "@acme/.hidden", "@acme/-x", "%40acme%2Fui", "%2540acme%252fui", "acme%2dtool", "me@acme", "~acme-tool~",
    "https://npm.acme.example/acme-tool/-/acme-tool-1.0.0.tgz", "https://x.example/@acme%2fui", "a/b/acme-tool/c",
    "--acme-tool--",
]  # fmt: skip


@pytest.mark.parametrize("text", TELLING)
def test_a_text_that_tells(text: str) -> None:
    assert ACME.names_own(text)


@pytest.mark.parametrize(
    "text",
    ["", "left-pad", "acme", "tool", "@types/node", "@types/acme-tool", "@labs", "scope:labs", "scope:types", "toolbox",
     "a" * 4096, "keywords:react,button", "sha512-" + "Ab+/" * 22 + "==", "^1.0.0 || ~2.0", "not:unstable", "@", "/", "@/",
     "%", "acme ui", "%zz", "\u2603"],
)  # fmt: skip
def test_a_text_that_does_not(text: str) -> None:
    assert not ACME.names_own(text)


def test_a_text_too_long_to_be_looked_through_is_not_passed_on() -> None:
    assert ACME.names_own("a/" * 2_000_000)


def test_without_namespaces_nothing_tells() -> None:
    plain = routed()
    assert not plain.names_own("@acme/ui")
    assert not plain.has_own
    assert plain.of(PackageName("@acme/ui")) is PUBLIC


NAMES = st.sampled_from(["@acme/ui", "@ACME/Button.js", "acme-tool", "tool-kit", "@labs/secret", "@big-corp/x_y"])
AROUND = st.text(st.sampled_from(" \t,;:\"'()[]{}!?<>|&+=#\u2603"), max_size=8)
WORDS = st.lists(st.sampled_from(["react", "not:unstable", "@types/node", "keywords:x", "1.0.0", "%"]), max_size=3).map(" ".join)


@given(WORDS, AROUND, NAMES, AROUND, WORDS, st.integers(0, 2))
def test_a_name_tells_whatever_stands_around_it(first: str, before: str, name: str, after: str, last: str, encoded: int) -> None:
    text = f"{first} {before}{name}{after} {last}"
    for _ in range(encoded):
        text = quote(text, safe="")
    assert ACME.names_own(text)


@given(st.text(st.characters(exclude_characters="aAtTlLbB%")))
def test_what_shares_no_letter_with_them_never_tells(text: str) -> None:
    assert not ACME.names_own(text)


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert ACME.names_own(text) in {True, False}
