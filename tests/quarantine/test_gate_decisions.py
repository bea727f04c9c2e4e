"""The gate with decisions: expiry, audience, freeze, and any sequence of them against a slow reading of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.gate import Gate, Judged, Listed, Standing
from quarantine.policy import Terms, rules_for
from quarantine.record import PackageRecord, absorb
from tests.quarantine.decided import block, decision, hold, release
from tests.quarantine.examples import DAY, HOUR, MICRO, MINUTE, NAME, NOON, OTHER_SHA512, SHA512, WEEK, look

GATE = Gate(rules_for(Terms(hold=WEEK, new_package_hold=0 * DAY, fresh_look=10 * MINUTE)))
RECORD = absorb(NAME, absorb(NAME, None, look(NOON, "1.0.0")).record, look(NOON + 30 * DAY, "1.0.0")).record
YOUNG, OLD = NOON + DAY, NOON + WEEK


def judged(*decisions: Decision, at: datetime, digests: Digests = SHA512, audience: str | None = None,
           frozen: datetime | None = None, record: PackageRecord = RECORD) -> Judged:  # fmt: skip
    return GATE.judge_package(record, {"1.0.0": Listed(digests)}, at, Standing(decisions, audience, frozen))


def admitted(*decisions: Decision, **facts: Any) -> bool:
    return "1.0.0" in judged(*decisions, **facts).admitted


def test_a_release_ends_a_hold_and_a_block_ends_a_release() -> None:
    assert not admitted(at=YOUNG)
    assert admitted(release(1), at=YOUNG)
    assert not admitted(release(1), block(2, "left-pad@<2"), at=YOUNG)
    assert admitted(release(1), block(2, "left-pad@<2"), release(3), at=YOUNG)


@pytest.mark.parametrize("action", [Action.BLOCK, Action.HOLD])
def test_an_expiry_counts_from_its_instant_on(action: Action) -> None:
    expiring = decision(1, action, expires=OLD + DAY)
    assert judged(expiring, at=OLD).changes_at == OLD + DAY
    assert [admitted(expiring, at=OLD + DAY + shift) for shift in (-MICRO, 0 * DAY, MICRO)] == [False, True, True]
    assert judged(expiring, at=OLD + DAY).changes_at is None


def test_an_expired_release_admits_no_more_and_its_expiry_is_a_change() -> None:
    expiring = release(1, expires=YOUNG + HOUR)
    assert judged(expiring, at=YOUNG).changes_at == YOUNG + HOUR
    assert [admitted(expiring, at=YOUNG + HOUR + shift) for shift in (-MICRO, 0 * DAY)] == [True, False]


def test_what_was_withdrawn_counts_no_more_and_changes_nothing_later() -> None:
    withdrawn = block(1, expires=OLD + DAY, withdrawn=OLD)
    assert judged(withdrawn, at=OLD) == judged(at=OLD)


def test_an_audience_is_the_only_one_concerned() -> None:
    scoped = release(1, audience="research")
    assert admitted(scoped, at=YOUNG, audience="research")
    assert not admitted(scoped, at=YOUNG, audience="everyone else")
    assert not admitted(scoped, at=YOUNG)
    assert not admitted(block(1), at=OLD, audience="research")


def test_blocks_are_enforced_in_observe_mode_and_holds_are_not() -> None:
    assert judged(block(1), at=OLD).verdicts["1.0.0"].blocked
    assert not judged(hold(1), at=OLD).verdicts["1.0.0"].blocked


def test_wall_time_decides_about_expiry_while_rules_lag_behind() -> None:
    standing = Standing((block(1, expires=OLD + HOUR),), at=OLD + HOUR)
    assert GATE.judge_package(RECORD, {"1.0.0": Listed(SHA512)}, OLD, standing).admitted == {"1.0.0"}


# The freeze


def test_what_was_admitted_at_its_instant_stays_and_nothing_matures() -> None:
    assert admitted(at=OLD + DAY, frozen=OLD)
    assert not admitted(at=OLD + DAY, frozen=OLD - MICRO)
    assert judged(at=OLD + DAY, frozen=OLD - MICRO).changes_at is None


def test_what_was_first_seen_after_it_waits_however_old_it_says_it_is() -> None:
    late = absorb(NAME, None, look(NOON + 20 * DAY, "1.0.0")).record
    frozen = NOON + 20 * DAY - MICRO
    assert admitted(at=NOON + 20 * DAY, record=late)
    verdict = judged(at=NOON + 20 * DAY, record=late, frozen=frozen).verdicts["1.0.0"]
    assert verdict.findings[0].rule == "freeze"
    assert verdict.until is None
    assert admitted(at=NOON + 20 * DAY, record=late, frozen=frozen + MICRO)


def test_a_release_given_during_the_freeze_works() -> None:
    late = absorb(NAME, None, look(NOON + 20 * DAY, "1.0.0")).record
    frozen = NOON + 19 * DAY
    given_now = release(1, at=NOON + 20 * DAY, lifts=frozenset({"freeze", "age"}))
    assert admitted(given_now, at=NOON + 20 * DAY, record=late, frozen=frozen)
    assert not admitted(replace(given_now, lifts=frozenset({"age"})), at=NOON + 20 * DAY, record=late, frozen=frozen)
    assert admitted(release(1, at=YOUNG + HOUR), at=YOUNG + HOUR, frozen=YOUNG)


def test_a_block_does_not_lapse_during_the_freeze_and_can_be_withdrawn() -> None:
    expiring = block(1, expires=OLD + HOUR)
    assert not admitted(expiring, at=OLD + DAY, frozen=OLD)
    assert admitted(replace(expiring, withdrawn=OLD + DAY), at=OLD + DAY, frozen=OLD)
    assert admitted(replace(expiring, at=OLD + MINUTE), at=OLD + DAY, frozen=OLD)
    assert admitted(expiring, at=OLD + DAY, frozen=OLD + HOUR)


# Any sequence of decisions

hours = st.integers(0, 240).map(lambda many: NOON + many * HOUR)


@st.composite
def histories(draw: st.DrawFn) -> list[Decision]:
    """Decisions one after the other, some withdrawn, some for other bytes, audiences or versions."""
    found = []
    at = NOON
    for number in range(1, draw(st.integers(1, 6)) + 1):
        at += draw(st.integers(0, 40)) * HOUR
        action = draw(st.sampled_from(Action))
        subjects = ["left-pad@1.0.0", "left-pad@1.0.1"] + ["left-pad@<2", "left-pad@>1"] * (action is not Action.RELEASE)
        facts = {"at": at, "audience": draw(st.sampled_from([None, None, "a"])),
                 "expires": draw(st.none() | st.integers(1, 99).map(lambda many, at=at: at + many * HOUR)),
                 "withdrawn": draw(st.sampled_from([None, None, None, at]))}  # fmt: skip
        if action is Action.RELEASE:
            facts["digests"] = draw(st.sampled_from([SHA512, SHA512, OTHER_SHA512]))
            facts["lifts"] = draw(st.sampled_from([frozenset({"age"}), frozenset({"other"}), frozenset()]))
        found.append(decision(number, action, draw(st.sampled_from(subjects)), **facts))
    return found


def by_the_words(decisions: Sequence[Decision], now: datetime, audience: str | None) -> bool:
    """Whether 1.0.0 is admitted: a block wins over everything but a newer release of the version and its bytes."""
    about = {"left-pad@1.0.0", "left-pad@<2"}
    counting = []
    for each in decisions:
        lapsed = each.withdrawn is not None or (each.expires is not None and each.expires <= now)
        elsewhere = each.audience is not None and each.audience != audience
        if not lapsed and not elsewhere and str(each.subject) in about:
            counting.append(each)
    releases = [each for each in counting if each.action is Action.RELEASE and each.digests == SHA512]
    for each in counting:
        if each.action is not Action.RELEASE and not any(one.number > each.number for one in releases):
            return False
    return now >= OLD or any("age" in one.lifts for one in releases)


@given(histories(), hours, st.sampled_from([None, "a", "b"]))
def test_the_verdict_is_what_the_contract_says(decisions: list[Decision], now: datetime, audience: str | None) -> None:
    assert admitted(*decisions, at=now, audience=audience) == by_the_words(decisions, now, audience)


@given(histories(), hours, hours, st.none() | hours)
def test_nothing_changes_before_it_is_said_to(
    decisions: list[Decision], now: datetime, later: datetime, frozen: datetime | None
) -> None:
    first = judged(*decisions, at=now, frozen=frozen)
    if now <= later and (first.changes_at is None or later < first.changes_at) and (frozen is None or not now < frozen < later):
        assert judged(*decisions, at=later, frozen=frozen).verdicts == first.verdicts


@given(histories(), hours, hours)
def test_without_a_person_a_freeze_admits_nothing_new(decisions: list[Decision], frozen: datetime, later: datetime) -> None:
    before = [each for each in decisions if each.at <= frozen]
    if later >= frozen and admitted(*before, at=later, frozen=frozen):
        assert admitted(*before, at=frozen)
