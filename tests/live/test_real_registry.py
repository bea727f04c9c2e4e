"""Through the registry that npm is configured for, with the machine's own npm; skipped where none answers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from proxy.npm.instants import parse_instant
from proxy.registry.origins import BadUpstream
from proxy.wiring.upstream_choice import npm_says
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

APPLICATION = {"express": "*", "vite": "*", "react": "*", "react-dom": "*"}


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address, if it answers."""
    try:
        address = npm_says(os.environ, tmp_path_factory.mktemp("npm")).rstrip("/")
    except BadUpstream as error:
        pytest.skip(f"no registry to test against: {error}")
    return address


@pytest.fixture
async def upstream(registry: str) -> str:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{registry}/express/latest") as answer:
            if answer.status != 200:
                pytest.skip(f"the registry that npm is configured for answers {answer.status}")
    except aiohttp.ClientError as error:
        pytest.skip(f"the registry that npm is configured for does not answer ({type(error).__name__})")
    return registry


@pytest.fixture
def npm(tmp_path: Path) -> Any:
    found = shutil.which("npm")
    if found is None:
        pytest.skip("npm is not installed")

    async def run(folder: Path, cache: str, *arguments: str) -> tuple[int, str]:
        options = ["--no-fund", "--ignore-scripts", "--no-update-notifier", "--cache", str(tmp_path / cache)]
        process = await asyncio.create_subprocess_exec(
            found, *arguments, *options, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    return run


def project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0", "dependencies": APPLICATION}))
    return folder


def locked(folder: Path) -> dict[str, tuple[str, str]]:
    """Path in the tree -> version and integrity."""
    lock = json.loads((folder / "package-lock.json").read_text())
    return {path: (entry["version"], entry["integrity"]) for path, entry in lock["packages"].items() if path}


async def test_hold_zero_gives_what_a_direct_install_gives(upstream: str, npm: Any, tmp_path: Path) -> None:
    direct, through = project(tmp_path / "direct"), project(tmp_path / "through")
    code, output = await npm(direct, "cache-direct", "install", "--registry", upstream)
    assert code == 0, output
    quarantine = {"hold": "0", "new_package_hold": "0"}
    async with running_proxy(upstream, tmp_path / "data", quarantine=quarantine) as proxy:
        code, output = await npm(through, "cache-through", "install", "--registry", proxy.url)
        assert code == 0, output
    assert locked(through) == locked(direct)
    assert len(locked(direct)) > 50


async def test_hold_of_thirty_days_installs_nothing_younger(upstream: str, npm: Any, tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    hold = timedelta(days=30)
    clock = FakeClock()
    async with running_proxy(upstream, tmp_path / "data", clock, quarantine={"hold": "30d", "new_package_hold": "30d"}) as proxy:
        code, output = await npm(folder, "cache", "install", "--registry", proxy.url)
        assert code == 0, output
        installed = [(path.rpartition("node_modules/")[2], version) for path, (version, _) in locked(folder).items()]
        times = await times_of(upstream, {name for name, _ in installed})
        young = [
            f"{name}@{version}"
            for name, version in installed
            if (published := parse_instant(times[name].get(version))) is None or datetime.now(UTC) - published < hold
        ]
        assert young == []
        await check_explained(proxy, npm, folder)


async def check_explained(proxy: Proxy, npm: Any, folder: Path) -> None:
    """Whatever waits is refused by name, in npm's own output."""
    held = (await proxy.json("/-/pratique/v1/held"))["held"]
    if not held:
        return
    waiting = f"{held[0]['package']}@{held[0]['version']}"
    code, output = await npm(folder, "cache", "install", waiting, "--registry", proxy.url)
    assert code != 0
    assert f"pratique withholds {waiting}" in output or f"pratique withholds {held[0]['package']}@" in output


async def times_of(registry: str, names: set[str]) -> dict[str, dict[str, str]]:
    async with aiohttp.ClientSession() as session:

        async def one(name: str) -> tuple[str, dict[str, str]]:
            async with session.get(f"{registry}/{name.replace('/', '%2f')}", headers={"Accept": "application/json"}) as answer:
                return name, (await answer.json(content_type=None))["time"]

        return dict([await one(name) for name in sorted(names)])
