"""Verdicts: what follows from findings, and how instants are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.verdict import ADMITTED, Effect, Finding, Verdict, earliest, stamp
from tests.quarantine.examples import DAY, MICRO, MINUTE, NOON


def finding(effect: Effect = Effect.HOLD, until: datetime | None = None, needs_look: bool = False) -> Finding:
    return Finding("a-rule", "because", effect, until, needs_look)


def verdict(*findings: Finding) -> Verdict:
    return Verdict(findings)


@pytest.mark.parametrize(("effect", "withheld"), [("note", False), ("hold", True), ("review", True), ("block", True)])
def test_everything_but_a_note_withholds(effect: str, withheld: bool) -> None:
    assert verdict(finding(Effect(effect))).withheld is withheld


def test_one_finding_that_withholds_is_enough() -> None:
    assert verdict(finding(Effect.NOTE), finding(Effect.HOLD)).withheld
    assert not ADMITTED.withheld


def test_until_is_when_the_last_hold_ends() -> None:
    assert verdict(finding(until=NOON), finding(until=NOON + DAY)).until == NOON + DAY


def test_without_a_date_for_every_finding_none_is_promised() -> None:
    assert verdict(finding(until=NOON), finding()).until is None


def test_a_note_does_not_delay() -> None:
    note = finding(Effect.NOTE, NOON + DAY)
    assert verdict(note, finding(until=NOON)).until == NOON
    assert verdict(note).until is None
    assert ADMITTED.until is None


def test_a_verdict_changes_when_its_first_finding_lapses() -> None:
    assert verdict(finding(until=NOON + DAY), finding(until=NOON), finding()).changes_at == NOON
    assert verdict(finding(Effect.NOTE, NOON), finding(until=NOON + DAY)).changes_at == NOON
    assert verdict(finding()).changes_at is None
    assert ADMITTED.changes_at is None


def test_a_look_is_wanted_when_it_is_all_that_is_missing() -> None:
    wants = finding(needs_look=True)
    assert verdict(wants, wants, finding(Effect.NOTE)).needs_look
    assert not verdict(wants, finding(until=NOON)).needs_look
    assert not verdict(finding(Effect.NOTE, needs_look=True)).needs_look
    assert not ADMITTED.needs_look


def test_the_sentence_gives_the_reasons_that_withhold() -> None:
    findings = (
        Finding("one", "too young", Effect.HOLD),
        Finding("two", "only a note", Effect.NOTE),
        Finding("three", "other bytes", Effect.BLOCK),
    )
    assert Verdict(findings).sentence == "too young; other bytes"
    assert ADMITTED.sentence == ""


def test_the_earliest_of_known_instants() -> None:
    assert earliest([NOON + DAY, None, NOON]) == NOON
    assert earliest([None]) is None
    assert earliest([]) is None


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOON, "2026-03-01T12:00Z"),
        (NOON + MICRO, "2026-03-01T12:01Z"),
        (NOON - MICRO, "2026-03-01T12:00Z"),
        (NOON + timedelta(seconds=1), "2026-03-01T12:01Z"),
        (NOON + timedelta(seconds=59, microseconds=999_999), "2026-03-01T12:01Z"),
        (datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC), "2027-01-01T00:00Z"),
        (datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2))), "2026-03-01T12:00Z"),
        (datetime(2026, 3, 1, 4, 30, tzinfo=timezone(timedelta(hours=-7, minutes=-30))), "2026-03-01T12:00Z"),
        (datetime(1969, 12, 31, 23, 58, 59, 500_000, tzinfo=UTC), "1969-12-31T23:59Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00Z"),
    ],
)
def test_a_stamp_is_utc_with_minutes_rounded_up(instant: datetime, text: str) -> None:
    assert stamp(instant) == text


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(minutes * MINUTE))


@given(st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=offsets))  # noqa: DTZ001
def test_a_stamp_promises_nothing_too_early_and_at_most_a_minute_late(instant: datetime) -> None:
    text = stamp(instant)
    assert len(text) == len("2026-03-01T12:00Z")
    assert timedelta(0) <= datetime.fromisoformat(text) - instant.astimezone(UTC) < MINUTE


def test_work_of_our_own_that_is_due_leaves_the_date_to_the_others() -> None:
    due = Finding("a-rule", "because", Effect.HOLD, pending=True)
    assert verdict(due, finding(until=NOON)).until == NOON
    assert verdict(due).until is None
    assert verdict(due, finding(needs_look=True)).pending
    assert not verdict(due, finding(until=NOON)).pending
    assert not ADMITTED.pending
