"""Timestamps: what registries write is read, everything else counts as missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.instants import format_instant, parse_instant

READ = {
    "2020-01-02T03:04:05.678Z": datetime(2020, 1, 2, 3, 4, 5, 678000, UTC),
    "2020-01-02T03:04:05Z": datetime(2020, 1, 2, 3, 4, 5, 0, UTC),
    "2020-01-02T03:04:05+00:00": datetime(2020, 1, 2, 3, 4, 5, 0, UTC),
    "2020-01-02T03:04:05.123456789Z": datetime(2020, 1, 2, 3, 4, 5, 123456, UTC),
    "2020-02-29T23:59:59.9Z": datetime(2020, 2, 29, 23, 59, 59, 900000, UTC),
}

MISSING = [
    "2020-01-02T03:04:05", "2020-01-02", "20200102T030405Z", "2020-W01-1", "2020-01-02 03:04:05Z", "2020-01-02T03:04:05z",
    "2020-01-02T03:04:05+01:00", "2020-01-02T03:04:05-00:00", "2020-01-02T03:04:05+23:59", "2020-01-02T03:04Z",
    "2020-02-30T00:00:00Z",
    "2020-01-02T24:00:00Z", "2020-01-02T03:04:60Z", "0001-01-01T00:00:00Z", "2008-12-31T23:59:59Z", "9999-01-01T00:00:00Z",
    "2020-01-02T03:04:05.Z", "2020-01-02T03:04:05.1234567890Z", " 2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z\n",
    "٢020-01-02T03:04:05Z",
    "", "now", None, 1577934245, {"unpublished": "2020-01-02T03:04:05Z"}, ["2020-01-02T03:04:05Z"], True,
]  # fmt: skip


FIRST, LAST = datetime(2009, 1, 2), datetime(8999, 12, 30)  # noqa: DTZ001 - Hypothesis wants naive bounds


@pytest.mark.parametrize(("text", "instant"), list(READ.items()))
def test_what_npm_and_mirrors_write_is_read(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize("text", MISSING, ids=ascii)
def test_whatever_is_odd_counts_as_missing(text: object) -> None:
    assert parse_instant(text) is None


@given(st.text() | st.integers() | st.none() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", fullmatch=True))
def test_nothing_makes_it_fail(text: object) -> None:
    found = parse_instant(text)
    assert found is None or (found.tzinfo is UTC and 2009 <= found.year < 9000)


@given(st.datetimes(FIRST, LAST), st.integers(-23, 23))
def test_what_we_write_is_read_again(naive: datetime, hours: int) -> None:
    instant = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(hours=hours)))
    assert parse_instant(format_instant(instant)) == instant
    assert format_instant(instant).endswith("Z")
