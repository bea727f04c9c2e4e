"""The keys of a registry, in both forms, and when they were in use."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.signing_keys import ATTESTATIONS, SIGNATURES, BadKeys, read_signing_keys
from tests.fakes.sigstore.keys import b64, new_key, spki

KEY = new_key()
SPKI = b64(spki(KEY))
EDGE = datetime(2025, 1, 29, tzinfo=UTC)


def endpoint(**changes: Any) -> dict[str, Any]:
    row = {"keyid": "SHA256:a", "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": SPKI, "expires": None}
    return {**row, **changes}


def target(usage: str = SIGNATURES, raw: str = SPKI, details: str = "PKIX_ECDSA_P256_SHA_256", **validity: Any) -> dict[str, Any]:
    key = {"rawBytes": raw, "keyDetails": details, "validFor": validity}
    return {"keyId": "SHA256:a", "keyUsage": usage, "publicKey": key}


def document(*rows: Any) -> bytes:
    return json.dumps({"keys": list(rows)}).encode()


def test_a_row_of_sigstores_repository_is_good_for_one_usage() -> None:
    keys = read_signing_keys(document(target(SIGNATURES), target(ATTESTATIONS, start="2022-12-01T00:00:00.000Z")))
    (signing,), (attesting,) = keys.find("SHA256:a", SIGNATURES), keys.find("SHA256:a", ATTESTATIONS)
    assert signing.start is None
    assert attesting.start == datetime(2022, 12, 1, tzinfo=UTC)
    assert keys.find("SHA256:b", SIGNATURES) == ()


def test_a_row_of_the_endpoint_is_good_for_both() -> None:
    keys = read_signing_keys(document(endpoint(expires="2025-01-29T00:00:00.000Z")))
    assert keys.find("SHA256:a", SIGNATURES) == keys.find("SHA256:a", ATTESTATIONS) != ()


def test_the_end_is_the_first_instant_at_which_a_key_is_not_in_use() -> None:
    (key,) = read_signing_keys(document(target(start="2025-01-13T00:00:00Z", end="2025-01-29T00:00:00Z"))).keys
    assert key.in_use(datetime(2025, 1, 13, tzinfo=UTC))
    assert not key.in_use(datetime(2025, 1, 12, 23, 59, 59, tzinfo=UTC))
    assert key.in_use(datetime(2025, 1, 28, 23, 59, 59, 999999, tzinfo=UTC))
    assert not key.in_use(EDGE)


def test_the_first_key_has_always_been_there() -> None:
    (key,) = read_signing_keys(document(target(start="1999-01-01T00:00:00.000Z"))).keys
    assert not key.limited


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": []}',
        b'{"keys": {}}',
        b'{"keys": [7]}',
        b"[" * 100_000,
        document(*[endpoint()] * 101),
        document(endpoint(keyid="")),
        document(endpoint(keyid=None)),
        document(endpoint(key="AAAA")),
        document(endpoint(key=b64(spki(ec.generate_private_key(ec.SECP384R1()))))),
        document(endpoint(key=None)),
        document(endpoint(keytype="ssh-rsa")),
        document(endpoint(expires="tomorrow")),
        document(endpoint(expires=7)),
        document(target(usage="npm:other")),
        document(target(details="PKIX_ED25519")),
        document(target(start="yesterday")),
        document({"keyId": "SHA256:a", "publicKey": 7}),
        document(endpoint(), target(raw="AAAA")),
    ],
)
def test_keys_that_cannot_be_used_are_an_error_as_a_whole(data: bytes) -> None:
    with pytest.raises(BadKeys):
        read_signing_keys(data)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.text(max_size=5), st.lists).map(document))
def test_nothing_else_is_raised(data: bytes) -> None:
    with pytest.raises(BadKeys):
        read_signing_keys(data)
