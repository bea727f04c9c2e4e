"""Tokens: enough chance in them, a spelling that scanners find, and a checksum against typing errors."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.access.tokens import (
    ALPHABET,
    CHECK,
    PREFIX,
    SECRET,
    TOKEN,
    digest_of,
    holds_token,
    is_token,
    new_token,
    presented,
    without_tokens,
)

MANY = [new_token() for _ in range(500)]

# The spelling


def test_every_new_token_is_one() -> None:
    assert all(is_token(token) for token in MANY)
    assert {len(token) for token in MANY} == {len(PREFIX) + SECRET + CHECK}


def test_a_secret_has_room_for_256_bits() -> None:
    assert len(set(ALPHABET)) == 62
    assert 62**SECRET >= 2**256 > 62 ** (SECRET - 1)


def test_no_two_are_alike_not_even_in_their_halves() -> None:
    secrets = [token[len(PREFIX) :][:SECRET] for token in MANY]
    assert len(set(secrets)) == len(MANY)
    assert len({secret[:20] for secret in secrets}) == len({secret[-20:] for secret in secrets}) == len(MANY)


def test_every_character_of_the_alphabet_turns_up_and_no_other() -> None:
    assert set().union(*(token[len(PREFIX) :] for token in MANY)) == set(ALPHABET)


@given(st.integers(0, SECRET + CHECK - 1), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(place: int, character: str) -> None:
    token = MANY[0]
    at = len(PREFIX) + place
    wrong = token[:at] + character + token[at + 1 :]
    assert is_token(wrong) == (wrong == token)


@pytest.mark.parametrize("spoil", [str.lower, str.upper, "{} ".format, " {}".format, "{}\n".format, "{}0".format, "x{}".format])
def test_other_spellings_are_no_tokens(spoil: object) -> None:
    assert callable(spoil)
    assert not is_token(spoil(MANY[0]))


@given(st.text())
def test_chance_texts_are_no_tokens(text: str) -> None:
    assert not is_token(text)
    assert not is_token(PREFIX + text)


def test_a_scanner_finds_it_in_a_file() -> None:
    text = f"//registry.example/:_authToken={MANY[0]}\ntoken: '{MANY[1]}'\n"
    assert re.findall(TOKEN, text) == MANY[:2]


def test_what_is_kept_does_not_hold_the_secret() -> None:
    digest = digest_of(MANY[0])
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert digest == digest_of(MANY[0]) != digest_of(MANY[1])
    assert MANY[0] not in digest


# The header


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("  BEARER   abc  ", "abc"),
        (basic(b"anybody:abc"), "abc"),
        (basic(b":abc"), "abc"),
        (basic(b"user:a:b"), "a:b"),
        (basic(b"user:abc").replace("Basic", "basic"), "abc"),
    ],
)
def test_a_token_is_borne_or_is_a_password(header: str, token: str) -> None:
    assert presented(header) == token


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic é",
        "Digest abc",
        "abc",
        "Bearerabc",
        basic(b"nobody"),
        basic(b"user:"),
        basic(b"user:\xff"),
    ],
)
def test_what_holds_no_token_gives_none(header: str | None) -> None:
    assert presented(header) is None


@given(st.text() | st.binary().map(basic) | st.text().map("Bearer {}".format))
def test_no_header_makes_it_fail(header: str) -> None:
    token = presented(header)
    if token is not None:
        assert len(digest_of(token)) == 64


def test_bytes_that_are_no_text_make_no_failure() -> None:
    assert len(digest_of("\udcff")) == 64


# Where none belongs


@pytest.mark.parametrize(
    "text",
    ["{}", "/-/user/token/{}", "/lib?a=b&token={}", '{{"reason":"it is {}."}}', "/%40s/{}%2fx"],
)
def test_a_token_is_found_in_an_address_and_in_a_body(text: str) -> None:
    token = MANY[0]
    said = text.format(token)
    assert holds_token(said)
    assert holds_token(said.encode())
    assert without_tokens(said) == text.format("prq_...")
    assert not holds_token(without_tokens(said))
    assert not holds_token(text.format(token[:-1]))


def test_a_token_is_found_however_it_is_escaped() -> None:
    assert holds_token("/lib/" + "".join(f"%{ord(each):02X}" for each in MANY[0]))
    assert holds_token(f"/%ff/{MANY[0]}")
    assert not holds_token("/%%/%2/prq_")
