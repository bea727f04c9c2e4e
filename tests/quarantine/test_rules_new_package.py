"""New package: every version waits while the package's first one is young."""

from __future__ import annotations

from quarantine.candidate import Fact
from quarantine.rules.new_package import NewPackage
from quarantine.verdict import Effect, Finding
from tests.quarantine.examples import DAY, HOUR, MICRO, MINUTE, NOON, WEEK, candidate, sighting

RULE = NewPackage(2 * WEEK)
SINCE = NOON - DAY
UNTIL = SINCE + 2 * WEEK


def test_the_rule_cannot_judge_without_the_age_of_the_package() -> None:
    assert RULE.needs == {Fact.SIGHTING, Fact.PACKAGE_AGE}


def test_it_holds_every_version_until_the_package_has_the_age() -> None:
    expected = Finding(
        "new-package",
        "a new package, its first version is of 2026-02-28T12:00Z, held for 14d",
        Effect.HOLD,
        UNTIL,
    )
    young = candidate(package_since=SINCE)
    assert RULE.judge(young, NOON) == expected
    assert RULE.judge(young, UNTIL - MICRO) == expected
    assert RULE.judge(young, UNTIL) is None
    assert RULE.judge(young, UNTIL + MICRO) is None


def test_a_young_version_of_an_old_package_is_not_its_affair() -> None:
    assert RULE.judge(candidate(), NOON) is None


def test_an_end_of_the_hold_needs_a_fresh_look_as_well() -> None:
    rule = NewPackage(2 * WEEK, fresh_look=10 * MINUTE)
    for last_look, held in (
        (None, True),
        (UNTIL - 10 * MINUTE - MICRO, True),
        (UNTIL - 10 * MINUTE, False),
        (UNTIL, False),
    ):
        assert (rule.judge(candidate(package_since=SINCE, last_look=last_look), UNTIL) is not None) is held


def test_a_version_that_only_waits_for_a_look_says_so() -> None:
    waiting = RULE.judge(candidate(package_since=SINCE, last_look=NOON), UNTIL)
    assert waiting is not None
    assert (waiting.rule, waiting.until, waiting.needs_look) == ("new-package", None, True)
    assert "its hold ended 2026-03-14T12:00Z" in waiting.reason


def test_a_hold_of_zero_switches_the_rule_off() -> None:
    assert NewPackage(0 * DAY).judge(candidate(package_since=NOON, last_look=None), NOON) is None


def test_what_was_there_before_the_baseline_counts_as_admitted() -> None:
    for baseline, held in ((NOON, True), (NOON + MICRO, False)):
        rule = NewPackage(2 * WEEK, baseline=baseline)
        assert (rule.judge(candidate(package_since=SINCE), NOON + HOUR) is not None) is held


def test_without_a_publish_time_the_baseline_does_not_apply() -> None:
    rule = NewPackage(2 * WEEK, baseline=NOON + 52 * WEEK)
    assert rule.judge(candidate(sighting=sighting(published=None), package_since=SINCE), NOON) is not None
