"""Newer trust from a TUF repository, and what is not taken from one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from proxy.attestations.refreshing import NotRefreshed, TufSource
from proxy.attestations.trust import Trust, packaged_trust
from tests.fakes.sigstore import FakeSigstore
from tests.fakes.sigstore.repository import HOST, URL, FakeRepository

NOW = datetime.now(UTC).replace(microsecond=0)
"""TUF's client asks the machine's clock whether metadata has expired."""


@pytest.fixture
def repository(sigstore: FakeSigstore) -> FakeRepository:
    made = FakeRepository(NOW)
    made.publish(sigstore.root(), sigstore.keys())
    return made


def source(repository: FakeRepository, folder: Path, keys_host: str | None = HOST) -> TufSource:
    return TufSource(folder / "tuf", repository.download, keys_host, URL, repository.bootstrap)


def test_root_and_keys_are_taken_from_the_repository(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    own = Trust(packaged_trust().root, packaged_trust().keys, frozenset({"https://accounts.example"}))
    found = source(repository, tmp_path).refreshed(own)
    assert found == sigstore.trust(issuers=own.issuers)
    assert found.keys == sigstore.trust().keys


def test_a_second_refresh_downloads_no_target_again(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    first = source(repository, tmp_path).refreshed(packaged_trust())
    repository.asked.clear()
    assert source(repository, tmp_path).refreshed(first) == first
    assert not [path for path in repository.asked if path.startswith("targets/")]
    other = FakeSigstore()
    repository.publish(other.root(), other.keys())
    assert source(repository, tmp_path).refreshed(first) == other.trust()


def test_without_a_host_the_keys_stay(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    found = source(repository, tmp_path, keys_host=None).refreshed(packaged_trust())
    assert found.keys == packaged_trust().keys
    assert found.root == sigstore.root()


def test_a_host_without_keys_is_an_error(repository: FakeRepository, sigstore: FakeSigstore, tmp_path: Path) -> None:
    repository.publish(sigstore.root(), None)
    with pytest.raises(NotRefreshed, match=f"no {HOST}/keys.json"):
        source(repository, tmp_path).refreshed(packaged_trust())


def altered(repository: FakeRepository, ending: str) -> None:
    """Other bytes than were signed, in every file with this ending."""
    for path, data in repository.files.items():
        if path.endswith(ending):
            repository.files[path] = data.replace(b"a", b"b", 1)


@pytest.mark.parametrize(
    "what", ["trusted_root.json", "keys.json", "timestamp.json", "snapshot.json", "1.targets.json", f"{HOST}.json"]
)
def test_what_was_tampered_with_is_not_taken(repository: FakeRepository, tmp_path: Path, what: str) -> None:
    altered(repository, what)
    with pytest.raises(NotRefreshed, match="were not refreshed"):
        source(repository, tmp_path).refreshed(packaged_trust())


def test_an_older_state_is_not_taken(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    other = FakeSigstore()
    repository.publish(other.root(), other.keys())
    newer = source(repository, tmp_path).refreshed(packaged_trust())
    repository.publish(sigstore.root(), sigstore.keys(), version=1)
    with pytest.raises(NotRefreshed):
        source(repository, tmp_path).refreshed(newer)


def test_a_frozen_state_is_not_taken(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    repository.publish(sigstore.root(), sigstore.keys(), expires=NOW - timedelta(days=1))
    with pytest.raises(NotRefreshed):
        source(repository, tmp_path).refreshed(packaged_trust())


def test_a_repository_of_somebody_else_is_not_taken(sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path) -> None:
    stranger = FakeRepository(NOW)
    stranger.publish(sigstore.root(), sigstore.keys())
    misled = TufSource(tmp_path / "tuf", stranger.download, HOST, URL, repository.bootstrap)
    with pytest.raises(NotRefreshed):
        misled.refreshed(packaged_trust())


@pytest.mark.parametrize("broken", ["root", "keys"])
def test_what_is_signed_but_cannot_be_used_is_not_taken(
    sigstore: FakeSigstore, repository: FakeRepository, tmp_path: Path, broken: str
) -> None:
    damaged = sigstore.root(
        tlogs=[{**sigstore.rekor.described(), "publicKey": {"rawBytes": "AAAA", "keyDetails": "PKIX_ED25519"}}]
    )
    repository.publish(damaged if broken == "root" else sigstore.root(), b"{}" if broken == "keys" else sigstore.keys())
    with pytest.raises(NotRefreshed):
        source(repository, tmp_path).refreshed(packaged_trust())


@pytest.mark.parametrize("late", [False, True])
def test_a_repository_that_does_not_answer_is_an_error_that_says_so(
    repository: FakeRepository, tmp_path: Path, late: bool
) -> None:
    def broken(url: str) -> Iterable[bytes]:
        if late:
            yield b"{"
        raise ConnectionError("nobody is there")

    with pytest.raises(NotRefreshed, match="nobody is there"):
        TufSource(tmp_path / "tuf", broken, HOST, URL, repository.bootstrap).refreshed(packaged_trust())


def test_sigstores_own_repository_is_known_from_the_start(tmp_path: Path) -> None:
    """It is asked for the root after the one that comes with sigstore."""
    asked: list[str] = []

    def download(url: str) -> Iterable[bytes]:
        asked.append(url)
        raise ConnectionError("no network in tests")

    with pytest.raises(NotRefreshed):
        TufSource(tmp_path / "tuf", download, HOST).refreshed(packaged_trust())
    assert len(asked) == 1
    assert asked[0].startswith("https://tuf-repo-cdn.sigstore.dev/")
    assert asked[0].endswith(".root.json")
