"""The admin API's decisions: release, block, hold, withdraw, adopt, freeze."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from proxy.access.errors import NotPermitted
from proxy.access.permissions import Permission
from proxy.npm.integrity import BadIntegrity, digests_of
from proxy.web.answers import json_answer
from proxy.web.bodies import AdoptionBody, DecisionBody, PinnedEntry, ReasonBody, read
from proxy.web.explaining import EVERYONE, decision_value
from proxy.web.exposing import exposure_value
from proxy.web.requests import BadBody, read_body
from proxy.web.services import Asking, Services, UnknownAudience
from proxy.web.spans import instant_after
from quarantine.book import Draft, UnknownDecision
from quarantine.decision import Action
from quarantine.desk import Order
from quarantine.lifecycle import IllegalTransition
from quarantine.package import InvalidName, PackageName, is_version_text
from quarantine.ranges import InvalidRange, Subject
from quarantine.verdict import stamp

PIN_RULES = frozenset({"age", "new-package"})
"""What adopting a lockfile lifts: the rules of age, and no others."""


async def listed(services: Services, asking: Asking, query: Mapping[str, str]) -> web.Response:
    """`GET v1/decisions`, of one package or all; withdrawn and expired ones with `all=true`."""
    now = services.time.now()
    every = query.get("all", "false")
    if every not in {"true", "false"}:
        raise BadBody("all is true or false: ?all=true")
    if "package" in query:
        names = [PackageName.parse(query["package"])]
        asking.identity.require(Permission.READ_DECISIONS, names[0])
    else:
        names = [name for name in services.board.names() if asking.identity.concerns(name)]
    of = services.board.of if every == "true" else lambda name: services.board.in_force(name, now)
    rows = [each for name in names for each in of(name)]
    rows.sort(key=lambda each: -each.number)
    frozen = stamp(services.board.frozen) if services.board.frozen else None
    return json_answer({"decisions": [decision_value(each) for each in rows[:5000]], "total": len(rows), "frozen": frozen})


async def decide(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/decisions`. A block answers with who had the version already."""
    body = read(DecisionBody, await read_body(request))
    asking.identity.require(Permission(body.action))
    subject = Subject.parse(body.subject)
    asking.identity.require(Permission(body.action), subject.name)
    check_audience(services, body.audience)
    expires = instant_after(body.expires, services.time.now(), "expires")
    order = Order(Action(body.action), subject, body.reason, expires, body.audience)
    decision = await services.desk.decide(order, asking.identity.actor)
    answer: dict[str, Any] = {"decision": decision_value(decision)}
    if decision.action is Action.BLOCK:
        answer["exposure"] = await exposure_value(services, subject, None)
    return json_answer(answer, status=201)


def check_audience(services: Services, audience: str | None) -> None:
    """Raise BadBody for an audience that is not configured."""
    if audience == EVERYONE:
        raise BadBody("audience: leave it out; without one a decision is for all, and a token belongs to everyone")
    try:
        services.seen_by(audience)
    except UnknownAudience as error:
        raise BadBody(f"audience: {error}") from None


async def withdraw(services: Services, asking: Asking, number: str, query: Mapping[str, str]) -> web.Response:
    """`DELETE v1/decisions/{id}?reason=…`."""
    decision = services.board.find(int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None
    if decision is None:
        raise UnknownDecision(f"there is no decision {number[:20]!a}; `pratique decisions` lists those there are")
    asking.identity.require(Permission.WITHDRAW, decision.subject.name)
    decision = await services.desk.withdraw(decision.number, query.get("reason", ""), asking.identity.actor)
    return json_answer({"decision": decision_value(decision)})


async def adopt(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/adoptions`: admit exactly what a lockfile pins, for rules of age only."""
    body = read(AdoptionBody, await read_body(request, 64 * 2**20))
    if not body.reason.strip():
        raise BadBody("an adoption needs a reason, for whoever reads the log later")
    drafts: list[Draft] = []
    refused: list[dict[str, str]] = []
    now = services.time.now()
    for entry in body.entries:
        try:
            asking.identity.require(Permission.ADOPT, PackageName.parse(entry.name))
            draft = _pinned(entry, f"{body.reason.strip()} ({body.source})" if body.source else body.reason.strip())
            services.desk.check_pinned(draft)
            drafts.append(draft)
        except (InvalidName, InvalidRange, BadIntegrity, BadBody, NotPermitted, IllegalTransition) as error:
            refused.append({"entry": f"{entry.name}@{entry.version}"[:200], "reason": str(error)})
    known = {
        (str(each.subject), str(each.digests)): each
        for name in {draft.subject.name for draft in drafts}
        for each in services.board.in_force(name, now)
        if each.action is Action.RELEASE and each.audience is None
    }
    fresh = [draft for draft in dict.fromkeys(drafts) if (str(draft.subject), str(draft.digests)) not in known]
    decisions = await services.desk.admit_pinned(fresh, asking.identity.actor)
    counts = {"adopted": len(decisions), "known": len(drafts) - len(fresh), "refused": refused}
    return json_answer(counts, status=201 if decisions else 200)


def _pinned(entry: PinnedEntry, reason: str) -> Draft:
    name = PackageName.parse(entry.name)
    if not is_version_text(entry.version):
        raise InvalidName(f"{entry.version[:40]!r} is not a version of {name}")
    digests = digests_of(entry.integrity, None)
    if not digests:
        raise BadBody("the lockfile pins no integrity for it, so there are no bytes to admit")
    subject = Subject(name, entry.version, exact=True)
    return Draft(Action.RELEASE, subject, reason, digests=digests, lifts=PIN_RULES)


async def freeze(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/freeze`."""
    body = read(ReasonBody, await read_body(request))
    frozen = await services.desk.freeze(body.reason, asking.identity.actor)
    return json_answer({"frozen": stamp(frozen.since)}, status=201)


async def thaw(services: Services, asking: Asking, query: Mapping[str, str]) -> web.Response:
    """`DELETE v1/freeze?reason=…`."""
    await services.desk.thaw(query.get("reason", ""), asking.identity.actor)
    return json_answer({"frozen": None})
