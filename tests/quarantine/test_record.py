"""What a look at the upstream adds to the record of a package."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quarantine.digests import Digests
from quarantine.record import CLOCK_SKEW, GONE_AFTER, Absorbed, Look, PackageRecord, Sighting, Source, absorb
from quarantine.rewrite import Rewrite
from tests.quarantine.examples import (
    BOTH,
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
    look,
    seen,
)
from tests.quarantine.inside import examination
from tests.quarantine.strategies import looks

EXAMINATION = examination()
REWRITE = Rewrite("sha512-AAAA", 1, "sha512-CCCC", "cc", 1, 2, 3, ("scripts.postinstall",), NOON)
RECORD = absorb(NAME, None, look(NOON + HOUR, "1.0.0")).record


def absorbed(*seen_looks: Look) -> Absorbed:
    """Fold looks one after the other; what the last one did."""
    first, *rest = seen_looks
    return reduce(lambda outcome, each: absorb(NAME, outcome.record, each), rest, absorb(NAME, None, first))


def sighting_after(*seen_looks: Look) -> Sighting:
    return absorbed(*seen_looks).record.sightings["1.0.0"]


# Where the clock starts


def test_present_at_our_first_sight_of_the_package_the_publish_time_alone_counts() -> None:
    assert sighting_after(look(NOON + WEEK, "1.0.0")).clock_start == NOON


def test_a_look_without_the_version_bounds_what_its_publish_time_claims() -> None:
    claimed = look(NOON + 2 * HOUR, _1_0_0=seen(NOON - WEEK))
    assert sighting_after(look(NOON + HOUR), claimed).clock_start == NOON + HOUR


def test_a_publish_time_after_the_last_absence_counts() -> None:
    assert sighting_after(look(NOON - HOUR), look(NOON + HOUR, "1.0.0")).clock_start == NOON


def test_the_last_look_without_it_counts_not_the_first() -> None:
    claimed = look(NOON + 3 * HOUR, _1_0_0=seen(NOON - WEEK))
    assert sighting_after(look(NOON + HOUR), look(NOON + 2 * HOUR), claimed).clock_start == NOON + 2 * HOUR


def test_a_look_that_found_no_package_is_a_look_without_the_version() -> None:
    claimed = look(NOON + 2 * HOUR, _1_0_0=seen(NOON - WEEK))
    assert sighting_after(Look(NOON + HOUR, {}), claimed).clock_start == NOON + HOUR


def test_without_a_publish_time_the_clock_starts_at_first_sight() -> None:
    assert sighting_after(look(NOON + HOUR, _1_0_0=seen(None))).clock_start == NOON + HOUR
    assert sighting_after(look(NOON), look(NOON + HOUR, _1_0_0=seen(None))).clock_start == NOON + HOUR


def test_a_publish_time_in_the_future_is_none() -> None:
    for ahead, published in ((CLOCK_SKEW, NOON + CLOCK_SKEW), (CLOCK_SKEW + MICRO, None), (WEEK, None)):
        first = sighting_after(look(NOON, _1_0_0=seen(NOON + ahead)))
        assert first.published == published
        assert NOON <= first.clock_start <= NOON + CLOCK_SKEW


def test_a_publish_time_that_comes_or_changes_later_is_not_believed() -> None:
    for at_first in (None, NOON):
        first = look(NOON + HOUR, _1_0_0=seen(at_first))
        later = look(NOON + DAY, _1_0_0=seen(NOON - WEEK))
        assert sighting_after(first, later).clock_start == sighting_after(first).clock_start


def test_absence_after_the_first_sighting_does_not_start_the_clock_again() -> None:
    first = look(NOON + HOUR, "1.0.0")
    assert sighting_after(first, look(NOON + DAY), look(NOON + WEEK), look(NOON + 2 * WEEK, "1.0.0")).clock_start == NOON


# Gone


def test_one_look_without_it_does_not_make_a_version_gone() -> None:
    missed = sighting_after(look(NOON, "1.0.0"), look(NOON + WEEK))
    assert (missed.missing_since, missed.gone) == (NOON + WEEK, False)


def test_two_looks_minutes_apart_make_it_gone() -> None:
    for between, gone in ((GONE_AFTER - MICRO, False), (GONE_AFTER, True), (GONE_AFTER + MICRO, True)):
        twice = sighting_after(look(NOON, "1.0.0"), look(NOON + DAY), look(NOON + DAY + between))
        assert (twice.missing_since, twice.gone) == (NOON + DAY, gone)


def test_many_looks_within_a_moment_are_as_one() -> None:
    moments = [look(NOON + DAY + second * MICRO) for second in range(5)]
    assert not sighting_after(look(NOON, "1.0.0"), *moments).gone


def test_seen_between_two_misses_it_is_not_gone() -> None:
    missed = sighting_after(look(NOON, "1.0.0"), look(NOON + DAY), look(NOON + DAY + MINUTE, "1.0.0"), look(NOON + WEEK))
    assert (missed.missing_since, missed.gone) == (NOON + WEEK, False)


def test_reappearing_clears_it_and_keeps_the_first_sighting() -> None:
    first = look(NOON + HOUR, "1.0.0")
    back = absorbed(first, look(NOON + DAY), look(NOON + WEEK), look(NOON + 2 * WEEK, "1.0.0"))
    assert back.record.sightings == absorbed(first).record.sightings
    assert back.fresh == ()
    assert [each.version for each in back.written] == ["1.0.0"]


# Digests


def test_digests_that_are_added_later_join_those_of_the_first_sight() -> None:
    outcome = absorbed(look(NOON, _1_0_0=seen(digests=SHA1)), look(NOON + DAY, _1_0_0=seen(digests=BOTH)))
    assert outcome.record.sightings["1.0.0"].digests == BOTH
    assert outcome.altered == ()


def test_digests_that_are_left_out_later_are_not_forgotten() -> None:
    for fewer in (SHA1, Digests()):
        outcome = absorbed(look(NOON, _1_0_0=seen(digests=BOTH)), look(NOON + DAY, _1_0_0=seen(digests=fewer)))
        assert outcome.record.sightings["1.0.0"].digests == BOTH
        assert (outcome.written, outcome.altered) == ((), ())


def test_a_version_first_seen_without_digests_takes_the_first_that_come() -> None:
    outcome = absorbed(look(NOON, _1_0_0=seen(digests=Digests())), look(NOON + DAY, "1.0.0"))
    assert outcome.record.sightings["1.0.0"].digests == SHA512
    assert outcome.altered == ()


def test_other_digests_are_reported_and_the_first_ones_kept() -> None:
    for other in (OTHER_SHA512, Digests({**BOTH, "sha512": "BBBB"})):
        outcome = absorbed(look(NOON, _1_0_0=seen(digests=BOTH)), look(NOON + DAY, _1_0_0=seen(digests=other)))
        assert outcome.altered == ("1.0.0",)
        assert outcome.record.sightings["1.0.0"].digests == BOTH


def test_digests_with_nothing_in_common_with_the_first_are_other_digests() -> None:
    outcome = absorbed(look(NOON, _1_0_0=seen(digests=SHA1)), look(NOON + DAY, _1_0_0=seen(digests=SHA512)))
    assert outcome.altered == ("1.0.0",)


# Looks that are not believed


def test_a_document_older_than_the_stored_one_is_discarded_whole() -> None:
    before = absorbed(look(NOON, "1.0.0", modified=NOON)).record
    stale = look(NOON + DAY, "2.0.0", modified=NOON - MICRO)
    assert absorb(NAME, before, stale) == Absorbed(before, rollback=True)


def test_a_document_as_old_as_the_stored_one_or_newer_is_not() -> None:
    before = absorbed(look(NOON, "1.0.0", modified=NOON)).record
    for modified in (NOON, NOON + MICRO, None):
        outcome = absorb(NAME, before, look(NOON + DAY, "1.0.0", modified=modified))
        assert not outcome.rollback
        assert outcome.record.last_look == NOON + DAY
        assert outcome.record.modified == (modified or NOON)


def test_a_rollback_is_no_look_without_the_version() -> None:
    before = look(NOON, modified=NOON)
    stale = look(NOON + DAY, modified=NOON - DAY)
    assert sighting_after(before, stale, look(NOON + WEEK, "1.0.0")).last_absent == NOON


def test_a_look_that_arrives_after_a_later_one_changes_nothing() -> None:
    early = look(NOON + DAY - MICRO, "1.0.0", _2_0_0=seen(NOON - WEEK))
    for last in (look(NOON + DAY), look(NOON + DAY, "1.0.0")):
        record = absorbed(look(NOON, "1.0.0"), last).record
        assert absorb(NAME, record, early) == Absorbed(record)


# Tags


def test_the_targets_of_a_tag_are_kept_newest_first() -> None:
    targets = ["1.0.0", "1.1.0", "1.1.0", "2.0.0"]
    each = [Look(NOON + hour * HOUR, {}, {"latest": target}) for hour, target in enumerate(targets)]
    assert absorbed(*each).record.tags == {"latest": ("2.0.0", "1.1.0", "1.0.0")}


def test_a_target_that_returns_moves_to_the_front() -> None:
    targets = ["1.0.0", "1.1.0", "1.0.0"]
    each = [Look(NOON + hour * HOUR, {}, {"latest": target}) for hour, target in enumerate(targets)]
    assert absorbed(*each).record.tags == {"latest": ("1.0.0", "1.1.0")}


def test_a_tag_that_the_upstream_dropped_keeps_its_history() -> None:
    outcome = absorbed(Look(NOON, {}, {"next": "2.0.0-rc.1"}), Look(NOON + HOUR, {}, {"latest": "2.0.0"}))
    assert outcome.record.tags == {"next": ("2.0.0-rc.1",), "latest": ("2.0.0",)}


def test_twenty_targets_of_a_tag_are_kept() -> None:
    each = [Look(NOON + patch * HOUR, {}, {"latest": f"1.0.{patch}"}) for patch in range(25)]
    assert absorbed(*each).record.tags["latest"] == tuple(f"1.0.{patch}" for patch in range(24, 4, -1))


# The revision


def test_a_look_that_only_confirms_leaves_the_revision_alone() -> None:
    outcome = absorb(NAME, RECORD, look(NOON + WEEK, "1.0.0"))
    assert outcome == Absorbed(replace(RECORD, last_look=NOON + WEEK))


def test_whatever_a_verdict_or_an_answer_depends_on_moves_the_revision() -> None:
    changes = {
        "a new version": look(NOON + DAY, "1.0.0", "1.1.0"),
        "a missing version": look(NOON + DAY),
        "more digests": look(NOON + DAY, _1_0_0=seen(digests=BOTH)),
        "other digests": look(NOON + DAY, _1_0_0=seen(digests=OTHER_SHA512)),
        "a moved tag": replace(look(NOON + DAY, "1.0.0"), tags={"latest": "1.0.0"}),
        "another document": replace(look(NOON + DAY, "1.0.0"), source=Source("another")),
    }
    moved = {what: absorb(NAME, RECORD, change).record.revision for what, change in changes.items()}
    assert moved == dict.fromkeys(changes, RECORD.revision + 1)


def test_a_look_without_a_stored_document_keeps_the_one_there_is() -> None:
    stored = absorb(NAME, RECORD, replace(look(NOON + DAY, "1.0.0"), source=Source("a blob", etag="e"))).record
    assert absorb(NAME, stored, look(NOON + WEEK, "1.0.0")).record == replace(stored, last_look=NOON + WEEK)


def test_what_is_to_be_written_is_what_changed() -> None:
    outcome = absorb(NAME, RECORD, look(NOON + DAY, "1.0.0", "1.1.0"))
    assert outcome.fresh == ("1.1.0",)
    assert outcome.written == (outcome.record.sightings["1.1.0"],)


# Any sequence of looks

sequences = st.lists(looks, min_size=1, max_size=8)


def records(each: list[Look]) -> list[PackageRecord]:
    """The record after each look."""
    after: list[PackageRecord] = []
    for one in each:
        after.append(absorb(NAME, after[-1] if after else None, one).record)
    return after


@given(sequences)
def test_a_first_sighting_and_its_clock_never_move(each: list[Look]) -> None:
    after = records(each)
    for before, later in pairwise(after):
        for version, old in before.sightings.items():
            new = later.sightings[version]
            assert new.first_seen == old.first_seen
            if old.digests:
                assert new.clock_start == old.clock_start
            else:
                assert new.clock_start >= old.clock_start


@given(sequences)
def test_the_last_absence_is_before_the_first_sight_of_the_bytes(each: list[Look]) -> None:
    known: set[str] = set()
    for record in records(each):
        for version, now in record.sightings.items():
            if now.digests and version not in known:
                known.add(version)
                assert now.last_absent is None or now.last_absent <= record.last_look
            elif not now.digests:
                assert now.last_absent is None or now.last_absent <= now.first_seen


@given(sequences)
def test_no_clock_starts_before_a_look_without_the_version(each: list[Look]) -> None:
    after = records(each)
    for before, later in pairwise(after):
        for version in later.sightings.keys() - before.sightings.keys():
            assert later.sightings[version].clock_start >= before.last_look


@given(sequences)
def test_no_digest_that_was_once_seen_changes(each: list[Look]) -> None:
    after = records(each)
    for before, later in pairwise(after):
        for version, old in before.sightings.items():
            assert later.sightings[version].digests.items() >= old.digests.items()


@given(sequences)
def test_instants_on_record_only_grow(each: list[Look]) -> None:
    after = records(each)
    for before, later in pairwise(after):
        assert later.first_seen == before.first_seen
        assert later.last_look >= before.last_look
        assert before.modified is None or (later.modified is not None and later.modified >= before.modified)


@given(sequences)
def test_the_revision_grows_by_one_when_anything_but_the_last_look_changed(each: list[Look]) -> None:
    record = None
    for one in each:
        outcome = absorb(NAME, record, one)
        if record is not None:
            step = outcome.record.revision - record.revision
            unchanged = (record.sightings, record.tags) == (outcome.record.sightings, outcome.record.tags)
            assert step == (0 if unchanged and not outcome.altered else 1)
        record = outcome.record


@given(sequences)
def test_the_same_look_again_changes_nothing(each: list[Look]) -> None:
    record = records(each)[-1]
    again = absorb(NAME, record, replace(each[-1], at=record.last_look + MINUTE))
    once_more = absorb(NAME, again.record, replace(each[-1], at=again.record.last_look))
    assert once_more.fresh == once_more.written == ()
    alarmed = len(once_more.altered) > 0  # listed digests that contradict the first are news each time
    assert once_more.record == replace(again.record, revision=again.record.revision + alarmed)


@given(sequences)
def test_what_was_written_makes_up_the_record(each: list[Look]) -> None:
    record: PackageRecord | None = None
    rows: dict[str, Sighting] = {}
    for one in each:
        outcome = absorb(NAME, record, one)
        rows.update({row.version: row for row in outcome.written})
        record = outcome.record
        assert rows == record.sightings


def test_a_missing_version_keeps_the_last_look_that_showed_it() -> None:
    record = absorbed(
        look(NOON, "1.0.0"), look(NOON + HOUR, "1.0.0"), look(NOON + 2 * HOUR), look(NOON + 2 * HOUR + MICRO)
    ).record
    assert record.last_shown("1.0.0") == NOON + HOUR
    assert record.missing
    assert not record.gone
    back = absorb(NAME, record, look(NOON + 3 * HOUR, "1.0.0")).record
    assert back.last_shown("1.0.0") == NOON + 3 * HOUR
    assert not back.missing


def test_bytes_that_become_known_later_start_their_clock_then() -> None:
    record = absorbed(look(NOON, _1_0_0=seen(NOON - WEEK, digests=Digests())), look(NOON + DAY, _1_0_0=seen(NOON - WEEK))).record
    assert record.sightings["1.0.0"].clock_start == NOON


def test_whatever_a_look_finds_what_was_found_in_tarballs_stays() -> None:
    inside = replace(RECORD, examinations={"1.0.0": EXAMINATION}, rewrites={"1.0.0": REWRITE})
    for later in (look(NOON + 2 * HOUR, "1.0.0"), look(NOON + 2 * HOUR, "1.0.1"), look(NOON, "1.0.0")):
        outcome = absorb(NAME, inside, later)
        assert outcome.record.examinations == {"1.0.0": EXAMINATION}
        assert outcome.record.rewrites == {"1.0.0": REWRITE}
        assert outcome.written == absorb(NAME, RECORD, later).written
