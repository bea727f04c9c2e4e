"""A proxy that looks into tarballs, before a registry; rounds are taken by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from proxy.examiner.examiner import Examiner
from quarantine.examination import Examination
from quarantine.package import PackageName
from tests.fakes.tars import member, tgz
from tests.proxy.registry.world import World, world

DAY = timedelta(days=1)
MANY = 100
LEFT_PAD = PackageName("left-pad")

MANIFEST = b'{"name": "left-pad", "version": "%s"}'
CONTESTED = "package/package.json"


class Scene(World):
    """What tests of the examiner act on."""

    @property
    def examiner(self) -> Examiner:
        """The one of the proxy."""
        examination = self.proxy.built.examination
        assert examination is not None
        return examination.examiner

    async def examine(self, budget: int = MANY) -> int:
        """One round, after what was asked for has been written down."""
        await self.proxy.built.usage.flush()
        return await self.examiner.round(budget)

    async def examination(self, version: str, name: str = "left-pad") -> Examination | None:
        """What is on record of a version."""
        record = await self.proxy.built.services.ledger.record(PackageName(name))
        return record.examinations.get(version) if record is not None else None

    async def verdict(self, version: str, name: str = "left-pad") -> tuple[str, dict[str, str]]:
        """What the API says: the verdict, and the reason of each finding by its rule."""
        told = await self.proxy.json(f"/-/pratique/v1/packages/{name}/versions/{version}")
        return told["verdict"], {each["rule"]: each["reason"] for each in told["findings"]}

    async def fetch(self, version: str, name: str = "left-pad") -> int:
        """The status of a tarball."""
        return await self.status(f"/{name}/-/{name}-{version}.tgz")

    def fetched(self, version: str, name: str = "left-pad") -> int:
        """How often the upstream was asked for a tarball."""
        return self.upstream.count(f"/{name}/-/{name}-{version}.tgz")


@asynccontextmanager
async def scene(data_dir: Path, **sections: Any) -> AsyncIterator[Scene]:
    """Start both; `sections` are those of the configuration."""
    given = {"examiner": {"enabled": True}, **sections}
    async with world(data_dir, **given) as there:
        yield Scene(there.upstream, there.proxy, there.data_dir)


def ambiguous(version: str) -> bytes:
    """An archive that readers see differently: its manifest is in it twice."""
    told = MANIFEST % version.encode()
    return tgz(member(CONTESTED, told), member(CONTESTED, told.replace(b"}", b', "scripts": {"postinstall": "node x"}}')))
