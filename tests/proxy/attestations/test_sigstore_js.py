"""npm's own implementation and ours say the same of every bundle, but where we are stricter on purpose."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.attestations.trust import packaged_trust
from quarantine.provenance import Proof
from tests.delivery.conftest import had
from tests.delivery.fetched import Unavailable, cached, fetch
from tests.fakes.sigstore import PUBLISH, FakeSigstore
from tests.proxy.attestations import test_real as real
from tests.proxy.attestations.cases import Json, edited, provenance, publish
from tests.proxy.attestations.test_accepted import FORMS
from tests.proxy.attestations.test_refused import EDITS, KNOBS

pytestmark = pytest.mark.delivery
FOLDER = Path(__file__).parent / "sigstore_js"

Verdicts = Callable[[bytes, bytes, list[Json]], list[str | None]]

STRICTER = {
    "the log's time is a number": "Protobuf may write it so, no registry does",
    "the Merkle root is another": "it does not look at this copy of what the log has signed",
    "the tree is larger": "it does not look at this copy of what the log has signed",
    "key and certificate": "it takes one of them",
    "a certificate and a chain of them": "it takes one of them",
    "a certificate for something else": "it does not look at what a certificate is for",
    "an identity of a person": "who is trusted is its caller's to say",
    "a statement of another repository": "what is stated is its caller's to judge",
}
"""What npm's implementation accepts and we do not, and why that is so."""


def _packages() -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Unavailable("there is no node")
    manifest = FOLDER / "package.json"
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]

    def make(root: Path) -> None:
        shutil.copy(manifest, root)
        fetch("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", cwd=root)

    return cached(f"sigstore-js-{digest}", make) / "node_modules"


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    packages = had(_packages)

    def ask(root: bytes, keys: bytes, bundles: list[Json]) -> list[str | None]:
        asked = json.dumps({"root": json.loads(root), "keys": json.loads(keys)["keys"], "bundles": bundles})
        done = subprocess.run(
            ["node", FOLDER / "verify.cjs"],
            input=asked,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env={**os.environ, "NODE_PATH": str(packages)},
        )
        found: list[str | None] = json.loads(done.stdout)
        return found

    return ask


def test_it_accepts_every_form_that_we_accept(sigstore: FakeSigstore, verdicts: Verdicts) -> None:
    bundles = []
    for form in FORMS:
        media, kind, proof = form.values
        bundles += [make(sigstore, media=media, kind=kind, proof=proof) for make in (provenance, publish)]
    found = verdicts(sigstore.root(), sigstore.keys(), bundles)
    assert found == [None] * len(bundles)
    assert len(found) >= 14


def test_it_refuses_what_we_refuse(sigstore: FakeSigstore, verdicts: Verdicts) -> None:
    spoiled: list[tuple[str, Json]] = []
    for media, kind in (("0.2", "intoto"), ("0.3", "dsse")):
        for make in (provenance, publish):
            spoiled += [(name, edited(make(sigstore, media=media, kind=kind), edit)) for name, (edit, _) in EDITS.items()]
        spoiled += [(name, provenance(sigstore, kind=kind, **knobs)) for name, (knobs, _) in KNOBS.items()]
    found = verdicts(sigstore.root(), sigstore.keys(), [bundle for _, bundle in spoiled])
    accepted = {name for (name, _), verdict in zip(spoiled, found, strict=True) if verdict is None}
    assert accepted == set(STRICTER)


@real.pytestmark
def test_real_ones_are_judged_the_same(sigstore: FakeSigstore, verdicts: Verdicts) -> None:
    entries, ours = [], []
    for file in (*real.VALID, *real.INVALID):
        origin = file if file in real.VALID else real.original(file)
        judgement = real.judge(file, origin)
        for entry in json.loads(file.read_bytes())["attestations"]:
            entries.append(entry["bundle"])
            outcome = judgement.publish if entry["predicateType"] == PUBLISH else judgement.provenance
            ours.append(outcome.proof is Proof.VERIFIED)
    keys = json.loads((real.FOLDER / "keys/npm-keys.tuf-target.json").read_bytes())
    attesting = {"keys": [row for row in keys["keys"] if row["keyUsage"] == "npm:attestations"]}
    theirs = verdicts(packaged_trust().root, json.dumps(attesting).encode(), entries)
    differing = [
        entry["dsseEnvelope"]["signatures"][0]["keyid"]
        for entry, our, their in zip(entries, ours, theirs, strict=True)
        if our is not (their is None)
    ]
    # It is pacote that refuses a name of a key on a workflow's signature, not this part.
    assert len(differing) == 1
    assert len(entries) == 34
