"""`GET /-/v1/search`: the upstream's hits, each only as far as its package may be seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from proxy.access.keyring import Identity
from proxy.access.permissions import Permission
from proxy.npm.asks import SearchAsk
from proxy.registry.errors import NotFound, UpstreamFailed
from proxy.registry.quarantined import Shown
from proxy.registry.upstream import MISSING
from proxy.web.answers import JSON, json_answer
from proxy.web.services import Asking, Services
from quarantine.errors import PratiqueError
from quarantine.package import PackageName

KEYS = frozenset({"text", "size", "from", "quality", "popularity", "maintenance"})
AT_ONCE = 8
PATIENCE = 5.0
"""Seconds that the hits of one search may take to be judged."""
MOST = 100
LIMIT = 16 * 2**20


async def search(services: Services, asking: Asking, ask: SearchAsk) -> web.StreamResponse:
    """Pass a search on, and judge what comes back; a hit whose package cannot be judged is left out.

    A text that names a package or scope of a namespace leaves for nobody: few registries of one's own can search.
    """
    if any(services.routed.names_own(value) for key, value in ask.query if key in KEYS):
        return json_answer({"objects": [], "total": 0, "time": formatdate(usegmt=True)})
    query = urlencode([(key, value) for key, value in ask.query if key in KEYS])
    status, media, body = await services.routed.public.upstream.passed_on(f"-/v1/search?{query}", JSON, LIMIT)
    if status in MISSING or media != JSON:
        raise NotFound(f"the upstream registry has no search (it answered {status})")
    try:
        found = _read(body)
        hits = [hit for hit in found["objects"] if isinstance(hit, dict)][:MOST]
    except (msgspec.MsgspecError, ValueError, RecursionError, KeyError, TypeError):
        raise UpstreamFailed("the upstream's search answer cannot be read") from None
    named = (_name(services, asking.identity, hit) for hit in hits)
    names = list(dict.fromkeys(name for name in named if name is not None))
    seen = await seen_in_time(services, names, PATIENCE)
    kept = [_as_seen(hit, seen[name]) for hit in hits if (name := _name(services, asking.identity, hit)) in seen]
    return json_answer({**found, "objects": kept, "total": found.get("total", len(kept))})


async def seen_in_time(services: Services, names: Collection[PackageName], seconds: float) -> dict[PackageName, Shown]:
    """What may be seen of these packages, as far as that is known after so many seconds; the rest is left out.

    What is cached comes first. Then the upstream is asked, for what nothing was known of before the others.
    """
    seen: dict[PackageName, Shown] = {}
    turns = asyncio.Semaphore(AT_ONCE)

    async def known(name: PackageName) -> None:
        async with turns:
            with suppress(PratiqueError):
                shown = await services.quarantined.known_view(name)
                servable = services.routed.of(name).packuments.servable
                if shown is not None and "latest" in shown.tags and servable(shown.packument):
                    seen[name] = shown

    async def looked(name: PackageName) -> None:
        async with turns:
            try:
                seen[name] = await services.quarantined.packument(name)
            except PratiqueError:
                seen.pop(name, None)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*map(known, names))
            await asyncio.gather(*map(looked, sorted(names, key=lambda name: name in seen)))
    return seen


def _read(body: bytes) -> Any:
    """The answer; where a description was cut in the middle of a character, with a question mark in its place."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        forgiving = json.loads(body.decode("utf-8", "replace"))
        return msgspec.json.decode(json.dumps(forgiving, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))


def _name(services: Services, identity: Identity, hit: dict[str, Any]) -> PackageName | None:
    """The package that a hit is about, where whoever asks may hear of it."""
    package = hit.get("package")
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        return None
    try:
        name = PackageName.parse(package["name"])
        identity.require(Permission.READ, name)
    except PratiqueError:
        return None
    # The public registry's package of that name is not the one that can be had here.
    return None if services.routed.is_own(name) else name


def _as_seen(hit: dict[str, Any], shown: Shown) -> dict[str, Any]:
    """The hit, naming the version that `latest` is here."""
    package, latest = hit["package"], shown.tags["latest"]
    if package.get("version") == latest:
        return hit
    entry = shown.packument.document.versions[latest]
    return {**hit, "package": {**package, "version": latest, "date": entry.time or package.get("date")}}
