"""What lockfiles may pin: of each version the upstream's digest, and that of what is served in its place."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from proxy.access.errors import NotPermitted
from proxy.access.permissions import Permission
from proxy.npm.asks import tarball_path
from proxy.npm.integrity import digests_of
from proxy.registry.errors import Withheld
from proxy.registry.quarantined import Quarantined, Shown
from proxy.registry.scripts import rewrite_of
from proxy.web.answers import json_answer
from proxy.web.bodies import RelockBody, read
from proxy.web.requests import read_body
from proxy.web.services import Asking, Services
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import InvalidName, PackageName
from quarantine.rewrite import Rewrite

AT_ONCE = 16
"""Packages that are looked at at a time; as many as npm asks for."""


async def relock(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/relock`. A version that has yet to be rewritten is rewritten first, as for whoever asks for its tarball."""
    body = read(RelockBody, await read_body(request))
    stage = services.for_caller(asking.identity).quarantined
    wanted: dict[PackageName, list[str]] = {}
    refused: dict[tuple[str, str], str] = {}
    for entry in body.entries:
        try:
            name = PackageName.parse(entry.name)
            asking.identity.require(Permission.EXPLAIN, name)
        except (InvalidName, NotPermitted) as error:
            refused[entry.name, entry.version] = str(error)
        else:
            wanted.setdefault(name, []).append(entry.version)
    turns = asyncio.Semaphore(AT_ONCE)

    async def told(name: PackageName) -> dict[tuple[str, str], dict[str, Any]]:
        async with turns:
            return {(name, version): each for version, each in (await _package(stage, name, wanted[name], asking)).items()}

    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in await asyncio.gather(*(told(name) for name in wanted)):
        found |= each
    ids = [(entry.name, entry.version) for entry in body.entries]
    return json_answer({"entries": [found.get(id) or _unknown(*id, refused.get(id)) for id in ids]})


async def _package(stage: Quarantined, name: PackageName, versions: list[str], asking: Asking) -> dict[str, dict[str, Any]]:
    try:
        shown = await stage.view(name)
    except PratiqueError as error:
        return {version: _unknown(name, version, str(error)) for version in versions}
    told = {}
    for version in dict.fromkeys(versions):
        reason = None
        if version in shown.due:
            try:
                shown = await stage.admit(name, version)
            except PratiqueError as error:
                reason = str(error)
        if version not in shown.packument.document.versions:
            told[version] = _unknown(name, version, f"{name} has no version {version} that the upstream lists")
            continue
        if reason is None and version in shown.hidden:
            reason = str(Withheld(name, version, shown.hidden[version]))
        told[version] = _told(shown, version, reason, asking.base.url)
    return told


def _told(shown: Shown, version: str, reason: str | None, base: str) -> dict[str, Any]:
    entry = shown.packument.document.versions[version]
    upstream = Digests.parse(entry.digests)
    now, ever = shown.plan.rewrites.get(version), rewrite_of(shown.packument, version)
    return {
        "package": shown.name,
        "version": version,
        "upstream": _bytes(upstream, entry.scripted),
        "served": _bytes(_served(now, upstream), entry.scripted and now is None),
        "rewritten": _bytes(_served(ever, upstream), False) if ever is not None else None,
        "tarball": base + tarball_path(shown.name, version),
        "withheld": version not in shown.served,
        "reason": reason,
    }


def _served(rewrite: Rewrite | None, upstream: Digests) -> Digests:
    if rewrite is None or rewrite.untouched:
        return upstream
    return digests_of(rewrite.integrity, rewrite.shasum) or Digests()


def _bytes(digests: Digests, scripts: bool) -> dict[str, Any]:
    return {**digests_told(digests), "scripts": scripts}


def digests_told(digests: Mapping[str, str]) -> dict[str, str | None]:
    """The strongest as `integrity`, and the sha1 as `shasum`, in hexadecimal."""
    strongest = Digests(digests).strongest
    return {
        "integrity": f"{strongest}-{digests[strongest]}" if strongest is not None else None,
        "shasum": base64.b64decode(digests["sha1"]).hex() if "sha1" in digests else None,
    }


def _unknown(name: str, version: str, reason: str | None) -> dict[str, Any]:
    nothing = dict.fromkeys(("upstream", "served", "rewritten", "tarball"))
    return {"package": name, "version": version, **nothing, "withheld": False, "reason": reason}
