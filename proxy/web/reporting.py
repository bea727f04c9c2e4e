"""What was withheld lately and from whom, and what would have been: the first week's question in observe mode."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from proxy.access.records import Outcome, WithheldReport
from proxy.web.answers import json_answer
from proxy.web.services import Asking, Services
from proxy.web.spans import instant_before
from quarantine.verdict import stamp

WEEK = timedelta(days=7)

MOST = 5000
"""The most versions, and the most askers, that one answer lists; its totals count all."""


async def report(services: Services, asking: Asking, query: Mapping[str, str]) -> web.Response:
    """`GET v1/report?since=7d`: of the packages that the caller's credential is for."""
    now = services.time.now()
    since = instant_before(query.get("since"), now, "since") or now - WEEK
    await services.records.flush()
    found = await services.records.withheld_since(since, concerns=asking.identity.concerns)
    labels = {each.id: each.label for each in services.keyring.all()}
    rows = [
        {
            "package": each.package,
            "version": each.version,
            "rules": each.rules.split(",") if each.rules else [],
            "observed": each.outcome == "would-withhold",
            "count": each.count,
            "latest": stamp(each.latest),
            "credentials": each.credentials,
            "clients": each.clients,
        }
        for each in found.rows[:MOST]
    ]
    who = [
        {
            "credential": each.credential,
            "label": labels.get(each.credential or ""),
            "client": each.client,
            "observed": each.outcome == "would-withhold",
            "versions": each.versions,
            "count": each.count,
            "latest": stamp(each.latest),
        }
        for each in found.who[:MOST]
    ]
    withheld, observed = _totals(found, "withheld"), _totals(found, "would-withhold")
    totals = {
        "versions": found.versions,
        "observed": observed["versions"],
        "requests": withheld["requests"] + observed["requests"],
        "withheld": withheld,
        "would_withhold": observed,
    }
    return json_answer({"since": stamp(since), "until": stamp(now), **totals, "rows": rows, "who": who})


def _totals(found: WithheldReport, outcome: Outcome) -> dict[str, Any]:
    rows = [each for each in found.rows if each.outcome == outcome]
    who = [each for each in found.who if each.outcome == outcome]
    return {
        "versions": sum(each.version is not None for each in rows),
        "packages": sum(each.version is None for each in rows),
        "requests": sum(each.count for each in rows),
        "credentials": sum(each.credential is not None for each in who),
        "addresses": sum(each.credential is None for each in who),
    }
