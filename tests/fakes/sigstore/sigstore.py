"""All parts together, and bundles that they vouch for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from proxy.attestations.trust import ISSUERS, Trust
from proxy.npm.signing_keys import read_signing_keys
from tests.fakes.sigstore.authority import Authority
from tests.fakes.sigstore.identities import Identity
from tests.fakes.sigstore.keys import Json, b64, new_key, pem, sign, spki
from tests.fakes.sigstore.log import VERSIONS, Rekor, Tiles, body_of
from tests.fakes.sigstore.stamping import Stamper

WHEN = datetime(2026, 2, 14, 12, tzinfo=UTC)
NPM_KEY = "SHA256:fake"
_IN_TOTO = "application/vnd.in-toto+json"
_MEDIA = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
}


class FakeSigstore:
    """Hands out bundles; each argument is one thing that can be otherwise than in a good one."""

    def __init__(self) -> None:
        self.authority = Authority()
        self.rekor, self.tiles = Rekor(), Tiles()
        self.stamper = Stamper()
        self.npm_key = new_key()

    def root(self, **replaced: object) -> bytes:
        """The trusted root; `replaced` are whole lists of it."""
        made: Json = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self.rekor.described(), self.tiles.described()],
            "certificateAuthorities": [self.authority.described()],
            "ctlogs": [self.authority.ct_described()],
            "timestampAuthorities": [self.stamper.described()],
        }
        return json.dumps({**made, **replaced}).encode()

    def keys(self, *, usages: Iterable[str] = ("npm:signatures", "npm:attestations"), **validity: str) -> bytes:
        """The registry's keys, as Sigstore's repository has them."""
        key = {
            "rawBytes": b64(spki(self.npm_key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": validity or {"start": "2025-01-13T00:00:00.000Z"},
        }
        return json.dumps({"keys": [{"keyId": NPM_KEY, "keyUsage": usage, "publicKey": key} for usage in usages]}).encode()

    def trust(self, root: bytes | None = None, keys: bytes | None = None, issuers: frozenset[str] = ISSUERS) -> Trust:
        """What a verifier needs."""
        return Trust(root or self.root(), read_signing_keys(keys or self.keys()), issuers)

    def listing(self, name: str, version: str, integrity: str) -> Json:
        """One of `dist.signatures`."""
        return {"keyid": NPM_KEY, "sig": b64(sign(self.npm_key, f"{name}@{version}:{integrity}".encode()))}

    def provenance(
        self,
        statement: bytes,
        identity: Identity,
        *,
        media: str = "0.3",
        kind: str = "dsse",
        when: datetime = WHEN,
        certified: datetime | None = None,
        promise: bool | None = None,
        proof: bool = True,
        stamps: Iterable[datetime] | None = None,
        authority: Authority | None = None,
        ct_key: ec.EllipticCurvePrivateKey | None = None,
        code_signing: bool = True,
        in_ct_log: bool = True,
    ) -> Json:
        """A workflow's bundle. `certified`: when its certificate was made, if not when it was logged; `authority`: by whom."""
        key = new_key()
        leaf = (authority or self.authority).leaf(
            key, identity, certified or when, ct_key=ct_key, code_signing=code_signing, logged=in_ct_log
        )
        text = load_der_x509_certificate(leaf).public_bytes(Encoding.PEM)
        material: Json
        if media == "0.3":
            material = {"certificate": {"rawBytes": b64(leaf)}}
        else:
            material = {"x509CertificateChain": {"certificates": [{"rawBytes": b64(leaf)}]}}
        return self._bundle(statement, key, material, text, media, kind, when, promise, proof, stamps, keyid="")

    def publish(
        self,
        statement: bytes,
        *,
        media: str = "0.2",
        kind: str = "dsse",
        when: datetime = WHEN,
        key: ec.EllipticCurvePrivateKey | None = None,
        hint: str = NPM_KEY,
        promise: bool | None = None,
        proof: bool = True,
        stamps: Iterable[datetime] | None = None,
    ) -> Json:
        """The registry's bundle. `key`: somebody else's, under the registry's name."""
        signer = key or self.npm_key
        material: Json = {"publicKey": {"hint": hint}}
        text = pem(signer, wrapped=False)
        return self._bundle(statement, signer, material, text, media, kind, when, promise, proof, stamps, keyid=hint)

    def _bundle(
        self,
        statement: bytes,
        key: ec.EllipticCurvePrivateKey,
        material: Json,
        verifier: bytes,
        media: str,
        kind: str,
        when: datetime,
        promise: bool | None,
        proof: bool,
        stamps: Iterable[datetime] | None,
        *,
        keyid: str,
    ) -> Json:
        signed = b"DSSEv1 %d %b %d %b" % (len(_IN_TOTO), _IN_TOTO.encode(), len(statement), statement)
        signature = sign(key, signed)
        second = kind == "hashedrekord"
        log = self.tiles if second else self.rekor
        body = body_of(kind, statement, signature, signed, verifier, key=bool(keyid), keyid=keyid)
        entry = log.entry(kind, VERSIONS[kind], body, when, promise=not second if promise is None else promise)
        if not proof:
            entry["inclusionProof"] = None
        times = ([when] if second else []) if stamps is None else stamps
        material["tlogEntries"] = [entry]
        material["timestampVerificationData"] = {
            "rfc3161Timestamps": [{"signedTimestamp": b64(self.stamper.stamp(signature, time))} for time in times]
        }
        envelope = {"payload": b64(statement), "payloadType": _IN_TOTO, "signatures": [{"sig": b64(signature), "keyid": keyid}]}
        return {"mediaType": _MEDIA[media], "verificationMaterial": material, "dsseEnvelope": envelope}
