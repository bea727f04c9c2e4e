"""A registry with a little of everything, and the proxy before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Simulator

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BULK = "/-/npm/v1/security/advisories/bulk"
ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


@dataclass
class Scene:
    """Both sides, and one clock."""

    upstream: Simulator
    proxy: Proxy
    clock: FakeClock

    def pass_by(self, span: timedelta) -> None:
        """Time passes, for the upstream too."""
        self.clock.advance(span)
        self.upstream.now = self.clock.now()

    def publish(self, name: str, version: str, days: float, **more: Any) -> None:
        """A version that is so many days old."""
        self.upstream.publish(name, version, at=self.clock.now() - days * DAY, **more)


@asynccontextmanager
async def scene(data_dir: Path, **sections: Any) -> AsyncIterator[Scene]:
    """`lib` 1.0.0 and 1.1.0 old, 1.2.0 held; `@s/p` 1.0.0 old, 2.0.0 held; `fresh` wholly held."""
    clock = FakeClock(NOW)
    async with Simulator() as upstream:
        upstream.now = clock.now()
        async with running_proxy(upstream.url, data_dir, clock, **sections) as proxy:
            stage = Scene(upstream, proxy, clock)
            for name, version, days in (
                ("lib", "1.0.0", 400),
                ("lib", "1.1.0", 300),
                ("lib", "1.2.0", 1),
                ("@s/p", "1.0.0", 400),
                ("@s/p", "2.0.0", 2),
                ("fresh", "0.1.0", 3),
            ):
                stage.publish(name, version, days)
                upstream.attestations[f"{name}@{version}"] = {"attestations": [{"of": f"{name}@{version}"}]}
            yield stage
