"""What was withheld lately, and what would have been: the first week's question in observe mode."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from proxy.web.answers import json_answer
from proxy.web.services import Services
from proxy.web.spans import instant_before
from quarantine.verdict import stamp

WEEK = timedelta(days=7)


async def report(services: Services, query: Mapping[str, str]) -> web.Response:
    """`GET v1/report?since=7d`."""
    now = services.time.now()
    since = instant_before(query.get("since"), now, "since") or now - WEEK
    await services.records.flush()
    rows: list[dict[str, Any]] = [
        {
            "package": each.package,
            "version": each.version,
            "rules": each.rules.split(",") if each.rules else [],
            "observed": each.outcome == "would-withhold",
            "count": each.count,
            "latest": stamp(each.latest),
        }
        for each in await services.records.withheld_since(since)
    ]
    versions = {(row["package"], row["version"]) for row in rows}
    observed = {(row["package"], row["version"]) for row in rows if row["observed"]}
    counts = {"versions": len(versions), "observed": len(observed), "requests": sum(row["count"] for row in rows)}
    return json_answer({"since": stamp(since), **counts, "rows": rows[:5000]})
