"""The admin API's exposure: who fetched a version, and who has it installed."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from proxy.access.exposure import Exposure
from proxy.access.permissions import Permission
from proxy.web.answers import NO_STORE, SAFE, TRUNCATED, json_answer
from proxy.web.requests import BadBody
from proxy.web.services import Asking, Services
from proxy.web.spans import instant_before
from quarantine.ranges import Subject
from quarantine.verdict import stamp

COLUMNS = ("at", "how", "package", "version", "client", "credential", "label", "command", "agent")

MOST_CSV = 1_000_000
"""The most rows of one answer for a spreadsheet: about as many as one takes. As JSON there are fewer, beside the totals."""


async def exposure(services: Services, request: web.BaseRequest, asking: Asking, query: Mapping[str, str]) -> web.Response:
    """`GET v1/exposure?subject=chalk@5.6.1&since=30d`, as JSON or, asked for with Accept, as CSV."""
    if "subject" not in query:
        raise BadBody("subject is missing: ?subject=chalk@5.6.1")
    if query.get("format", "json") not in {"json", "csv"}:
        raise BadBody("format is json or csv")
    since = instant_before(query.get("since"), services.time.now(), "since")
    subject = Subject.parse(query["subject"])
    asking.identity.require(Permission.EXPOSURE, subject.name)
    if query.get("format") == "csv" or ("format" not in query and "text/csv" in request.headers.get("Accept", "")):
        return await _table(services, subject, since)
    return json_answer(await exposure_value(services, subject, since))


async def _table(services: Services, subject: Subject, since: datetime | None) -> web.Response:
    await services.records.flush()
    found = await services.records.exposure(subject, since, limit=MOST_CSV)
    body = await asyncio.to_thread(_csv, _rows(found, subject, _labels(services)))
    headers = {"Content-Type": "text/csv; charset=utf-8", "Cache-Control": NO_STORE, **SAFE}
    return web.Response(body=body, headers={**headers, **({TRUNCATED: "true"} if found.truncated else {})})


async def exposure_value(services: Services, subject: Subject, since: datetime | None) -> dict[str, Any]:
    """Everything on record about who had these versions."""
    await services.records.flush()
    found = await services.records.exposure(subject, since)
    labels = _labels(services)
    rows = list(_rows(found, subject, labels))
    who = [
        {
            "client": each.client,
            "credential": each.credential,
            "label": labels.get(each.credential or ""),
            "count": each.count,
            "fetched": each.fetched,
            "installed": each.installed,
            "versions": list(each.versions),
            "first": stamp(each.first),
            "last": stamp(each.last),
        }
        for each in found.who
    ]
    versions: list[dict[str, Any]] = [
        {
            "version": each.version,
            "fetched": each.fetched,
            "installed": each.installed,
            "withheld": each.withheld,
            "seen": each.seen,
            "clients": each.clients,
            "first": stamp(each.first),
            "last": stamp(each.last),
        }
        for each in found.versions
    ]
    totals = {how: sum(each[how] for each in versions) for how in ("fetched", "installed", "withheld")}
    told = {"subject": str(subject), **totals, "versions": versions, "who": who}
    return {**told, "rows": rows, "truncated": found.truncated}


def _labels(services: Services) -> dict[str, str]:
    """Which token is called what."""
    return {each.id: each.label for each in services.keyring.all()}


def _rows(found: Exposure, subject: Subject, labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for each in found.rows:
        yield {
            "at": stamp(each.at),
            "how": each.how,
            "package": subject.name,
            "version": each.version,
            "client": each.client,
            "credential": each.credential,
            "label": labels.get(each.credential or ""),
            "command": each.command,
            "agent": each.agent,
        }


def _csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """With a header line; a cell that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
