"""What npm would take for a range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.examiner.ranges import LONGEST, NO_RANGE, first_satisfying

VERSIONS = ("2.1.0", "2.0.0-rc.1", "1.5.0", "1.4.9", "0.3.1", "not-semver")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("^1.0.0", "1.5.0"),
        ("~1.4.0", "1.4.9"),
        (">=1 <1.5", "1.4.9"),
        ("^0.3 || ^9", "0.3.1"),
        (" = v1.5.0 ", "1.5.0"),
        ("2.0.0-rc.1", "2.0.0-rc.1"),
        ("^2.0.0-rc.0", "2.1.0"),
        ("^3.0.0", None),
        ("*", "2.1.0"),
        ("", "2.1.0"),
        ("latest", NO_RANGE),
        ("next", NO_RANGE),
        ("9" * (LONGEST + 1), None),
    ],
)
def test_the_first_that_satisfies_is_found(text: str, found: str | None) -> None:
    assert first_satisfying([(text, VERSIONS)]) == [found]


def test_prereleases_satisfy_only_ranges_that_name_one_of_the_same_version() -> None:
    assert first_satisfying([("^1.0.0 || >=2.0.0-rc.0 <2.0.0", ("2.0.0-rc.1",)), (">=1", ("2.0.0-rc.1",))]) == [
        "2.0.0-rc.1",
        None,
    ]


def test_of_no_versions_none_is_found() -> None:
    assert first_satisfying([("*", ()), ("^1", ())]) == [None, None]


@given(st.lists(st.tuples(st.text(max_size=40), st.lists(st.text(max_size=12), max_size=4)), max_size=4))
def test_whatever_is_asked_there_is_an_answer(asked: list[tuple[str, list[str]]]) -> None:
    for (_, versions), found in zip(asked, first_satisfying(asked), strict=True):
        assert found is None or found == NO_RANGE or found in versions
