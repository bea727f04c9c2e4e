"""How long the upstream is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.registry.brake import LONGEST, Brake, retry_after

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_a_pause_ends_by_itself() -> None:
    brake = Brake()
    assert brake.remaining(100.0) == 0
    brake.pull(100.0, 30)
    assert brake.remaining(110.0) == 20
    assert brake.remaining(131.0) == 0


def test_a_shorter_pause_does_not_cut_a_longer_one() -> None:
    brake = Brake()
    brake.pull(0.0, 30)
    brake.pull(1.0, 1)
    assert brake.remaining(1.0) == 29
    assert brake.pulled == 2


def test_a_slip_of_the_upstream_does_not_last_for_ever() -> None:
    brake = Brake()
    brake.pull(0.0, 10**9)
    assert brake.remaining(0.0) == LONGEST


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        (" 120 ", 120),
        ("Sun, 01 Nov 2026 09:01:00 GMT", 60),
        ("Sun, 01 Nov 2026 08:00:00 GMT", 0),
        ("Sun, 01 Nov 2026 09:01:00", 60),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0661", None),
    ],
)
def test_what_retry_after_says(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text() | st.from_regex(r"(Mon, )?\d{1,2} (Jan|Feb) \d{1,9} \d\d:\d\d:\d\d ([+-]\d{1,30}|GMT)", fullmatch=True))
def test_no_header_raises_or_asks_for_less_than_nothing(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or found >= 0
