"""What is held, and why a version is: for lists, for programs, and in words."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from proxy.access.keyring import Identity
from proxy.access.permissions import Permission
from proxy.registry.errors import NotFound
from proxy.registry.quarantined import Shown
from proxy.web.answers import NO_STORE, SAFE, json_answer
from proxy.web.errors import finding_value
from proxy.web.inside import inside_of
from proxy.web.requests import BadBody
from proxy.web.services import Asking, Services, UnknownAudience
from quarantine.decision import Decision
from quarantine.errors import PratiqueError
from quarantine.lifecycle import state_of
from quarantine.package import PackageName, PackageVersion, order
from quarantine.verdict import Finding, stamp

EVERYONE = "everyone"
"""Whoever belongs to no audience."""

MOST = 1000
"""The most held versions one answer lists."""


async def held(services: Services, identity: Identity, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything that waits, of one package or of all that we know: those that wait for more than age first."""
    services = seen_by(services, identity, query)
    if "package" in query:
        names = [PackageName.parse(query["package"])]
        identity.require(Permission.EXPLAIN, names[0])
    else:
        names = [name for name in await services.waiting_names() if identity.concerns(name)]
    rows: list[dict[str, Any]] = []
    alarms = [services.time.alarm] if services.time.alarm else []
    for name in names:
        try:
            shown = await services.quarantined.known_view(name)
        except PratiqueError as error:
            # One package that cannot be read must not hide all others.
            alarms.append(f"{name} cannot be judged: {error}")
            continue
        if shown is not None:
            waiting = [version for version, verdict in shown.judged.verdicts.items() if verdict.withheld]
            rows += [row(shown, version) for version in waiting]
    rows.sort(key=lambda each: (not each["beyond_age"], each["until"] or "9999", each["package"], order(each["version"])))
    audience = services.quarantined.audience or EVERYONE
    return {"audience": audience, "held": rows[:MOST], "total": len(rows), "alarms": alarms}


def seen_by(services: Services, identity: Identity, query: Mapping[str, str]) -> Services:
    """The caller's own view, or that of another audience where the question names one (`everyone`: of those in none)."""
    if "audience" not in query:
        return services.for_caller(identity)
    try:
        return services.seen_by(query["audience"] if query["audience"] != EVERYONE else None)
    except UnknownAudience as error:
        raise BadBody(f"audience: {error}") from None


async def explained(services: Services, asking: Asking, id: PackageVersion) -> dict[str, Any]:
    """Verdict and facts of one version. Raises NotFound."""
    asking.package, asking.version = id.name, id.version
    shown = await services.quarantined.view_listing(id.name, id.version)
    if id.version not in shown.judged.verdicts:
        raise NotFound(f"{id.name} has no version {id.version} that the upstream lists")
    sighting = shown.packument.record.sightings.get(id.version)
    entry = shown.packument.document.versions[id.version]
    facts = {
        "published": entry.time,
        "first_seen": _stamp(sighting.first_seen if sighting else None),
        "last_absent": _stamp(sighting.last_absent if sighting else None),
        "clock_start": _stamp(sighting.clock_start if sighting else None),
        "last_look": _stamp(shown.packument.record.last_look),
        "digests": entry.digests,
    }
    # Findings say what readers need to know: who decided, and for whom else, is for those who decide.
    may = Permission.READ_DECISIONS in asking.identity.permissions
    about = [each for each in services.board.of(id.name) if each.subject.covers(id.version)] if may else []
    decisions = [decision_value(each) for each in about]
    return {
        **row(shown, id.version),
        "audience": services.quarantined.audience or EVERYONE,
        "facts": facts,
        **inside_of(shown, id.version),
        "decisions": decisions,
        "served_instead": shown.tags.get("latest"),
        "judged_at": stamp(shown.judged.at),
    }


