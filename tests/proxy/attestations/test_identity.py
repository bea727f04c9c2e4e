"""What is known of a build, from certificates of all times and of both hosts, and what speaks against it."""

from __future__ import annotations

import pytest

from proxy.attestations.trust import Trust
from quarantine.provenance import Build, Proof
from tests.fakes.sigstore import FakeSigstore, github_identity, gitlab_identity, old_github_identity
from tests.fakes.sigstore.identities import COMMIT, Identity
from tests.proxy.attestations.cases import REPOSITORY, judged, provenance, slsa

GITHUB, WORKFLOW = "https://token.actions.githubusercontent.com", ".github/workflows/release.yml@refs/tags/v1.0.0"


def built(sigstore: FakeSigstore, trust: Trust, identity: Identity, **changes: object) -> Build:
    found = judged(sigstore, provenance(sigstore, slsa(**changes), identity=identity), trust=trust).provenance
    assert (found.proof, found.reason) == (Proof.VERIFIED, None)
    assert found.build is not None
    return found.build


def refused(sigstore: FakeSigstore, trust: Trust, identity: Identity) -> str:
    found = judged(sigstore, provenance(sigstore, identity=identity), trust=trust).provenance
    assert found.proof is Proof.INVALID
    assert found.reason is not None
    return found.reason


def test_a_certificate_of_github_tells_everything(sigstore: FakeSigstore, trust: Trust) -> None:
    address = "https://github.com/acme/widget"
    assert built(sigstore, trust, github_identity(REPOSITORY)) == Build(
        issuer=GITHUB,
        identity=f"{address}/{WORKFLOW}",
        repository=address,
        repository_id="495574555",
        owner_id="71096353",
        commit=COMMIT,
        ref="refs/tags/v1.0.0",
        workflow=f"{address}/{WORKFLOW}",
        builder=f"{address}/{WORKFLOW}",
        trigger="release",
        runner="github-hosted",
        run=f"{address}/actions/runs/9116405766/attempts/1",
    )


def test_an_old_certificate_of_github_says_less(sigstore: FakeSigstore, trust: Trust) -> None:
    address = "https://github.com/acme/widget"
    assert built(sigstore, trust, old_github_identity(REPOSITORY)) == Build(
        issuer=GITHUB,
        identity=f"{address}/{WORKFLOW}",
        repository=address,
        commit=COMMIT,
        ref="refs/tags/v1.0.0",
        workflow=f"{address}/{WORKFLOW}",
        builder=f"{address}/{WORKFLOW}",
        trigger="release",
    )


def test_a_certificate_of_gitlab(sigstore: FakeSigstore, trust: Trust) -> None:
    source = {"uri": "git+https://gitlab.com/acme/widget", "digest": {"sha1": COMMIT}}
    found = built(sigstore, trust, gitlab_identity(REPOSITORY), predicate={"invocation": {"configSource": source}})
    assert (found.issuer, found.repository) == ("https://gitlab.com", "https://gitlab.com/acme/widget")
    assert found.workflow == "https://gitlab.com/acme/widget//.gitlab-ci.yml@refs/heads/main"
    assert (found.runner, found.run) == ("gitlab-hosted", "https://gitlab.com/acme/widget/-/jobs/4242")


def test_the_old_repository_counts_at_github_alone(sigstore: FakeSigstore, trust: Trust) -> None:
    identity = {**old_github_identity(REPOSITORY), 1: "https://gitlab.com"}
    assert built(sigstore, trust, identity, predicate={"made": "elsewhere"}).repository is None


LONG = "https://github.com/acme/widget/" + "x" * 150


def test_a_fact_may_be_longer_than_der_counts_in_one_byte(sigstore: FakeSigstore, trust: Trust) -> None:
    assert built(sigstore, trust, {**github_identity(REPOSITORY), 21: LONG}).run == LONG


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({1: "https://gitlab.com"}, "two of what should be one issuer"),
        ({3: "0" * 40}, "two of what should be one commit"),
        ({6: "refs/heads/evil"}, "two of what should be one ref"),
        ({5: "evil/widget"}, "names two repositories"),
        ({12: "https://github.com/evil/widget"}, "names two repositories"),
        ({14: "refs/heads/\u202eniam", 6: "refs/heads/\u202eniam"}, "cannot be shown"),
        ({21: "https://github.com/\n"}, "cannot be shown"),
        ({21: "x" * 1001}, "cannot be shown"),
    ],
)
def test_a_certificate_that_contradicts_itself(
    sigstore: FakeSigstore, trust: Trust, changes: dict[int, str], reason: str
) -> None:
    assert reason in refused(sigstore, trust, {**github_identity(REPOSITORY), **changes})


@pytest.mark.parametrize(
    "der", [b"", b"\x0c", b"\x0c\x05abc", b"\x0c\x01ab", b"\x0c\x82\xff\xffa", b"\x13\x01a", b"\x0c\x01\xff", b"bare"]
)
def test_a_field_that_is_no_text(sigstore: FakeSigstore, trust: Trust, der: bytes) -> None:
    assert "field that is no" in refused(sigstore, trust, {**github_identity(REPOSITORY), 21: der})


def test_a_certificate_with_two_subjects(sigstore: FakeSigstore, trust: Trust) -> None:
    identity = github_identity(REPOSITORY)
    assert "not that of a workflow" in refused(sigstore, trust, {**identity, 0: [identity[0], "https://github.com/evil/widget"]})


def test_a_certificate_that_says_nothing_of_an_issuer(sigstore: FakeSigstore, trust: Trust) -> None:
    silent = {number: text for number, text in github_identity(REPOSITORY).items() if number not in {1, 8}}
    assert "who vouched" in refused(sigstore, trust, silent)
