"""dist-tag repair: each step of the order by an example, then what holds for any document."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.package import semver
from quarantine.tags import repair
from tests.quarantine.strategies import listed_versions


def latest(target: str, admitted: str, history: str = "", deprecated: str = "") -> str | None:
    """Where `latest` points when the upstream's target is this; lists of versions are words."""
    return repair({"latest": target}, {"latest": tuple(history.split())}, admitted.split(), deprecated.split()).get("latest")


def other(target: str, admitted: str, history: str = "", deprecated: str = "") -> str | None:
    """The same for `next`."""
    return repair({"next": target}, {"next": tuple(history.split())}, admitted.split(), deprecated.split()).get("next")


# latest, step by step


def test_an_admitted_target_is_kept_whatever_else_there_is() -> None:
    assert latest("1.0.0", admitted="1.0.0 2.0.0", history="2.0.0", deprecated="1.0.0") == "1.0.0"
    assert latest("1.0.0-rc.1", admitted="0.9.0 1.0.0-rc.1") == "1.0.0-rc.1"


def test_first_the_last_observed_target_that_is_admitted() -> None:
    history = "3.0.0 2.0.0 1.0.0"
    assert latest("3.0.0", admitted="1.0.0 2.0.0 2.5.0", history=history) == "2.0.0"
    assert latest("3.0.0", admitted="1.0.0 2.5.0", history=history) == "1.0.0"


def test_the_history_of_another_tag_does_not_count() -> None:
    assert repair({"latest": "3.0.0"}, {"next": ("1.0.0",)}, ["1.0.0", "2.0.0"]) == {"latest": "2.0.0"}


def test_then_the_highest_stable_below() -> None:
    assert latest("3.0.0", admitted="1.0.0 2.9.0 2.10.0 3.0.0-rc.1 3.0.1") == "2.10.0"


def test_of_those_below_what_is_not_deprecated_comes_first() -> None:
    assert latest("3.0.0", admitted="1.0.0 2.0.0", deprecated="2.0.0") == "1.0.0"
    assert latest("3.0.0", admitted="1.0.0 2.0.0 4.0.0", deprecated="1.0.0 2.0.0") == "2.0.0"


def test_a_stable_version_below_comes_before_prereleases_even_for_a_prerelease() -> None:
    assert latest("3.0.0-beta.2", admitted="1.0.0 3.0.0-beta.1 4.0.0") == "1.0.0"


def test_then_for_a_prerelease_the_highest_prerelease() -> None:
    assert latest("1.0.0-beta.3", admitted="1.0.0-beta.1 1.0.0-beta.2 2.0.0") == "1.0.0-beta.2"
    assert latest("1.0.0-beta.3", admitted="1.0.0-beta.1 1.0.0-beta.2 2.0.0", deprecated="1.0.0-beta.2") == "1.0.0-beta.1"


def test_a_prerelease_ahead_of_the_upstream_is_taken_only_when_none_is_behind() -> None:
    assert latest("1.0.0-beta.3", admitted="1.0.0-beta.1 1.0.0-beta.4 2.0.0") == "1.0.0-beta.1"
    assert latest("1.0.0-beta.3", admitted="1.0.0-beta.4 1.0.0-beta.5 2.0.0") == "1.0.0-beta.5"


def test_then_for_a_stable_version_a_prerelease_when_nothing_stable_is_admitted() -> None:
    assert latest("1.0.0", admitted="1.0.0-rc.1 1.0.0-rc.2") == "1.0.0-rc.2"
    assert latest("1.0.0", admitted="1.0.0-rc.1 2.0.0-alpha.1") == "1.0.0-rc.1"
    assert latest("1.0.0", admitted="1.0.0-rc.1 1.0.0-rc.2 3.0.0") == "3.0.0"


def test_then_the_lowest_stable_above() -> None:
    assert latest("1.0.0", admitted="1.10.0 1.9.0 2.0.0") == "1.9.0"
    assert latest("1.0.0", admitted="1.9.0 1.10.0 2.0.0", deprecated="1.9.0") == "1.10.0"
    assert latest("1.0.0-beta.1", admitted="2.0.0 3.0.0") == "2.0.0"


def test_then_any() -> None:
    assert latest("1.0.0", admitted="odd") == "odd"
    assert latest("1.0.0", admitted="odd other", deprecated="other") == "odd"


def test_a_missing_latest_is_made() -> None:
    assert repair({}, {}, ["1.0.0", "2.0.0", "3.0.0-rc.1"]) == {"latest": "2.0.0"}
    assert repair({}, {}, ["1.0.0", "2.0.0"], ["2.0.0"]) == {"latest": "1.0.0"}
    assert repair({}, {}, ["1.0.0-rc.1", "1.0.0-rc.2"]) == {"latest": "1.0.0-rc.2"}


def test_without_anything_admitted_there_are_no_tags() -> None:
    assert repair({"latest": "1.0.0", "next": "2.0.0"}, {"latest": ("1.0.0", "0.9.0")}, []) == {}


# Other tags


def test_another_tag_keeps_an_admitted_target() -> None:
    assert other("2.0.0-rc.1", admitted="1.0.0 2.0.0-rc.1") == "2.0.0-rc.1"


