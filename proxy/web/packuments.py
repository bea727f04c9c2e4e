"""Answers that carry a packument, or a part of one."""

from __future__ import annotations

import hashlib

from aiohttp import web

from proxy.npm.abbreviated import MEDIA_TYPE, wants_abbreviated
from proxy.npm.asks import DistTagsAsk, ManifestAsk, PackumentAsk
from proxy.npm.packument import Variant
from proxy.npm.rendering import render_manifest
from proxy.registry.quarantined import Shown
from proxy.shared.stamps import Stamp
from proxy.web.answers import JSON, NO_STORE, SAFE, json_answer, kept_for
from proxy.web.packing import pack
from proxy.web.rendered import Rendered
from proxy.web.requests import accepts_gzip, none_match
from proxy.web.sent import Entry
from proxy.web.services import Asking, Services
from proxy.web.telling import packument_notice, restrictions_of


async def packument(services: Services, request: web.BaseRequest, asking: Asking, ask: PackumentAsk) -> web.StreamResponse:
    """`GET /<name>`, full or abbreviated."""
    shown = await services.quarantined.packument(ask.name)
    if services.examiner is not None:
        services.examiner.shown(shown)
    variant = Variant.ABBREVIATED if wants_abbreviated(request.headers.get("Accept", "")) else Variant.FULL
    restrictions = restrictions_of(shown, asking.base.url, services.manners.contact)
    rendered = await services.rendering.document(shown, variant, asking.base.url, restrictions)
    headers = {
        "Content-Type": MEDIA_TYPE if variant is Variant.ABBREVIATED else JSON,
        **_freshness(services, shown, "Accept", "Accept-Encoding"),
    }
    notice = packument_notice(shown, asking.base.url) if asking.caller.command == "ci" else None
    if notice is not None:
        headers |= {"Cache-Control": NO_STORE, "npm-notice": notice}
    else:
        await _keep(services, request, asking, shown, rendered, headers)
    return await _conditional(request, rendered, headers)


async def _keep(
    services: Services, request: web.BaseRequest, asking: Asking, shown: Shown, rendered: Rendered, headers: dict[str, str]
) -> None:
    """Have the answer at hand for the next who asks, until it would be another."""
    key = services.hot.key(request, asking.identity)
    if key is None or not accepts_gzip(request.headers.get("Accept-Encoding")):
        return
    stamp, span = await current_stamp(services, asking, shown), shown_for(services, shown)
    if stamp is None or span is None:
        return
    elapsed, judged = services.time.elapsed(), shown.judged
    fixed = {"ETag": rendered.etag, **headers, "Content-Encoding": "gzip", **SAFE}
    ages = not services.manners.audiences
    if ages:
        del fixed["Cache-Control"]
    del fixed["Pratique-Age"]
    entry = Entry(
        stamp,
        elapsed + span,
        shown.name,
        None,
        "packument",
        rendered.etag,
        fixed,
        rendered.key,
        len(rendered.packed),
        services.manners.max_age.total_seconds() if ages else None,
        not services.manners.same_for_all,
        elapsed + (judged.changes_at - services.time.judging()).total_seconds() if judged.changes_at is not None else None,
        elapsed - (services.time.now() - shown.packument.record.last_look).total_seconds(),
    )
    services.hot.keep(key, entry)


async def current_stamp(services: Services, asking: Asking, shown: Shown) -> Stamp | None:
    """A stamp for which the view is still true.

    Most often what has changed since the request came is what its own look brought: then the view is asked for once more.
    """
    if asking.stamp is None or services.hot.is_current(asking.stamp):
        return asking.stamp
    stamp = services.hot.stamp(shown.name)
    if services.sync.due():
        return None
    again = await services.quarantined.known_view(shown.name)
    same = again is not None and again.judged is shown.judged and again.document is shown.document
    return stamp if same and again is not None and again.tags == shown.tags else None


def shown_for(services: Services, shown: Shown) -> float | None:
    """Seconds for which a view stays what it is while nobody decides anything and no look is taken; None: not at all."""
    record = shown.packument.record
    if shown.packument.stale or shown.judged.needs_look or record.missing:
        return None
    now = services.time.now()
    left = (record.last_look + services.manners.fresh - now).total_seconds()
    if shown.judged.changes_at is not None:
        left = min(left, (shown.judged.changes_at - max(now, services.time.judging())).total_seconds())
    return left if left > 0 and record.last_look <= now else None


async def manifest(services: Services, request: web.BaseRequest, asking: Asking, ask: ManifestAsk) -> web.StreamResponse:
    """`GET /<name>/<version-or-tag>`."""
    shown, version = await services.quarantined.resolve(ask.name, ask.selector)
    asking.version = version
    body = render_manifest(shown.document, version, asking.base.url)
    headers = {"Content-Type": JSON, **_freshness(services, shown, "Accept-Encoding")}
    return await _conditional(request, _packed(body), headers)


async def dist_tags(services: Services, asking: Asking, ask: DistTagsAsk) -> web.StreamResponse:
    """`GET /-/package/<name>/dist-tags`."""
    shown = await services.quarantined.packument(ask.name)
    return json_answer(dict(shown.tags))


def _packed(body: bytes) -> Rendered:
    return Rendered(pack(body), f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')


async def _conditional(request: web.BaseRequest, rendered: Rendered, headers: dict[str, str]) -> web.StreamResponse:
    """200 or 304: decided by what is served now, never by If-Modified-Since, which does not see a verdict change."""
    headers |= {"ETag": rendered.etag, **SAFE}
    if none_match(request.headers.get("If-None-Match"), rendered.etag):
        headers.pop("Content-Type")
        return web.Response(status=304, headers=headers)
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        return web.Response(body=rendered.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=rendered.plain, headers=headers)


def _freshness(services: Services, shown: Shown, *vary: str) -> dict[str, str]:
    """How long a client may go without asking again: short, and never past the next change that we know of."""
    now = services.time.judging()
    seconds = services.manners.max_age.total_seconds()
    if shown.judged.changes_at is not None:
        seconds = min(seconds, (shown.judged.changes_at - now).total_seconds())
    age = max(0, int((services.time.now() - shown.packument.record.last_look).total_seconds()))
    headers = {**kept_for(services.manners, 0 if shown.packument.stale else seconds, *vary), "Pratique-Age": str(age)}
    if shown.packument.stale:
        headers["Warning"] = '110 - "Response is Stale"'
    return headers
