"""`dist.signatures` of a version: the registry's word that it lists this integrity under this name and version.

Each is base64 of an ECDSA signature over the text `name@version:integrity`, as npm's own client checks it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime

from proxy.npm.signing_keys import SIGNATURES, SigningKey, SigningKeys
from quarantine.package import PackageVersion
from quarantine.provenance import KeyState, Proof, RegistrySignature, Signed

_INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")

MAX_SIGNATURES = 16
"""Of one version; real ones have one."""

_REASONS = {
    KeyState.INVALID: "the registry's signature is not over this name, version and integrity",
    KeyState.UNKNOWN_KEY: "the registry signed with a key that is not known here; refresh the registry's keys",
    KeyState.OUT_OF_DATE: "the registry's key was not in use when the version is said to have been published",
    KeyState.NO_TIME: "when the version was published is not known, so neither whether the registry's key was in use",
}
_WORST_FIRST = (KeyState.INVALID, KeyState.UNKNOWN_KEY, KeyState.OUT_OF_DATE, KeyState.NO_TIME)


def check_signatures(
    subject: PackageVersion, integrity: object, signatures: object, keys: SigningKeys, signed: datetime | None
) -> Signed:
    """Judge the `signatures` of a `dist`, as they stand in the packument, beside its `integrity`.

    `signed`: when that was: the time of a verified publish attestation where there is one, else the version's `time`.
    Keys are judged at that time, never now: most good signatures are by keys that have ended since.
    """
    if signatures is None or signatures == []:
        return Signed(Proof.ABSENT)
    if not isinstance(signatures, list) or len(signatures) > MAX_SIGNATURES:
        return Signed(Proof.INVALID, f"its signatures are not a list of at most {MAX_SIGNATURES}")
    if not isinstance(integrity, str) or not _INTEGRITY.fullmatch(integrity):
        return Signed(Proof.UNKNOWN, "it is signed, but has no single sha512 as integrity that this could be about")
    message = f"{subject}:{integrity}".encode()
    found = tuple(_judged(entry, message, keys, signed) for entry in signatures)
    return _together(found)


def _together(found: Sequence[RegistrySignature]) -> Signed:
    """The worst counts."""
    states = {signature.state for signature in found}
    for state in _WORST_FIRST:
        if state in states:
            proof = Proof.INVALID if state is KeyState.INVALID else Proof.UNKNOWN
            return Signed(proof, _REASONS[state], tuple(found))
    return Signed(Proof.VERIFIED, None, tuple(found))


def _judged(entry: object, message: bytes, keys: SigningKeys, signed: datetime | None) -> RegistrySignature:
    keyid = entry.get("keyid") if isinstance(entry, dict) else None
    text = entry.get("sig") if isinstance(entry, dict) else None
    if not isinstance(keyid, str) or not isinstance(text, str) or not keyid or len(keyid) > 200:
        return RegistrySignature("", KeyState.INVALID)
    rows = keys.find(keyid, SIGNATURES)
    if not rows:
        return RegistrySignature(keyid, KeyState.UNKNOWN_KEY)
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return RegistrySignature(keyid, KeyState.INVALID)
    good = [row for row in rows if row.signed(signature, message)]
    return RegistrySignature(keyid, _state(good, signed))


def _state(good: Sequence[SigningKey], signed: datetime | None) -> KeyState:
    if not good:
        return KeyState.INVALID
    if any(not row.limited for row in good):
        return KeyState.VALID
    if signed is None:
        return KeyState.NO_TIME
    return KeyState.VALID if any(row.in_use(signed) for row in good) else KeyState.OUT_OF_DATE
