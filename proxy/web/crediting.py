"""The admin API's tokens. A secret is shown in the answer that creates it, and never again."""

from __future__ import annotations

import secrets
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from aiohttp import web

from proxy.access.permissions import ROLES
from proxy.access.tokens import digest_of, new_token
from proxy.web.answers import json_answer
from proxy.web.bodies import TokenBody, read
from proxy.web.deciding import check_audience
from proxy.web.requests import BadBody, read_body
from proxy.web.services import Asking, Services
from proxy.web.spans import instant_after
from quarantine.book import UnknownDecision
from quarantine.credentials import Credential
from quarantine.verdict import stamp


def credential_value(credential: Credential) -> dict[str, Any]:
    """A credential as every JSON answer gives it; nothing in it helps to use it."""
    return {
        "id": credential.id,
        "label": credential.label,
        "roles": list(credential.roles),
        "packages": list(credential.packages),
        "networks": list(credential.networks),
        "audience": credential.audience,
        "created": stamp(credential.created),
        "expires": stamp(credential.expires) if credential.expires else None,
        "revoked": stamp(credential.revoked) if credential.revoked else None,
        "last_used": stamp(credential.last_used) if credential.last_used else None,
    }


async def listed(services: Services) -> web.Response:
    """`GET v1/tokens`."""
    return json_answer({"tokens": [credential_value(each) for each in services.keyring.all()]})


async def create(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/tokens`."""
    body = read(TokenBody, await read_body(request))
    if not body.label.strip() or len(body.label) > 100 or not body.label.isprintable():
        raise BadBody("label: a token needs a short text that tells it from others")
    if body.owner is not None and (len(body.owner) > 200 or not body.owner.isprintable()):
        raise BadBody("owner: a name has at most 200 printable characters")
    if not all(0 < len(pattern) <= 214 and pattern.isprintable() for pattern in body.packages):
        raise BadBody("packages: a pattern is a name or a glob such as @acme/*")
    if unknown := sorted(set(body.roles) - ROLES.keys()):
        raise BadBody(f"roles: there is no role {unknown[0][:40]!r}; there are {', '.join(ROLES)}")
    if not body.roles:
        raise BadBody(f"roles: a token needs at least one of {', '.join(ROLES)}")
    for network in body.networks:
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise BadBody(f"networks: {network[:60]!r} is no network; write 10.0.0.0/8 or 2001:db8::/32") from None
    expires = instant_after(body.expires, services.time.now(), "expires")
    if expires is not None and expires <= services.time.now():
        raise BadBody(f"expires: the token would have expired before it was made ({stamp(expires)})")
    check_audience(services, body.audience)
    credential = Credential(
        id=f"c{secrets.token_hex(6)}",
        digest="",
        label=body.label.strip(),
        roles=tuple(body.roles),
        created=services.time.now(),
        packages=tuple(body.packages),
        networks=tuple(body.networks),
        expires=expires,
        audience=body.audience,
    )
    return await _issue(services, credential, body.owner, asking.identity.actor)


async def revoke(services: Services, asking: Asking, id: str, reason: str) -> web.Response:
    """`DELETE v1/tokens/{id}?reason=…`: effective with the next request."""
    revoked = await services.book.revoke(id, reason or "revoked", asking.identity.actor, services.time.now())
    services.keyring.put(revoked)
    return json_answer({"token": credential_value(revoked)})


async def rotate(services: Services, asking: Asking, id: str) -> web.Response:
    """`POST v1/tokens/{id}/rotate`: a new secret with the same rights; the old one is revoked."""
    old = services.keyring.find(id)
    if old is None or not old.live(services.time.now()):
        raise UnknownDecision(f"there is no live token {id[:40]}; `pratique token list` shows them")
    if old.id not in {each.id for each in await services.book.credentials()}:
        raise BadBody(f"{old.label} comes from a secret: change it there, and start again")
    now = services.time.now()
    fresh = replace(old, id=f"c{secrets.token_hex(6)}", created=now, last_used=None)
    answer = await _issue(services, fresh, await services.book.actor_name(id), asking.identity.actor)
    services.keyring.put(await services.book.revoke(id, f"rotated to {fresh.id}", asking.identity.actor, now))
    return answer


async def _issue(services: Services, credential: Credential, owner: str | None, actor: str) -> web.Response:
    token = new_token()
    kept = replace(credential, digest=digest_of(token))
    await services.book.issue(kept, owner, actor, services.time.now())
    services.keyring.put(kept)
    return json_answer({"token": credential_value(kept), "secret": token}, status=201)
