"""Doing the log again: what each entry makes of the tables, and what is said of entries that make no sense."""

from collections.abc import Iterable

import pytest

from proxy.ledger import book_payloads as payloads
from proxy.ledger.book_images import (
    CREDENTIAL,
    DECISION,
    FREEZE,
    canonical,
    credential_image,
    decision_image,
    freeze_image,
    kept,
    numbered,
)
from proxy.ledger.book_replay import Replay, Tables
from quarantine.audit import GENESIS, Break, seal
from quarantine.book import Freeze
from tests.contracts.book_support import BLOCK, DAY, FULL, RELEASE, WHO, T

ORIGIN = "https://registry.example"
FIRST, SECOND = (numbered(draft, number, WHO, T) for number, draft in enumerate((RELEASE, BLOCK), 1))
NOTHING = Tables([], [], [], [])


def replayed(*said: str) -> Replay:
    """Entries that are sealed as they should be, whatever they say."""
    replay = Replay()
    for number, payload in enumerate(said, 1):
        replay.take(seal(number, T, WHO, "said", payload, GENESIS))
    return replay


def tables(**more: Iterable[object]) -> Tables:
    """The tables after both decisions."""
    images = [decision_image(each, ORIGIN) for each in (FIRST, SECOND)]
    rows = [kept(DECISION, image) | {"origin": image["origin"]} for image in images]
    return Tables(**{"decisions": rows, "credentials": [], "freezes": [], "actors": []} | more)  # type: ignore[arg-type]


def test_what_the_entries_made_is_what_must_be_there() -> None:
    freeze = Freeze(T, WHO, "worm")
    replay = replayed(
        payloads.deciding([FIRST, SECOND], ORIGIN),
        payloads.issuing(FULL),
        payloads.freezing(freeze, "worm"),
        payloads.saying({"n": 1}),
    )
    rows = tables(
        credentials=[kept(CREDENTIAL, credential_image(FULL))],
        freezes=[kept(FREEZE, freeze_image(freeze))],
        actors=[FULL.id],
    )
    assert replay.compare(rows) == []
    assert [each.number for each in replay.compare(NOTHING)] == [1, 1, 2, 3, 2]


def test_a_freeze_ends_with_a_thaw_and_is_replaced_by_another() -> None:
    earlier, later = Freeze(T, WHO, "worm"), Freeze(T + DAY, WHO, "two worms")
    said = [payloads.freezing(each, "why") for each in (earlier, later, None)]
    assert replayed(*said).compare(NOTHING) == []
    after = Tables([], [], [kept(FREEZE, freeze_image(later))], [])
    assert replayed(*said[:2]).compare(after) == []


def test_what_is_made_twice_is_a_break_of_the_second_entry() -> None:
    once = payloads.deciding([FIRST, SECOND], ORIGIN)
    again = payloads.deciding([SECOND], ORIGIN)
    assert replayed(once, again).compare(tables()) == [Break(2, "it makes 2 once more, which entry 1 made")]


def test_what_is_changed_before_it_is_made_is_a_break() -> None:
    said = [payloads.withdrawing(1, "why", T), payloads.revoking("c-9", "why", T), payloads.deciding([FIRST, SECOND], ORIGIN)]
    assert replayed(*said).compare(tables()) == [
        Break(1, "it changes 1, which no entry before it made"),
        Break(2, "it changes c-9, which no entry before it made"),
    ]


def test_a_row_is_what_the_latest_entry_about_it_says() -> None:
    replay = replayed(payloads.deciding([FIRST, SECOND], ORIGIN), payloads.withdrawing(2, "why", T))
    assert [(each.number, each.reason) for each in replay.compare(tables())] == [
        (2, "decision 2: withdrawn is nothing in the table and 2026-11-01T09:00:00.123456Z in the log")
    ]


def test_a_value_that_is_no_instant_is_shown_as_it_is() -> None:
    (row, _) = tables().decisions
    found = replayed(payloads.deciding([FIRST], ORIGIN)).compare(tables(decisions=[{**row, "at": 2**62, "expires": "soon"}]))
    assert [each.reason.partition(" in the table")[0] for each in found] == [
        f"decision 1: at is {2**62}",
        "decision 1: expires is soon",
    ]


NONSENSE = {
    "empty": "",
    "a list": '["change"]',
    "a number": "7",
    "cut off": '{"change":"decide","decisions":[',
    "an unknown change": '{"change":"admit"}',
    "a change without content": '{"change":"decide"}',
    "a change of a list": '{"change":["decide"]}',
    "a key that is a list": '{"change":"withdraw","number":[],"withdrawn":null}',
    "an instant without a zone": '{"change":"freeze","freeze":{"since":"2026-11-01","actor":"a","reason":"b"}}',
    "far too deep": "[" * 100_000,
    "a number of far too many digits": '{"a":' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("payload", NONSENSE.values(), ids=NONSENSE)
def test_an_entry_that_says_nonsense_is_a_break(payload: str) -> None:
    assert replayed(payload).compare(NOTHING) == [Break(1, "what it says cannot be done again")]


def test_the_text_of_a_payload_is_always_the_same() -> None:
    assert canonical({"b": 1, "a": {"d": None, "c": ["\u2603"]}}) == '{"a":{"c":["\\u2603"],"d":null},"b":1}'
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


def test_the_log_holds_all_columns_but_the_last_use_and_the_name() -> None:
    assert set(decision_image(FIRST, ORIGIN)) == {
        *("number", "origin", "action", "name", "versions", "exact", "reason", "actor", "at"),
        *("expires", "audience", "digests", "lifts", "withdrawn"),
    }
    assert set(credential_image(FULL)) == {
        *("id", "digest", "label", "roles", "created", "packages", "networks", "expires", "audience", "revoked"),
    }
