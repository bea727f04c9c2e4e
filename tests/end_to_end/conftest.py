"""Fixtures for the tests in this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.clients.fixtures import client, client_tools
from tests.end_to_end.front import Front
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator

__all__ = ["client", "client_tools", "world"]


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """An upstream, a clock and an address; what the test's client needs to start is published."""
    async with Simulator() as upstream, Front() as front:
        made = World(upstream, front, tmp_path)
        if "client" in request.fixturenames:
            made.provision(request.getfixturevalue("client"))
        yield made
