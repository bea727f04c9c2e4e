"""Semver: read and ordered as npm's own library does, with a place for every other text."""

from __future__ import annotations

import nodesemver
import pytest
from hypothesis import example, given

from quarantine.package import Semver, order, semver
from tests.quarantine.strategies import semvers, version_texts


def sign(one: object, other: object) -> int:
    return (one > other) - (one < other)  # type: ignore[operator]


@given(semvers(), semvers())
@example("1.0.0", "1.0.0-0")
@example("1.0.0-1", "1.0.0-a")
@example("1.0.0-a", "1.0.0-a.0")
@example("1.0.0-9", "1.0.0-10")
@example("1.0.0-B", "1.0.0-a")
@example("1.0.0-20260301120000000", "1.0.0--x")
@example("1.0.0-20000000000000000", "1.0.0-100000000000000000")
@example("1.0.0+a", "1.0.0+b")
def test_the_order_is_that_of_node_semver(one: str, other: str) -> None:
    expected = nodesemver.compare(one, other, loose=False)
    if expected:
        assert sign(order(one), order(other)) == expected
    else:
        assert order(one)[:-1] == order(other)[:-1]


@given(version_texts, version_texts)
def test_of_two_texts_exactly_one_comes_first(one: str, other: str) -> None:
    assert sign(order(one), order(other)) == -sign(order(other), order(one))
    assert (order(one) == order(other)) == (one == other)


@given(version_texts, version_texts, version_texts)
def test_the_order_is_transitive(one: str, two: str, three: str) -> None:
    if order(one) <= order(two) <= order(three):
        assert order(one) <= order(three)


def test_odd_texts_come_before_every_version() -> None:
    texts = ["1.0.0", "latest", "0.0.0-0", "9.9", "", "\ud800", "0.0.0"]
    assert sorted(texts, key=order) == ["", "9.9", "latest", "\ud800", "0.0.0-0", "0.0.0", "1.0.0"]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("1.2.3", Semver(1, 2, 3, ())),
        ("1.2.3-beta.4", Semver(1, 2, 3, ("beta", "4"))),
        ("1.2.3+build.01", Semver(1, 2, 3, ())),
        ("1.2.3-0a.-.x-y+z", Semver(1, 2, 3, ("0a", "-", "x-y"))),
        ("9007199254740991.0.0", Semver(2**53 - 1, 0, 0, ())),
        ("1.0.0-" + "a" * 250, Semver(1, 0, 0, ("a" * 250,))),
    ],
)
def test_reads_a_strict_version(text: str, parsed: Semver) -> None:
    assert semver(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "=1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "1.2.3\n",
        "01.2.3",
        "1.02.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3-a_b",
        "1.2.3+",
        "1.2.3beta",
        "-1.2.3",
        "1.2.x",
        "*",
        "latest",
        "٣.0.0",
        "9007199254740992.0.0",
        "0.9007199254740992.0",
        "0.0.9007199254740992",
        "1.0.0-" + "a" * 251,
    ],
    ids=ascii,
)
def test_what_npm_would_not_take_as_it_stands_is_no_semver(text: str) -> None:
    assert semver(text) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("7.1.2", "7"),
        ("0.3.0", "0"),
        ("8.0.0-beta.3", "-beta"),
        ("8.0.0-0.beta", "-beta"),
        ("8.0.0-3", "-"),
        ("8.0.0-rc2", "-rc"),
        ("8.0.0-rc", "-rc"),
        ("8.0.0+beta", "8"),
    ],
)
def test_the_line_of_a_version(text: str, line: str) -> None:
    parsed = semver(text)
    assert parsed is not None
    assert parsed.line == line
