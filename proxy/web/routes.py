"""Our own routes under `/-/pratique/`, one row each: method, path, the permission it takes, and what answers.

Every request to them goes through `own`, and every permission through the same check; the OpenAPI document is made of this table.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from proxy.access.permissions import Permission
from proxy.npm.asks import NotAnAsk, OwnAsk
from proxy.web import comparing, crediting, deciding, explaining, exposing, health, logbook, rehearsing, relocking, reporting
from proxy.web.answers import json_answer
from proxy.web.requests import MethodRefused
from proxy.web.services import Asking, Services
from quarantine.package import PackageName, PackageVersion

NAME = r"(?P<name>(?:@[^/]+/)?[^/@]+)"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one of our routes."""

    services: Services
    request: web.BaseRequest
    asking: Asking
    path: dict[str, str]
    query: dict[str, str]


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table."""

    method: str
    path: str
    """As OpenAPI writes it, below `/-/pratique/`."""
    permission: Permission | None
    """None: for everybody, since orchestrators have no credentials."""
    summary: str
    handler: Handler
    body: str | None = None
    """The name of the body's schema."""
    query: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the decoded path has to look like."""
        escaped = re.escape(self.path).replace(r"\{name\}", NAME).replace(r"\{subject\}", "(?P<subject>.+)")
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", escaped))


async def _live(call: Call) -> web.StreamResponse:
    return health.live()


async def _metrics(call: Call) -> web.StreamResponse:
    return health.metrics(call.services)


async def _held(call: Call) -> web.StreamResponse:
    return json_answer(await explaining.held(call.services, call.asking.identity, call.query))


async def _version(call: Call) -> web.StreamResponse:
    id = PackageVersion.parse(f"{call.path['name']}@{call.path['version']}")
    services = explaining.seen_by(call.services, call.asking.identity, call.query)
    return json_answer(await explaining.explained(services, call.asking, id))


async def _diff(call: Call) -> web.StreamResponse:
    name = PackageName.parse(call.path["name"])
    return await comparing.compared(call.services, call.request, call.asking, name, call.query)


async def _openapi(call: Call) -> web.StreamResponse:
    from proxy.web.openapi import document

    return json_answer(document(call.asking.base.url, anonymous=call.services.keyring.anonymous))


ROUTES: tuple[Route, ...] = (
    Route("GET", "health/live", None, "Whether the process answers.", _live),
    Route("GET", "health/ready", None, "Whether it can work.", lambda call: health.ready(call.services)),
    Route("GET", "metrics", Permission.METRICS, "Counts, for Prometheus.", _metrics),
    Route("GET", "v1/openapi.json", Permission.EXPLAIN, "This document.", _openapi),
    Route("GET", "v1/held", Permission.EXPLAIN, "The versions that wait.", _held, query=("package", "audience")),
    Route(
        "GET",
        "v1/packages/{name}/versions/{version}",
        Permission.EXPLAIN,
        "Verdict and facts of a version.",
        _version,
        query=("audience",),
    ),
    Route(
        "GET",
        "v1/packages/{name}/diff",
        Permission.EXPLAIN,
        "What is different between the bytes of two versions.",
        _diff,
        query=("new", "old", "bytes", "file"),
    ),
    Route(
        "GET",
        "why/{subject}",
        Permission.EXPLAIN,
        "Why a version is withheld, in words.",
        lambda call: explaining.why(call.services, call.request, call.asking, call.path["subject"], call.query),
        query=("audience",),
    ),
    Route(
        "GET",
        "v1/decisions",
        Permission.READ_DECISIONS,
        "What people decided.",
        lambda call: deciding.listed(call.services, call.asking, call.query),
        query=("package", "all"),
    ),
    Route(
        "POST",
        "v1/decisions",
        Permission.READ_DECISIONS,
        "Release, block or hold; also takes the permission of that name.",
        lambda call: deciding.decide(call.services, call.request, call.asking),
        body="DecisionBody",
    ),
    Route(
        "DELETE",
        "v1/decisions/{id}",
        Permission.WITHDRAW,
        "Take a decision back.",
        lambda call: deciding.withdraw(call.services, call.asking, call.path["id"], call.query),
        query=("reason",),
    ),
    Route(
        "POST",
        "v1/adoptions",
        Permission.ADOPT,
        "Admit what a lockfile pins, for rules of age only.",
        lambda call: deciding.adopt(call.services, call.request, call.asking),
        body="AdoptionBody",
    ),
    Route(
        "POST",
        "v1/relock",
        Permission.EXPLAIN,
        "The digests that a lockfile may pin, the upstream's and those that are served.",
        lambda call: relocking.relock(call.services, call.request, call.asking),
        body="RelockBody",
    ),
    Route(
        "POST",
        "v1/freeze",
        Permission.FREEZE,
        "Stop all new admissions.",
        lambda call: deciding.freeze(call.services, call.request, call.asking),
        body="ReasonBody",
    ),
    Route(
        "DELETE",
        "v1/freeze",
        Permission.FREEZE,
        "Go on admitting.",
        lambda call: deciding.thaw(call.services, call.asking, call.query),
        query=("reason",),
    ),
    Route(
        "GET",
        "v1/exposure",
        Permission.EXPOSURE,
        "Who fetched a version, and who has it installed.",
        lambda call: exposing.exposure(call.services, call.request, call.asking, call.query),
        query=("subject", "since", "format"),
    ),
    Route(
        "GET",
        "v1/report",
        Permission.EXPOSURE,
        "What was withheld lately and from whom, and what would have been.",
        lambda call: reporting.report(call.services, call.asking, call.query),
        query=("since",),
    ),
    Route(
        "POST",
        "v1/dry-run",
        Permission.EXPOSURE,
        "What another policy would withhold of what is in use.",
        lambda call: rehearsing.rehearse(call.services, call.request, call.asking),
        body="RehearsalBody",
    ),
    Route(
        "GET",
        "v1/log",
        Permission.READ_LOG,
        "The audit log.",
        lambda call: logbook.entries(call.services, call.query),
        query=("after", "limit"),
    ),
    Route(
        "GET",
        "v1/log/verify",
        Permission.READ_LOG,
        "Whether the log is whole.",
        lambda call: logbook.verify(call.services, call.query),
        query=("number", "hash"),
    ),
    Route(
        "GET",
        "v1/log/checkpoint",
        Permission.READ_LOG,
        "The log's last entry, signed: for keeping elsewhere.",
        lambda call: logbook.checkpoint(call.services),
    ),
    Route("GET", "v1/tokens", Permission.TOKENS, "Every token.", lambda call: crediting.listed(call.services)),
    Route(
        "POST",
        "v1/tokens",
        Permission.TOKENS,
        "Create a token; the answer shows its secret, once.",
        lambda call: crediting.create(call.services, call.request, call.asking),
        body="TokenBody",
    ),
    Route(
        "POST",
        "v1/tokens/{id}/rotate",
        Permission.TOKENS,
        "Replace a token's secret.",
        lambda call: crediting.rotate(call.services, call.asking, call.path["id"]),
    ),
    Route(
        "DELETE",
        "v1/tokens/{id}",
        Permission.TOKENS,
        "Revoke a token.",
        lambda call: crediting.revoke(call.services, call.asking, call.path["id"], call.query.get("reason", "")),
        query=("reason",),
    ),
)

_TABLE = tuple((route, route.pattern) for route in ROUTES)

OPEN = frozenset(route.path for route in ROUTES if route.permission is None)


DEVELOPERS = frozenset({None, Permission.EXPLAIN, Permission.METRICS})
"""The permissions of routes that stay with everybody's listener where administrators have their own."""


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The row that a request meets, and the parts of its path. Raises NotAnAsk or MethodRefused."""
    wanted = "GET" if method == "HEAD" else method
    path = path.removeprefix("v1/") if path.startswith("v1/why/") else path
    allowed = []
    for route, pattern in _TABLE:
        if match := pattern.fullmatch(path):
            if route.method == wanted:
                return route, match.groupdict()
            allowed.append(route.method)
    if allowed:
        raise MethodRefused(f"{method} is not for this address", tuple(allowed))
    raise NotAnAsk(f"/-/pratique/{path[:80]} is no route of this server")


async def own(services: Services, request: web.BaseRequest, asking: Asking, ask: OwnAsk) -> web.StreamResponse:
    """Answer a request to one of our routes, once its permission is given."""
    if ask.path not in OPEN and not asking.identity.permissions:
        # Whoever may do nothing learns nothing either, not even which routes there are.
        asking.identity.require(Permission.EXPLAIN)
    route, path = find(request.method, ask.path)
    if services.manners.desk_apart and not asking.at_desk and route.permission not in DEVELOPERS:
        raise NotAnAsk("this is for administrators, who have an address of their own here: admin.listen says which")
    if route.permission is not None:
        asking.identity.require(route.permission, path.get("name"))
    return await route.handler(Call(services, request, asking, path, dict(ask.query)))
