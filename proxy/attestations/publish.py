"""The registry's own attestation: signed with its key, put into the log when the version was published."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from proxy.attestations.anchors import Anchors
from proxy.attestations.bundle import Bundle
from proxy.attestations.fields import expect
from proxy.attestations.inclusion import check_inclusion
from proxy.attestations.logged import check_logged
from proxy.attestations.refusals import Refused, Undecided
from proxy.npm.signing_keys import ATTESTATIONS, SIGNATURES, SigningKey, SigningKeys


def check_publish(bundle: Bundle, times: Collection[datetime], keys: SigningKeys, anchors: Anchors) -> str:
    """The name of the key that signed. `times` are proven. Raises Refused, and Undecided where the key is not known."""
    if not bundle.hint:
        raise Refused("it does not name the registry's key that signed it")
    expect(bundle.keyid, bundle.hint, "keyid")
    key = _key(bundle.hint, times, keys)
    check_logged(bundle, key.der)
    if not key.signed(bundle.signature, bundle.signed_text):
        raise Refused("its signature is not by the registry's key, or over another statement")
    check_inclusion(bundle.entry, anchors)
    return key.keyid


def _key(keyid: str, times: Collection[datetime], keys: SigningKeys) -> SigningKey:
    rows = keys.find(keyid, ATTESTATIONS)
    if not rows and keys.find(keyid, SIGNATURES):
        raise Refused("it is signed with a key of the registry that is not for attestations")
    if not rows:
        raise Undecided("it is signed with a key that is not among the registry's known ones; refresh the registry's keys")
    in_use = [row for row in rows if all(row.in_use(when) for when in times)]
    if not in_use:
        raise Refused("the registry's key was not in use when it was signed")
    return in_use[0]
