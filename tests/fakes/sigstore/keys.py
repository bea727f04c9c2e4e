"""Keys and encodings that every part of the fake needs."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, object]


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA with SHA-256, DER."""
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def spki(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """DER of its public half."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(key: ec.EllipticCurvePrivateKey, *, wrapped: bool = True) -> bytes:
    """PEM of its public half; npm writes its key as one long line."""
    if wrapped:
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(spki(key)) + b"\n-----END PUBLIC KEY-----\n"


def sha256(data: bytes) -> bytes:
    """The digest."""
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    """As JSON carries bytes."""
    return base64.b64encode(data).decode()


def canonical(value: Json) -> bytes:
    """RFC 8785, of ASCII text and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
