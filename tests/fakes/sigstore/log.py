"""Public logs like Rekor's first and second version: entries, promises, proofs and signed roots."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.sigstore.keys import Json, b64, canonical, new_key, sha256, sign, spki

_ELDER = sha256(b"\0the only other entry")


class Rekor:
    """The first version: it promises to take an entry, and says when."""

    origin = "rekor.example - 1193050959916656506"
    size = 2

    def __init__(self) -> None:
        self.key = new_key()
        self.log_id = sha256(spki(self.key))

    def entry(
        self, kind: str, version: str, body: bytes, when: datetime, *, index: int = 953297582, promise: bool = True
    ) -> Json:
        """A whole entry, of which a test may take things away."""
        made: Json = {
            "logIndex": str(index),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": kind, "version": version},
            "integratedTime": str(int(when.timestamp())),
            "inclusionProof": self.proof(body),
            "canonicalizedBody": b64(body),
        }
        if promise:
            made["inclusionPromise"] = {"signedEntryTimestamp": b64(self.promise(body, int(when.timestamp()), index))}
        return made

    def promise(self, body: bytes, seconds: int, index: int) -> bytes:
        """The signed entry timestamp."""
        told: Json = {"body": b64(body), "integratedTime": seconds, "logID": self.log_id.hex(), "logIndex": index}
        return self.sign(canonical(told))

    def proof(self, body: bytes) -> Json:
        """That the entry is the second of two."""
        root = sha256(b"\1" + _ELDER + sha256(b"\0" + body))
        note = f"{self.origin}\n{self.size}\n{b64(root)}\n".encode()
        signature = b64(self.log_id[:4] + self.sign(note))
        return {
            "logIndex": "1",
            "rootHash": b64(root),
            "treeSize": str(self.size),
            "hashes": [b64(_ELDER)],
            "checkpoint": {"envelope": f"{note.decode()}\n— {self.origin.partition(' ')[0]} {signature}\n"},
        }

    def sign(self, message: bytes) -> bytes:
        """With the log's key."""
        return sign(self.key, message)

    def described(self, **validity: str) -> Json:
        """As in a trusted root."""
        return _described("https://rekor.example", spki(self.key), "PKIX_ECDSA_P256_SHA_256", self.log_id, validity)


class Tiles(Rekor):
    """The second version: no promises and no times, and a name for its key that is no digest of its SubjectPublicKeyInfo."""

    origin = "log2025.rekor.example"

    def __init__(self) -> None:
        super().__init__()
        self.edwards = ed25519.Ed25519PrivateKey.generate()
        raw = self.edwards.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.log_id = sha256(self.origin.encode() + b"\n\x01" + raw)

    def entry(self, kind: str, version: str, body: bytes, when: datetime, *, index: int = 1, promise: bool = False) -> Json:
        """There is just one index."""
        made = super().entry(kind, version, body, when, index=index, promise=promise)
        made["integratedTime"] = "0"
        return made

    def sign(self, message: bytes) -> bytes:
        """With the log's key."""
        return self.edwards.sign(message)

    def described(self, **validity: str) -> Json:
        """As in a trusted root."""
        return _described("https://log2025.rekor.example", spki(self.edwards), "PKIX_ED25519", self.log_id, validity)


def _described(url: str, key: bytes, details: str, log_id: bytes, validity: dict[str, str]) -> Json:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(key), "keyDetails": details, "validFor": validity or {"start": "2020-01-01T00:00:00Z"}},
        "logId": {"keyId": b64(log_id)},
    }


def body_of(kind: str, payload: bytes, signature: bytes, signed: bytes, verifier: bytes, *, key: bool, keyid: str = "") -> bytes:
    """What a log keeps of an envelope. `verifier`: PEM of a certificate, or of a public key (`key`)."""
    payload_hash = {"algorithm": "sha256", "value": sha256(payload).hex()}
    # Nobody can check this one: the envelope's text is not in the bundle.
    envelope_hash = {"algorithm": "sha256", "value": sha256(payload + signature).hex()}
    if kind == "dsse":
        spec: Json = {
            "envelopeHash": envelope_hash,
            "payloadHash": payload_hash,
            "signatures": [{"signature": b64(signature), "verifier": b64(verifier)}],
        }
    elif kind == "intoto":
        entry = {"publicKey": b64(verifier), "sig": b64(b64(signature).encode()), **({"keyid": keyid} if keyid else {})}
        envelope = {"payloadType": "application/vnd.in-toto+json", "signatures": [entry]}
        spec = {"content": {"envelope": envelope, "hash": envelope_hash, "payloadHash": payload_hash}}
    else:
        der = b64decode(b"".join(verifier.strip().splitlines()[1:-1]))
        signer = {"publicKey" if key else "x509Certificate": {"rawBytes": b64(der)}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
        spec = {
            "hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": b64(sha256(signed))},
                "signature": {"content": b64(signature), "verifier": signer},
            }
        }
    return canonical({"apiVersion": VERSIONS[kind], "kind": kind, "spec": spec})


VERSIONS = {"dsse": "0.0.1", "intoto": "0.0.2", "hashedrekord": "0.0.2"}
