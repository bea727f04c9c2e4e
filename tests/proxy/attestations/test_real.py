"""Answers that npm's registry has really given, and altered ones. They are not part of the repository.

`PRATIQUE_TEST_PROVENANCE` names the folder, with `valid/`, `invalid/`, `keys/`, `packuments/` and `trusted-roots/`.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proxy.attestations.trust import Trust, packaged_trust, read_trust
from proxy.attestations.verify import verify
from proxy.npm.signatures import check_signatures
from proxy.npm.signing_keys import read_signing_keys
from quarantine.package import PackageName, PackageVersion
from quarantine.provenance import KeyState, Proof, Provenance

FOLDER = Path(os.environ.get("PRATIQUE_TEST_PROVENANCE", "nowhere"))
pytestmark = pytest.mark.skipif(
    not (FOLDER / "valid").is_dir(), reason="no real attestations: PRATIQUE_TEST_PROVENANCE names no folder with them"
)
VALID = sorted(FOLDER.glob("valid/*.json"))
INVALID = sorted(FOLDER.glob("invalid/*.json"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD_KEY, NEW_KEY = "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA", "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U"
ROTATION = datetime(2025, 1, 20, tzinfo=UTC)
"""When both keys were in use."""


def subject(file: Path) -> tuple[PackageVersion, bytes]:
    """What a valid file is about: the registry served these bytes under this name."""
    payload = json.loads(file.read_bytes())["attestations"][0]["bundle"]["dsseEnvelope"]["payload"]
    (about,) = json.loads(base64.b64decode(payload))["subject"]
    name = about["name"].removeprefix("pkg:npm/").replace("%40", "@")
    return PackageVersion.parse(name), bytes.fromhex(about["digest"]["sha512"])


def judge(file: Path, of: Path, trust: Trust | None = None) -> Provenance:
    package, sha512 = subject(of)
    return verify(file.read_bytes(), package, sha512, trust or packaged_trust(), None, NOW)


def original(file: Path) -> Path:
    (found,) = (each for each in VALID if file.name.startswith(f"{each.stem}."))
    return found


def test_there_is_something() -> None:
    assert len(VALID) >= 7
    assert len(INVALID) >= 10


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_real_answer_is_verified(file: Path) -> None:
    found = judge(file, file)
    assert (found.publish.proof, found.publish.reason) == (Proof.VERIFIED, None)
    assert (found.provenance.proof, found.provenance.reason) == (Proof.VERIFIED, None)
    assert found.notes == ()
    build = found.provenance.build
    assert build is not None
    assert build.repository is not None
    assert build.repository.startswith("https://github.com/")
    assert build.commit is not None
    assert build.runner in {"github-hosted", None}
    assert found.publish.at is not None
    assert found.provenance.at is not None
    assert found.provenance.at <= found.publish.at


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_altered_answer_is_refused_where_it_was_altered(file: Path) -> None:
    found = judge(file, original(file))
    altered_publish = not any(word in file.stem for word in ("invalid-sig-provenance", "mismatched-keyid"))
    outcomes = (found.publish.proof, found.provenance.proof)
    assert outcomes == ((Proof.INVALID, Proof.VERIFIED) if altered_publish else (Proof.VERIFIED, Proof.INVALID))


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_real_answer_says_nothing_about_another_version(file: Path) -> None:
    for other in VALID:
        if other != file:
            found = judge(file, other)
            assert found.publish.proof is found.provenance.proof is Proof.INVALID


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_before_the_rotation_a_new_key_is_unknown_and_not_wrong(file: Path) -> None:
    trust = read_trust(None, FOLDER / "keys" / "npm-v1-keys.before-2025-rotation.json")
    found = judge(file, file, trust)
    by_new_key = judge(file, file).publish.keyid == NEW_KEY
    assert found.publish.proof is (Proof.UNKNOWN if by_new_key else Proof.VERIFIED)
    assert found.provenance.proof is Proof.VERIFIED


def test_the_packaged_material_is_the_real_one() -> None:
    packaged = packaged_trust()
    assert (
        read_trust(FOLDER / "trusted-roots/public-good.trusted_root.json", FOLDER / "keys/npm-keys.tuf-target.json") == packaged
    )


def listed() -> list[dict[str, Any]]:
    document = json.loads((FOLDER / "packuments/lodash.abbreviated-packument.json").read_bytes())
    return list(document["versions"].values())


@pytest.mark.parametrize("keys", ["npm-keys.tuf-target.json", "npm-v1-keys.json"])
def test_every_signature_of_lodash_is_good(keys: str) -> None:
    known = read_signing_keys((FOLDER / "keys" / keys).read_bytes())
    versions = listed()
    assert len(versions) == 117
    for version in versions:
        about, dist = PackageVersion(PackageName("lodash"), version["version"]), version["dist"]
        assert check_signatures(about, dist["integrity"], dist["signatures"], known, ROTATION).proof is Proof.VERIFIED
        # An abbreviated packument has no times, and both keys had limits.
        (signature,) = check_signatures(about, dist["integrity"], dist["signatures"], known, None).signatures
        always = keys == "npm-v1-keys.json" and signature.keyid == NEW_KEY
        assert signature.state is (KeyState.VALID if always else KeyState.NO_TIME)


def test_judged_by_today_most_good_signatures_would_fail() -> None:
    """Which is why they are not."""
    versions = [PackageVersion(PackageName("lodash"), version["version"]) for version in listed()]
    keys = packaged_trust().keys
    judged = [
        check_signatures(about, version["dist"]["integrity"], version["dist"]["signatures"], keys, NOW)
        for about, version in zip(versions, listed(), strict=True)
    ]
    assert sum(each.proof is Proof.VERIFIED for each in judged) == 3
    assert sum(each.signatures[0].state is KeyState.OUT_OF_DATE for each in judged) == 114


def test_quoted_signatures_are_good_but_for_the_two_that_were_made_up() -> None:
    rows = json.loads((FOLDER / "packuments/dist-signature-excerpts.json").read_bytes())
    refused = []
    for row in rows:
        about, dist = PackageVersion.parse(f"{row['name']}@{row['version']}"), row["dist"]
        found = check_signatures(about, dist.get("integrity"), dist["signatures"], packaged_trust().keys, ROTATION)
        if found.proof is not Proof.VERIFIED:
            refused.append((str(about), found.proof))
    assert len(rows) == 20
    assert [name for name, _ in refused] == ["kms-demo@1.0.0", "lodash@4.17.21"]
