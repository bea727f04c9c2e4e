"""A workflow's attestation: signed with a key that a certificate ties to one run of one repository's workflow."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import Certificate
from sigstore.errors import Error
from sigstore.models import Bundle as SigstoreBundle

from proxy.attestations.anchors import Anchors
from proxy.attestations.bundle import IN_TOTO, Bundle
from proxy.attestations.certificates import check_certificate, check_validity, read_certificate
from proxy.attestations.fields import Json
from proxy.attestations.identity import build_of
from proxy.attestations.inclusion import check_inclusion
from proxy.attestations.logged import check_logged
from proxy.attestations.refusals import Refused
from proxy.attestations.statement import told_source
from proxy.npm.inspecting.printable import printable
from quarantine.provenance import Build, same_place


class _Later:
    """Sigstore's policy: the facts are judged by others, once they are known to be true."""

    def verify(self, cert: Certificate) -> None:
        """Anybody, for now."""


def check_workflow(bundle: Bundle, leaf: bytes, times: Collection[datetime], issuers: Collection[str], anchors: Anchors) -> Build:
    """Who built. `times` are proven. Raises Refused; of what sigstore raises, `guarded` makes the same."""
    if bundle.keyid:
        # Nothing vouches for this field, and npm's own client refuses what has a name there that it does not know.
        raise Refused("it is signed by a certificate, but names a key")
    certificate = read_certificate(leaf)
    check_validity(certificate, times)
    check_logged(bundle, leaf)
    if bundle.entry.kind[0] == "intoto" or not bundle.entry.proven:
        _check_ourselves(bundle, certificate, times, anchors)
    else:
        _check_with_sigstore(bundle, anchors)
    build = build_of(certificate)
    if build.issuer not in issuers:
        raise Refused(f"its run is vouched for by {printable(build.issuer)}, who is not among the trusted issuers")
    return build


def check_told(build: Build, predicate: Json) -> None:
    """Raise Refused where the statement tells of another source than the certificate: a workflow can write what it likes."""
    repository, commit = told_source(predicate)
    if repository is not None and not same_place(repository, build.repository):
        raise Refused("its statement tells of another repository than its certificate")
    if commit is not None and commit != build.commit:
        raise Refused("its statement tells of another commit than its certificate")


def _check_with_sigstore(bundle: Bundle, anchors: Anchors) -> None:
    try:
        found = anchors.verifier.verify_dsse(SigstoreBundle.from_json(msgspec.json.encode(bundle.raw)), _Later())
    except Error as error:
        raise Refused(f"it does not hold ({printable(str(error), 160)})") from error
    if found != (IN_TOTO, bundle.payload):
        raise Refused("its statement can be read in two ways")


def _check_ourselves(bundle: Bundle, certificate: Certificate, times: Collection[datetime], anchors: Anchors) -> None:
    """What sigstore does, for the log entries that npm has used until 2024 and sigstore refuses to look at."""
    check_certificate(certificate, times, anchors)
    check_inclusion(bundle.entry, anchors)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(bundle.signature, bundle.signed_text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("its signature is not by its certificate's key, or over another statement") from None
