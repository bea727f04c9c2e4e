"""The chain of the audit log: an honest one is sound, and no edit, removal, swap or cut of it goes unnoticed."""

import hashlib
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quarantine.audit import GENESIS, Break, Checkpoint, Entry, check_chain, digest, seal

T = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
Said = tuple[datetime, str, str, str]
instants = st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (given by timezones)
said = st.tuples(instants, texts, texts, texts)


def log(told: list[Said]) -> list[Entry]:
    """An honest log."""
    entries: list[Entry] = []
    for number, (at, actor, kind, payload) in enumerate(told, 1):
        entries.append(seal(number, at, actor, kind, payload, entries[-1].hash if entries else GENESIS))
    return entries


def head_of(entries: list[Entry]) -> Checkpoint | None:
    """What its keeper calls its last entry."""
    return Checkpoint(entries[-1].number, entries[-1].hash) if entries else None


def sealed_anew(entries: list[Entry]) -> list[Entry]:
    """The same entries, with every hash and number made to fit."""
    return log([(each.at, each.actor, each.kind, each.payload) for each in entries])


logs = st.lists(said, max_size=6).map(log)
some = st.lists(said, min_size=1, max_size=6).map(log)


@given(logs, st.data())
def test_an_honest_log_is_sound_with_any_checkpoint_of_its_own(entries: list[Entry], data: st.DataObject) -> None:
    head = head_of(entries)
    assert check_chain(entries, head) == []
    assert check_chain(iter(entries), head, Checkpoint(0, GENESIS)) == []
    if entries:
        kept = data.draw(st.sampled_from(entries))
        assert check_chain(entries, head, Checkpoint(kept.number, kept.hash)) == []


@given(some, st.data())
def test_any_edited_field_is_found(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from([each.name for each in fields(Entry)]))
    other = data.draw({"number": st.integers(-3, 9), "at": instants}.get(name, texts))
    assume(other != getattr(entries[place], name))
    edited = [*entries]
    edited[place] = replace(entries[place], **{name: other})
    assert check_chain(edited, head_of(entries))
    # Nor does it help to make the head fit.
    assert check_chain(edited, head_of(edited))


@given(some, st.data())
def test_a_removed_entry_is_found(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    rest = entries[:place] + entries[place + 1 :]
    assert check_chain(rest, head_of(entries))
    if place < len(entries) - 1:
        assert check_chain(rest, head_of(rest))
        renumbered = [replace(each, number=number) for number, each in enumerate(rest, 1)]
        assert check_chain(renumbered, head_of(renumbered))


@given(st.lists(said, min_size=2, max_size=6, unique=True).map(log), st.data(), st.booleans())
def test_two_entries_that_changed_places_are_found(entries: list[Entry], data: st.DataObject, renumber: bool) -> None:
    first, second = data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True))
    swapped = [*entries]
    swapped[first], swapped[second] = entries[second], entries[first]
    if renumber:
        swapped = [replace(each, number=number) for number, each in enumerate(swapped, 1)]
    assert check_chain(swapped, head_of(entries))
    assert check_chain(swapped, head_of(swapped))


@given(some, said, st.data())
def test_an_entry_put_in_between_is_found(entries: list[Entry], more: Said, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    at, actor, kind, payload = more
    added = seal(place + 1, at, actor, kind, payload, entries[place].previous)
    assert check_chain([*entries[:place], added, *entries[place:]], head_of(entries))


@given(some, st.data())
def test_an_entry_sealed_anew_by_itself_is_found_by_what_follows_it(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    old = entries[place]
    forged = [*entries]
    forged[place] = seal(old.number, old.at, old.actor, old.kind, old.payload + "!", old.previous)
    (found,) = check_chain(forged, head_of(entries))
    last = place == len(entries) - 1
    assert found.number == (len(entries) if last else place + 2)


def test_a_number_that_was_left_out_is_found_however_well_the_rest_is_sealed() -> None:
    first = seal(1, T, "a", "k", "p", GENESIS)
    third = seal(3, T, "a", "k", "p", first.hash)
    assert check_chain([first, third], Checkpoint(3, third.hash)) == [Break(2, "entry 2 is missing; entry 3 is in its place")]


@given(some, st.data())
def test_a_cut_tail_is_found_by_the_head_or_by_a_checkpoint(entries: list[Entry], data: st.DataObject) -> None:
    left = entries[: data.draw(st.integers(0, len(entries) - 1))]
    kept = head_of(entries)
    assert check_chain(left, kept)
    # With the head made to fit, the log is sound in itself; only who kept a checkpoint knows better.
    assert check_chain(left, head_of(left)) == []
    assert check_chain(left, head_of(left), kept) == [
        Break(len(entries), f"the log ends before entry {len(entries)}, which the checkpoint names")
    ]


@given(some, st.data())
def test_a_log_sealed_anew_is_found_by_a_checkpoint(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    forged = [*entries]
    forged[place] = replace(entries[place], payload=entries[place].payload + "!")
    forged = sealed_anew(forged)
    assert check_chain(forged, head_of(forged)) == []
    later = entries[data.draw(st.integers(place, len(entries) - 1))]
    found = check_chain(forged, head_of(forged), Checkpoint(later.number, later.hash))
    assert found == [Break(later.number, "it is not the entry that the checkpoint names")]


@pytest.mark.parametrize("moved", ["kind", "payload", "previous"])
def test_text_that_moves_from_one_field_into_the_next_changes_the_hash(moved: str) -> None:
    whole = {"actor": "ab", "kind": "ab", "payload": "ab", "previous": "ab"}
    names = list(whole)
    before = names[names.index(moved) - 1]
    shifted = whole | {before: "aba", moved: "b"}
    assert digest(1, T, **whole) != digest(1, T, **shifted)
    assert "".join(whole.values()) == "".join(shifted.values())


def test_the_hash_is_what_is_written_down_for_others_to_check() -> None:
    fields = (b"1", b"1793523600000001", b"a-1", b"block", "☃".encode(), GENESIS.encode())
    text = b"pratique-audit-1\n" + b"".join(b"%d:%s" % (len(each), each) for each in fields)
    at = T + timedelta(microseconds=1)
    assert digest(1, at, "a-1", "block", "☃", GENESIS) == hashlib.sha256(text).hexdigest()


def test_the_hash_knows_the_instant_and_not_the_zone_it_was_told_in() -> None:
    far = T.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert seal(1, T, "a", "k", "p", GENESIS).hash == seal(1, far, "a", "k", "p", GENESIS).hash


def test_a_head_that_is_missing_or_elsewhere_is_named() -> None:
    entries = log([(T, "a", "k", "p"), (T, "a", "k", "q")])
    assert check_chain(entries, None) == [Break(2, "the log has entries, and no head")]
    assert check_chain(entries, Checkpoint(5, entries[-1].hash)) == [Break(2, "the log ends at entry 2, its head says 5")]
    assert check_chain(entries, Checkpoint(2, GENESIS)) != []
    assert check_chain([], None) == []
    assert check_chain([], None, Checkpoint(1, GENESIS)) != []


def test_a_checkpoint_of_nothing_names_the_beginning_and_nothing_else() -> None:
    entries = log([(T, "a", "k", "p")])
    assert check_chain(entries, head_of(entries), Checkpoint(0, GENESIS)) == []
