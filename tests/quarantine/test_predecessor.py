"""Which version another one is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.package import order
from quarantine.predecessor import APART, predecessor_of
from quarantine.record import Sighting

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def sightings(ages: Mapping[str, float]) -> dict[str, Sighting]:
    """Versions, and how many days ago their clocks started."""
    return {version: Sighting(version, NOW, NOW - timedelta(days=days)) for version, days in ages.items()}


def chosen(version: str, ages: Mapping[str, float], *, unfit: tuple[str, ...] = ()) -> str | None:
    known = sightings(ages)
    return predecessor_of(version, known, known.keys() - set(unfit))


@pytest.mark.parametrize(
    ("version", "ages", "expected"),
    [
        ("1.2.0", {"1.0.0": 90, "1.1.0": 30, "1.2.0": 1}, "1.1.0"),
        ("1.2.0", {"1.0.0": 90, "1.1.0": 30, "1.2.0": 1, "2.0.0": 60}, "1.1.0"),
        ("2.0.0", {"1.0.0": 90, "1.1.0": 30, "2.0.0": 1}, "1.1.0"),
        ("1.0.1", {"2.0.0": 90, "3.0.0": 80, "1.0.1": 1}, "2.0.0"),
        ("2.0.0-beta.2", {"1.0.0": 90, "2.0.0-beta.1": 30, "2.0.0-alpha.9": 20, "2.0.0-beta.2": 1}, "2.0.0-beta.1"),
        ("2.0.0-beta.1", {"1.0.0": 90, "2.0.0-beta.1": 1}, "1.0.0"),
        ("2.0.0", {"1.0.0": 90, "2.0.0-rc.1": 20, "2.0.0": 1}, "2.0.0-rc.1"),
    ],
    ids=["the highest below", "not one above", "the line below", "the lowest above", "its prerelease line", "stable", "its rc"],
)
def test_the_nearest_that_was_there_before_is_taken(version: str, ages: Mapping[str, float], expected: str) -> None:
    assert chosen(version, ages) == expected


def test_two_versions_in_a_row_do_not_vouch_for_each_other() -> None:
    assert chosen("1.2.1", {"1.1.0": 30, "1.2.0": 1.01, "1.2.1": 1}) == "1.1.0"
    assert chosen("1.2.1", {"1.1.0": 30, "1.2.0": 7.9, "1.2.1": 1}) == "1.1.0"
    assert chosen("1.2.1", {"1.1.0": 30, "1.2.0": 8, "1.2.1": 1}) == "1.2.0"


def test_a_row_of_versions_that_fills_a_line_of_its_own_does_not_either() -> None:
    assert chosen("3.0.1", {"1.0.0": 90, "2.0.0": 30, "3.0.0": 2, "3.0.1": 1}) == "2.0.0"


def test_of_a_young_package_what_came_first_is_taken() -> None:
    ages = {"1.0.0": 3, "1.0.1": 2, "1.0.2": 1}
    assert [chosen(version, ages) for version in ages] == [None, "1.0.0", "1.0.0"]


def test_where_all_clocks_start_together_the_lowest_is_taken_to_be_first() -> None:
    ages = {"1.0.0": 0, "1.0.1": 0, "1.0.2": 0}
    assert [chosen(version, ages) for version in ages] == [None, "1.0.0", "1.0.0"]


def test_what_is_not_fit_is_passed_over() -> None:
    ages = {"1.0.0": 90, "1.1.0": 30, "1.2.0": 1}
    assert chosen("1.2.0", ages, unfit=("1.1.0",)) == "1.0.0"
    assert chosen("1.2.0", ages, unfit=("1.1.0", "1.0.0")) is None


def test_a_version_that_nobody_has_seen_has_none() -> None:
    assert chosen("1.3.0", {"1.0.0": 90}) is None


@given(st.dictionaries(st.from_regex(r"[0-3]\.[0-3]\.[0-3](-(rc|beta)\.[0-3])?", fullmatch=True), st.integers(0, 40), min_size=1))
def test_it_never_started_later_and_is_there_wherever_something_settled_is(ages: dict[str, int]) -> None:
    for version, age in ages.items():
        found = chosen(version, ages)
        settled = [each for each, days in ages.items() if days - age >= APART.days]
        if found is None:
            assert all((-days, order(each)) >= (-age, order(version)) for each, days in ages.items())
        else:
            assert found != version
            assert ages[found] >= age
            assert found in settled or not settled
