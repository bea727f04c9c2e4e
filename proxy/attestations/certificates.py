"""Whether a certificate is Sigstore's, for signing code, and was good at the times in question."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate, load_der_x509_certificate
from sigstore._internal.sct import verify_sct
from sigstore._internal.timestamp import TimestampSource, TimestampVerificationResult
from sigstore._utils import cert_is_leaf
from sigstore.errors import VerificationError

from proxy.attestations.anchors import Anchors
from proxy.attestations.refusals import Refused


def read_certificate(der: bytes) -> Certificate:
    """A certificate whose key can have signed a statement. Raises Refused, and ValueError for what is none."""
    certificate = load_der_x509_certificate(der)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("its certificate is for a key that is not on the curve P-256")
    return certificate


def check_validity(certificate: Certificate, times: Collection[datetime]) -> None:
    """Raise Refused unless the certificate was valid at each of the times."""
    for when in times:
        if not certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc:
            raise Refused("its certificate was not valid when it was signed")


def check_certificate(certificate: Certificate, times: Collection[datetime], anchors: Anchors) -> None:
    """Raise Refused unless the certificate leads to the trusted root at each time, and is in a certificate log."""
    try:
        if not cert_is_leaf(certificate):
            raise Refused("its certificate is not one for signing code")
        for when in times:
            # What the source of the time was makes no difference to the chain.
            time = TimestampVerificationResult(TimestampSource.TRANSPARENCY_SERVICE, when)
            chain = anchors.verifier._verify_chain_at_time(certificate, time)
            verify_sct(certificate, chain, anchors.ct_logs)
    except VerificationError as error:
        raise Refused(f"its certificate does not hold ({str(error)[:120]})") from error
