"""An access log that writes only when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.access.store import AccessLog
from tests.proxy.access.stored import when_told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "access.db"


@pytest.fixture
async def log(file: Path) -> AsyncIterator[AccessLog]:
    opened = await AccessLog.open(file, pause=when_told)
    yield opened
    await opened.close()
