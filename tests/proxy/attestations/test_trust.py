"""Trust out of files, when its parts were in use, and how it is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from proxy.attestations.anchors import check_trust
from proxy.attestations.shown import anchors_of
from proxy.attestations.trust import ISSUERS, BadTrust, Trust, packaged_trust, read_trust
from proxy.npm.signing_keys import BadKeys
from quarantine.provenance import Proof
from tests.fakes.sigstore import PUBLISH, WHEN, FakeSigstore
from tests.proxy.attestations.cases import judged, provenance, publish

BEFORE, AFTER = "2020-01-01T00:00:00Z", "2026-02-14T12:00:00Z"


def test_what_is_packaged_can_be_used() -> None:
    trust = packaged_trust()
    check_trust(trust)
    shown = anchors_of(trust)
    assert [each.what for each in shown] == [
        *["log"] * 2,
        *["certificate authority"] * 2,
        *["certificate log"] * 2,
        "timestamp authority",
        *["npm:signatures", "npm:attestations"] * 2,
    ]
    assert shown[7].name == "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA"
    assert (shown[7].start, shown[7].end) == (None, datetime(2025, 1, 29, tzinfo=UTC))


def test_trust_is_read_from_files(sigstore: FakeSigstore, tmp_path: Path) -> None:
    root, keys = tmp_path / "root.json", tmp_path / "keys.json"
    root.write_bytes(sigstore.root())
    keys.write_bytes(sigstore.keys())
    assert read_trust(root, keys) == sigstore.trust()
    assert read_trust(None, None) == packaged_trust()


def test_other_material_is_another_trust(sigstore: FakeSigstore) -> None:
    others = [
        sigstore.trust(root=sigstore.root(timestampAuthorities=[])),
        sigstore.trust(keys=sigstore.keys(start="2024-01-01T00:00:00Z")),
        sigstore.trust(issuers=ISSUERS | {"https://accounts.example"}),
    ]
    assert len({sigstore.trust(), *others, packaged_trust()}) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"mediaType": "application/json"},
        {"tlogs": []},
        {"ctlogs": None},
        {"certificateAuthorities": []},
        {"certificateAuthorities": {}},
        {"tlogs": [7]},
    ],
)
def test_a_root_that_lacks_something_is_an_error(sigstore: FakeSigstore, tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "root.json").write_bytes(sigstore.root(**change))
    with pytest.raises(BadTrust, match="trusted root"):
        read_trust(tmp_path / "root.json", None)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 100_000, b" " * ((1 << 20) + 1)])
def test_a_root_that_is_none_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "root.json").write_bytes(data)
    with pytest.raises(BadTrust):
        read_trust(tmp_path / "root.json", None)
    (tmp_path / "keys.json").write_bytes(data)
    with pytest.raises(BadKeys):
        read_trust(None, tmp_path / "keys.json")


@pytest.mark.parametrize("damage", ["rawBytes", "ct rawBytes", "logId", "publicKey", "validFor"])
def test_a_root_with_a_damaged_key_is_an_error_before_it_is_used(sigstore: FakeSigstore, damage: str) -> None:
    document = json.loads(sigstore.root())
    log = document["tlogs"][0]
    if damage == "rawBytes":
        log["publicKey"]["rawBytes"] = "AAAA"
    elif damage == "ct rawBytes":
        document["ctlogs"].append({**document["ctlogs"][0], "publicKey": {"rawBytes": "AAAA", "keyDetails": "PKIX_ED25519"}})
    elif damage == "validFor":
        log["publicKey"]["validFor"] = {"start": "yesterday"}
    else:
        log[damage] = 7
    with pytest.raises(BadTrust, match="trusted root"):
        check_trust(sigstore.trust(root=json.dumps(document).encode()))


def with_period(sigstore: FakeSigstore, what: str, **validity: str) -> Trust:
    lists = {
        "tlogs": [sigstore.rekor.described(**validity), sigstore.tiles.described(**validity)],
        "certificateAuthorities": [sigstore.authority.described(**validity)],
        "ctlogs": [sigstore.authority.ct_described(**validity)],
        "timestampAuthorities": [sigstore.stamper.described(**validity)],
    }
    return sigstore.trust(root=sigstore.root(**{what: lists[what]}))


@pytest.mark.parametrize("what", ["tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"])
@pytest.mark.parametrize("kind", ["intoto", "dsse", "hashedrekord"])
def test_whoever_was_not_in_use_is_not_believed(sigstore: FakeSigstore, what: str, kind: str) -> None:
    bundle = provenance(sigstore, kind=kind, stamps=[WHEN])
    ended = {"start": BEFORE, "end": AFTER}
    begins_later = {"start": "2026-02-14T12:00:01Z"}
    for validity in (ended, begins_later):
        assert judged(sigstore, bundle, trust=with_period(sigstore, what, **validity)).provenance.proof is Proof.INVALID
    for validity in ({"start": BEFORE, "end": "2026-02-14T12:00:01Z"}, {"start": AFTER}):
        assert judged(sigstore, bundle, trust=with_period(sigstore, what, **validity)).provenance.proof is Proof.VERIFIED


def test_a_log_that_had_ended_is_named_as_the_reason(sigstore: FakeSigstore) -> None:
    trust = with_period(sigstore, "tlogs", start=BEFORE, end=AFTER)
    for kind in ("intoto", "dsse"):
        assert judged(sigstore, publish(sigstore, kind=kind), PUBLISH, trust).publish.reason == (
            "the log's key was not in use when it was signed"
        )


def test_the_registrys_key_has_to_be_in_use_and_meant_for_it(sigstore: FakeSigstore) -> None:
    bundle = publish(sigstore)
    for keys, proof, reason in (
        (sigstore.keys(start=BEFORE, end=AFTER), Proof.INVALID, "not in use"),
        (sigstore.keys(start="2026-02-14T12:00:01Z"), Proof.INVALID, "not in use"),
        (sigstore.keys(usages=["npm:signatures"]), Proof.INVALID, "not for attestations"),
    ):
        found = judged(sigstore, bundle, PUBLISH, sigstore.trust(keys=keys)).publish
        assert found.proof is proof
        assert reason in (found.reason or "")


def test_a_key_of_the_registry_that_nobody_knows_is_not_judged(sigstore: FakeSigstore, trust: Trust) -> None:
    found = judged(sigstore, publish(sigstore, hint="SHA256:new"), PUBLISH, trust).publish
    assert found.proof is Proof.UNKNOWN
    assert "refresh the registry's keys" in (found.reason or "")


def test_hint_and_keyid_have_to_agree(sigstore: FakeSigstore, trust: Trust) -> None:
    bundle = publish(sigstore)
    for hint, keyid in (("", ""), ("SHA256:fake", ""), ("SHA256:fake", "SHA256:new"), ("", "SHA256:fake")):
        bundle["verificationMaterial"]["publicKey"]["hint"] = hint  # type: ignore[index]
        bundle["dsseEnvelope"]["signatures"][0]["keyid"] = keyid  # type: ignore[index]
        assert judged(sigstore, bundle, PUBLISH, trust).publish.proof is Proof.INVALID


def test_nothing_depends_on_the_machines_clock(sigstore: FakeSigstore) -> None:
    """What begins in a far future is trusted there."""
    far = datetime(2048, 1, 1, tzinfo=UTC)
    found = judged(sigstore, provenance(sigstore, when=far, kind="intoto")).provenance
    assert "future" in (found.reason or "")
    from tests.proxy.attestations.cases import SLSA_1, answer, judge

    late = judge(answer((SLSA_1, provenance(sigstore, when=far, kind="intoto"))), sigstore.trust(), now=far + timedelta(days=1))
    assert late.provenance.proof is Proof.VERIFIED


def test_keys_and_trust_are_quick_to_import() -> None:
    """Whoever has attestations off pays nothing for sigstore."""
    code = (
        "import sys, proxy.attestations.trust, proxy.attestations.shown, proxy.npm.signatures, quarantine.provenance\n"
        "proxy.attestations.shown.anchors_of(proxy.attestations.trust.packaged_trust())\n"
        "sys.exit(any(name.partition('.')[0] in ('sigstore', 'pydantic', 'tuf') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
