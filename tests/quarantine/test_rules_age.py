"""Age: the boundary of the hold, the fresh look that ends it, the baseline, and which clock the sentence names."""

from __future__ import annotations

from datetime import datetime

import pytest

from quarantine.candidate import Fact
from quarantine.record import Sighting
from quarantine.rules.age import Age
from quarantine.verdict import Effect, Finding
from tests.quarantine.examples import DAY, HOUR, MICRO, MINUTE, NOON, WEEK, candidate, sighting

RULE = Age(WEEK)
UNTIL = NOON + WEEK


def test_the_rule_cannot_judge_without_a_sighting() -> None:
    assert Fact.SIGHTING in RULE.needs


@pytest.mark.parametrize("now", [NOON - DAY, NOON, UNTIL - MICRO])
def test_it_holds_until_the_age_is_reached(now: datetime) -> None:
    held = RULE.judge(candidate(), now)
    assert held == Finding("age", "published 2026-03-01T12:00Z, held for 7d", Effect.HOLD, UNTIL)


@pytest.mark.parametrize("now", [UNTIL, UNTIL + MICRO])
def test_it_says_nothing_from_then_on(now: datetime) -> None:
    assert RULE.judge(candidate(), now) is None


@pytest.mark.parametrize(
    ("first", "words", "start"),
    [
        (sighting(), "published 2026-03-01T12:00Z", NOON),
        (sighting(last_absent=NOON), "published 2026-03-01T12:00Z", NOON),
        (sighting(last_absent=NOON + MINUTE), "not yet there when looked at 2026-03-01T12:01Z", NOON + MINUTE),
        (sighting(published=None), "no usable publish time, first seen 2026-03-01T13:00Z", NOON + HOUR),
        (
            sighting(published=None, last_absent=NOON),
            "no usable publish time, first seen 2026-03-01T13:00Z",
            NOON + HOUR,
        ),
    ],
    ids=["published", "absent when published", "absent", "no time", "no time and absent"],
)
def test_the_sentence_names_the_clock_that_was_used(first: Sighting, words: str, start: datetime) -> None:
    held = RULE.judge(candidate(sighting=first), NOON)
    assert held is not None
    assert held.reason == f"{words}, held for 7d"
    assert held.until == start + WEEK


def test_the_last_look_must_be_at_the_end_of_the_hold_or_within_a_stated_window_before() -> None:
    rule = Age(WEEK, fresh_look=10 * MINUTE)
    for last_look, held in (
        (None, True),
        (NOON + HOUR, True),
        (UNTIL - 10 * MINUTE - MICRO, True),
        (UNTIL - 10 * MINUTE, False),
        (UNTIL, False),
        (UNTIL + DAY, False),
    ):
        assert (rule.judge(candidate(last_look=last_look), UNTIL + 2 * DAY) is not None) is held


def test_what_the_last_look_missed_is_not_let_in_by_one_from_before_the_end() -> None:
    rule = Age(WEEK, fresh_look=10 * MINUTE)
    missing = sighting(missing_since=UNTIL + MINUTE)
    for last_look, held in ((UNTIL - MICRO, True), (UNTIL, False)):
        assert (rule.judge(candidate(sighting=missing, last_look=last_look), UNTIL + HOUR) is not None) is held


def test_a_version_that_only_waits_for_a_look_says_so() -> None:
    waiting = RULE.judge(candidate(last_look=NOON + HOUR), UNTIL)
    assert waiting == Finding(
        "age",
        "its hold ended 2026-03-08T12:00Z, but the upstream has not confirmed it since",
        Effect.HOLD,
        until=None,
        needs_look=True,
    )


def test_without_a_window_the_look_must_be_at_the_end_or_later() -> None:
    rule = Age(WEEK, fresh_look=0 * MINUTE)
    assert rule.judge(candidate(last_look=UNTIL - MICRO), UNTIL) is not None
    assert rule.judge(candidate(last_look=UNTIL), UNTIL) is None


def test_a_fresh_look_does_not_shorten_the_hold() -> None:
    assert RULE.judge(candidate(last_look=UNTIL - MICRO), UNTIL - MICRO) is not None


def test_a_hold_of_zero_switches_the_rule_off() -> None:
    assert Age(0 * DAY).judge(candidate(last_look=None), NOON - DAY) is None


def test_the_shortest_hold_is_not_off() -> None:
    assert Age(MICRO).judge(candidate(), NOON) is not None


def test_what_was_there_before_the_baseline_counts_as_admitted() -> None:
    for baseline, held in ((NOON - MICRO, True), (NOON, True), (NOON + MICRO, False)):
        rule = Age(WEEK, baseline=baseline)
        assert (rule.judge(candidate(last_look=None), NOON + HOUR) is not None) is held


def test_a_publish_time_before_the_baseline_does_not_help_what_we_saw_appear_after() -> None:
    forged = sighting(published=NOON - 52 * WEEK, last_absent=NOON)
    assert Age(WEEK, baseline=NOON - DAY).judge(candidate(sighting=forged), NOON + HOUR) is not None


def test_without_a_publish_time_the_baseline_does_not_apply() -> None:
    timeless = sighting(published=None)
    assert Age(WEEK, baseline=NOON + 52 * WEEK).judge(candidate(sighting=timeless), NOON + HOUR) is not None
