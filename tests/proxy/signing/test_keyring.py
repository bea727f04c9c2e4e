"""Keys that signed before: shown on, with a date."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from proxy.signing.key import BadKey, SigningKey
from proxy.signing.keyring import MOST, OVERLAP, UsedKey, read, with_current, written

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST, SECOND = SigningKey.generate().public, SigningKey.generate().public


def test_the_first_key_has_no_end() -> None:
    assert with_current((), FIRST, NOON) == (UsedKey(FIRST),)


def test_a_key_that_is_replaced_counts_for_a_while() -> None:
    assert with_current((UsedKey(FIRST),), SECOND, NOON) == (UsedKey(SECOND), UsedKey(FIRST, NOON + OVERLAP))


def test_its_end_is_not_moved_by_later_starts() -> None:
    once = with_current((UsedKey(FIRST),), SECOND, NOON)
    assert with_current(once, SECOND, NOON + timedelta(days=1)) == once


def test_a_key_that_is_back_in_use_has_no_end() -> None:
    away = with_current((UsedKey(FIRST),), SECOND, NOON)
    assert with_current(away, FIRST, NOON + OVERLAP) == (UsedKey(FIRST), UsedKey(SECOND, NOON + 2 * OVERLAP))


def test_they_are_written_as_npm_writes_keys_and_read_back() -> None:
    keys = with_current((UsedKey(FIRST),), SECOND, NOON)
    assert read(written(keys)) == keys
    assert json.loads(written(keys))[1] == {
        "expires": "2026-07-01T12:00:00.000Z",
        "keyid": FIRST.fingerprint,
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": FIRST.text,
    }
    assert json.loads(written(keys))[0]["expires"] is None


def test_no_note_is_no_key() -> None:
    assert read(None) == ()


@pytest.mark.parametrize("text", ["{", "7", "[7]", "[{}]", '[{"key":"AAAA","expires":null}]', '[{"key":7,"expires":null}]'])
def test_a_note_that_was_spoiled_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(BadKey, match="signing-keys"):
        read(text)


def test_their_number_is_bounded() -> None:
    keys: tuple[UsedKey, ...] = ()
    for _ in range(MOST + 3):
        keys = with_current(keys, SigningKey.generate().public, NOON)
    assert len(keys) == MOST
