"""Answers that carry a packument, or a part of one."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

from aiohttp import web
from isal import igzip

from proxy.npm.abbreviated import MEDIA_TYPE, wants_abbreviated
from proxy.npm.asks import DistTagsAsk, ManifestAsk, PackumentAsk
from proxy.npm.rendering import Variant, render, render_manifest
from proxy.registry.quarantined import Shown
from proxy.web.answers import JSON, NO_STORE, SAFE, json_answer
from proxy.web.requests import accepts_gzip, none_match
from proxy.web.services import Asking, Services
from proxy.web.telling import packument_notice, restrictions_of

LARGE = 2**20
"""Documents of this many bytes are joined and packed in a thread."""

GZIP_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as it goes out: packed, with the ETag of what is inside."""

    packed: bytes
    etag: str
    size: int


async def packument(services: Services, request: web.BaseRequest, asking: Asking, ask: PackumentAsk) -> web.StreamResponse:
    """`GET /<name>`, full or abbreviated."""
    shown = await services.quarantined.packument(ask.name)
    variant = Variant.ABBREVIATED if wants_abbreviated(request.headers.get("Accept", "")) else Variant.FULL
    rendered = await _rendered(shown, variant, asking.base.url, services.manners.contact)
    headers = {
        "Content-Type": MEDIA_TYPE if variant is Variant.ABBREVIATED else JSON,
        "Vary": "Accept, Accept-Encoding",
        **_freshness(services, shown),
    }
    if asking.caller.command == "ci" and (notice := packument_notice(shown, asking.base.url)):
        headers |= {"Cache-Control": NO_STORE, "npm-notice": notice}
    return await _conditional(request, rendered, headers)


async def manifest(services: Services, request: web.BaseRequest, asking: Asking, ask: ManifestAsk) -> web.StreamResponse:
    """`GET /<name>/<version-or-tag>`."""
    shown, version = await services.quarantined.resolve(ask.name, ask.selector)
    asking.version = version
    body = render_manifest(shown.packument.document, version, asking.base.url)
    headers = {"Content-Type": JSON, "Vary": "Accept-Encoding", **_freshness(services, shown)}
    return await _conditional(request, _pack(body), headers)


async def dist_tags(services: Services, asking: Asking, ask: DistTagsAsk) -> web.StreamResponse:
    """`GET /-/package/<name>/dist-tags`."""
    shown = await services.quarantined.packument(ask.name)
    return json_answer(dict(shown.tags))


async def _rendered(shown: Shown, variant: Variant, base: str, contact: str) -> Rendered:
    key = (variant, base)
    held = shown.memo.get(key)
    if isinstance(held, Rendered):
        return held
    packument = shown.packument

    def make() -> Rendered:
        restrictions = restrictions_of(shown, base, contact)
        document = render(packument.document, packument.record, shown.served, shown.tags, base, variant, restrictions)
        return _pack(document)

    rendered = await asyncio.to_thread(make) if packument.document.weight > LARGE else make()
    if len(shown.memo) >= 8:
        # A handful of bases is normal; more is somebody trying Host headers.
        shown.memo.clear()
    shown.memo[key] = rendered
    return rendered


def _pack(body: bytes) -> Rendered:
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Rendered(igzip.compress(body, GZIP_LEVEL, mtime=0), etag, len(body))


async def _conditional(request: web.BaseRequest, rendered: Rendered, headers: dict[str, str]) -> web.StreamResponse:
    """200 or 304: decided by what is served now, never by If-Modified-Since, which does not see a verdict change."""
    headers |= {"ETag": rendered.etag, **SAFE}
    if none_match(request.headers.get("If-None-Match"), rendered.etag):
        headers.pop("Content-Type")
        return web.Response(status=304, headers=headers)
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        return web.Response(body=rendered.packed, headers={**headers, "Content-Encoding": "gzip"})
    body = igzip.decompress(rendered.packed)  # type: ignore[no-untyped-call]
    return web.Response(body=body, headers=headers)


def _freshness(services: Services, shown: Shown) -> dict[str, str]:
    """How long a client may go without asking again: short, and never past the next change that we know of."""
    now = services.time.judging()
    seconds = services.manners.max_age.total_seconds()
    if shown.judged.changes_at is not None:
        seconds = min(seconds, (shown.judged.changes_at - now).total_seconds())
    age = max(0, int((services.time.now() - shown.packument.record.last_look).total_seconds()))
    headers = {"Cache-Control": f"public, max-age={max(0, int(seconds))}", "Pratique-Age": str(age)}
    if shown.packument.stale:
        headers |= {"Cache-Control": "public, max-age=0", "Warning": '110 - "Response is Stale"'}
    return headers
