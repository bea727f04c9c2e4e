"""One Sigstore for all tests: nothing that a test does changes it."""

from __future__ import annotations

import pytest

from proxy.attestations.trust import Trust
from tests.fakes.sigstore import FakeSigstore


@pytest.fixture(scope="session")
def sigstore() -> FakeSigstore:
    return FakeSigstore()


@pytest.fixture(scope="session")
def trust(sigstore: FakeSigstore) -> Trust:
    return sigstore.trust()
