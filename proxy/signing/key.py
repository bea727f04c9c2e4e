"""Keys that sign what this installation says: ECDSA over P-256 with SHA-256, written as npm writes a registry's keys."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HASHED = "SHA256:"
"""How a key's id begins."""

SSH_KIND, SSH_CURVE = b"ecdsa-sha2-nistp256", b"nistp256"
"""What a public key of this kind begins with in OpenSSH's form (RFC 5656)."""


class BadKey(ValueError):
    """This is no P-256 key; `str(error)` says what it is instead, without naming where it was read."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with; two are equal when their bytes are."""

    spki: bytes
    """SubjectPublicKeyInfo, DER."""
    _key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def of_text(cls, text: str) -> PublicKey:
        """Read what `text` wrote. Raises BadKey."""
        try:
            spki = unbased(text)
            key = cls.of(serialization.load_der_public_key(spki))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadKey("is no public key of P-256") from error
        if key.spki != spki:
            raise BadKey("is a public key in another form than SubjectPublicKeyInfo")
        return key

    @classmethod
    def of_pem(cls, pem: bytes) -> PublicKey:
        """Read a `PUBLIC KEY` in PEM. Raises BadKey."""
        try:
            return cls.of(serialization.load_pem_public_key(pem))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadKey("holds no public key of P-256 in PEM") from error

    @classmethod
    def of(cls, key: object) -> PublicKey:
        """A key of the library. Raises BadKey unless it is of P-256."""
        if not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
            raise BadKey("is a key of another kind than P-256")
        return cls(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo), key)

    @property
    def id(self) -> str:
        """`SHA256:` and the SHA-256 of `spki` in base64 without padding: in the shape of npm's `keyid`."""
        return HASHED + based(hashlib.sha256(self.spki).digest()).rstrip("=")

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it, by which npm's registry names its own keys: npm's `keyid`."""
        point = self._key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        blob = b"".join(len(part).to_bytes(4) + part for part in (SSH_KIND, SSH_CURVE, point))
        return HASHED + based(hashlib.sha256(blob).digest()).rstrip("=")

    @property
    def text(self) -> str:
        """Base64 of `spki`: npm's `key`."""
        return based(self.spki)

    def verifies(self, text: str, signature: str) -> bool:
        """Whether the signature, base64 of DER, is one of this text by this key."""
        try:
            self._key.verify(unbased(signature), text.encode(), ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """A key that signs; its secret half leaves it as a PEM alone."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public = PublicKey.of(key.public_key())

    @classmethod
    def generate(cls) -> SigningKey:
        """A new one."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of_pem(cls, pem: bytes) -> SigningKey:
        """Read a key in PEM that has no passphrase. Raises BadKey."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except TypeError as error:
            raise BadKey("is locked with a passphrase") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadKey("holds no private key in PEM") from error
        if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
            raise BadKey("holds a key of another kind than P-256")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """PKCS #8, unencrypted."""
        secret = serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)

    def sign(self, text: str) -> str:
        """Base64 of the DER signature; the same text always gets the same one (RFC 6979)."""
        return based(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))


def based(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


def unbased(text: str) -> bytes:
    """The bytes that `based` writes as exactly this text. Raises ValueError for any other."""
    data = base64.b64decode(text, validate=True)
    if based(data) != text:
        raise ValueError("not base64 as everybody writes it")
    return data
