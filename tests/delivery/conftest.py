"""Fixtures for the tests in this folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.delivery import helm as helms
from tests.delivery.fetched import Unavailable, python_tools

T = TypeVar("T")


def had(make: Callable[[], T]) -> T:
    """What `make` gives, or the test is skipped with the reason."""
    try:
        return make()
    except Unavailable as reason:
        if os.environ.get("PRATIQUE_TEST_REQUIRE_DELIVERY") == "1":
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder with the programs of tools.txt."""
    return had(lambda: python_tools(helms.TOOLS))


@pytest.fixture(scope="session", params=sorted(helms.PACKAGES), ids=lambda generation: f"helm{generation}")
def helm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tools: Path) -> helms.Helm:
    """Each generation of helm, once."""
    return had(lambda: helms.helm(request.param, tmp_path_factory.mktemp("helm")))


@pytest.fixture(scope="session")
def newest_helm(tmp_path_factory: pytest.TempPathFactory) -> helms.Helm:
    """For what only the newest can do without a cluster."""
    return had(lambda: helms.helm(max(helms.PACKAGES), tmp_path_factory.mktemp("newest-helm")))
