"""What a Fulcio certificate says of the run that it was given to.

Its extensions: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. Certificates up to spring 2023 have only the
first six, as bare text; the later ones are DER.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.x509 import Certificate, SubjectAlternativeName, UniformResourceIdentifier, UnrecognizedExtension

from proxy.attestations.refusals import Refused
from proxy.attestations.trust import GITHUB
from quarantine.provenance import Build

_ARC = "1.3.6.1.4.1.57264.1."
_FIRST_DER = 8
_UTF8_STRING = 0x0C
_LONGEST = 1000
"""Characters of one fact."""

# The first six, of GitHub alone
_ISSUER_OLD, _TRIGGER_OLD, _COMMIT_OLD, _REPOSITORY_OLD, _REF_OLD = 1, 2, 3, 5, 6
# What every host may fill in
_ISSUER, _BUILDER, _RUNNER, _REPOSITORY, _COMMIT, _REF, _REPOSITORY_ID = 8, 9, 11, 12, 13, 14, 15
_OWNER_ID, _WORKFLOW, _TRIGGER, _RUN = 17, 18, 20, 21


def build_of(certificate: Certificate) -> Build:
    """The facts of a certificate that has been verified. Raises Refused where they cannot be read or contradict each other."""
    found = _extensions(certificate)
    issuer = found.get(_ISSUER, found.get(_ISSUER_OLD))
    if issuer is None:
        raise Refused("its certificate does not say who vouched for the run")
    _agree(found, _ISSUER_OLD, _ISSUER, "issuer")
    _agree(found, _COMMIT_OLD, _COMMIT, "commit")
    _agree(found, _REF_OLD, _REF, "ref")
    old_repository = f"https://github.com/{found[_REPOSITORY_OLD]}" if _REPOSITORY_OLD in found and issuer == GITHUB else None
    repository = found.get(_REPOSITORY, old_repository)
    if old_repository is not None and repository != old_repository:
        raise Refused("its certificate names two repositories")
    identity = _identity(certificate)
    return Build(
        issuer=issuer,
        identity=identity,
        repository=repository,
        repository_id=found.get(_REPOSITORY_ID),
        owner_id=found.get(_OWNER_ID),
        commit=found.get(_COMMIT, found.get(_COMMIT_OLD)),
        ref=found.get(_REF, found.get(_REF_OLD)),
        # With nothing else said, the old certificates' subject is the workflow of the run.
        workflow=found.get(_WORKFLOW, identity),
        builder=found.get(_BUILDER, identity),
        trigger=found.get(_TRIGGER, found.get(_TRIGGER_OLD)),
        runner=found.get(_RUNNER),
        run=found.get(_RUN),
    )


def _agree(found: Mapping[int, str], old: int, new: int, what: str) -> None:
    if old in found and new in found and found[old] != found[new]:
        raise Refused(f"its certificate names two of what should be one {what}")


def _extensions(certificate: Certificate) -> dict[int, str]:
    found: dict[int, str] = {}
    for extension in certificate.extensions:
        arc, _, number = extension.oid.dotted_string.rpartition(".")
        if f"{arc}." == _ARC and isinstance(extension.value, UnrecognizedExtension):
            found[int(number)] = _text(extension.value.value, der=int(number) >= _FIRST_DER)
    return found


def _identity(certificate: Certificate) -> str:
    names = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    if len(names) != 1 or not isinstance(names[0], UniformResourceIdentifier):
        raise Refused("its certificate is not that of a workflow")
    return _fact(names[0].value)


def _text(value: bytes, *, der: bool) -> str:
    try:
        return _fact((_utf8_string(value) if der else value).decode())
    except UnicodeDecodeError:
        raise Refused("its certificate has a field that is no text") from None


def _fact(text: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise Refused("its certificate has a field that cannot be shown to people")
    return text


def _utf8_string(der: bytes) -> bytes:
    """The content of a DER UTF8String."""
    if len(der) >= 2 and der[0] == _UTF8_STRING:
        length, start = der[1], 2
        if length > 0x80:
            start = 2 + length - 0x80
            length = int.from_bytes(der[2:start], "big")
        if length == len(der) - start:
            return der[start:]
    raise Refused("its certificate has a field that is no DER text")
