"""The gate: every rule is asked, a missing fact withholds, and each version is judged by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from quarantine.candidate import Candidate, Fact
from quarantine.digests import Digests
from quarantine.gate import EmptyPolicy, Gate, Listed, Standing, package_since
from quarantine.package import PackageVersion
from quarantine.policy import Terms, rules_for
from quarantine.record import Look, Mismatch, absorb
from quarantine.rules.age import Age
from quarantine.rules.document import SoundDocument
from quarantine.rules.new_package import NewPackage
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from tests.quarantine.examples import (
    DAY,
    HOUR,
    MICRO,
    MINUTE,
    NAME,
    NOON,
    OTHER_SHA512,
    SHA1,
    SHA512,
    WEEK,
    candidate,
    look,
    seen,
    sighting,
)

UNTIL = NOON + WEEK
GATE = Gate(rules_for(Terms(hold=WEEK, new_package_hold=0 * DAY, fresh_look=10 * MINUTE)))
LISTED = Listed(SHA512)


class Says:
    """A rule that always has the same to say."""

    needs: frozenset[Fact] = frozenset()

    def __init__(self, finding: Finding | None) -> None:
        self.finding = finding

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        return self.finding


def rules_of(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


# One version


@pytest.mark.parametrize("rules", [[], ()])
def test_no_rules_are_no_policy(rules: list[SoundDocument]) -> None:
    with pytest.raises(EmptyPolicy):
        Gate(rules)


def test_rules_added_to_the_list_afterwards_do_not_count() -> None:
    rules = [SoundDocument()]
    gate = Gate(rules)
    rules.clear()
    assert gate.judge(candidate(flaw="broken"), NOON).withheld


def test_an_old_known_version_is_admitted_without_a_word() -> None:
    assert GATE.judge(candidate(), UNTIL) is ADMITTED


def test_every_rule_is_heard_in_order() -> None:
    note, hold = Finding("first", "a", Effect.NOTE), Finding("second", "b", Effect.HOLD)
    assert Gate([Says(note), Says(None), Says(hold)]).judge(candidate(), NOON) == Verdict((note, hold))


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        ({"sighting": None}, "not known: when it was first seen"),
        ({"digests": None}, "not known: a digest of its bytes that can be checked"),
        ({"digests": Digests()}, "not known: a digest of its bytes that can be checked"),
        ({"sighting": sighting(digests=Digests())}, "not known: a digest of its bytes that can be checked"),
        ({"package_since": None}, "not known: when its package first appeared"),
    ],
)
def test_a_fact_that_is_not_known_withholds_without_end(unknown: dict[str, object], words: str) -> None:
    verdict = GATE.judge(candidate(**unknown), NOON + 520 * WEEK)
    # Bytes that nothing vouches for are not served in observe mode either.
    effect = Effect.BLOCK if "digest" in words else Effect.HOLD
    assert verdict.findings == (Finding("unknown-fact", words, effect),)
    assert (verdict.until, verdict.changes_at) == (None, None)


def test_a_version_of_which_nothing_is_known_is_withheld_for_each_reason_once() -> None:
    verdict = GATE.judge(Candidate(PackageVersion(NAME, "1.0.0")), NOON)
    assert rules_of(verdict) == ["unknown-fact"] * len(Fact)
    assert len(set(verdict.findings)) == len(Fact)


def test_a_fact_that_no_rule_needs_is_not_missed() -> None:
    assert Gate([SoundDocument()]).judge(Candidate(PackageVersion(NAME, "1.0.0")), NOON) is ADMITTED


def test_rules_that_lack_nothing_are_still_heard() -> None:
    verdict = GATE.judge(candidate(digests=None, flaw="broken"), NOON)
    assert rules_of(verdict) == ["malformed-document", "age", "unknown-fact"]


def test_a_note_does_not_withhold() -> None:
    verdict = GATE.judge(candidate(sighting=sighting(digests=SHA1), digests=SHA1), UNTIL)
    assert rules_of(verdict) == ["weak-integrity"]
    assert not verdict.withheld


def test_the_longer_of_two_holds_decides() -> None:
    gate = Gate([Age(WEEK), NewPackage(2 * WEEK)])
    verdict = gate.judge(candidate(package_since=NOON), NOON)
    assert rules_of(verdict) == ["age", "new-package"]
    assert (verdict.changes_at, verdict.until) == (NOON + WEEK, NOON + 2 * WEEK)


def test_the_longer_of_two_holds_ends_with_a_fresh_look_too() -> None:
    gate = Gate([Age(WEEK), NewPackage(2 * WEEK)])
    end = NOON + 2 * WEEK
    assert gate.judge(candidate(package_since=NOON, last_look=NOON + WEEK), end).needs_look
    assert gate.judge(candidate(package_since=NOON, last_look=end), end) is ADMITTED


def test_with_holds_of_zero_only_what_is_wrong_is_withheld() -> None:
    gate = Gate(rules_for(Terms(0 * DAY, 0 * DAY, 0 * DAY)))
    assert gate.judge(candidate(package_since=NOON, last_look=NOON), NOON) is ADMITTED
    assert gate.judge(candidate(digests=OTHER_SHA512), NOON).withheld
    assert gate.judge(candidate(flaw="broken"), NOON).withheld


# A whole document

FIFTY = [f"1.0.{patch}" for patch in range(50)]
ALL_FIFTY = dict.fromkeys(FIFTY, LISTED)


def test_fifty_mature_together() -> None:
    record = absorb(NAME, absorb(NAME, None, look(NOON, *FIFTY)).record, look(UNTIL, *FIFTY)).record
    before, after = (GATE.judge_package(record, ALL_FIFTY, now) for now in (UNTIL - MICRO, UNTIL))
    assert (before.admitted, before.changes_at, before.needs_look) == (frozenset(), UNTIL, False)
    assert (after.admitted, after.changes_at, after.needs_look) == (frozenset(FIFTY), None, False)


def test_fifty_mature_together_and_one_has_vanished() -> None:
    record = absorb(NAME, absorb(NAME, None, look(NOON, *FIFTY)).record, look(UNTIL, *FIFTY[1:])).record
    judged = GATE.judge_package(record, ALL_FIFTY, UNTIL + DAY)
    assert judged.admitted == frozenset(FIFTY[1:])
    assert judged.withheld.keys() == {FIFTY[0]}
    assert judged.needs_look


def test_fifty_mature_together_and_one_has_changed() -> None:
    record = absorb(NAME, None, look(NOON, *FIFTY)).record
    shown = {**dict.fromkeys(FIFTY, seen()), FIFTY[0]: seen(digests=OTHER_SHA512)}
    outcome = absorb(NAME, record, Look(UNTIL, shown))
    judged = GATE.judge_package(outcome.record, {**ALL_FIFTY, FIFTY[0]: Listed(OTHER_SHA512)}, UNTIL)
    assert outcome.altered == (FIFTY[0],)
    assert judged.admitted == frozenset(FIFTY[1:])


def test_while_the_upstream_is_down_what_matures_stays_held() -> None:
    record = absorb(NAME, None, look(NOON, "1.0.0")).record
    judged = GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + 52 * WEEK)
    assert not judged.admitted
    assert judged.needs_look
    assert judged.changes_at is None


def test_while_the_upstream_is_down_what_was_admitted_stays_admitted() -> None:
    record = absorb(NAME, absorb(NAME, None, look(NOON, "1.0.0")).record, look(UNTIL, "1.0.0")).record
    assert GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + 52 * WEEK).admitted == {"1.0.0"}


def test_a_version_that_was_never_sighted_is_withheld() -> None:
    record = absorb(NAME, None, look(UNTIL, "1.0.0")).record
    judged = GATE.judge_package(record, {"1.0.0": LISTED, "6.6.6": LISTED}, UNTIL)
    assert judged.admitted == {"1.0.0"}
    assert rules_of(judged.verdicts["6.6.6"]) == ["unknown-fact"]


def test_a_version_is_judged_as_it_is_listed_now() -> None:
    record = absorb(NAME, None, look(UNTIL, "1.0.0", "1.1.0", "1.2.0", "1.3.0")).record
    listed = {"1.0.0": LISTED, "1.1.0": Listed(None), "1.2.0": Listed(OTHER_SHA512), "1.3.0": Listed(SHA512, "broken")}
    judged = GATE.judge_package(record, listed, UNTIL)
    assert {version: rules_of(verdict) for version, verdict in judged.verdicts.items()} == {
        "1.0.0": [],
        "1.1.0": ["unknown-fact"],
        "1.2.0": ["integrity"],
        "1.3.0": ["malformed-document"],
    }


def test_a_mismatch_withholds_its_version_only() -> None:
    mismatches = {"1.0.0": Mismatch("other bytes came", UNTIL + HOUR)}
    record = replace(absorb(NAME, None, look(UNTIL, "1.0.0", "1.1.0")).record, mismatches=mismatches)
    judged = GATE.judge_package(record, {"1.0.0": LISTED, "1.1.0": LISTED}, UNTIL)
    assert judged.admitted == {"1.1.0"}
    assert judged.changes_at == UNTIL + HOUR


def test_a_mismatch_counts_for_a_version_of_which_nothing_was_said_before() -> None:
    record = absorb(NAME, None, look(UNTIL, "1.0.0")).record
    before = GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL)
    record = replace(record, mismatches={"1.0.0": Mismatch("other bytes came", UNTIL + HOUR)})
    spoiled = GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + MICRO, earlier=before.basis)
    after = GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + HOUR, earlier=spoiled.basis)
    assert [each.admitted for each in (before, spoiled, after)] == [{"1.0.0"}, set(), {"1.0.0"}]


def test_a_freeze_does_not_keep_a_mismatch() -> None:
    record = absorb(NAME, None, look(UNTIL, "1.0.0")).record
    record = replace(record, mismatches={"1.0.0": Mismatch("other bytes came", UNTIL + HOUR)})
    frozen = Standing(frozen=UNTIL)
    assert GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + HOUR - MICRO, frozen).changes_at == UNTIL + HOUR
    assert GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + HOUR - MICRO, frozen).admitted == set()
    assert GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL + HOUR, frozen).admitted == {"1.0.0"}


def test_a_version_that_is_no_longer_listed_has_no_verdict() -> None:
    record = absorb(NAME, None, look(UNTIL, "1.0.0", "1.1.0")).record
    assert GATE.judge_package(record, {"1.0.0": LISTED}, UNTIL).verdicts.keys() == {"1.0.0"}


def test_the_package_is_as_old_as_its_oldest_version_even_one_that_is_gone() -> None:
    record = absorb(NAME, None, look(NOON + DAY, "1.0.0", _0_1_0=seen(NOON - WEEK))).record
    for later in (NOON + 2 * DAY, NOON + 3 * DAY):
        record = absorb(NAME, record, look(later, "1.0.0")).record
    assert record.sightings["0.1.0"].gone
    assert package_since(record) == NOON - WEEK


def test_a_package_without_any_version_has_no_age() -> None:
    assert package_since(absorb(NAME, None, look(NOON)).record) is None
