"""Integrity: digests that changed, bytes that did not match, and what only sha1 vouches for."""

from __future__ import annotations

from quarantine.candidate import Fact
from quarantine.digests import Digests
from quarantine.record import Mismatch
from quarantine.rules.integrity import Integrity
from quarantine.verdict import Effect, Finding
from tests.quarantine.examples import BOTH, HOUR, MICRO, NOON, OTHER_SHA512, SHA1, SHA512, candidate, sighting

RULE = Integrity()
MISMATCH = Mismatch("the bytes are not the listed ones", NOON + HOUR)
BLOCKED = Finding("integrity", "the bytes are not the listed ones", Effect.BLOCK, NOON + HOUR)
WEAK = Finding("weak-integrity", "only a sha1 digest vouches for its bytes", Effect.NOTE)


def test_the_rule_cannot_judge_without_digests_and_a_sighting() -> None:
    assert RULE.needs == {Fact.INTEGRITY, Fact.SIGHTING}


def test_the_digests_of_the_first_sighting_are_fine() -> None:
    for first, listed in ((SHA512, SHA512), (BOTH, SHA512), (SHA512, BOTH)):
        assert RULE.judge(candidate(sighting=sighting(digests=first), digests=listed), NOON) is None


def test_other_digests_than_at_first_sight_are_blocked_without_end() -> None:
    for first, listed in ((SHA512, OTHER_SHA512), (BOTH, Digests({**BOTH, "sha512": "BBBB"})), (SHA1, SHA512)):
        blocked = RULE.judge(candidate(sighting=sighting(digests=first), digests=listed), NOON)
        assert blocked is not None
        assert (blocked.rule, blocked.effect, blocked.until) == ("integrity", Effect.BLOCK, None)
        assert "other bytes" in blocked.reason


def test_a_mismatch_is_remembered_for_a_while() -> None:
    mismatched = candidate(mismatch=MISMATCH)
    assert RULE.judge(mismatched, NOON) == BLOCKED
    assert RULE.judge(mismatched, NOON + HOUR - MICRO) == BLOCKED
    assert RULE.judge(mismatched, NOON + HOUR) is None
    assert RULE.judge(mismatched, NOON + HOUR + MICRO) is None


def test_a_mismatch_that_lapses_does_not_excuse_changed_digests() -> None:
    changed = candidate(digests=OTHER_SHA512, mismatch=MISMATCH)
    for now in (NOON, NOON + HOUR):
        blocked = RULE.judge(changed, now)
        assert blocked is not None
        assert blocked.until is None


def test_sha1_alone_is_noted() -> None:
    assert RULE.judge(candidate(sighting=sighting(digests=SHA1), digests=SHA1), NOON) == WEAK


def test_a_mismatch_comes_before_a_note() -> None:
    weak = candidate(sighting=sighting(digests=SHA1), digests=SHA1, mismatch=MISMATCH)
    assert RULE.judge(weak, NOON) == BLOCKED
    assert RULE.judge(weak, NOON + HOUR) == WEAK
