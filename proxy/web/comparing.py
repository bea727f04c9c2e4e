"""What is different between two versions: for whoever has to say whether one may be installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from proxy.npm.integrity import digests_of
from proxy.registry.errors import NotFound
from proxy.registry.interface import Manifest, Tarball
from proxy.registry.quarantined import Shown
from proxy.web.answers import json_answer
from proxy.web.connection import while_connected
from proxy.web.relocking import digests_told
from proxy.web.requests import BadBody
from proxy.web.services import Asking, Services
from quarantine.digests import Digests
from quarantine.package import PackageName, PackageVersion
from quarantine.predecessor import predecessor_of

SERVED, UPSTREAM = "served", "upstream"


@dataclass(frozen=True, slots=True)
class _Side:
    """Which bytes of a version are compared."""

    manifest: Manifest
    removed: tuple[str, ...] | None
    withheld: bool

    @property
    def told(self) -> dict[str, Any]:
        """For the answer."""
        removed = list(self.removed) if self.removed is not None else None
        integrity = digests_told(self.manifest.digests)["integrity"]
        return {"version": self.manifest.id.version, "integrity": integrity, "removed": removed, "withheld": self.withheld}


async def compared(
    services: Services, request: web.BaseRequest, asking: Asking, name: PackageName, query: Mapping[str, str]
) -> web.Response:
    """`GET v1/packages/{name}/diff?new=1.1.0&old=1.0.0`: withheld versions too, since it is for them that somebody looks.

    Without `old` it is the predecessor that counts; a version that has none is compared with nothing.
    """
    services = services.for_caller(asking.identity)
    if "new" not in query:
        raise BadBody("new is missing: ?new=1.1.0")
    kind = query.get("bytes", SERVED)
    if kind not in {SERVED, UPSTREAM}:
        raise BadBody("bytes is served or upstream")
    new = PackageVersion.parse(f"{name}@{query['new']}").version
    old = PackageVersion.parse(f"{name}@{query['old']}").version if "old" in query else None
    asking.package, asking.version = name, new
    shown = await services.quarantined.view_listing(name, new)
    if old is not None and old not in shown.judged.verdicts:
        shown = await services.quarantined.view_listing(name, old)
    for version in (new, old):
        if version is not None and version not in shown.judged.verdicts:
            raise NotFound(f"{name} has no version {version} that the upstream lists")
    if old is None:
        versions = shown.packument.document.versions
        fit = [each for each, entry in versions.items() if entry.digests and entry.position >= 0]
        old = predecessor_of(new, shown.packument.record.sightings, fit)
    right = _side(shown, new, kind)
    left = _side(shown, old, kind) if old is not None else None

    before = partial(_tarball, services, shown, left) if left is not None else None
    after = partial(_tarball, services, shown, right)
    diff = msgspec.Raw(await while_connected(request, services.comparing.diff(before, after, query.get("file"))))
    told = {"package": name, "bytes": kind, "old": left.told if left is not None else None, "new": right.told, "diff": diff}
    return json_answer(told)


def _side(shown: Shown, version: str, kind: str) -> _Side:
    manifest, rewrite = Manifest.of(shown.packument, version), shown.rewritten(version)
    withheld = version not in shown.served
    if kind == UPSTREAM or rewrite is None:
        return _Side(manifest, None, withheld)
    digests = digests_of(rewrite.integrity, rewrite.shasum) or Digests()
    return _Side(Manifest(manifest.id, digests, manifest.address), rewrite.removed, withheld)


async def _tarball(services: Services, shown: Shown, side: _Side) -> Tarball:
    """Its bytes. Raises NotFound, and what fetching raises."""
    id, tarballs = side.manifest.id, services.routed.of(shown.name).tarballs
    if not side.manifest.digests:
        raise NotFound(f"the upstream lists no digest of {id}, so there are no bytes that could be told to be its own")
    if side.removed is None:
        return await tarballs.tarball(side.manifest)
    kept = await tarballs.kept(side.manifest.digests)
    if kept is None and not side.withheld:
        # Whoever fetches it has it made once more.
        kept = await services.quarantined.tarball(shown.name, id.version)
    if kept is None:
        raise NotFound(f"the bytes that {id} would be served with are not stored; bytes=upstream compares the original")
    return kept