def test_another_tag_returns_to_its_last_observed_target_even_in_another_line() -> None:
    assert other("3.0.0-rc.2", admitted="2.0.0 3.0.0-rc.1", history="3.0.0-rc.2 2.0.0") == "2.0.0"


@pytest.mark.parametrize(
    ("target", "admitted", "served"),
    [
        ("2.5.0", "1.9.0 2.1.0 2.4.0 2.6.0 3.0.0", "2.4.0"),
        ("2.5.0", "1.9.0 2.7.0 2.6.0 3.0.0", "2.6.0"),
        ("2.5.0", "1.9.0 2.5.0-rc.1 3.0.0", None),
        ("3.0.0-beta.5", "3.0.0-beta.9 3.0.0-beta.4 3.0.0-rc.1 2.0.0", "3.0.0-beta.4"),
        ("3.0.0-beta.5", "3.0.0-beta.10 3.0.0-beta.9 3.0.0-rc.1", "3.0.0-beta.9"),
        ("3.0.0-beta.5", "2.0.0-beta.1 3.0.0-rc.1", "2.0.0-beta.1"),
        ("3.0.0-beta.5", "2.0.0 3.0.0 3.0.0-rc.1 3.0.0-alpha.1", None),
        ("3.0.0-5", "3.0.0-4 3.0.0-beta.1", "3.0.0-4"),
        ("odd", "odder 1.0.0", None),
        ("2.5.0", "odd", None),
    ],
)
def test_another_tag_stays_in_its_line_or_is_dropped(target: str, admitted: str, served: str | None) -> None:
    assert other(target, admitted) == served


def test_another_tag_prefers_what_is_not_deprecated() -> None:
    assert other("2.5.0", admitted="2.3.0 2.4.0", deprecated="2.4.0") == "2.3.0"
    assert other("2.5.0", admitted="2.6.0 2.7.0", deprecated="2.6.0") == "2.7.0"


def test_tags_keep_their_order() -> None:
    tags = {"next": "2.0.0", "latest": "1.0.0", "beta": "1.0.0"}
    assert list(repair(tags, {}, ["1.0.0", "2.0.0"]).items()) == list(tags.items())


# Any document

versions = listed_versions | st.sampled_from(["odd", "0.1"])
tag_names = st.sampled_from(["latest", "next", "beta", "legacy"])


Document = tuple[dict[str, str], dict[str, tuple[str, ...]], list[str], list[str]]
"""Tags, their histories, admitted and deprecated versions."""


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Anything `repair` may be given: targets may be admitted, withheld, or nowhere at all."""
    pool = draw(st.lists(versions, min_size=1, max_size=10, unique=True))
    some = st.lists(st.sampled_from(pool), unique=True)
    tags = draw(st.dictionaries(tag_names, st.sampled_from(pool)))
    history = draw(st.dictionaries(tag_names, st.lists(st.sampled_from(pool), max_size=3, unique=True).map(tuple)))
    return tags, history, draw(some), draw(some)


@given(documents())
def test_no_tag_ever_dangles(document: Document) -> None:
    assert set(repair(*document).values()) <= set(document[2])


@given(documents())
def test_latest_exists_exactly_when_anything_is_admitted(document: Document) -> None:
    assert ("latest" in repair(*document)) is bool(document[2])


@given(documents())
def test_no_tag_but_latest_is_made_up(document: Document) -> None:
    assert repair(*document).keys() <= document[0].keys() | {"latest"}


@given(documents())
def test_an_admitted_target_is_always_kept(document: Document) -> None:
    tags, _, admitted, _ = document
    kept = {tag: target for tag, target in tags.items() if target in admitted}
    assert repair(*document).items() >= kept.items()


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_in_which_versions_come_does_not_matter(document: Document, shuffling: Random) -> None:
    tags, history, admitted, deprecated = document
    shuffled = shuffling.sample(admitted, len(admitted))
    expected = repair(tags, history, admitted, deprecated)
    assert repair(tags, history, shuffled, frozenset(deprecated)) == expected
    assert repair(tags, history, frozenset(admitted), deprecated[::-1]) == expected


@given(documents())
def test_what_is_repaired_needs_no_repair(document: Document) -> None:
    tags, history, admitted, deprecated = document
    served = repair(tags, history, admitted, deprecated)
    assert repair(served, history, admitted, deprecated) == served


def in_one_line(one: str, other: str) -> bool:
    first, second = semver(one), semver(other)
    if first is None or second is None or bool(first.prerelease) != bool(second.prerelease):
        return False
    return first.prerelease_id == second.prerelease_id if first.prerelease else first.major == second.major


@given(documents())
def test_other_tags_stay_in_their_line_unless_they_were_seen_elsewhere(document: Document) -> None:
    tags, history, admitted, deprecated = document
    for tag, served in repair(tags, history, admitted, deprecated).items():
        if tag != "latest":
            assert served == tags[tag] or served in history.get(tag, ()) or in_one_line(served, tags[tag])


@given(documents())
def test_another_tag_is_dropped_only_when_its_line_and_its_history_have_nothing(document: Document) -> None:
    tags, history, admitted, deprecated = document
    for tag in tags.keys() - repair(tags, history, admitted, deprecated).keys():
        assert not set(admitted) & {tags[tag], *history.get(tag, ())}
        assert not [version for version in admitted if in_one_line(version, tags[tag])]
