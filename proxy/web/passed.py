"""Routes that the upstream answers: keys, attestations, audits. Policy comes first, and a failure is never told as "clean"."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import web

from proxy.npm.asks import AttestationsAsk, AuditAsk
from proxy.npm.audit_tree import without
from proxy.registry.errors import NotFound, UpstreamFailed
from proxy.registry.quarantined import Shown
from proxy.registry.routed import Routed
from proxy.registry.upstream import MISSING, Upstream
from proxy.signing import keyring
from proxy.web.answers import JSON, NO_STORE, SAFE, encoded, json_answer, kept_for
from proxy.web.requests import BadBody, json_object, read_body
from proxy.web.services import Asking, Services
from proxy.web.telling import audit_notice
from quarantine.errors import PratiqueError
from quarantine.package import InvalidName, PackageName, is_version_text

LIMIT = 32 * 2**20
"""The largest answer passed on, in bytes."""

BULK = "advisories/bulk"

MOST_AUDITED = 4 * 2**20
"""The largest tree that is audited, in bytes once unpacked: 20,000 packages take about 1 MB."""


async def keys(services: Services) -> web.StreamResponse:
    """`GET /-/npm/v1/keys`: the upstream's keys, for what we pass on untouched, and ours, for what we rewrite.

    Where the upstream has none, nothing that it has is signed, and npm calls whatever is not signed a fault once there are
    keys at all: then ours are shown only where something may be rewritten.
    """
    own = [each.value for each in keyring.read(await services.ledger.note(keyring.NOTE))] if services.manners.rewrites else []
    upstream, missing = services.routed.public.upstream, "the upstream registry publishes no signing keys"
    max_age = timedelta(minutes=5)
    try:
        body = await _passed_on(upstream, "-/npm/v1/keys", missing)
    except NotFound:
        if not own:
            raise
        body = b'{"keys":[]}'
    return _json(services, await asyncio.to_thread(with_keys, body, own) if own else body, max_age)


async def attestations(services: Services, asking: Asking, ask: AttestationsAsk) -> web.StreamResponse:
    """`GET /-/npm/v1/attestations/<name>@<version>`, for versions that are served as they were attested."""
    asking.version = ask.id.version
    shown = await services.quarantined.admit(ask.id.name, ask.id.version)
    if shown.rewritten(ask.id.version) is not None:
        raise NotFound(f"{ask.id} is served without its install scripts, and no attestation is about these bytes")
    path = f"-/npm/v1/attestations/{quote(str(ask.id), safe='@+')}"
    upstream, missing = services.routed.of(ask.id.name).upstream, f"the upstream registry has no attestations of {ask.id}"
    return await _document(services, upstream, path, missing, services.manners.max_age)


async def audit(services: Services, request: web.BaseRequest, asking: Asking, ask: AuditAsk) -> web.StreamResponse:
    """The audits of every client. The answer carries one line about the whole tree, which npm prints on each install."""
    body = await read_body(request, MOST_AUDITED)
    value = json_object(body)
    tree = tree_of(value) if ask.path.endswith(BULK) else {}
    services.usage.installed(tree)
    if tree:
        asking.tree = {str(name): versions for name, versions in tree.items()}
    leaving = await asyncio.to_thread(_leaving, services.routed, ask.path, value) if services.routed.has_own else body
    passing = asyncio.ensure_future(_audited(services, ask.path, leaving))
    try:
        theirs = {name: versions for name, versions in tree.items() if asking.identity.concerns(name)}
        notice = audit_notice(theirs, await _views(services, theirs), asking.base.url) if theirs else None
        answer = await passing
    except BaseException:
        passing.cancel()
        raise
    if notice is not None:
        answer.headers["npm-notice"] = notice
    return answer


def with_keys(body: bytes, own: list[dict[str, Any]]) -> bytes:
    """The upstream's document of its keys with ours behind them. Raises UpstreamFailed where it is none."""
    try:
        theirs = json_object(body)
    except BadBody:
        theirs = {}
    listed = theirs.get("keys")
    if not isinstance(listed, list):
        raise UpstreamFailed("the upstream's answer about its signing keys has no list of them")
    known = [each.get("keyid") for each in listed if isinstance(each, dict)]
    return encoded({**theirs, "keys": [*listed, *(each for each in own if each["keyid"] not in known)]})


def tree_of(value: dict[str, object]) -> dict[PackageName, list[str]]:
    """The bulk body, `{"name": ["1.0.0"]}`, as far as it is one; anything else in it names no package."""
    tree: dict[PackageName, list[str]] = {}
    for name, versions in value.items():
        if isinstance(versions, list):
            try:
                tree[PackageName.parse(name)] = [version for version in versions if isinstance(version, str)]
            except InvalidName:
                continue
    return tree


def _leaving(routed: Routed, path: str, value: dict[str, object]) -> bytes:
    """The body as it goes to the public upstream: packages of namespaces are not its business, not even their names."""
    if not path.endswith(BULK):
        return encoded(without(value, routed.names_own))
    theirs = {name: versions for name, versions in tree_of(value).items() if not routed.is_own(name)}
    return encoded({name: [each for each in versions if is_version_text(each)] for name, versions in theirs.items()})


async def _views(services: Services, tree: dict[PackageName, list[str]]) -> dict[PackageName, Shown]:
    """Those packages of the tree that can have something withheld, without asking the upstream."""
    views: dict[PackageName, Shown] = {}
    for name in tree.keys() & set(await services.waiting_names()):
        try:
            shown = await services.quarantined.known_view(name)
        except PratiqueError:
            continue
        if shown is not None:
            views[name] = shown
    return views


async def _audited(services: Services, path: str, body: bytes) -> web.Response:
    """The upstream's answer; its failures as 404, since pnpm tries a 500 again for more than a minute."""
    headers = {"Content-Type": JSON}
    try:
        status, media, answer = await services.routed.public.upstream.passed_on(path, JSON, LIMIT, post=(body, headers))
    except UpstreamFailed as error:
        return json_answer({"error": f"the audit cannot be had: {error}", "code": "no-audit"}, status=404)
    if status != 200 or media != JSON:
        reason = f"the upstream registry answered {status}" if status != 200 else "it answered with something else than JSON"
        return json_answer({"error": f"the audit cannot be had: {reason}", "code": "no-audit"}, status=404)
    return web.Response(body=answer, headers={"Content-Type": JSON, "Cache-Control": NO_STORE, **SAFE})


async def _document(services: Services, upstream: Upstream, path: str, missing: str, max_age: timedelta) -> web.Response:
    """A JSON document of an upstream, passed on as it is."""
    return _json(services, await _passed_on(upstream, path, missing), max_age)


async def _passed_on(upstream: Upstream, path: str, missing: str) -> bytes:
    status, media, body = await upstream.passed_on(path, JSON, LIMIT)
    if status in MISSING:
        raise NotFound(f"{missing} (it answered {status})")
    if status != 200 or media != JSON:
        raise UpstreamFailed(f"the upstream answered {status} ({media}) where JSON was due")
    return body


def _json(services: Services, body: bytes, max_age: timedelta) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": JSON, **kept_for(services.manners, max_age.total_seconds()), **SAFE})
