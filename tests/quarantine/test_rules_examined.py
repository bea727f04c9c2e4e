"""Examined: young versions wait for the examiner, old ones do not, and what could not be examined waits for a person."""

from __future__ import annotations

from quarantine.rules.examined import Examined
from quarantine.rules.youth import came_young
from quarantine.verdict import Effect
from tests.quarantine.examples import DAY, HOUR, MICRO, NOON, WEEK, candidate, sighting
from tests.quarantine.inside import examination, old, young

RULE = Examined(WEEK)


def test_a_young_version_waits_for_the_examiner_however_old_it_grows() -> None:
    for now in (NOON + HOUR, NOON + 3650 * DAY):
        finding = RULE.judge(young(), now)
        assert finding is not None
        assert (finding.rule, finding.effect, finding.until) == ("not-examined", Effect.HOLD, None)


def test_an_old_version_is_served_while_it_waits_for_its_turn() -> None:
    assert RULE.judge(old(), NOON) is None


def test_nothing_is_said_of_what_was_examined() -> None:
    assert RULE.judge(young(examination=examination()), NOON) is None


def test_what_could_not_be_examined_is_withheld_be_it_young_or_old() -> None:
    failed = examination(failed="it unpacks to more than 1 GiB")
    for each in (young(examination=failed), old(examination=failed)):
        finding = RULE.judge(each, NOON)
        assert finding is not None
        assert finding.effect is Effect.REVIEW
        assert "more than 1 GiB" in finding.reason


def test_without_a_hold_nothing_is_young() -> None:
    assert Examined(0 * DAY).judge(young(), NOON) is None


def test_what_was_there_before_the_baseline_is_not_young() -> None:
    assert Examined(WEEK, baseline=NOON + DAY).judge(young(), NOON) is None


def test_youth_ends_exactly_with_the_hold() -> None:
    assert came_young(sighting(first_seen=NOON + WEEK - MICRO), WEEK)
    assert not came_young(sighting(first_seen=NOON + WEEK), WEEK)


def test_a_version_that_appeared_between_two_looks_is_young_whatever_its_time_says() -> None:
    backdated = sighting(published=NOON - 300 * DAY, last_absent=NOON, first_seen=NOON + HOUR)
    assert came_young(backdated, WEEK)


def test_a_version_of_which_nothing_is_known_is_young() -> None:
    assert RULE.judge(candidate(sighting=None), NOON) is not None


def test_what_had_been_let_in_before_examining_began_is_served_while_it_waits() -> None:
    start = sighting().clock_start
    assert Examined(WEEK, since=start + WEEK).judge(young(), NOON) is None
    assert Examined(WEEK, since=start + WEEK - MICRO).judge(young(), NOON) is not None
    assert Examined(WEEK, since=start + WEEK).judge(candidate(sighting=None), NOON) is not None
