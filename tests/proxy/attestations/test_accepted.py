"""What holds: every form that npm has used, and what is known of it then."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest

from proxy.attestations.trust import ISSUERS, Trust
from quarantine.provenance import Attested, Proof
from tests.fakes.sigstore import (
    NPM_KEY,
    PUBLISH,
    SLSA_02,
    SLSA_1,
    WHEN,
    FakeSigstore,
    answer,
    email_identity,
    github_identity,
    github_predicate,
)
from tests.proxy.attestations.cases import PACKAGE, REPOSITORY, SHA512, judge, judged, listed, provenance, publish, slsa

FORMS = [
    pytest.param(media, kind, proof, id=f"{media}-{kind}-{'proof' if proof else 'promise'}")
    for media in ("0.1", "0.2", "0.3")
    for kind in ("intoto", "dsse", "hashedrekord")
    for proof in (True, False)
    # Rekor's second version has no promises, and the first bundles' alternative to a proof is one.
    if (proof or media == "0.1") and not (kind == "hashedrekord" and media == "0.1")
]


@pytest.mark.parametrize("predicate_type", [SLSA_1, SLSA_02])
@pytest.mark.parametrize(("media", "kind", "proof"), FORMS)
def test_every_form_is_verified(
    sigstore: FakeSigstore, trust: Trust, media: str, kind: str, proof: bool, predicate_type: str
) -> None:
    built = provenance(sigstore, slsa(predicate_type), media=media, kind=kind, proof=proof)
    registry = publish(sigstore, media=media, kind=kind, proof=proof)
    found = judge(answer((predicate_type, built), (PUBLISH, registry)), trust)
    assert (found.provenance.proof, found.provenance.reason) == (Proof.VERIFIED, None)
    assert (found.publish.proof, found.publish.reason) == (Proof.VERIFIED, None)
    assert found.provenance.at == found.publish.at == WHEN


def test_a_verified_answer_tells_what_it_was_verified_with(sigstore: FakeSigstore, trust: Trust) -> None:
    document = answer((SLSA_1, provenance(sigstore)), (PUBLISH, publish(sigstore)))
    found = judge(document, trust, now=WHEN + timedelta(days=300))
    assert found.of == f"sha512-{base64.b64encode(SHA512).decode()}"
    assert found.document == hashlib.sha256(document).hexdigest()
    assert found.trust == trust.fingerprint
    assert found.at == WHEN + timedelta(days=300)
    assert found.notes == ()


def test_the_facts_of_a_provenance_come_from_its_certificate(sigstore: FakeSigstore, trust: Trust) -> None:
    found = judged(sigstore, provenance(sigstore), trust=trust).provenance
    assert found.build is not None
    assert found.build.repository == "https://github.com/acme/widget"
    assert found.build.runner == "github-hosted"
    assert found.keyid is None
    assert (found.log_id, found.log_index) == (sigstore.rekor.log_id.hex(), 953297582)


def test_a_publish_attestation_names_the_key_that_signed(sigstore: FakeSigstore, trust: Trust) -> None:
    found = judged(sigstore, publish(sigstore), PUBLISH, trust).publish
    assert (found.keyid, found.build) == (NPM_KEY, None)


def test_what_is_not_there_is_absent(sigstore: FakeSigstore, trust: Trust) -> None:
    for nothing in (None, answer()):
        found = judge(nothing, trust)
        assert found.publish == found.provenance == Attested(Proof.ABSENT)
    stripped = judge(answer((PUBLISH, publish(sigstore))), trust)
    assert (stripped.publish.proof, stripped.provenance.proof) == (Proof.VERIFIED, Proof.ABSENT)


def test_a_certificate_is_judged_at_the_time_of_signing(sigstore: FakeSigstore) -> None:
    found = judge(answer((SLSA_1, provenance(sigstore))), sigstore.trust(), now=WHEN + timedelta(days=4000))
    assert found.provenance.proof is Proof.VERIFIED


def test_a_key_of_the_registry_that_ended_since_is_good(sigstore: FakeSigstore) -> None:
    ended = sigstore.keys(start="2025-01-13T00:00:00.000Z", end="2026-02-14T12:00:00.001Z")
    found = judge(answer((PUBLISH, publish(sigstore))), sigstore.trust(keys=ended), now=WHEN + timedelta(days=400))
    assert found.publish.proof is Proof.VERIFIED


def test_timestamps_are_taken_beside_a_promise(sigstore: FakeSigstore, trust: Trust) -> None:
    stamped = [WHEN + timedelta(seconds=second) for second in (1, 2)]
    for kind in ("intoto", "dsse"):
        found = judged(sigstore, provenance(sigstore, kind=kind, stamps=stamped), trust=trust).provenance
        assert (found.proof, found.reason, found.at) == (Proof.VERIFIED, None, WHEN)


def test_several_provenances_of_one_build_are_one(sigstore: FakeSigstore, trust: Trust) -> None:
    both = answer((SLSA_1, provenance(sigstore)), (SLSA_02, provenance(sigstore, slsa(SLSA_02))))
    assert judge(both, trust).provenance.proof is Proof.VERIFIED


def test_an_unknown_kind_of_attestation_is_noted_and_changes_nothing(sigstore: FakeSigstore, trust: Trust) -> None:
    strange = answer((SLSA_1, provenance(sigstore)), ("https://example.com/ha\u202eha", publish(sigstore)))
    found = judge(strange, trust)
    assert found.provenance.proof is Proof.VERIFIED
    assert found.publish.proof is Proof.ABSENT
    assert found.notes == ("it has an attestation of a kind that is not known here: https://example.com/ha\\u202eha",)


def test_private_issuers_can_be_trusted(sigstore: FakeSigstore) -> None:
    own = sigstore.trust(issuers=ISSUERS | {"https://accounts.example"})
    unnamed = slsa(predicate={"buildDefinition": {}})
    found = judged(sigstore, provenance(sigstore, unnamed, identity=email_identity()), trust=own).provenance
    assert found.proof is Proof.VERIFIED
    assert found.build is not None
    assert found.build.issuer == "https://accounts.example"


def test_a_build_may_have_read_other_repositories(sigstore: FakeSigstore, trust: Trust) -> None:
    predicate = github_predicate(SLSA_1, REPOSITORY)
    other = {"uri": "git+https://github.com/other/actions@v1", "digest": {"gitCommit": "0" * 40}}
    predicate["buildDefinition"]["resolvedDependencies"].insert(0, other)  # type: ignore[index]
    found = judged(sigstore, provenance(sigstore, slsa(predicate=predicate)), trust=trust).provenance
    assert (found.proof, found.reason) == (Proof.VERIFIED, None)


def test_the_builder_of_a_reusable_workflow_is_not_the_workflow(sigstore: FakeSigstore, trust: Trust) -> None:
    reused = "https://github.com/other/generator/.github/workflows/build.yml@refs/tags/v1.6.0"
    found = judged(sigstore, provenance(sigstore, identity=github_identity(REPOSITORY, builder=reused)), trust=trust).provenance
    assert found.build is not None
    assert (found.build.identity, found.build.builder) == (reused, reused)
    assert found.build.repository == "https://github.com/acme/widget"
    assert found.build.workflow == "https://github.com/acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0"


def test_dates_that_do_not_fit_are_noted(sigstore: FakeSigstore, trust: Trust) -> None:
    from proxy.attestations.verify import verify

    document = answer((PUBLISH, publish(sigstore, listed())))
    near, far = (
        verify(document, PACKAGE, SHA512, trust, WHEN - before, WHEN) for before in (timedelta(minutes=2), timedelta(days=30))
    )
    assert near.notes == ()
    assert far.notes == (
        "it is said to have been published at 2026-01-15T12:00:00.000Z, but a public log knows it from 2026-02-14T12:00:00.000Z",
    )
