"""`GET /-/v1/search`: the upstream's hits, each only as far as its package may be seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from proxy.npm.asks import SearchAsk
from proxy.registry.errors import NotFound, UpstreamFailed
from proxy.registry.upstream import MISSING
from proxy.web.answers import JSON, json_answer
from proxy.web.services import Services
from quarantine.errors import PratiqueError
from quarantine.package import PackageName

KEYS = frozenset({"text", "size", "from", "quality", "popularity", "maintenance"})
AT_ONCE = 8
MOST = 100
LIMIT = 16 * 2**20


async def search(services: Services, ask: SearchAsk) -> web.StreamResponse:
    """Pass a search on, and judge what comes back; a hit whose package cannot be judged is left out."""
    query = urlencode([(key, value) for key, value in ask.query if key in KEYS])
    status, media, body = await services.upstream.passed_on(f"-/v1/search?{query}", JSON, LIMIT)
    if status in MISSING or media != JSON:
        raise NotFound(f"the upstream registry has no search (it answered {status})")
    try:
        found = _read(body)
        hits = [hit for hit in found["objects"] if isinstance(hit, dict)][:MOST]
    except (msgspec.MsgspecError, ValueError, RecursionError, KeyError, TypeError):
        raise UpstreamFailed("the upstream's search answer cannot be read") from None
    turns = asyncio.Semaphore(AT_ONCE)

    async def judged(hit: dict[str, Any]) -> dict[str, Any] | None:
        async with turns:
            return await _judged(services, hit)

    kept = [hit for hit in await asyncio.gather(*map(judged, hits)) if hit is not None]
    return json_answer({**found, "objects": kept, "total": found.get("total", len(kept))})


def _read(body: bytes) -> Any:
    """The answer; where a description was cut in the middle of a character, with a question mark in its place."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        forgiving = json.loads(body.decode("utf-8", "replace"))
        return msgspec.json.decode(json.dumps(forgiving, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))


async def _judged(services: Services, hit: dict[str, Any]) -> dict[str, Any] | None:
    """The hit, naming the version that `latest` is here."""
    package = hit.get("package")
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        return None
    try:
        shown = await services.quarantined.packument(PackageName.parse(package["name"]))
    except PratiqueError:
        return None
    latest = shown.tags["latest"]
    if package.get("version") == latest:
        return hit
    entry = shown.packument.document.versions[latest]
    return {**hit, "package": {**package, "version": latest, "date": entry.time or package.get("date")}}
