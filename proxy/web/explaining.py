"""Our own routes under `/-/pratique/`: health, metrics, what is held, and why a version is."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from proxy.npm.asks import NotAnAsk, OwnAsk
from proxy.registry.errors import NotFound
from proxy.registry.quarantined import Shown
from proxy.web.answers import NO_STORE, SAFE, json_answer
from proxy.web.errors import finding_value
from proxy.web.metrics import CONTENT_TYPE
from proxy.web.services import Asking, Services
from quarantine.errors import PratiqueError
from quarantine.package import PackageName, PackageVersion, order
from quarantine.verdict import stamp

_VERSION = re.compile(r"v1/packages/((?:@[^/]+/)?[^/]+)/versions/([^/]+)")
_WHY = re.compile(r"(?:v1/)?why/(.+)")

MOST = 1000
"""The most held versions one answer lists."""

OPEN = frozenset({"health/live", "health/ready"})
"""What needs no permission: an orchestrator has none."""


async def own(services: Services, request: web.BaseRequest, asking: Asking, ask: OwnAsk) -> web.StreamResponse:
    """Dispatch one of our routes. Raises NotAnAsk."""
    if ask.path == "health/live":
        return json_answer({"status": "live"})
    if ask.path == "health/ready":
        return await ready(services)
    if ask.path == "metrics":
        return web.Response(body=services.metrics.text(), headers={**SAFE, "Content-Type": CONTENT_TYPE})
    if ask.path == "v1/held":
        return json_answer(await held(services, dict(ask.query)))
    if match := _VERSION.fullmatch(ask.path):
        return json_answer(await explained(services, asking, PackageVersion.parse("@".join(match.groups()))))
    if match := _WHY.fullmatch(ask.path):
        return await why(services, request, asking, match[1])
    raise NotAnAsk(f"/-/pratique/{ask.path[:80]} is no route of this server")


async def ready(services: Services) -> web.StreamResponse:
    """Whether the ledger answers; a clock in doubt or an upstream that is down is told, but does not take us out."""
    try:
        await services.ledger.last_entry()
    except PratiqueError as error:
        return json_answer({"status": "not ready", "reason": str(error)}, status=503)
    return json_answer({"status": "ready", "alarms": [services.time.alarm] if services.time.alarm else []})


async def held(services: Services, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything that waits, of one package or of all that we know: those that wait for more than age first."""
    if "package" in query:
        names = [PackageName.parse(query["package"])]
    else:
        names = await services.waiting_names()
    rows: list[dict[str, Any]] = []
    for name in names:
        shown = await services.quarantined.known_view(name)
        if shown is not None:
            waiting = [version for version, verdict in shown.judged.verdicts.items() if verdict.withheld]
            rows += [row(shown, version) for version in waiting]
    rows.sort(key=lambda each: (not each["beyond_age"], each["until"] or "9999", each["package"], order(each["version"])))
    return {"held": rows[:MOST], "total": len(rows), "alarms": [services.time.alarm] if services.time.alarm else []}


async def explained(services: Services, asking: Asking, id: PackageVersion) -> dict[str, Any]:
    """Verdict and facts of one version. Raises NotFound."""
    asking.package, asking.version = id.name, id.version
    shown = await services.quarantined.view(id.name)
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
    newest = shown.tags.get("latest")
    return {**row(shown, id.version), "facts": facts, "served_instead": newest, "judged_at": stamp(shown.judged.at)}


def row(shown: Shown, version: str) -> dict[str, Any]:
    """One version in lists."""
    verdict = shown.judged.verdicts[version]
    served = version in shown.served
    return {
        "package": shown.name,
        "version": version,
        "verdict": "withheld" if not served else "observed" if verdict.withheld else "admitted",
        "findings": [finding_value(finding) for finding in verdict.findings],
        "until": stamp(verdict.until) if verdict.until else None,
        "beyond_age": any(finding.withholds and finding.rule not in {"age", "new-package"} for finding in verdict.findings),
    }


async def why(services: Services, request: web.BaseRequest, asking: Asking, subject: str) -> web.StreamResponse:
    """In words, as a page for a browser, as text for `curl`, as JSON for programs; a bare name explains the whole package."""
    accept = request.headers.get("Accept", "")
    if "@" in subject[1:]:
        told = await explained(services, asking, PackageVersion.parse(subject))
        lines = words_of(told)
    else:
        name = PackageName.parse(subject)
        await services.quarantined.view(name)
        told = await held(services, {"package": name})
        lines = [f"{name}: {len(told['held'])} versions are withheld."]
        lines += [line for each in told["held"] for line in words_of(each)]
    contact = services.manners.contact
    lines.append(
        f"To have a version earlier, ask {contact}." if contact else "Ask whoever runs this proxy to have a version earlier."
    )
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


def _stamp(instant: datetime | None) -> str | None:
    return stamp(instant) if instant is not None else None


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - pratique</title></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""
