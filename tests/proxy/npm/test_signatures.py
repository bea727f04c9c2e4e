"""The registry's signatures over name, version and integrity."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.signatures import check_signatures
from proxy.npm.signing_keys import SigningKeys, read_signing_keys
from quarantine.package import PackageVersion
from quarantine.provenance import KeyState, Proof, Signed
from tests.fakes.sigstore import NPM_KEY, FakeSigstore
from tests.fakes.sigstore.keys import new_key

INTEGRITY = f"sha512-{base64.b64encode(hashlib.sha512(b'the tarball').digest()).decode()}"
OTHER = f"sha512-{base64.b64encode(hashlib.sha512(b'another').digest()).decode()}"
WIDGET = PackageVersion.parse("@acme/widget@1.0.0")
START, END = datetime(2025, 1, 13, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
WITHIN = START + timedelta(days=3)
REGISTRY = FakeSigstore()
LIMITED = read_signing_keys(REGISTRY.keys(start="2025-01-13T00:00:00.000Z", end="2025-06-01T00:00:00.000Z"))
UNLIMITED = read_signing_keys(REGISTRY.keys(start="1999-01-01T00:00:00.000Z"))
GOOD = REGISTRY.listing("@acme/widget", "1.0.0", INTEGRITY)


def check(
    signatures: object, *, keys: SigningKeys = LIMITED, when: datetime | None = WITHIN, integrity: object = INTEGRITY
) -> Signed:
    return check_signatures(WIDGET, integrity, signatures, keys, when)


def states(found: Signed) -> list[KeyState]:
    return [each.state for each in found.signatures]


def test_a_good_signature_is_verified() -> None:
    found = check([GOOD])
    assert (found.proof, found.reason, states(found)) == (Proof.VERIFIED, None, [KeyState.VALID])
    assert found.signatures[0].keyid == NPM_KEY


@pytest.mark.parametrize("nothing", [None, []])
def test_none_is_absent(nothing: object) -> None:
    assert check(nothing) == Signed(Proof.ABSENT)


@pytest.mark.parametrize(
    "other",
    [
        REGISTRY.listing("@acme/widget", "1.0.1", INTEGRITY),
        REGISTRY.listing("@acme/gadget", "1.0.0", INTEGRITY),
        REGISTRY.listing("@acme/widget", "1.0.0", OTHER),
        {**GOOD, "sig": "AAAA"},
        {**GOOD, "sig": "***"},
        {**GOOD, "sig": "\ud800"},
        {**GOOD, "sig": None},
        {"sig": GOOD["sig"]},
        {**GOOD, "keyid": ""},
        "text",
        None,
    ],
)
def test_a_signature_over_something_else_is_invalid(other: object) -> None:
    found = check([other])
    assert (found.proof, states(found)) == (Proof.INVALID, [KeyState.INVALID])


def test_a_signature_of_somebody_else_under_the_registrys_name_is_invalid() -> None:
    stranger = FakeSigstore()
    stranger.npm_key = new_key()
    assert check([stranger.listing("@acme/widget", "1.0.0", INTEGRITY)]).proof is Proof.INVALID


def test_an_unknown_key_is_not_known_to_be_wrong() -> None:
    found = check([{**GOOD, "keyid": "SHA256:new"}])
    assert (found.proof, states(found)) == (Proof.UNKNOWN, [KeyState.UNKNOWN_KEY])
    assert "refresh the registry's keys" in (found.reason or "")


def test_a_key_is_judged_at_the_time_of_signing() -> None:
    assert check([GOOD], when=END - timedelta(microseconds=1)).proof is Proof.VERIFIED
    for when in (START - timedelta(microseconds=1), END):
        found = check([GOOD], when=when)
        assert (found.proof, states(found)) == (Proof.UNKNOWN, [KeyState.OUT_OF_DATE])


def test_without_a_time_only_a_key_without_limits_is_good() -> None:
    found = check([GOOD], when=None)
    assert (found.proof, states(found)) == (Proof.UNKNOWN, [KeyState.NO_TIME])
    assert check([GOOD], keys=UNLIMITED, when=None).proof is Proof.VERIFIED


def test_a_wrong_signature_by_an_ended_key_is_wrong() -> None:
    assert check([{**GOOD, "sig": "AAAA"}], when=None).proof is Proof.INVALID


def test_a_key_for_attestations_alone_does_not_count() -> None:
    keys = read_signing_keys(REGISTRY.keys(usages=["npm:attestations"]))
    assert states(check([GOOD], keys=keys)) == [KeyState.UNKNOWN_KEY]


def test_each_of_several_has_to_hold() -> None:
    bad, new = {**GOOD, "sig": "AAAA"}, {**GOOD, "keyid": "SHA256:new"}
    assert check([GOOD, GOOD]).proof is Proof.VERIFIED
    assert check([GOOD, new]).proof is Proof.UNKNOWN
    assert check([new, bad, GOOD]).proof is Proof.INVALID


@pytest.mark.parametrize("odd", [{}, "text", 7, [GOOD] * 17])
def test_what_is_no_list_of_a_few_is_invalid(odd: object) -> None:
    assert check(odd).proof is Proof.INVALID


@pytest.mark.parametrize(
    "integrity", [None, 7, "", "sha1-AAAA", f"{INTEGRITY} {OTHER}", f"{INTEGRITY}?x", "sha512-\ud800", INTEGRITY[:-1]]
)
def test_without_a_single_sha512_there_is_nothing_to_be_signed(integrity: object) -> None:
    assert check([GOOD], integrity=integrity).proof is Proof.UNKNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda below: st.lists(below) | st.dictionaries(st.text(), below)
)


@given(JSON, st.fixed_dictionaries({"keyid": st.just(NPM_KEY) | JSON, "sig": st.text() | JSON}))
def test_nothing_made_up_is_verified_or_raises(value: Any, entry: Any) -> None:
    assert check(value).proof is not Proof.VERIFIED
    assert check([entry]).proof is not Proof.VERIFIED
