"""Digests: as text, by strength, and whether two listings can be of the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.digests import STRENGTH, Digests
from tests.quarantine.examples import BOTH, OTHER_SHA512, SHA1, SHA512

listings = st.dictionaries(st.sampled_from(STRENGTH), st.sampled_from(["AA==", "BB+/", "CC"])).map(Digests)


@given(listings)
def test_text_is_read_as_it_is_written(digests: Digests) -> None:
    assert Digests.parse(str(digests)) == digests


def test_text_is_the_same_whatever_the_order() -> None:
    assert str(Digests({"sha512": "A", "sha1": "B"})) == str(Digests({"sha1": "B", "sha512": "A"})) == "sha1-B sha512-A"


def test_equal_listings_have_equal_hashes() -> None:
    assert len({Digests({"sha512": "A", "sha1": "B"}), Digests({"sha1": "B", "sha512": "A"}), SHA512}) == 2


@pytest.mark.parametrize("text", ["", "  ", "md5-AAAA", "sha512", "sha512-", "-AAAA", "SHA512-AAAA", "sha3-AAAA"])
def test_words_that_vouch_for_nothing_are_passed_over(text: str) -> None:
    assert not Digests.parse(text)
    assert Digests.parse(f"sha512-AAAA {text}".strip()).keys() == {"sha512"}


def test_the_strongest_algorithm_counts() -> None:
    assert [Digests(dict.fromkeys(STRENGTH[:count], "A")).strongest for count in range(5)] == [None, *STRENGTH]


def test_only_sha1_is_weak() -> None:
    assert SHA1.weak
    assert not BOTH.weak
    assert not Digests({"sha256": "A"}).weak
    assert not Digests().weak


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (SHA512, SHA512, True),
        (SHA512, OTHER_SHA512, False),
        (BOTH, SHA1, True),
        (BOTH, Digests({"sha1": "CCCC", "sha512": "BBBB"}), False),
        (SHA1, SHA512, False),
        (SHA512, Digests(), False),
        (Digests(), Digests(), False),
    ],
)
def test_agreement_needs_one_algorithm_in_common_and_none_that_differs(one: Digests, other: Digests, agree: bool) -> None:
    assert one.agrees(other) is agree
    assert other.agrees(one) is agree


@given(listings, listings)
def test_joining_agreeing_listings_keeps_every_word_of_both(one: Digests, other: Digests) -> None:
    if one.agrees(other):
        joined = one.joined(other)
        assert joined == other.joined(one)
        assert joined.items() == one.items() | other.items()


def test_joining_changes_neither() -> None:
    one, other = Digests(SHA1), Digests(SHA512)
    assert one.joined(other) == BOTH
    assert (one, other) == (SHA1, SHA512)
