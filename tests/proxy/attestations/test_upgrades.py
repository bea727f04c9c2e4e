"""What we rely on in sigstore, and have no promise of. Where one of these fails after an upgrade, read `anchors`, `workflow`,
`certificates`, `inclusion` and `times` again before anything else, with the release's notes beside you.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from urllib.parse import quote

import pytest
from sigstore._internal import sct, timestamp, trust, tuf
from sigstore._utils import cert_is_leaf
from sigstore.errors import Error, VerificationError
from sigstore.models import Bundle, InvalidBundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot.v1 import TrustedRoot as RootMessage

from proxy.attestations.anchors import anchors
from proxy.attestations.periods import Selection
from proxy.attestations.trust import packaged_trust
from proxy.attestations.workflow import _Later
from quarantine.provenance import Proof
from tests.fakes.sigstore import SLSA_1, WHEN, FakeSigstore
from tests.fakes.sigstore.keys import b64
from tests.fakes.sigstore.log import Rekor
from tests.proxy.attestations.cases import OTHER, Json, edited, entry_of, judged, provenance, publish, slsa

ROOT = Path(__file__).parents[3]


def stock(root: bytes, bundle: Json) -> None:
    """Sigstore by itself."""
    verifier = Verifier(trusted_root=TrustedRoot(RootMessage.from_json(root)))
    verifier.verify_dsse(Bundle.from_json(json.dumps(bundle)), _Later())


def test_the_version_is_pinned_to_the_one_that_was_read() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert "sigstore==4.5.*" in wanted
    assert metadata.version("sigstore").startswith("4.5.")


def test_what_is_not_public_is_still_there() -> None:
    shapes = {
        Verifier._verify_chain_at_time: ["self", "certificate", "timestamp_result"],
        Verifier._verify_signed_timestamp: ["self", "timestamp_response", "message"],
        TransparencyLogEntry._verify: ["self", "keyring"],
        sct.verify_sct: ["cert", "chain", "ct_keyring"],
        trust.Keyring.verify: ["self", "key_id", "signature", "data"],
        timestamp.TimestampVerificationResult: ["source", "time"],
        TrustedRoot.rekor_keyring: ["self", "purpose"],
        TrustedRoot.ct_keyring: ["self", "purpose"],
        cert_is_leaf: ["cert"],
    }
    for thing, parameters in shapes.items():
        assert list(inspect.signature(thing).parameters) == parameters, thing
    assert {each.name for each in trust.KeyringPurpose} >= {"VERIFY"}


@pytest.mark.parametrize(("media", "kind"), [("0.3", "dsse"), ("0.2", "dsse"), ("0.3", "hashedrekord")])
def test_sigstore_itself_accepts_what_we_leave_to_it(sigstore: FakeSigstore, media: str, kind: str) -> None:
    stock(sigstore.root(), provenance(sigstore, media=media, kind=kind))


def test_sigstore_itself_still_refuses_what_we_verify_ourselves(sigstore: FakeSigstore) -> None:
    """Once it does not, our own code can go."""
    with pytest.raises(VerificationError, match="Integrated time only supported"):
        stock(sigstore.root(), provenance(sigstore, media="0.2", kind="intoto"))
    with pytest.raises(InvalidBundle, match="inclusionProof"):
        stock(sigstore.root(), provenance(sigstore, media="0.1", kind="dsse", proof=False))
    with pytest.raises(InvalidBundle, match="expected certificate"):
        stock(sigstore.root(), publish(sigstore))


def test_sigstore_itself_does_not_look_at_these_so_we_do(sigstore: FakeSigstore) -> None:
    """Each is accepted by sigstore and refused by us. Once sigstore refuses one, it has changed what it looks at."""
    ended = sigstore.root(tlogs=[sigstore.rekor.described(start="2020-01-01T00:00:00Z", end="2021-01-01T00:00:00Z")])
    authority = sigstore.root(
        certificateAuthorities=[sigstore.authority.described(start="2020-01-01T00:00:00Z", end="2021-01-01T00:00:00Z")]
    )
    bogus = edited(
        provenance(sigstore),
        lambda bundle: bundle["verificationMaterial"].update(
            timestampVerificationData={
                "rfc3161Timestamps": [{"signedTimestamp": b64(FakeSigstore().stamper.stamp(b"another", WHEN))}],
            }
        ),
    )
    accepted = {
        "another tarball": (
            sigstore.root(),
            provenance(sigstore, slsa(subject=[{"name": "x", "digest": {"sha512": OTHER.hex()}}])),
        ),
        "a log that had ended": (ended, provenance(sigstore)),
        "an authority that had ended": (authority, provenance(sigstore)),
        "a timestamp by nobody": (sigstore.root(), bogus),
        "a name of a key": (
            sigstore.root(),
            edited(provenance(sigstore), lambda bundle: bundle["dsseEnvelope"]["signatures"][0].update(keyid="x")),
        ),
    }
    for root, bundle in accepted.values():
        stock(root, bundle)
        assert judged(sigstore, bundle, SLSA_1, sigstore.trust(root=root)).provenance.proof is Proof.INVALID


def test_sigstore_itself_tries_other_logs_keys(sigstore: FakeSigstore) -> None:
    """Of a log whose name it does not know. That is why it is shown only the one that is named."""
    bundle = provenance(sigstore, kind="hashedrekord")
    keys = TrustedRoot(RootMessage.from_json(sigstore.root())).rekor_keyring(trust.KeyringPurpose.VERIFY)
    unknown = trust.KeyID(b"\0" * 32)
    keys.verify(key_id=unknown, signature=sigstore.rekor.sign(b"x"), data=b"x")
    narrow = anchors(sigstore.trust(), Selection(1, (0,), (0,), (0,))).log
    with pytest.raises(VerificationError):
        narrow.verify(key_id=unknown, signature=sigstore.rekor.sign(b"x"), data=b"x")
    entry_of(bundle)["logId"] = {"keyId": b64(Rekor().log_id)}
    assert judged(sigstore, bundle).provenance.proof is Proof.UNKNOWN


def test_sigstore_drops_keys_that_it_cannot_read_without_an_error() -> None:
    """That is why `anchors` counts them."""
    root = json.loads(packaged_trust().root)
    root["tlogs"][0]["publicKey"]["rawBytes"] = "AAAA"
    ring = TrustedRoot(RootMessage.from_json(json.dumps(root))).rekor_keyring(trust.KeyringPurpose.VERIFY)
    assert len(ring._keyring) == 1


def test_errors_have_one_root() -> None:
    assert issubclass(VerificationError, Error)
    assert issubclass(InvalidBundle, Error)


def test_the_packaged_root_is_the_one_that_sigstore_comes_with() -> None:
    """When this fails, look at what has changed and take the newer one."""
    folder = quote(tuf.DEFAULT_TUF_URL, safe="")
    theirs = resources.files("sigstore._store").joinpath(folder, "trusted_root.json").read_bytes()
    assert hashlib.sha256(packaged_trust().root).hexdigest() == hashlib.sha256(theirs).hexdigest()


def test_verifying_opens_no_connection_and_writes_no_file(sigstore: FakeSigstore, tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(sigstore.root())
    (tmp_path / "keys.json").write_bytes(sigstore.keys())
    built = json.dumps({"attestations": [{"predicateType": SLSA_1, "bundle": provenance(sigstore)}]})
    (tmp_path / "answer.json").write_text(built)
    code = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from proxy.attestations.trust import read_trust
from proxy.attestations.verify import verify
from quarantine.package import PackageVersion

seen = []
sys.addaudithook(lambda event, args: seen.append((event, args)) if event.startswith("socket.") else None)
opened = []
sys.addaudithook(lambda event, args: opened.append(args) if event == "open" and args[1] not in ("r", "rb", None) else None)
folder = Path({str(tmp_path)!r})
found = verify(
    (folder / "answer.json").read_bytes(), PackageVersion.parse("@acme/widget@1.0.0"),
    bytes.fromhex({hashlib.sha512(b"the tarball").hexdigest()!r}),
    read_trust(folder / "root.json", folder / "keys.json"), None, datetime(2026, 3, 1, tzinfo=UTC),
)
assert found.provenance.proof == "verified", found
assert not seen, seen
assert not opened, opened
"""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.rglob("*")) == []


def test_a_root_of_today_is_good_for_what_was_signed_before_it(sigstore: FakeSigstore) -> None:
    """Sigstore compares starts with the machine's clock: only with that, so nothing is lost but what has not begun."""
    early = datetime(2022, 6, 1, tzinfo=UTC)
    assert judged(sigstore, provenance(sigstore, when=early)).provenance.proof is Proof.VERIFIED
