"""The keys that a registry signs with, in both forms in which npm publishes them, and when each was in use.

`keys.json` of the Sigstore repository has a row for each key and usage, with a start (https://github.com/sigstore/root-signing);
`/-/npm/v1/keys` of a registry has neither usage nor start.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from proxy.npm.instants import parse_instant
from quarantine.errors import PratiqueError

SIGNATURES = "npm:signatures"
ATTESTATIONS = "npm:attestations"

MAX_KEYS = 100
_NIST256 = "ecdsa-sha2-nistp256"
_PKIX256 = "PKIX_ECDSA_P256_SHA_256"
_BEGINNING = 1999
"""The year in which npm's first key is said to have started: before npm, so it means "ever"."""


class BadKeys(PratiqueError):
    """A document that should hold a registry's keys cannot be read."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key for one usage; ECDSA on P-256 with SHA-256, which is all that npm has."""

    keyid: str
    """An opaque name: it is no digest of the key."""
    usage: str | None
    """`SIGNATURES` or `ATTESTATIONS`; None: not said, so it is good for both."""
    der: bytes
    """SubjectPublicKeyInfo."""
    start: datetime | None = None
    end: datetime | None = None
    """None: not said."""

    @property
    def limited(self) -> bool:
        """Whether its time of use has a beginning or an end."""
        return self.start is not None or self.end is not None

    def in_use(self, when: datetime) -> bool:
        """Whether it could sign then. The end is the first instant at which it could not."""
        return (self.start is None or self.start <= when) and (self.end is None or when < self.end)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether the DER signature over the message is by this key."""
        key = load_der_public_key(self.der)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        try:
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """All keys of one registry. Rows with the same keyid may repeat, for other usages and times."""

    keys: tuple[SigningKey, ...] = ()

    def find(self, keyid: str, usage: str) -> tuple[SigningKey, ...]:
        """The rows of a key for a usage; empty: it is not known for that."""
        return tuple(key for key in self.keys if key.keyid == keyid and key.usage in (usage, None))


def read_signing_keys(data: bytes) -> SigningKeys:
    """Read either form. Raises BadKeys where any row cannot be used: half of the keys would look like forged signatures."""
    try:
        document = msgspec.json.decode(data)
    except (ValueError, RecursionError) as error:
        raise BadKeys(f"the registry's keys are not JSON: {error}") from None
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows or len(rows) > MAX_KEYS:
        raise BadKeys(f'the registry\'s keys must be an object with 1 to {MAX_KEYS} rows under "keys"')
    return SigningKeys(tuple(_read(rows)))


def _read(rows: list[object]) -> Iterator[SigningKey]:
    for number, row in enumerate(rows):
        where = f"key {number + 1} of the registry's keys"
        if not isinstance(row, dict):
            raise BadKeys(f"{where} is no object")
        yield _target(row, where) if "publicKey" in row else _endpoint(row, where)


def _target(row: dict[str, Any], where: str) -> SigningKey:
    key = row["publicKey"] if isinstance(row["publicKey"], dict) else {}
    validity = key.get("validFor") or {}
    usable = row.get("keyUsage") in (SIGNATURES, ATTESTATIONS) and key.get("keyDetails") == _PKIX256
    if not usable or not isinstance(validity, dict):
        raise BadKeys(f"{where} needs a keyUsage of {SIGNATURES} or {ATTESTATIONS}, and the keyDetails {_PKIX256}")
    start, end = (_instant(validity.get(name), where) for name in ("start", "end"))
    return SigningKey(_text(row.get("keyId"), where), row["keyUsage"], _der(key.get("rawBytes"), where), start, end)


def _endpoint(row: dict[str, Any], where: str) -> SigningKey:
    if row.get("keytype") != _NIST256 or row.get("scheme") != _NIST256:
        raise BadKeys(f"{where} needs {_NIST256} as keytype and scheme")
    end = _instant(row.get("expires"), where)
    return SigningKey(_text(row.get("keyid"), where), None, _der(row.get("key"), where), None, end)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise BadKeys(f"{where} has no name")
    return value


def _der(value: object, where: str) -> bytes:
    try:
        der = base64.b64decode(value if isinstance(value, str) else "", validate=True)
        key = load_der_public_key(der)
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadKeys(f"{where} cannot be read: {error}") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadKeys(f"{where} is not on the curve P-256")
    return der


def _instant(value: object, where: str) -> datetime | None:
    if value is None or (isinstance(value, str) and value.startswith(f"{_BEGINNING}-")):
        return None
    found = parse_instant(value)
    if found is None:
        raise BadKeys(f"{where} has a time that cannot be read: {str(value)[:40]!a}")
    return found
