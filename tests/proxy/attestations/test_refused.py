"""What does not hold. Each is one step away from a good one, and says why it is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from proxy.attestations.trust import Trust
from quarantine.provenance import Proof
from tests.fakes.sigstore import (
    PUBLISH,
    SLSA_1,
    WHEN,
    FakeSigstore,
    answer,
    email_identity,
    github_identity,
)
from tests.fakes.sigstore.authority import Authority
from tests.fakes.sigstore.keys import b64, new_key
from tests.fakes.sigstore.keys import pem as pem_of
from tests.fakes.sigstore.log import Rekor, body_of
from tests.proxy.attestations.cases import (
    OTHER,
    Json,
    altered,
    edited,
    entry_of,
    judge,
    judged,
    listed,
    provenance,
    publish,
    slsa,
    subject,
)

LATER = WHEN + timedelta(hours=1)


def envelope(bundle: Json) -> Json:
    found: Json = bundle["dsseEnvelope"]
    return found


def put(place: Callable[[Json], Json], name: str, value: object) -> Callable[[Json], object]:
    return lambda bundle: place(bundle).__setitem__(name, value)


def alter(place: Callable[[Json], Json], name: str) -> Callable[[Json], object]:
    return lambda bundle: place(bundle).__setitem__(name, altered(place(bundle)[name]))


def proof_of(bundle: Json) -> Json:
    found: Json = entry_of(bundle)["inclusionProof"]
    return found


def signature_of(bundle: Json) -> Json:
    found: Json = envelope(bundle)["signatures"][0]
    return found


def material_of(bundle: Json) -> Json:
    found: Json = bundle["verificationMaterial"]
    return found


def other_kind(bundle: Json) -> None:
    kinds = ({"kind": "dsse", "version": "0.0.1"}, {"kind": "intoto", "version": "0.0.2"})
    entry_of(bundle)["kindVersion"] = next(each for each in kinds if each != entry_of(bundle)["kindVersion"])


def relogged(bundle: Json, verifier: bytes, *, key: bool = False) -> tuple[str, str, bytes]:
    """Kind, version and body of an entry that claims another signer."""
    kind = entry_of(bundle)["kindVersion"]
    payload, signature = (base64.b64decode(text) for text in (envelope(bundle)["payload"], signature_of(bundle)["sig"]))
    return kind["kind"], kind["version"], body_of(kind["kind"], payload, signature, b"", verifier, key=key)


def lying_body(bundle: Json) -> None:
    body = json.loads(base64.b64decode(entry_of(bundle)["canonicalizedBody"]))
    body["extra"] = "1"
    entry_of(bundle)["canonicalizedBody"] = b64(json.dumps(body).encode())


EDITS: dict[str, tuple[Callable[[Json], object], str]] = {
    "the signature is another": (alter(signature_of, "sig"), "another signature"),
    "the payload is another": (put(envelope, "payload", b64(slsa(SLSA_1, "evil/widget"))), "the log has another statement"),
    "the payload type is another": (put(envelope, "payloadType", "text/plain"), "payloadType"),
    "no signature": (put(envelope, "signatures", []), "0 signatures"),
    "two signatures": (lambda bundle: envelope(bundle)["signatures"].append(signature_of(bundle)), "2 signatures"),
    "the log's time is shifted": (put(entry_of, "integratedTime", str(int(WHEN.timestamp()) + 1)), "promise"),
    "the log's index is another": (put(entry_of, "logIndex", "7"), "promise"),
    "the log's promise is of nobody": (
        alter(lambda bundle: entry_of(bundle)["inclusionPromise"], "signedEntryTimestamp"),
        "promise",
    ),
    "the log's time is unsigned": (lambda bundle: entry_of(bundle).pop("inclusionPromise"), "nobody has signed when"),
    "the log's time is missing": (lambda bundle: entry_of(bundle).pop("integratedTime"), "names no time"),
    "the log's time is a number": (put(entry_of, "integratedTime", int(WHEN.timestamp())), "integratedTime"),
    "the log's time is beyond all years": (put(entry_of, "integratedTime", "9" * 18), "time cannot be read"),
    "no proof": (put(entry_of, "inclusionProof", None), "proof"),
    "no signed root": (lambda bundle: proof_of(bundle).pop("checkpoint"), "checkpoint"),
    "a step of the Merkle path is another": (put(proof_of, "hashes", [b64(b"\7" * 32)]), "proof"),
    "a step of the Merkle path is missing": (put(proof_of, "hashes", []), "proof"),
    "the Merkle root is another": (put(proof_of, "rootHash", b64(b"\7" * 32)), "proof"),
    "the tree is larger": (put(proof_of, "treeSize", "3"), "wrong size"),
    "the signed root is of another tree": (
        lambda bundle: proof_of(bundle)["checkpoint"].__setitem__(
            "envelope", proof_of(bundle)["checkpoint"]["envelope"].replace("\n2\n", "\n3\n")
        ),
        "checkpoint: invalid signature",
    ),
    "two log entries": (lambda bundle: material_of(bundle)["tlogEntries"].append(entry_of(bundle)), "2 tlogEntries"),
    "no log entry": (put(material_of, "tlogEntries", []), "0 tlogEntries"),
    "the log's body is another": (lying_body, "promise is not signed"),
    "an unknown kind of log entry": (
        put(entry_of, "kindVersion", {"kind": "hashedrekord", "version": "0.0.1"}),
        "of a kind that is not known",
    ),
    "a kind of log entry that the body is not": (other_kind, "kind of log entry is"),
    "an unknown version of bundle": (lambda bundle: bundle.__setitem__("mediaType", "application/bundle;version=0.9"), "version"),
    "key and certificate": (
        lambda bundle: material_of(bundle).update(publicKey={"hint": "SHA256:fake"}, certificate={"rawBytes": ""}),
        "one key or certificate",
    ),
    "a certificate and a chain of them": (
        lambda bundle: material_of(bundle).update(certificate={"rawBytes": ""}, x509CertificateChain={"certificates": []}),
        "one key or certificate",
    ),
    "a signature over bytes": (lambda bundle: bundle.__setitem__("messageSignature", {}), "something else"),
    "a timestamp that is none": (
        put(material_of, "timestampVerificationData", {"rfc3161Timestamps": [{"signedTimestamp": b64(b"now")}]}),
        "cannot be verified (ValueError",
    ),
    "too many timestamps": (
        put(material_of, "timestampVerificationData", {"rfc3161Timestamps": [{"signedTimestamp": ""}] * 33}),
        "33 timestamps",
    ),
}


@pytest.mark.parametrize(("edit", "reason"), EDITS.values(), ids=EDITS)
@pytest.mark.parametrize(("media", "kind"), [("0.2", "intoto"), ("0.3", "dsse")])
def test_a_bundle_in_which_one_thing_was_changed(
    sigstore: FakeSigstore, trust: Trust, edit: Callable[[Json], object], reason: str, media: str, kind: str
) -> None:
    for bundle, announced in (
        (provenance(sigstore, media=media, kind=kind), SLSA_1),
        (publish(sigstore, media=media, kind=kind), PUBLISH),
    ):
        spoiled = edited(bundle, edit)
        found = judged(sigstore, spoiled, announced, trust)
        outcome = found.publish if announced == PUBLISH else found.provenance
        assert outcome.proof is Proof.INVALID
        assert reason in (outcome.reason or "")


def test_a_signature_that_both_the_envelope_and_the_log_have_wrong(sigstore: FakeSigstore, trust: Trust) -> None:
    for kind, reason in (("intoto", "not by its certificate's key"), ("dsse", "DSSE: invalid signature")):
        stranger = FakeSigstore()
        stranger.rekor, stranger.npm_key = sigstore.rekor, new_key()
        mine, theirs = provenance(sigstore, kind=kind), provenance(stranger, kind=kind)
        certificate = material_of(mine)["certificate"]
        pem = b"-----BEGIN CERTIFICATE-----\n" + certificate["rawBytes"].encode() + b"\n-----END CERTIFICATE-----\n"
        forged = sigstore.rekor.entry(*relogged(theirs, pem), WHEN)
        material_of(theirs).update(certificate=certificate, tlogEntries=[forged])
        assert reason in (judged(sigstore, theirs, trust=trust).provenance.reason or "")
        listing = publish(stranger, kind=kind)
        own = sigstore.rekor.entry(*relogged(listing, pem_of(sigstore.npm_key), key=True), WHEN)
        material_of(listing).update(tlogEntries=[own])
        assert "not by the registry's key" in (judged(sigstore, listing, PUBLISH, trust).publish.reason or "")


KNOBS: dict[str, tuple[Json, str]] = {
    "another authority": ({"authority": Authority()}, "certificate chain"),
    "a certificate that had expired": ({"certified": WHEN - timedelta(minutes=11)}, "not valid when"),
    "a certificate that was not valid yet": ({"certified": LATER}, "not valid when"),
    "a certificate that no log has": ({"in_ct_log": False}, "signed certificate timestamp"),
    "a certificate that another log has": ({"ct_key": new_key()}, "SCT verify failed"),
    "a certificate for something else": ({"code_signing": False}, "code"),
    "an identity of a person": ({"identity": email_identity(), "payload": slsa(predicate={"builder": {}})}, "accounts.example"),
    "a statement of another repository": ({"payload": slsa(repository="evil/widget")}, "another repository"),
    "a timestamp when the certificate had expired": ({"stamps": [LATER]}, "not valid when"),
    "nobody says when": ({"promise": False}, "nobody has signed when"),
}


@pytest.mark.parametrize(("knobs", "reason"), KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("kind", ["intoto", "dsse"])
def test_a_workflow_that_is_not_what_it_should_be(sigstore: FakeSigstore, knobs: Json, reason: str, kind: str) -> None:
    found = judged(sigstore, provenance(sigstore, kind=kind, **knobs)).provenance
    assert found.proof is Proof.INVALID
    assert reason in (found.reason or "")


def test_a_self_hosted_runner_and_another_repository_are_told_as_facts(sigstore: FakeSigstore) -> None:
    identity = github_identity("evil/widget", runner="self-hosted")
    found = judged(sigstore, provenance(sigstore, slsa(repository="evil/widget"), identity=identity)).provenance
    assert found.proof is Proof.VERIFIED
    assert found.build is not None
    assert (found.build.runner, found.build.repository) == ("self-hosted", "https://github.com/evil/widget")


def test_an_entry_of_another_log_under_the_name_of_the_right_one(sigstore: FakeSigstore, trust: Trust) -> None:
    for kind in ("intoto", "dsse"):
        other = FakeSigstore()
        other.authority = sigstore.authority
        bundle = provenance(other, kind=kind)
        entry_of(bundle)["logId"] = {"keyId": b64(sigstore.rekor.log_id)}
        assert judged(sigstore, bundle, trust=trust).provenance.proof is Proof.INVALID


def test_an_entry_of_a_log_that_nobody_knows_is_not_judged(sigstore: FakeSigstore, trust: Trust) -> None:
    elsewhere = FakeSigstore()
    elsewhere.authority, elsewhere.npm_key = sigstore.authority, sigstore.npm_key
    for bundle, announced in ((provenance(elsewhere), SLSA_1), (publish(elsewhere), PUBLISH)):
        found = judged(sigstore, bundle, announced, trust)
        outcome = found.publish if announced == PUBLISH else found.provenance
        assert outcome.proof is Proof.UNKNOWN
        assert "refresh the trusted root" in (outcome.reason or "")


def test_the_entry_of_another_bundle(sigstore: FakeSigstore, trust: Trust) -> None:
    for kind in ("intoto", "dsse", "hashedrekord"):
        mine, other = provenance(sigstore, kind=kind), provenance(sigstore, slsa(extra=1), kind=kind)
        swapped = edited(mine, put(material_of, "tlogEntries", material_of(other)["tlogEntries"]))
        assert judged(sigstore, swapped, trust=trust).provenance.proof is Proof.INVALID


def test_the_same_statement_logged_by_somebody_else(sigstore: FakeSigstore, trust: Trust) -> None:
    for kind in ("intoto", "dsse"):
        mine, theirs = publish(sigstore, kind=kind), publish(sigstore, kind=kind, key=new_key())
        envelope(theirs)["signatures"] = envelope(mine)["signatures"]
        found = judged(sigstore, theirs, PUBLISH, trust).publish
        assert (found.proof, found.reason) == (Proof.INVALID, "the log has another signature")


def test_a_certificate_in_the_place_of_a_key_and_the_other_way_round(sigstore: FakeSigstore, trust: Trust) -> None:
    swapped = judge(answer((PUBLISH, provenance(sigstore, listed())), (SLSA_1, publish(sigstore, slsa()))), trust)
    assert swapped.publish.reason == "it should be signed with the registry's key, and is with a certificate"
    assert swapped.provenance.reason == "it should be signed with a certificate, and is with a key"


def test_a_name_of_a_key_on_a_certificates_signature(sigstore: FakeSigstore, trust: Trust) -> None:
    named = edited(provenance(sigstore), put(signature_of, "keyid", "SHA256:other"))
    assert judged(sigstore, named, trust=trust).provenance.reason == "it is signed by a certificate, but names a key"


def test_the_same_bytes_spelt_otherwise(sigstore: FakeSigstore, trust: Trust) -> None:
    texts = (provenance(sigstore, slsa(pad=" " * pad)) for pad in range(3))
    bundle = next(each for each in texts if envelope(each)["payload"].endswith("Q=="))
    for spelling in ("QA==", "Q=", "Q", "Q==\n"):
        loose = edited(bundle, put(envelope, "payload", envelope(bundle)["payload"].removesuffix("Q==") + spelling))
        assert "base64" in (judged(sigstore, loose, trust=trust).provenance.reason or "")
    bits = edited(bundle, put(envelope, "payload", envelope(bundle)["payload"].removesuffix("Q==") + "R=="))
    assert judged(sigstore, bits, trust=trust).provenance.reason == "its payload is not canonical base64"


def test_a_good_one_does_not_outvote_a_bad_one(sigstore: FakeSigstore, trust: Trust) -> None:
    good, bad = provenance(sigstore), provenance(sigstore, slsa(subject=subject(sha512=OTHER)))
    for entries in ((good, bad), (bad, good)):
        assert judge(answer(*((SLSA_1, each) for each in entries)), trust).provenance.proof is Proof.INVALID


def test_two_provenances_of_different_builds(sigstore: FakeSigstore, trust: Trust) -> None:
    other = provenance(sigstore, slsa(repository="acme/fork"), identity=github_identity("acme/fork"))
    found = judge(answer((SLSA_1, provenance(sigstore)), (SLSA_1, other)), trust).provenance
    assert found.reason == "there are several provenances, and they tell of different builds"


def test_a_signature_of_the_future_casts_doubt_on_the_clock(sigstore: FakeSigstore, trust: Trust) -> None:
    found = judge(answer((SLSA_1, provenance(sigstore))), trust, now=WHEN - timedelta(minutes=6)).provenance
    assert (found.proof, found.reason) == (Proof.UNKNOWN, "it was signed in what is the future here; look at the clock")


def test_another_log_key_of_the_same_kind_is_not_tried(sigstore: FakeSigstore) -> None:
    stranger = Rekor()
    root = sigstore.root(tlogs=[stranger.described(), sigstore.rekor.described()])
    bundle = provenance(sigstore)
    entry_of(bundle)["logId"] = {"keyId": b64(stranger.log_id)}
    assert judged(sigstore, bundle, trust=sigstore.trust(root=root)).provenance.proof is Proof.INVALID
