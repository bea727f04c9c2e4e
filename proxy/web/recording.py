"""What is kept of a request once it is answered: a metric, an access record, a log line. No header and no query among them."""

from __future__ import annotations

from urllib.parse import unquote

import structlog
from aiohttp import web

from proxy.access.keyring import ANONYMOUS_ACTOR
from proxy.access.records import Access
from proxy.access.tokens import holds_token, without_tokens
from proxy.web.services import Asking, Services

log = structlog.get_logger()


def record(
    services: Services, request: web.BaseRequest, response: web.StreamResponse | None, asking: Asking, seconds: float
) -> None:
    """The metric, the access record and the log line of one request."""
    caller = asking.caller
    services.metrics.request(asking.kind or "other", asking.outcome, seconds)
    if asking.rules:
        services.metrics.withheld(asking.rules.split(","), observed=asking.outcome == "would-withhold")
    access = access_of(services, asking)
    if access is not None and asking.tree is not None:
        services.records.note_tree(access, asking.tree)
    elif access is not None:
        services.records.note(access)
    # What was served is in the access records; a line for each would cost more than most answers do.
    say = log.debug if asking.outcome == "served" else log.info
    say(
        "request",
        id=asking.request_id,
        method=request.method,
        path=loggable(request.raw_path),
        status=response.status if response is not None else None,
        ms=round(seconds * 1000, 1),
        outcome=asking.outcome,
        client=caller.address,
        actor=asking.identity.actor,
        command=caller.command,
        rules=asking.rules or None,
    )


def access_of(services: Services, asking: Asking) -> Access | None:
    """The record of a request for packages; None for the others."""
    if asking.kind is None:
        return None
    actor = asking.identity.actor
    return Access(
        at=services.time.now(),
        kind=asking.kind,
        package=asking.package,
        version=asking.version,
        outcome=asking.outcome,
        client=asking.caller.address,
        agent=asking.caller.agent,
        command=asking.caller.command,
        credential=actor if actor != ANONYMOUS_ACTOR else None,
        rules=asking.rules,
    )


def loggable(target: str) -> str:
    """A request target without its query, which may hold a secret, and without bytes that are no text."""
    path = target.partition("?")[0]
    if "/-/user/" in path:
        # `npm logout` sends the token itself.
        path = f"{path.partition('/-/user/')[0]}/-/user/..."
    # One that is percent-encoded is a token all the same.
    path = without_tokens(unquote(path) if holds_token(path) else path)
    return path[:300].encode("utf-8", "backslashreplace").decode()
