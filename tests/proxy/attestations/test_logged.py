"""A log that has something else than the bundle: each entry here is in the log, proven and promised, but for another purpose."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from proxy.attestations.trust import Trust
from quarantine.provenance import Proof
from tests.fakes.sigstore import PUBLISH, SLSA_1, WHEN, FakeSigstore
from tests.fakes.sigstore.keys import b64, canonical, new_key, pem, spki
from tests.fakes.sigstore.log import VERSIONS
from tests.proxy.attestations.cases import Json, edited, entry_of, judged, provenance, publish

OTHER_PEM = b64(pem(new_key()))
OTHER_DER = b64(spki(new_key()))
SIGNER = {"rawBytes": OTHER_DER}


def relogged(sigstore: FakeSigstore, bundle: Json, edit: Callable[[Any], object]) -> Json:
    """The bundle with an entry of which the log had a changed body from the start."""
    copy = edited(bundle, lambda _: None)
    body = json.loads(base64.b64decode(entry_of(copy)["canonicalizedBody"]))
    kind = body["kind"]
    edit(body["spec"])
    log = sigstore.tiles if kind == "hashedrekord" else sigstore.rekor
    copy["verificationMaterial"]["tlogEntries"] = [log.entry(kind, VERSIONS[kind], canonical(body), WHEN)]
    return copy


def intoto(spec: Json) -> Json:
    found: Json = spec["content"]["envelope"]
    return found


def record(spec: Json) -> Json:
    found: Json = spec["hashedRekordV002"]
    return found


CASES: list[tuple[str, Callable[[Any], object], str]] = [
    ("intoto", lambda spec: intoto(spec)["signatures"][0].update(sig=b64(b64(b"other").encode())), "another signature"),
    ("intoto", lambda spec: intoto(spec)["signatures"][0].update(sig=b64(b"other")), "base64"),
    ("intoto", lambda spec: intoto(spec)["signatures"][0].update(publicKey=OTHER_PEM), "another signer"),
    ("intoto", lambda spec: intoto(spec)["signatures"][0].update(publicKey=b64(b"no PEM")), "not PEM"),
    ("intoto", lambda spec: intoto(spec)["signatures"].append({}), "2 signatures"),
    ("intoto", lambda spec: intoto(spec).update(signatures=[]), "0 signatures"),
    ("intoto", lambda spec: intoto(spec).update(payloadType="text/plain"), "logged payloadType"),
    ("intoto", lambda spec: spec["content"]["payloadHash"].update(value="00" * 32), "another statement"),
    ("intoto", lambda spec: spec["content"]["payloadHash"].update(algorithm="sha1"), "logged algorithm"),
    ("intoto", lambda spec: spec["content"].pop("payloadHash"), "payloadHash"),
    ("dsse", lambda spec: spec["signatures"][0].update(signature=b64(b"other")), "another signature"),
    ("dsse", lambda spec: spec["signatures"][0].update(verifier=OTHER_PEM), "another signer"),
    ("dsse", lambda spec: spec["signatures"].append({}), "2 signatures"),
    ("dsse", lambda spec: spec["payloadHash"].update(value="00" * 32), "another statement"),
    ("dsse", lambda spec: spec["payloadHash"].update(algorithm="sha1"), "logged algorithm"),
    ("hashedrekord", lambda spec: record(spec)["signature"].update(content=b64(b"other")), "another signature"),
    ("hashedrekord", lambda spec: record(spec)["data"].update(digest=b64(b"\0" * 32)), "another statement"),
    ("hashedrekord", lambda spec: record(spec)["data"].update(algorithm="SHA2_512"), "logged algorithm"),
    ("hashedrekord", lambda spec: record(spec)["signature"]["verifier"].update(keyDetails="PKIX_ED25519"), "keyDetails"),
    (
        "hashedrekord",
        lambda spec: record(spec)["signature"]["verifier"].update(x509Certificate=SIGNER, publicKey=SIGNER),
        "signer",
    ),
    ("hashedrekord", lambda spec: spec.pop("hashedRekordV002"), "hashedRekordV002"),
]


@pytest.mark.parametrize(("kind", "edit", "reason"), CASES)
def test_an_entry_about_something_else_is_refused(
    sigstore: FakeSigstore, trust: Trust, kind: str, edit: Callable[[Any], object], reason: str
) -> None:
    for make, announced in ((provenance, SLSA_1), (publish, PUBLISH)):
        bundle = make(sigstore, kind=kind)
        found = judged(sigstore, relogged(sigstore, bundle, edit), announced, trust)
        outcome = found.publish if announced == PUBLISH else found.provenance
        assert outcome.proof is Proof.INVALID
        assert reason in (outcome.reason or "")


@pytest.mark.parametrize("kind", VERSIONS)
def test_an_entry_logged_again_unchanged_is_good(sigstore: FakeSigstore, trust: Trust, kind: str) -> None:
    """So that the ones above are refused for what was changed."""
    for make, announced in ((provenance, SLSA_1), (publish, PUBLISH)):
        found = judged(sigstore, relogged(sigstore, make(sigstore, kind=kind), lambda _: None), announced, trust)
        outcome = found.publish if announced == PUBLISH else found.provenance
        assert (outcome.proof, outcome.reason) == (Proof.VERIFIED, None)
