"""Shapes of tarball addresses: registries' own, and everything else."""

from __future__ import annotations

import pytest

from proxy.npm.lockfile import read_lockfile
from proxy.npm.lockfile.addresses import address_flaw
from quarantine.package import PackageName


@pytest.mark.parametrize(
    ("name", "version", "address"),
    [
        ("leaf", "1.0.0", "https://registry.example/leaf/-/leaf-1.0.0.tgz"),
        ("leaf", "1.0.0", "http://registry.example:4873/npm/leaf/-/leaf-1.0.0.tgz#0123"),
        ("leaf", "1.0.0+build.1", "https://registry.example/leaf/-/leaf-1.0.0%2Bbuild.1.tgz"),
        ("@acme/leaf", "1.0.0", "https://registry.example/@acme/leaf/-/leaf-1.0.0.tgz"),
        ("@acme/leaf", "1.0.0", "https://registry.example/@acme%2fleaf/-/leaf-1.0.0.tgz"),
        ("@acme/leaf", "1.0.0", "https://registry.example/api/npm/npm/@acme/leaf/-/@acme/leaf-1.0.0.tgz"),
        ("@acme/leaf", "1.0.0", "https://registry.example/@acme/leaf/-/1.0.0/leaf-1.0.0.tgz"),
        ("leaf", "1.0.0", "https://registry.example/leaf/download/leaf-1.0.0.tgz?cache=0&sync_timestamp=1"),
        ("@acme/leaf", "1.0.0", "https://registry.example/@acme/leaf/download/@acme/leaf-1.0.0.tgz"),
        ("@acme/leaf", "1.0.0", "https://registry.example/download/@acme/leaf/1.0.0/0123abcd"),
        ("-", "0.0.1", "https://registry.example/-/-/--0.0.1.tgz"),
        ("download", "1.0.0", "https://registry.example/download/-/download-1.0.0.tgz"),
        ("@acme/leaf", "1.0.0", "@acme-leaf-1.0.0.tgz"),
        ("leaf", "1.0.0", "/leaf/-/leaf-1.0.0.tgz"),
    ],
)
def test_addresses_of_registries(name: str, version: str, address: str) -> None:
    assert address_flaw(address, PackageName(name), version) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://registry.example/loaf/-/leaf-1.0.0.tgz",
        "https://registry.example/@acme/leaf/-/leaf-1.0.0.tgz",
        "https://registry.example/leaf/-/leaf-1.0.1.tgz",
        "https://registry.example/leaf/-/leaf-1.0.0.tgz/-/evil/-/evil-1.0.0.tgz",
        "https://registry.example/leaf/-/../evil/leaf-1.0.0.tgz",
        "https://registry.example/evil/-/..%2f../leaf/-/leaf-1.0.0.tgz",
        "https://registry.example/x\\..\\evil/leaf/-/leaf-1.0.0.tgz",
        "https://registry.example/leaf/-/evil/leaf-1.0.0.tgz",
        "https://registry.example/leaf-1.0.0.tgz",
        "https://registry.example/download/@acme/leaf/1.0.0/0123",
        "https://codeload.example/a/leaf/tar.gz/0123",
        "https://registry.example",
        "http://[",
        "ftp://registry.example/leaf/-/leaf-1.0.0.tgz",
        "git+https://git.example/leaf/-/leaf-1.0.0.tgz",
        "file:leaf/-/leaf-1.0.0.tgz",
        "loaf-1.0.0.tgz",
        "https://registry.example/leaf/-/leaf-1.0.0.tgz?" + "a" * 5000,
    ],
)
def test_other_addresses(address: str) -> None:
    flaw = address_flaw(address, PackageName("leaf"), "1.0.0")
    assert flaw
    assert flaw.isascii()
    assert len(flaw) < 300


def test_credentials_are_not_repeated() -> None:
    flaw = address_flaw("https://me:secret@files.example/leaf.tgz?token=secret", PackageName("leaf"), "1.0.0")
    assert flaw
    assert "secret" not in flaw
    path = "leaf@https://me:secret@files.example/leaf.tgz"
    lockfile = read_lockfile("pnpm-lock.yaml", f"lockfileVersion: '9.0'\npackages:\n  {path}:\n    resolution: {{tarball: x}}\n")
    assert lockfile.skipped == ("leaf@https://files.example/leaf.tgz (line 3): a tarball that the project names by its address",)
