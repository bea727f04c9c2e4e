"""A timestamp authority (RFC 3161), and as much DER as its answers need."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from tests.fakes.sigstore.authority import certify
from tests.fakes.sigstore.keys import Json, b64, new_key, sha256, sign

_SHA256 = (2, 16, 840, 1, 101, 3, 4, 2, 1)
_ECDSA_SHA256 = (1, 2, 840, 10045, 4, 3, 2)
_SIGNED_DATA = (1, 2, 840, 113549, 1, 7, 2)
_TST_INFO = (1, 2, 840, 113549, 1, 9, 16, 1, 4)
_CONTENT_TYPE = (1, 2, 840, 113549, 1, 9, 3)
_MESSAGE_DIGEST = (1, 2, 840, 113549, 1, 9, 4)
_SIGNING_CERTIFICATE = (1, 2, 840, 113549, 1, 9, 16, 2, 47)
_SEQUENCE, _SET, _OCTETS, _INTEGER, _OID, _TIME = 0x30, 0x31, 0x04, 0x02, 0x06, 0x18


class Stamper:
    """Says when it saw a signature."""

    def __init__(self) -> None:
        root_key, self._key = new_key(), new_key()
        self._root = certify("fake stamps root", root_key, "fake stamps root", root_key, depth=0)
        self._certificate = certify("fake stamps", self._key, "fake stamps root", root_key, depth=None)

    def stamp(self, signature: bytes, when: datetime) -> bytes:
        """The DER response."""
        info = _tlv(
            _SEQUENCE,
            _number(1),
            _oid((1, 3, 6, 1, 4, 1, 57264, 2)),
            _tlv(_SEQUENCE, _algorithm(_SHA256), _tlv(_OCTETS, sha256(signature))),
            _number(when.toordinal()),
            _tlv(_TIME, when.strftime("%Y%m%d%H%M%SZ").encode()),
        )
        own = self._certificate.public_bytes(Encoding.DER)
        attributes = b"".join(
            sorted(
                (
                    _attribute(_CONTENT_TYPE, _oid(_TST_INFO)),
                    _attribute(_MESSAGE_DIGEST, _tlv(_OCTETS, sha256(info))),
                    _attribute(
                        _SIGNING_CERTIFICATE, _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_OCTETS, sha256(own)))))
                    ),
                )
            )
        )
        signer = _tlv(
            _SEQUENCE,
            _number(1),
            _tlv(_SEQUENCE, self._certificate.issuer.public_bytes(), _number(self._certificate.serial_number)),
            _algorithm(_SHA256),
            _tlv(0xA0, attributes),
            _algorithm(_ECDSA_SHA256),
            _tlv(_OCTETS, sign(self._key, _tlv(_SET, attributes))),
        )
        content = _tlv(_SEQUENCE, _oid(_TST_INFO), _tlv(0xA0, _tlv(_OCTETS, info)))
        data = _tlv(_SEQUENCE, _number(3), _tlv(_SET, _algorithm(_SHA256)), content, _tlv(0xA0, own), _tlv(_SET, signer))
        return _tlv(_SEQUENCE, _tlv(_SEQUENCE, _number(0)), _tlv(_SEQUENCE, _oid(_SIGNED_DATA), _tlv(0xA0, data)))

    def described(self, **validity: str) -> Json:
        """As in a trusted root."""
        chain = [{"rawBytes": b64(each.public_bytes(Encoding.DER))} for each in (self._certificate, self._root)]
        return {
            "subject": {"organization": "fake", "commonName": "fake stamps"},
            "uri": "https://stamps.example",
            "certChain": {"certificates": chain},
            "validFor": validity or {"start": "2020-01-01T00:00:00Z"},
        }


def _tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    digits = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 + digits]) + size.to_bytes(digits, "big") + content


def _number(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(parts: tuple[int, ...]) -> bytes:
    found = bytearray([parts[0] * 40 + parts[1]])
    for part in parts[2:]:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.insert(0, 0x80 | part & 0x7F)
        found += bytes(digits)
    return _tlv(_OID, bytes(found))


def _algorithm(oid: tuple[int, ...]) -> bytes:
    return _tlv(_SEQUENCE, _oid(oid))


def _attribute(oid: tuple[int, ...], value: bytes) -> bytes:
    return _tlv(_SEQUENCE, _oid(oid), _tlv(_SET, value))
