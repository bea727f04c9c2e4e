"""A certificate authority like Fulcio, with its log of certificates."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.fakes.sigstore.identities import Identity
from tests.fakes.sigstore.keys import Json, b64, new_key, sha256, sign, spki

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
_SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_FULCIO = "1.3.6.1.4.1.57264.1."


class Authority:
    """Root, intermediate and certificate log; hands out certificates that live for ten minutes."""

    def __init__(self, name: str = "fake") -> None:
        self._root_key, self._key, self.ct_key = new_key(), new_key(), new_key()
        self.root = certify(f"{name} root", self._root_key, f"{name} root", self._root_key, depth=1)
        self.intermediate = certify(f"{name} intermediate", self._key, f"{name} root", self._root_key, depth=0)

    def leaf(
        self,
        key: ec.EllipticCurvePrivateKey,
        identity: Identity,
        when: datetime,
        *,
        code_signing: bool = True,
        ct_key: ec.EllipticCurvePrivateKey | None = None,
        logged: bool = True,
    ) -> bytes:
        """DER of a certificate. `ct_key`: who signs for the certificate log; `logged=False`: nobody."""
        builder = self._builder(key, identity, when, code_signing)
        if logged:
            # The log signs the certificate as it is without the log's own signature, which is then appended.
            unlogged = builder.sign(self._key, hashes.SHA256()).tbs_certificate_bytes
            entry = struct.pack("!BBQH", 0, 0, int(when.timestamp() * 1000), 1) + sha256(spki(self._key))
            entry += len(unlogged).to_bytes(3, "big") + unlogged + b"\0\0"
            signature = sign(ct_key or self.ct_key, entry)
            sct = struct.pack("!B32sQH", 0, sha256(spki(self.ct_key)), int(when.timestamp() * 1000), 0)
            sct += struct.pack("!BBH", 4, 3, len(signature)) + signature
            inner = struct.pack("!HH", len(sct) + 2, len(sct)) + sct
            builder = builder.add_extension(x509.UnrecognizedExtension(_SCT_LIST, bytes([4, len(inner)]) + inner), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def described(self, **validity: str) -> Json:
        """As in a trusted root."""
        chain = [{"rawBytes": b64(each.public_bytes(Encoding.DER))} for each in (self.intermediate, self.root)]
        return {
            "subject": {"organization": "fake", "commonName": "fake"},
            "uri": "https://fulcio.example",
            "certChain": {"certificates": chain},
            "validFor": validity or {"start": "2020-01-01T00:00:00Z"},
        }

    def ct_described(self, **validity: str) -> Json:
        """The certificate log, as in a trusted root."""
        return {
            "baseUrl": "https://ct.example",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": b64(spki(self.ct_key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": validity or {"start": "2020-01-01T00:00:00Z"},
            },
            "logId": {"keyId": b64(sha256(spki(self.ct_key)))},
        }

    def _builder(
        self, key: ec.EllipticCurvePrivateKey, identity: Identity, when: datetime, code_signing: bool
    ) -> x509.CertificateBuilder:
        usage = ExtendedKeyUsageOID.CODE_SIGNING if code_signing else ExtendedKeyUsageOID.CLIENT_AUTH
        issuer = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        subjects = identity[0] if isinstance(identity[0], list) else [identity[0]]
        names = [x509.UniformResourceIdentifier(subject) for subject in subjects]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.intermediate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(when - timedelta(seconds=5))
            .not_valid_after(when + timedelta(minutes=10))
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
        )
        for number, text in identity.items():
            if number:
                value = text if isinstance(text, bytes) else text.encode() if number < 8 else _utf8_string(text)
                oid = x509.ObjectIdentifier(f"{_FULCIO}{number}")
                builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
        return builder


def certify(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, depth: int | None
) -> x509.Certificate:
    """A certificate of an authority; with depth None one for timestamps."""
    parent = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(parent), critical=False)
    )
    if depth is None:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(_usage(digital_signature=True), critical=True).add_extension(stamping, critical=True)
    else:
        builder = builder.add_extension(_usage(digital_signature=False), critical=True)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, digital_signature: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=not digital_signature,
        crl_sign=not digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _utf8_string(text: str) -> bytes:
    data = text.encode()
    length = bytes([len(data)]) if len(data) < 0x80 else bytes([0x82]) + len(data).to_bytes(2, "big")
    return b"\x0c" + length + data
