"""A proxy before a registry, both in this process and on one clock."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Published, Simulator

OLD = timedelta(days=400)
MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """What tests of the registry stages act on."""

    upstream: Simulator
    proxy: Proxy
    data_dir: Path

    def advance(self, span: timedelta) -> None:
        """Let time pass, here and at the upstream."""
        self.upstream.now = self.proxy.clock.advance(span)

    def publish(self, name: str = "left-pad", version: str = "1.0.0", *, ago: timedelta = OLD, **more: Any) -> Published:
        """A version that has been there for a long time, unless told otherwise."""
        return self.upstream.publish(name, version, at=self.proxy.clock.now() - ago, **more)

    async def versions(self, name: str = "left-pad") -> list[str]:
        """The versions that a client sees."""
        return list((await self.proxy.json(f"/{name}"))["versions"])

    async def status(self, path: str, **headers: str) -> int:
        """The status of a GET whose body is read to its end."""
        async with self.proxy.get(path, **headers) as response:
            await response.read()
            return int(response.status)

    async def metric(self, name: str) -> float:
        """One reading of the metrics page; counters with their `_total`."""
        async with self.proxy.get("/-/pratique/metrics") as response:
            text = await response.text()
        return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))

    async def settle(self) -> None:
        """Wait until what was answered is on disk."""
        await self.proxy.built.services.routed.public.packuments.settle()

    def blobs(self, kind: str) -> list[Path]:
        """The stored files below `packuments` or `tarballs`, finished ones only."""
        top = self.data_dir / "blobs" / kind
        found = [Path(folder) / name for folder, _, names in os.walk(top) for name in names]
        return sorted(path for path in found if ".spool" not in path.parts and not path.name.startswith(".tmp-"))


@asynccontextmanager
async def world(data_dir: Path, env: Mapping[str, str] | None = None, **sections: Any) -> AsyncIterator[World]:
    """Start both; `sections` are those of the configuration."""
    clock = FakeClock()
    async with Simulator() as upstream:
        upstream.now = clock.now()
        async with running_proxy(upstream.url, data_dir, clock, env, **sections) as proxy:
            yield World(upstream, proxy, data_dir)


def flip(path: Path) -> None:
    """Turn over one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def large(size: int = 3 * 2**20) -> bytes:
    """Bytes that are too many for a tarball to be verified before its headers go out; not all alike."""
    return bytes(range(251)) * (size // 251 + 1)
