"""Several times, none, and times and places in a log that nobody vouches for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from proxy.attestations.certificates import read_certificate
from proxy.attestations.refusals import Refused
from proxy.attestations.trust import Trust
from quarantine.provenance import Proof
from tests.fakes.sigstore import PUBLISH, WHEN, FakeSigstore, github_identity
from tests.proxy.attestations.cases import Json, edited, entry_of, judged, provenance, publish

LATER = WHEN + timedelta(minutes=3)


def test_a_key_of_the_registry_has_to_be_in_use_at_every_time(sigstore: FakeSigstore) -> None:
    bundle = publish(sigstore, stamps=[LATER])
    between = sigstore.trust(keys=sigstore.keys(start="2025-01-13T00:00:00Z", end="2026-02-14T12:01:00Z"))
    assert judged(sigstore, bundle, PUBLISH).publish.proof is Proof.VERIFIED
    assert judged(sigstore, bundle, PUBLISH, between).publish.reason == "the registry's key was not in use when it was signed"


def test_the_earliest_time_counts(sigstore: FakeSigstore, trust: Trust) -> None:
    for stamps in ([LATER], [WHEN - timedelta(seconds=2), LATER]):
        found = judged(sigstore, provenance(sigstore, kind="intoto", stamps=stamps), trust=trust).provenance
        assert (found.proof, found.at) == (Proof.VERIFIED, min(WHEN, *stamps))


def stamps_of(bundle: Json) -> list[Json]:
    found: list[Json] = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    return found


@pytest.mark.parametrize("kind", ["intoto", "dsse", "hashedrekord"])
def test_a_timestamp_that_is_there_twice(sigstore: FakeSigstore, trust: Trust, kind: str) -> None:
    doubled = edited(provenance(sigstore, kind=kind, stamps=[WHEN]), lambda bundle: stamps_of(bundle).extend(stamps_of(bundle)))
    assert judged(sigstore, doubled, trust=trust).provenance.reason == "it has the same timestamp twice"


@pytest.mark.parametrize("kind", ["intoto", "dsse", "hashedrekord"])
def test_a_timestamp_over_another_signature(sigstore: FakeSigstore, trust: Trust, kind: str) -> None:
    other = provenance(sigstore, kind=kind, stamps=[LATER])
    for bundle in (provenance(sigstore, kind=kind, stamps=[WHEN]), provenance(sigstore, kind=kind, stamps=[])):
        added = edited(bundle, lambda copy: stamps_of(copy).extend(stamps_of(other)))
        assert "not over its signature" in (judged(sigstore, added, trust=trust).provenance.reason or "")


def test_the_first_bundles_need_a_promise(sigstore: FakeSigstore, trust: Trust) -> None:
    stamped = provenance(sigstore, media="0.1", promise=False, stamps=[WHEN])
    assert judged(sigstore, stamped, trust=trust).provenance.reason == "the log's promise is missing"


@pytest.mark.parametrize("kind", ["intoto", "dsse"])
def test_an_index_that_nobody_signed_is_not_told(sigstore: FakeSigstore, trust: Trust, kind: str) -> None:
    found = judged(sigstore, provenance(sigstore, kind=kind, promise=False, stamps=[WHEN]), trust=trust).provenance
    assert (found.proof, found.at, found.log_index) == (Proof.VERIFIED, WHEN, None)


def test_an_index_that_only_the_proof_has_signed_has_to_be_that(sigstore: FakeSigstore, trust: Trust) -> None:
    bundle = provenance(sigstore, kind="hashedrekord")
    assert judged(sigstore, bundle, trust=trust).provenance.log_index == 1
    moved = edited(bundle, lambda copy: entry_of(copy).update(logIndex="7"))
    assert judged(sigstore, moved, trust=trust).provenance.reason == "its logIndex is 1, expected was 7"


def test_a_certificate_for_another_curve(sigstore: FakeSigstore) -> None:
    leaf = sigstore.authority.leaf(ec.generate_private_key(ec.SECP384R1()), github_identity("acme/widget"), WHEN)
    with pytest.raises(Refused, match="P-256"):
        read_certificate(leaf)
