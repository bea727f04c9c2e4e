"""Good signatures over a statement that is not about our version."""

from __future__ import annotations

import pytest

from proxy.attestations.trust import Trust
from quarantine.provenance import Proof
from tests.fakes.sigstore import PUBLISH, SLSA_02, SLSA_1, FakeSigstore, answer, github_predicate
from tests.proxy.attestations.cases import OTHER, SHA512, Json, judge, judged, listed, provenance, publish, slsa, subject

OURS = "pkg:npm/%40acme/widget@1.0.0"

STATEMENTS = {
    "another tarball": ({"subject": subject(sha512=OTHER)}, "subject's sha512"),
    "another version": ({"subject": subject("pkg:npm/%40acme/widget@1.0.1")}, "subject is"),
    "another package": ({"subject": subject("pkg:npm/%40acme/gadget@1.0.0")}, "subject is"),
    "a name that is encoded through and through": ({"subject": subject("pkg:npm/%40acme%2fwidget@1.0.0")}, "subject is"),
    "a name that is not encoded": ({"subject": subject("pkg:npm/@acme/widget@1.0.0")}, "subject is"),
    "no subject": ({"subject": []}, "0 subject"),
    "two subjects": ({"subject": [*subject(), *subject(sha512=OTHER)]}, "2 subject"),
    "a digest in capitals": ({"subject": [{"name": OURS, "digest": {"sha512": SHA512.hex().upper()}}]}, "subject's sha512"),
    "only a weak digest": ({"subject": [{"name": OURS, "digest": {"sha1": "00"}}]}, "sha512"),
    "a statement of another version": ({"_type": "https://in-toto.io/Statement/v2"}, "statement is of a version"),
    "another predicate than announced": ({"predicateType": SLSA_02}, "predicateType is"),
}


@pytest.mark.parametrize(("changes", "reason"), STATEMENTS.values(), ids=STATEMENTS)
@pytest.mark.parametrize("kind", ["intoto", "dsse", "hashedrekord"])
def test_a_good_signature_over_the_wrong_statement(sigstore: FakeSigstore, changes: Json, reason: str, kind: str) -> None:
    built = judged(sigstore, provenance(sigstore, slsa(**changes), kind=kind)).provenance
    registry = judged(sigstore, publish(sigstore, listed(**changes), kind=kind), PUBLISH).publish
    for found in (built, registry):
        assert found.proof is Proof.INVALID
        assert reason in (found.reason or "")
        assert (found.at, found.build, found.keyid) == (None, None, None)


def test_a_replay_of_another_version(sigstore: FakeSigstore, trust: Trust) -> None:
    document = answer((SLSA_1, provenance(sigstore)), (PUBLISH, publish(sigstore)))
    found = judge(document, trust, sha512=OTHER)
    assert found.provenance.proof is found.publish.proof is Proof.INVALID


def test_a_publish_statement_whose_predicate_is_about_another_version(sigstore: FakeSigstore) -> None:
    for name, version, reason in (
        ("@acme/widget", "2.0.0", "its predicate's version is 2.0.0, expected was 1.0.0"),
        ("@acme/gadget", "1.0.0", "its predicate's name is @acme/gadget, expected was @acme/widget"),
    ):
        odd = publish(sigstore, listed(predicate={"name": name, "version": version}))
        assert judged(sigstore, odd, PUBLISH).publish.reason == reason


def test_another_commit_than_the_certificate_says(sigstore: FakeSigstore) -> None:
    told = slsa(predicate=github_predicate(SLSA_1, "acme/widget", commit="0" * 40))
    assert judged(sigstore, provenance(sigstore, told)).provenance.reason == (
        "its statement tells of another commit than its certificate"
    )
