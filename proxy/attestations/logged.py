"""Whether the entry in the log is about this very statement, signature and signer: otherwise a good entry could lend its time.

Entry formats: https://github.com/sigstore/rekor/tree/main/pkg/types (intoto, dsse), and rekor-tiles for hashedrekord 0.0.2.
"""

from __future__ import annotations

import hashlib

import msgspec

from proxy.attestations.bundle import IN_TOTO, Bundle
from proxy.attestations.fields import Json, bytes_of, expect, object_of, only_one, text_of, unpacked
from proxy.attestations.refusals import Refused


def check_logged(bundle: Bundle, verifier: bytes) -> None:
    """Raise Refused unless the log's body is about the bundle. `verifier`: DER of the certificate, or of the registry's key."""
    try:
        body = msgspec.json.decode(bundle.entry.body)
    except (ValueError, RecursionError):
        raise Refused("the log entry is not JSON") from None
    if not isinstance(body, dict):
        raise Refused("the log entry is no object")
    expect(f"{text_of(body, 'kind')} {text_of(body, 'apiVersion')}", " ".join(bundle.entry.kind), "kind of log entry")
    _CHECKS[bundle.entry.kind[0]](object_of(body, "spec"), bundle, verifier)


def _intoto(spec: Json, bundle: Bundle, verifier: bytes) -> None:
    content = object_of(spec, "content")
    envelope = object_of(content, "envelope")
    expect(text_of(envelope, "payloadType"), IN_TOTO, "logged payloadType")
    signature = only_one(envelope, "signatures")
    # Rekor keeps this one as base64 of base64.
    _same(unpacked(bytes_of(signature, "sig"), "logged sig"), bundle.signature, "signature")
    _same(_der_of(bytes_of(signature, "publicKey")), verifier, "signer")
    _payload(object_of(content, "payloadHash"), bundle)


def _dsse(spec: Json, bundle: Bundle, verifier: bytes) -> None:
    signature = only_one(spec, "signatures")
    _same(bytes_of(signature, "signature"), bundle.signature, "signature")
    _same(_der_of(bytes_of(signature, "verifier")), verifier, "signer")
    _payload(object_of(spec, "payloadHash"), bundle)


def _hashedrekord(spec: Json, bundle: Bundle, verifier: bytes) -> None:
    record = object_of(spec, "hashedRekordV002")
    data, signature = object_of(record, "data"), object_of(record, "signature")
    expect(text_of(data, "algorithm"), "SHA2_256", "logged algorithm")
    _same(bytes_of(data, "digest"), hashlib.sha256(bundle.signed_text).digest(), "statement")
    _same(bytes_of(signature, "content"), bundle.signature, "signature")
    signer = object_of(signature, "verifier")
    expect(text_of(signer, "keyDetails"), "PKIX_ECDSA_P256_SHA_256", "logged keyDetails")
    name = "publicKey" if bundle.leaf is None else "x509Certificate"
    _same(bytes_of(object_of(signer, name), "rawBytes"), verifier, "signer")


_CHECKS = {"intoto": _intoto, "dsse": _dsse, "hashedrekord": _hashedrekord}


def _payload(digest: Json, bundle: Bundle) -> None:
    expect(text_of(digest, "algorithm"), "sha256", "logged algorithm")
    if text_of(digest, "value") != hashlib.sha256(bundle.payload).hexdigest():
        raise Refused("the log has another statement")


def _same(logged: bytes, given: bytes, what: str) -> None:
    if logged != given:
        raise Refused(f"the log has another {what}")


def _der_of(pem: bytes) -> bytes:
    """The one block of a PEM text. npm writes its key as one long line, so that texts cannot be compared."""
    lines = pem.strip().splitlines()
    if len(lines) < 3 or not lines[0].startswith(b"-----BEGIN ") or not lines[-1].startswith(b"-----END "):
        raise Refused("the logged signer is not PEM")
    return unpacked(b"".join(lines[1:-1]), "logged signer")
