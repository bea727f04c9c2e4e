"""What holds of the gate for any facts, any terms and any instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quarantine.candidate import Candidate
from quarantine.digests import Digests
from quarantine.gate import Gate, Listed
from quarantine.policy import Terms, rules_for
from quarantine.record import Look, PackageRecord, absorb
from tests.quarantine.examples import MINUTE, NAME
from tests.quarantine.strategies import candidates, instants, looks, terms

later = st.integers(0, 200).map(lambda minutes: minutes * MINUTE)


def gate(set_terms: Terms) -> Gate:
    return Gate(rules_for(set_terms))


# Forgetting


@pytest.mark.parametrize("fact", ["sighting", "digests", "last_look", "package_since"])
@given(terms, candidates, instants)
def test_forgetting_a_fact_never_admits_what_was_withheld(fact: str, set_terms: Terms, known: Candidate, now: datetime) -> None:
    assume(getattr(known, fact) is not None)
    if gate(set_terms).judge(known, now).withheld:
        assert gate(set_terms).judge(replace(known, **{fact: None}), now).withheld


@pytest.mark.parametrize("fact", [{"published": None}, {"digests": Digests()}], ids=["published", "digests"])
@given(terms, candidates, instants)
def test_forgetting_part_of_a_sighting_never_admits(
    fact: dict[str, object], set_terms: Terms, known: Candidate, now: datetime
) -> None:
    assume(known.sighting is not None)
    if gate(set_terms).judge(known, now).withheld:
        forgetful = replace(known, sighting=replace(known.sighting, **fact))
        assert gate(set_terms).judge(forgetful, now).withheld


# Time


@given(terms, candidates, instants, later)
def test_what_is_admitted_stays_admitted_while_no_new_fact_comes(
    set_terms: Terms, known: Candidate, now: datetime, wait: timedelta
) -> None:
    if not gate(set_terms).judge(known, now).withheld:
        assert not gate(set_terms).judge(known, now + wait).withheld


@given(terms, candidates, instants, later)
def test_a_verdict_reads_the_same_until_it_changes(set_terms: Terms, known: Candidate, now: datetime, wait: timedelta) -> None:
    verdict = gate(set_terms).judge(known, now)
    if verdict.changes_at is None or now + wait < verdict.changes_at:
        assert gate(set_terms).judge(known, now + wait) == verdict
    if verdict.changes_at is not None:
        assert verdict.changes_at > now
        assert gate(set_terms).judge(known, verdict.changes_at) != verdict


@given(terms, candidates, instants, later)
def test_nothing_is_admitted_before_the_date_that_was_named(
    set_terms: Terms, known: Candidate, now: datetime, wait: timedelta
) -> None:
    verdict = gate(set_terms).judge(known, now)
    if verdict.until is not None and now + wait < verdict.until:
        assert gate(set_terms).judge(known, now + wait).withheld


@given(terms, candidates, instants)
def test_a_look_is_asked_for_when_it_would_admit(set_terms: Terms, known: Candidate, now: datetime) -> None:
    verdict = gate(set_terms).judge(known, now)
    if verdict.needs_look:
        assert not gate(set_terms).judge(replace(known, last_look=now), now).withheld


# Whole records

sequences = st.lists(looks, min_size=1, max_size=6)


def remembered(each: list[Look]) -> PackageRecord:
    record = None
    for one in sorted(each, key=lambda one: one.at):
        record = absorb(NAME, record, one).record
    assert record is not None
    return record


def listed(record: PackageRecord) -> dict[str, Listed]:
    return {version: Listed(old.digests) for version, old in record.sightings.items()}


@given(terms, sequences, later)
def test_only_what_a_look_showed_after_the_hold_is_admitted(set_terms: Terms, each: list[Look], wait: timedelta) -> None:
    assume(set_terms.hold and set_terms.baseline is None)
    record = remembered(each)
    now = record.last_look + wait
    for version in gate(set_terms).judge_package(record, listed(record), now).admitted:
        old = record.sightings[version]
        assert old.clock_start + set_terms.hold <= now
        shown = record.last_shown(version)
        assert shown is not None
        assert old.clock_start + set_terms.hold - set_terms.fresh_look <= shown


@given(terms, sequences, later)
def test_each_version_is_judged_by_itself(set_terms: Terms, each: list[Look], wait: timedelta) -> None:
    record = remembered(each)
    now = record.last_look + wait
    together = gate(set_terms).judge_package(record, listed(record), now)
    for version, entry in listed(record).items():
        assert gate(set_terms).judge_package(record, {version: entry}, now).verdicts[version] == together.verdicts[version]


@given(terms, sequences, later, st.sampled_from(["1.0.0", "1.1.0", "2.0.0"]))
def test_forgetting_a_sighting_admits_nothing(set_terms: Terms, each: list[Look], wait: timedelta, forgotten: str) -> None:
    record = remembered(each)
    now = record.last_look + wait
    fewer = replace(record, sightings={version: old for version, old in record.sightings.items() if version != forgotten})
    judge = gate(set_terms).judge_package
    assert judge(fewer, listed(record), now).admitted <= judge(record, listed(record), now).admitted - {forgotten}


@given(terms, sequences, later, later)
def test_a_package_is_as_it_was_until_it_changes(set_terms: Terms, each: list[Look], wait: timedelta, more: timedelta) -> None:
    record = remembered(each)
    now = record.last_look + wait
    judged = gate(set_terms).judge_package(record, listed(record), now)
    if judged.changes_at is None or now + more < judged.changes_at:
        again = gate(set_terms).judge_package(record, listed(record), now + more)
        assert again == replace(judged, at=now + more)
    else:
        assert gate(set_terms).judge_package(record, listed(record), judged.changes_at).verdicts != judged.verdicts
