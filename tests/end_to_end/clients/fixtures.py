"""The `client` fixture: a test that takes it runs once with each package manager.

A conftest.py makes it known with `from tests.end_to_end.clients.fixtures import client, client_tools` and an `__all__`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.end_to_end.clients.bun import Bun
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.corepack import CorepackPnpm
from tests.end_to_end.clients.installation import Installation, Unavailable, installation
from tests.end_to_end.clients.npm import Npm10, Npm11, Npm12
from tests.end_to_end.clients.pnpm import Pnpm10, Pnpm12
from tests.end_to_end.clients.yarn import Yarn1, Yarn4

CLIENTS: dict[str, type[Client]] = {
    kind.name: kind for kind in (Npm10, Npm11, Npm12, Pnpm10, Pnpm12, Yarn1, Yarn4, Bun, CorepackPnpm)
}
# The first test of a run may have to install the clients, or wait for another run that does.
MARKS = (pytest.mark.clients, pytest.mark.timeout(300))


def each_client(*names: str) -> list[object]:
    """Parameters for `@pytest.mark.parametrize("client", each_client("npm11", "bun"), indirect=True)`."""
    return [pytest.param(name, marks=MARKS) for name in names or CLIENTS]


@pytest.fixture(scope="session")
def client_tools() -> Installation:
    """The installed clients. PRATIQUE_TEST_REQUIRE_CLIENTS=1 makes their absence an error (for CI)."""
    try:
        return installation()
    except Unavailable as reason:
        if os.environ.get("PRATIQUE_TEST_REQUIRE_CLIENTS") == "1":
            raise
        pytest.skip(str(reason))


@pytest.fixture(params=each_client())
def client(request: pytest.FixtureRequest, client_tools: Installation, tmp_path: Path) -> Client:
    """One package manager, with an empty home below the test's own folder."""
    made = CLIENTS[request.param](client_tools, tmp_path / "home")
    try:
        made.check()
    except Unavailable as reason:
        pytest.skip(f"{made.name}: {reason}")
    return made
