"""A TUF repository like Sigstore's, in memory: the trusted root, and a registry's keys below a role named after its host."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from proxy.attestations.refreshing import NotThere

URL = "https://tuf.example"
HOST = "registry.example"


class FakeRepository:
    """Answers downloads. `publish` makes a new state of it, which is there at once."""

    def __init__(self, now: datetime) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._signer, self._host_signer = CryptoSigner.generate_ecdsa(), CryptoSigner.generate_ecdsa()
        self._version = 0
        self._expires = now + timedelta(days=30)
        root = Root(version=1, expires=self._expires, consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self._signer.public_key, role)
        self.bootstrap = self._signed(root)
        self.files["1.root.json"] = self.bootstrap

    def download(self, url: str) -> Iterable[bytes]:
        """As the client's network does."""
        path = url.removeprefix(f"{URL}/")
        self.asked.append(path)
        if path not in self.files:
            raise NotThere(f"{url} is not there")
        return iter([self.files[path]])

    def publish(self, root: bytes, keys: bytes | None, *, expires: datetime | None = None, version: int | None = None) -> None:
        """A state with this trusted root, and these keys of the registry. `version`: an earlier one, for going back."""
        self._version = version if version is not None else self._version + 1
        until = expires or self._expires
        targets = Targets(version=self._version, expires=until)
        self._target(targets, "trusted_root.json", root)
        meta = {"targets.json": MetaFile(self._version)}
        if keys is not None:
            key = self._host_signer.public_key
            role = DelegatedRole(HOST, [key.keyid], 1, terminating=True, paths=[f"{HOST}/*"])
            targets.delegations = Delegations({key.keyid: key}, {HOST: role})
            delegated = Targets(version=self._version, expires=until)
            self._target(delegated, f"{HOST}/keys.json", keys)
            self.files[f"{self._version}.{HOST}.json"] = self._signed(delegated, self._host_signer)
            meta[f"{HOST}.json"] = MetaFile(self._version)
        self.files[f"{self._version}.targets.json"] = self._signed(targets)
        self.files[f"{self._version}.snapshot.json"] = self._signed(Snapshot(version=self._version, expires=until, meta=meta))
        timestamp = Timestamp(version=self._version, expires=until, snapshot_meta=MetaFile(self._version))
        self.files["timestamp.json"] = self._signed(timestamp)

    def _target(self, targets: Targets, name: str, data: bytes) -> None:
        info = TargetFile.from_data(name, data)
        targets.targets[name] = info
        folder, slash, file = name.rpartition("/")
        self.files[f"targets/{folder}{slash}{info.hashes['sha256']}.{file}"] = data

    def _signed(self, part: Root | Timestamp | Snapshot | Targets, signer: CryptoSigner | None = None) -> bytes:
        made = Metadata(part)
        made.sign(signer or self._signer)
        return made.to_bytes()
