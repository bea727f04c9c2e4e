"""Statements as npm makes them, and the answer that carries them."""

from __future__ import annotations

import json

from tests.fakes.sigstore.identities import COMMIT
from tests.fakes.sigstore.keys import Json

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
SLSA_1 = "https://slsa.dev/provenance/v1"
SLSA_02 = "https://slsa.dev/provenance/v0.2"


def statement(name: str, version: str, sha512: bytes, predicate_type: str, predicate: Json, **changes: object) -> bytes:
    """About one version. `changes` replace whole fields of it."""
    purl = f"pkg:npm/{name.replace('@', '%40', 1) if name.startswith('@') else name}@{version}"
    made: Json = {
        "_type": "https://in-toto.io/Statement/v1" if predicate_type == SLSA_1 else "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": purl, "digest": {"sha512": sha512.hex()}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return json.dumps({**made, **changes}).encode()


def publish_predicate(name: str, version: str) -> Json:
    """What the registry says."""
    return {"name": name, "version": version, "registry": "https://registry.example"}


def github_predicate(predicate_type: str, repository: str, *, ref: str = "refs/tags/v1.0.0", commit: str = COMMIT) -> Json:
    """What a workflow at GitHub says of itself."""
    address = f"https://github.com/{repository}"
    if predicate_type == SLSA_02:
        return {
            "buildType": "https://github.com/npm/cli/gha/v2",
            "builder": {"id": "https://github.com/actions/runner"},
            "invocation": {"configSource": {"uri": f"git+{address}@{ref}", "digest": {"sha1": commit}}},
        }
    return {
        "buildDefinition": {
            "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
            "externalParameters": {"workflow": {"ref": ref, "repository": address, "path": ".github/workflows/release.yml"}},
            "resolvedDependencies": [{"uri": f"git+{address}@{ref}", "digest": {"gitCommit": commit}}],
        },
        "runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}},
    }


def answer(*entries: tuple[str, Json]) -> bytes:
    """Of `/-/npm/v1/attestations/…`: pairs of predicate type and bundle."""
    return json.dumps({"attestations": [{"predicateType": kind, "bundle": bundle} for kind, bundle in entries]}).encode()
