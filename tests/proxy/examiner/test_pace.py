"""How much is done in the background."""

from __future__ import annotations

from datetime import timedelta

from proxy.examiner.pace import Pace
from tests.fakes.clock import FakeClock


def test_a_minutes_worth_at_once_and_then_as_time_goes_by() -> None:
    clock = FakeClock()
    pace = Pace(30, clock.elapsed)
    assert pace.allowed() == 30
    pace.spend(30)
    assert pace.allowed() == 0
    clock.advance(timedelta(seconds=5))
    assert pace.allowed() == 2
    clock.advance(timedelta(hours=1))
    assert pace.allowed() == 30


def test_more_than_allowed_is_made_up_for() -> None:
    clock = FakeClock()
    pace = Pace(60, clock.elapsed)
    pace.spend(70)
    clock.advance(timedelta(seconds=10))
    assert pace.allowed() == 0
    clock.advance(timedelta(seconds=5))
    assert pace.allowed() == 5
