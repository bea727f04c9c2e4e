"""Answers that carry bytes of a version."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from aiohttp import web

from proxy.npm.asks import TarballAsk, version_in
from proxy.npm.integrity import BadIntegrity
from proxy.registry.errors import DownloadBroken
from proxy.registry.interface import Manifest, Tarball
from proxy.registry.quarantined import Shown
from proxy.registry.verified_file import VerifiedFile
from proxy.web.answers import SAFE
from proxy.web.connection import while_connected
from proxy.web.packuments import current_stamp, shown_for
from proxy.web.pinning import PINNED, check_pinned, has_other_bytes
from proxy.web.requests import none_match, one_range
from proxy.web.sent import Entry
from proxy.web.services import Asking, Services
from quarantine.digests import Digests

OCTETS = "application/octet-stream"

SMALL = 2**13
"""Tarballs of up to so many bytes are kept in memory; half of all have no more than 7,000. Larger ones are kept as open files."""


async def tarball(services: Services, request: web.BaseRequest, asking: Asking, ask: TarballAsk) -> web.StreamResponse:
    """`GET /<name>/-/<file>`: the verdict first, then conditions and ranges, then bytes."""
    version = version_in(ask)
    asking.version = version
    shown = await services.quarantined.admit(ask.name, version)
    check_pinned(shown, version, request.headers.get(PINNED))
    manifest = shown.manifest(version)
    if shown.would_withhold(version):
        asking.outcome = "would-withhold"
        asking.rules = ",".join(f.rule for f in shown.judged.verdicts[version].findings if f.withholds)
    headers = {
        "Content-Type": OCTETS,
        "Cache-Control": "private, no-cache",
        "ETag": etag_of(manifest.digests),
        "Accept-Ranges": "bytes",
        **SAFE,
    }
    if none_match(request.headers.get("If-None-Match"), headers["ETag"]):
        return web.Response(status=304, headers={key: value for key, value in headers.items() if key != "Content-Type"})
    if request.method == "HEAD":
        size = await services.quarantined.tarball_size(ask.name, version)
        if size is not None:
            headers["Content-Length"] = str(size)
        return web.Response(headers=headers)
    found = await while_connected(request, services.quarantined.tarball(ask.name, version))
    if services.examiner is not None:
        services.examiner.served(shown, version)
    if found.sealed and asking.outcome == "served":
        await _keep(services, request, asking, shown, manifest, found, headers)
    return await _send(request, found, headers)


async def _keep(
    services: Services,
    request: web.BaseRequest,
    asking: Asking,
    shown: Shown,
    manifest: Manifest,
    found: Tarball,
    headers: dict[str, str],
) -> None:
    """Have the answer at hand for the next who asks: in memory where it is small, else as an open file."""
    key = services.hot.key(request, asking.identity)
    stamp = await current_stamp(services, asking, shown) if key is not None else None
    span, id = shown_for(services, shown), manifest.id
    if span is None or stamp is None or key is None:
        return
    until, same = services.time.elapsed() + span, dict(headers)
    integrity = same["ETag"].strip('"') if has_other_bytes(shown, id.version) else None

    def entry(content: bytes | VerifiedFile) -> Entry:
        length = len(content) if isinstance(content, bytes) else content.size
        etag = same["ETag"]
        return Entry(stamp, until, id.name, id.version, "tarball", etag, same, content, length, integrity=integrity)

    async def opened() -> Entry | None:
        file = await services.routed.verified(manifest)
        return entry(file) if file is not None else None

    if found.data is not None and len(found.data) <= SMALL:
        services.hot.keep(key, entry(found.data))
    else:
        services.hot.keep_later(key, opened)


async def _send(request: web.BaseRequest, found: Tarball, headers: dict[str, str]) -> web.StreamResponse:
    status, start, end = 200, 0, found.size
    condition = request.headers.get("If-Range")
    if found.sealed and found.size is not None and (condition is None or condition == headers["ETag"]):
        try:
            wanted = one_range(request.headers.get("Range"), found.size)
        except ValueError:
            return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{found.size}"})
        if wanted is not None:
            status, (start, end) = 206, wanted
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    if found.data is not None:
        return web.Response(status=status, body=found.data[start:end], headers=headers)
    return await _stream(request, found, web.StreamResponse(status=status, headers=headers), start, end)


async def _stream(
    request: web.BaseRequest, found: Tarball, response: web.StreamResponse, start: int, end: int | None
) -> web.StreamResponse:
    """Send as it comes. What breaks after the headers ends with a reset: a clean end would look like a whole tarball."""
    if end is not None:
        response.content_length = end - start
    part = response.status == 206
    source = cast("AsyncGenerator[bytes, None]", found.stream(start if part else 0, end if part else None))
    async with aclosing(source) as chunks:
        first = await anext(chunks, b"")
        await response.prepare(request)
        try:
            await response.write(first)
            async for chunk in chunks:
                await response.write(chunk)
        except DownloadBroken:
            reset(request)
            raise
    await response.write_eof()
    return response


def reset(request: web.BaseRequest) -> None:
    """Cut the connection, unmistakably."""
    if request.transport is not None:
        with contextlib.suppress(RuntimeError):
            request.transport.abort()


def etag_of(digests: Digests) -> str:
    """A strong ETag: the strongest digest names the bytes for good."""
    strongest = digests.strongest
    if strongest is None:
        raise BadIntegrity("the upstream lists no digest of it, so that nothing could tell whether its bytes are the right ones")
    return f'"{strongest}-{digests[strongest]}"'