def decision_value(decision: Decision) -> dict[str, Any]:
    """A decision as every JSON answer gives it."""
    return {
        "id": decision.number,
        "action": str(decision.action),
        "subject": str(decision.subject),
        "reason": decision.reason,
        "actor": decision.actor,
        "at": stamp(decision.at),
        "expires": _stamp(decision.expires),
        "audience": decision.audience,
        "digests": str(decision.digests) if decision.digests else None,
        "lifts": sorted(decision.lifts),
        "withdrawn": _stamp(decision.withdrawn),
    }


def row(shown: Shown, version: str) -> dict[str, Any]:
    """One version in lists."""
    verdict = shown.judged.verdicts[version]
    served = version in shown.served
    return {
        "package": shown.name,
        "version": version,
        "verdict": "withheld" if not served else "observed" if verdict.withheld else "admitted",
        "state": str(state_of(verdict)),
        "findings": [finding_value(finding) for finding in verdict.findings],
        "until": stamp(verdict.until) if verdict.until else None,
        "beyond_age": any(_is_beyond_age(finding) for finding in verdict.findings),
    }


async def why(
    services: Services, request: web.BaseRequest, asking: Asking, subject: str, query: Mapping[str, str]
) -> web.StreamResponse:
    """In words, as a page for a browser, as text for `curl`, as JSON for programs; a bare name explains the whole package."""
    accept = request.headers.get("Accept", "")
    services = seen_by(services, asking.identity, query)
    if "@" in subject[1:]:
        id = PackageVersion.parse(subject)
        asking.identity.require(Permission.EXPLAIN, id.name)
        told = await explained(services, asking, id)
        lines = words_of(told)
    else:
        name = PackageName.parse(subject)
        asking.identity.require(Permission.EXPLAIN, name)
        await services.quarantined.view(name)
        told = await held(services, asking.identity, {"package": name, "audience": services.quarantined.audience or EVERYONE})
        count = len(told["held"])
        lines = [f"{name}: {'1 version is' if count == 1 else f'{count} versions are'} withheld."]
        lines += [line for each in told["held"] for line in words_of(each)]
    if services.quarantined.audience:
        lines.insert(0, f"For {services.quarantined.audience}:")
    if told.get("verdict") == "withheld" or told.get("held"):
        lines.append(f"To have a version earlier, ask {services.manners.contact or 'whoever runs this proxy'}.")
    if "application/json" in accept:
        return json_answer(told | {"words": lines})
    headers = {"Cache-Control": NO_STORE, **SAFE}
    if "text/html" in accept:
        page = PAGE.format(title=html.escape(subject), body="\n".join(f"<p>{html.escape(line)}</p>" for line in lines))
        return web.Response(body=page.encode(), headers={**headers, "Content-Type": "text/html; charset=utf-8"})
    return web.Response(body=("\n".join(lines) + "\n").encode(), headers={**headers, "Content-Type": "text/plain; charset=utf-8"})


def words_of(told: Mapping[str, Any]) -> list[str]:
    """A version's verdict in sentences."""
    id = f"{told['package']}@{told['version']}"
    if told["verdict"] == "admitted":
        lines = [f"{id} is admitted: it can be installed."]
    elif told["verdict"] == "observed":
        lines = [f"{id} is served because policy only observes; it would be withheld."]
    else:
        lines = [f"{id} is withheld" + (f" until {told['until']}." if told["until"] else ".")]
    for finding in told["findings"]:
        until = f" (until {finding['until']})" if finding["until"] else ""
        lines.append(f"  {finding['rule']}: {finding['reason']}{until}")
    if told["verdict"] == "withheld" and told.get("served_instead"):
        lines.append(f"  The newest version that can be had is {told['package']}@{told['served_instead']}.")
    return lines


def _is_beyond_age(finding: Finding) -> bool:
    return finding.withholds and not finding.pending and finding.rule not in {"age", "new-package"}


def _stamp(instant: datetime | None) -> str | None:
    return stamp(instant) if instant is not None else None


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - pratique</title></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""
