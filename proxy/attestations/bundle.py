"""A Sigstore bundle with a signed statement, in its four known versions, taken apart without believing any of it.

Format: https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.attestations.fields import Json, bytes_of, expect, list_of, number_of, object_of, only_one, text_of
from proxy.attestations.refusals import Refused

IN_TOTO = "application/vnd.in-toto+json"
FIRST = "application/vnd.dev.sigstore.bundle+json;version=0.1"
SECOND = "application/vnd.dev.sigstore.bundle+json;version=0.2"
THIRD = frozenset({"application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3"})

TILES = ("hashedrekord", "0.0.2")
"""The kind of Rekor's second version."""

KINDS = frozenset({("intoto", "0.0.2"), ("dsse", "0.0.1"), TILES})
"""The kinds of log entries that can be about a signed statement."""

MAX_TIMESTAMPS = 32


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Where and what a public log says it has."""

    log_id: bytes
    """Digest of the log's key."""
    index: int
    kind: tuple[str, str]
    integrated: int
    """Seconds since 1970, not to be believed without the promise; 0: none."""
    promise: bytes | None
    """The log's signature over body, time, log and index ("signed entry timestamp")."""
    proven: bool
    """Whether there is an inclusion proof."""
    body: bytes
    raw: Json


@dataclass(frozen=True, slots=True)
class Bundle:
    """One attestation with everything that is to prove it. Just one of `hint` and `leaf` is there."""

    media_type: str
    hint: str | None
    """The name of the registry's key."""
    leaf: bytes | None
    """The certificate (DER)."""
    entry: LogEntry
    timestamps: tuple[bytes, ...]
    """RFC 3161 responses."""
    payload: bytes
    signature: bytes
    keyid: str
    raw: Json

    @property
    def log_index(self) -> int | None:
        """The entry's number in its log, where that is signed."""
        return self.entry.index if self.entry.promise is not None or self.entry.kind == TILES else None

    @property
    def signed_text(self) -> bytes:
        """What the signature is over (DSSE's pre-authentication encoding)."""
        return b"DSSEv1 %d %b %d %b" % (len(IN_TOTO), IN_TOTO.encode(), len(self.payload), self.payload)


def read_bundle(raw: Json) -> Bundle:
    """Take a bundle apart. Raises Refused for whatever is not known or not as its version wants it."""
    media_type = text_of(raw, "mediaType")
    if media_type not in {FIRST, SECOND, *THIRD}:
        raise Refused("it is a bundle of a version that is not known here")
    if raw.get("messageSignature") is not None:
        raise Refused("it holds a signature over something else than a statement")
    material, envelope = object_of(raw, "verificationMaterial"), object_of(raw, "dsseEnvelope")
    expect(text_of(envelope, "payloadType"), IN_TOTO, "payloadType")
    signature = only_one(envelope, "signatures")
    hint, leaf = _verifier(material, media_type)
    entry = _entry(only_one(material, "tlogEntries"))
    if media_type == FIRST and entry.promise is None:
        raise Refused("the log's promise is missing")
    if media_type != FIRST and not entry.proven:
        raise Refused("the proof that it is in the log is missing")
    return Bundle(
        media_type=media_type,
        hint=hint,
        leaf=leaf,
        entry=entry,
        timestamps=_timestamps(material),
        payload=bytes_of(envelope, "payload"),
        signature=bytes_of(signature, "sig"),
        keyid=text_of(signature, "keyid") if signature.get("keyid") is not None else "",
        raw=raw,
    )


def _verifier(material: Json, media_type: str) -> tuple[str | None, bytes | None]:
    given = [name for name in ("publicKey", "certificate", "x509CertificateChain") if material.get(name) is not None]
    if given == ["publicKey"]:
        return text_of(object_of(material, "publicKey"), "hint"), None
    if given != ["certificate" if media_type in THIRD else "x509CertificateChain"]:
        raise Refused("it does not have just one key or certificate, in the form that its version wants")
    if media_type in THIRD:
        return None, bytes_of(object_of(material, "certificate"), "rawBytes")
    chain = list_of(object_of(material, "x509CertificateChain"), "certificates")
    if not chain or not isinstance(chain[0], dict):
        raise Refused("its certificate is missing")
    # Whatever else is in the chain comes from whoever made the bundle: the trusted root has all that is needed.
    return None, bytes_of(chain[0], "rawBytes")


def _entry(raw: Json) -> LogEntry:
    kind = object_of(raw, "kindVersion")
    promise = raw.get("inclusionPromise")
    proof = raw.get("inclusionProof")
    found = LogEntry(
        log_id=bytes_of(object_of(raw, "logId"), "keyId"),
        index=number_of(raw, "logIndex"),
        kind=(text_of(kind, "kind"), text_of(kind, "version")),
        integrated=number_of(raw, "integratedTime") if raw.get("integratedTime") is not None else 0,
        promise=None if promise is None else bytes_of(object_of(raw, "inclusionPromise"), "signedEntryTimestamp"),
        proven=proof is not None,
        body=bytes_of(raw, "canonicalizedBody"),
        raw=raw,
    )
    if found.kind not in KINDS:
        raise Refused("the log entry is of a kind that is not known here")
    if found.promise is not None and found.integrated == 0:
        raise Refused("the log's promise names no time")
    if found.proven:
        text_of(object_of(object_of(raw, "inclusionProof"), "checkpoint"), "envelope")
    if found.proven and found.kind == TILES:
        # There is just one index in these logs, and nobody has signed it outside of the proof.
        expect(number_of(object_of(raw, "inclusionProof"), "logIndex"), found.index, "logIndex")
    return found


def _timestamps(material: Json) -> tuple[bytes, ...]:
    data = material.get("timestampVerificationData")
    if data is None:
        return ()
    entries = list_of(object_of(material, "timestampVerificationData"), "rfc3161Timestamps")
    if len(entries) > MAX_TIMESTAMPS:
        raise Refused(f"it has {len(entries)} timestamps; at most {MAX_TIMESTAMPS} are read")
    if not all(isinstance(entry, dict) for entry in entries):
        raise Refused("one of its timestamps is no object")
    return tuple(bytes_of(entry, "signedTimestamp") for entry in entries)
