"""A dry run of another policy: what of the versions in use it would withhold, without applying it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from proxy.registry.quarantined import Quarantined, Shown
from proxy.web.answers import json_answer
from proxy.web.bodies import RehearsalBody, read
from proxy.web.errors import finding_value
from proxy.web.explaining import EVERYONE
from proxy.web.requests import read_body
from proxy.web.services import Asking, Services
from proxy.web.spans import instant_before
from quarantine.errors import PratiqueError
from quarantine.package import InvalidName, PackageName
from quarantine.verdict import stamp

MONTH = timedelta(days=30)

MOST = 5000
"""The most rows that one answer has of each list; the totals count all."""


async def rehearse(services: Services, request: web.BaseRequest, asking: Asking) -> web.Response:
    """`POST v1/dry-run`: judge what is in use by the policy in the body; nothing is kept, and nothing changes."""
    body = read(RehearsalBody, await read_body(request))
    stages = services.rehearse(body.policy)
    since = instant_before(body.since, services.time.now(), "since") or services.time.now() - MONTH
    await services.records.flush()
    used = await services.records.in_use(since)
    by_name: dict[PackageName, dict[str, str]] = {}
    for (package, version), at in used.items():
        try:
            name = PackageName.parse(package)
        except InvalidName:
            continue
        if asking.identity.concerns(name):
            by_name.setdefault(name, {})[version] = stamp(at)
    withheld: list[dict[str, Any]] = []
    admitted: list[dict[str, Any]] = []
    latest: list[dict[str, Any]] = []
    unknown: set[str] = set()
    for audience, (now, then) in _pairs(services, stages).items():
        for name, versions in sorted(by_name.items()):
            before, after = await _known(now, name), await _known(then, name)
            if before is None or after is None:
                unknown.add(name)
                continue
            where = {"audience": audience, "package": name}
            withheld += [where | _row(after, version, at) for version, at in versions.items() if _lost(before, after, version)]
            admitted += [where | _row(after, version, at) for version, at in versions.items() if _lost(after, before, version)]
            if before.tags.get("latest") != after.tags.get("latest"):
                latest.append(where | {"from": before.tags.get("latest"), "to": after.tags.get("latest")})
    counts = {"packages": len(by_name), "versions": sum(map(len, by_name.values()))}
    found: dict[str, list[Any]] = {"withheld": withheld, "admitted": admitted, "latest": latest, "unknown": sorted(unknown)}
    totals = {f"total_{key}": len(rows) for key, rows in found.items()}
    lists = {key: rows[:MOST] for key, rows in found.items()}
    return json_answer({"since": stamp(since), **counts, **totals, **lists})


def _pairs(services: Services, stages: Mapping[str | None, Quarantined]) -> dict[str, tuple[Quarantined, Quarantined]]:
    """For each audience what is and what would be; one that there is on one side only is compared with everyone's there."""
    names = [*services.stages, *(name for name in stages if name not in services.stages)]
    return {
        name or EVERYONE: (services.stages.get(name, services.stages[None]), stages.get(name, stages[None])) for name in names
    }


async def _known(stage: Quarantined, name: PackageName) -> Shown | None:
    try:
        return await stage.known_view(name)
    except PratiqueError:
        return None


def _lost(before: Shown, after: Shown, version: str) -> bool:
    return version in before.served and version in after.hidden


def _row(shown: Shown, version: str, at: str) -> dict[str, Any]:
    verdict = shown.judged.verdicts[version]
    return {
        "version": version,
        "last_used": at,
        "until": stamp(verdict.until) if verdict.until else None,
        "findings": [finding_value(finding) for finding in verdict.findings],
    }
