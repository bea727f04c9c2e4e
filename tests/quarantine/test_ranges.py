"""Ranges of versions as people write them: npm's comparators, and no hole for a prerelease to slip through."""

from __future__ import annotations

import nodesemver
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.package import InvalidName, order
from quarantine.ranges import InvalidRange, Subject, in_range

# What a decision is about


@pytest.mark.parametrize(
    ("text", "name", "versions", "exact"),
    [
        ("axios", "axios", "*", False),
        ("@acme/widget", "@acme/widget", "*", False),
        ("axios@1.8.2", "axios", "1.8.2", True),
        ("axios@ 1.8.2 ", "axios", "1.8.2", True),
        ("@acme/widget@2.0.0-rc.1+build.5", "@acme/widget", "2.0.0-rc.1+build.5", True),
        ("axios@<1.8.2", "axios", "<1.8.2", False),
        ("@acme/widget@>=1 <2 || 3.x", "@acme/widget", ">=1 <2 || 3.x", False),
        ("axios@1.0.0 - 1.5", "axios", "1.0.0 - 1.5", False),
        ("axios@v1.8.2", "axios", "v1.8.2", False),
        ("axios@1", "axios", "1", False),
    ],
)
def test_a_subject_is_a_package_and_some_of_its_versions(text: str, name: str, versions: str, exact: bool) -> None:
    subject = Subject.parse(text)
    assert (subject.name, subject.versions, subject.exact) == (name, versions, exact)
    assert Subject.parse(str(subject)) == subject


@pytest.mark.parametrize("text", ["", "@", "@acme", "@acme@1.0.0", " axios@1.0.0", ".axios", "a/b@1.0.0", "node_modules@1.0.0"])
def test_a_subject_names_a_package_that_can_be(text: str) -> None:
    with pytest.raises(InvalidName):
        Subject.parse(text)


@pytest.mark.parametrize(
    "versions",
    ["latest", "1.0.0@2.0.0", "01.0.0", "1.0.0-rc.01", "1.2.3.4", ">", "^", ">=1,<2", "!1", "<1\n2", "é", "1" * 300, "git+ssh"],
)
def test_what_is_no_range_says_how_to_write_one(versions: str) -> None:
    with pytest.raises(InvalidRange, match=r"range|version"):
        Subject.parse(f"axios@{versions}")


@pytest.mark.parametrize(
    "text", ["<99999999999999999999.0.0", ">=9007199254740992.0.0", "^9007199254740991.0.0", "1 - 9007199254740992"]
)
def test_a_bound_beyond_every_version_is_refused_and_not_read_as_the_lowest(text: str) -> None:
    with pytest.raises(InvalidRange, match="version"):
        in_range("1.0.0", text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        subject = Subject.parse(f"axios@{text}")
    except InvalidRange:
        return
    assert subject.covers("1.0.0") in {True, False}


# What it covers


@pytest.mark.parametrize(
    ("text", "version", "inside"),
    [
        ("<2.0.0", "2.0.0-rc.1", True),
        ("<2.0.0", "1.9.9", True),
        ("<2.0.0", "0.0.0-0", True),
        ("<2.0.0", "2.0.0", False),
        ("<2.0.0", "2.0.0+build", False),
        ("<=2.0.0", "2.0.0+build", True),
        ("=2.0.0", "2.0.0+build", True),
        (">=1.0.0 <2.0.0", "1.5.0-beta", True),
        (">2.0.0-rc.1", "2.0.0-rc.2", True),
        (">2.0.0-rc.1", "2.0.0-rc.1+later", False),
        ("<1.0.0 || >=3.0.0", "3.5.0-alpha", True),
        ("<1.0.0 || >=3.0.0", "2.0.0", False),
        ("<1.0.0 || *", "2.0.0-rc.1", True),
        ("*", "not-a-version", True),
        ("<9.0.0", "not-a-version", False),
    ],
)
def test_prereleases_and_builds_lie_where_semver_puts_them(text: str, version: str, inside: bool) -> None:
    assert in_range(version, text) is inside
    assert Subject.parse(f"axios@{text}").covers(version) is inside


def test_an_exact_subject_is_that_text_and_no_other() -> None:
    subject = Subject.parse("axios@1.0.0")
    assert [subject.covers(version) for version in ("1.0.0", "1.0.0+build", "1.0.0-rc.1", "1.0.1")] == [True, False, False, False]


# Against npm's own matching

numbers = st.integers(0, 4)
stable = st.builds("{}.{}.{}".format, numbers, numbers, numbers)
suffixed = st.builds("{}-{}".format, stable, st.sampled_from(["0", "alpha", "beta.2", "beta.11", "rc.1"]))
partial = stable | st.builds("{}.{}".format, numbers, numbers) | numbers.map(str) | st.builds("{}.{}.x".format, numbers, numbers)
comparators = st.builds("{}{}".format, st.sampled_from(["", "=", "<", "<=", ">", ">=", "^", "~"]), partial)
sets = st.lists(comparators, min_size=1, max_size=3).map(" ".join) | st.builds("{} - {}".format, partial, partial)
ranges = st.lists(sets, min_size=1, max_size=3).map(" || ".join)


@given(ranges, stable)
def test_stable_versions_match_as_npm_says(text: str, version: str) -> None:
    assert in_range(version, text) == nodesemver.satisfies(version, text, loose=False)


@given(ranges, suffixed)
def test_whatever_prerelease_npm_lets_in_is_inside(text: str, version: str) -> None:
    if nodesemver.satisfies(version, text, loose=False):
        assert in_range(version, text)


@given(sets, st.lists(stable, min_size=2, max_size=2, unique=True), suffixed)
def test_no_prerelease_slips_between_two_stable_versions(text: str, ends: list[str], between: str) -> None:
    low, high = sorted(ends, key=order)
    if order(low) < order(between) < order(high) and in_range(low, text) and in_range(high, text):
        assert in_range(between, text)


@given(ranges, suffixed, st.sampled_from(["1", "build.7", "0a"]))
def test_build_metadata_changes_nothing(text: str, version: str, build: str) -> None:
    assert in_range(f"{version}+{build}", text) == in_range(version, text)
