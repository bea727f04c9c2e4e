"""Weighing: a block beats everything but a newer release of the same bytes; a release lifts what it names and no more."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from quarantine.decision import Decision
from quarantine.digests import Digests
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from quarantine.weighing import BLOCKED, HELD, OTHER_BYTES, weigh
from tests.quarantine.decided import block, hold, release
from tests.quarantine.examples import BOTH, DAY, NOON, OTHER_SHA512, SHA1, SHA512

AGE = Finding("age", "too young", Effect.HOLD, NOON + DAY)
REVIEW = Finding("review", "its maintainer changed", Effect.REVIEW)
NOTE = Finding("age", "only a note", Effect.NOTE)
YOUNG = Verdict((AGE,))


def withholding(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings if finding.withholds]


def test_no_decisions_change_nothing() -> None:
    assert weigh(YOUNG, (), SHA512) is YOUNG


# Blocks and holds


def test_a_block_withholds_what_the_rules_admit_in_observe_mode_too() -> None:
    verdict = weigh(ADMITTED, [block(1, expires=NOON + DAY)], SHA512)
    assert verdict.blocked
    assert verdict.findings == (Finding(BLOCKED, "blocked: reason 1", Effect.BLOCK, NOON + DAY),)


def test_a_hold_withholds_and_is_no_block() -> None:
    verdict = weigh(ADMITTED, [hold(1)], None)
    assert withholding(verdict) == [HELD]
    assert not verdict.blocked


@pytest.mark.parametrize("stop", [block, hold])
def test_only_a_newer_release_outranks_it(stop: Callable[[int], Decision]) -> None:
    assert weigh(ADMITTED, [release(1), stop(2)], SHA512).withheld
    assert not weigh(ADMITTED, [stop(1), release(2)], SHA512).withheld
    assert weigh(ADMITTED, [stop(1), release(2), stop(3)], SHA512).withheld


@pytest.mark.parametrize("listed", [OTHER_SHA512, SHA1, Digests(), None])
def test_a_release_of_other_bytes_does_not_outrank_a_block(listed: Digests | None) -> None:
    verdict = weigh(ADMITTED, [block(1), release(2)], listed)
    assert withholding(verdict) == [BLOCKED]
    assert OTHER_BYTES in [finding.rule for finding in verdict.findings]


def test_a_release_without_bytes_outranks_nothing() -> None:
    assert withholding(weigh(YOUNG, [block(1), release(2, digests=None)], SHA512)) == [BLOCKED, "age"]


def test_every_block_is_shown() -> None:
    assert withholding(weigh(YOUNG, [block(1), hold(2), block(3)], SHA512)) == [BLOCKED, HELD, BLOCKED, "age"]


# Releases


def test_a_release_lifts_what_it_names_and_says_so() -> None:
    verdict = weigh(YOUNG, [release(4)], SHA512)
    assert not verdict.withheld
    (lifted,) = verdict.findings
    assert (lifted.rule, lifted.effect, lifted.lifted_by) == ("age", Effect.NOTE, 4)
    assert lifted.reason == "too young (released: reason 4)"


def test_a_release_says_nothing_of_other_rules() -> None:
    assert withholding(weigh(Verdict((AGE, REVIEW)), [release(1)], SHA512)) == ["review"]


def test_a_note_is_not_lifted() -> None:
    assert weigh(Verdict((NOTE,)), [release(1)], SHA512).findings == (NOTE,)


@pytest.mark.parametrize(
    ("listed", "lifted"), [(SHA512, True), (BOTH, True), (OTHER_SHA512, False), (SHA1, False), (None, False)]
)
def test_it_lifts_for_its_bytes_only(listed: Digests | None, lifted: bool) -> None:
    assert weigh(YOUNG, [release(1)], listed).withheld is not lifted


def test_a_later_release_of_other_bytes_takes_nothing_back() -> None:
    assert not weigh(YOUNG, [release(1), release(2, digests=OTHER_SHA512)], SHA512).withheld
    assert not weigh(ADMITTED, [block(1), release(2), release(3, digests=OTHER_SHA512)], SHA512).withheld


def test_a_later_release_of_another_rule_takes_nothing_back() -> None:
    both = [release(1), release(2, lifts=frozenset({"review"}))]
    verdict = weigh(Verdict((AGE, REVIEW)), both, SHA512)
    assert [finding.lifted_by for finding in verdict.findings] == [1, 2]


def test_the_order_in_which_decisions_come_does_not_matter() -> None:
    decisions = [block(1), release(2), hold(3), release(4, digests=OTHER_SHA512)]
    verdicts = [weigh(YOUNG, each, SHA512) for each in itertools.permutations(decisions)]
    assert {frozenset(verdict.findings) for verdict in verdicts} == {frozenset(verdicts[0].findings)}
