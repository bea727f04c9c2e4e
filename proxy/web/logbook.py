"""The admin API's audit log: reading it, checking it, and taking a checkpoint away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from proxy.signing.checkpoint import sign
from proxy.web.answers import json_answer
from proxy.web.requests import BadBody
from proxy.web.services import Services
from quarantine.audit import GENESIS, Checkpoint, Entry

MOST = 1000


async def entries(services: Services, query: Mapping[str, str]) -> web.Response:
    """`GET v1/log?after=0&limit=100`."""
    after, limit = _number(query, "after", 0), min(_number(query, "limit", 100), MOST)
    rows: list[dict[str, Any]] = []
    names: dict[str, str | None] = {}
    async for entry in services.book.entries(after):
        if len(rows) >= limit:
            break
        if entry.actor not in names:
            names[entry.actor] = await services.book.actor_name(entry.actor)
        rows.append(entry_value(entry) | {"name": names[entry.actor]})
    head = await services.book.head()
    return json_answer({"entries": rows, "head": _checkpoint(head)})


async def verify(services: Services, query: Mapping[str, str]) -> web.Response:
    """`GET v1/log/verify?number=…&hash=…`: the checkpoint is one that was kept elsewhere."""
    kept = None
    if ("hash" in query) != ("number" in query):
        raise BadBody("a checkpoint is a number and a hash: ?number=…&hash=…")
    if "hash" in query:
        kept = Checkpoint(_number(query, "number", 0), query["hash"])
    breaks = await services.book.verify(kept)
    head = await services.book.head()
    found = [{"entry": each.number, "reason": each.reason} for each in breaks]
    told = {"log": services.manners.instance, "sound": not breaks, "breaks": found, "head": _checkpoint(head)}
    return json_answer(told)


async def checkpoint(services: Services) -> web.Response:
    """`GET v1/log/checkpoint`: what the last entry is now, signed. It says nothing of whether the log is whole: `verify` does."""
    head = await services.book.head() or Checkpoint(0, GENESIS)
    return json_answer(sign(services.signing, services.manners.instance, head, services.time.stamping()).value)


def entry_value(entry: Entry) -> dict[str, Any]:
    """An entry with every field that its hash covers, instants exact, so that others can check it."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "kind": entry.kind,
        "payload": msgspec.json.decode(entry.payload),
        "payload_text": entry.payload,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _checkpoint(head: Checkpoint | None) -> dict[str, Any] | None:
    return {"number": head.number, "hash": head.hash} if head is not None else None


def _number(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadBody(f"{key} is not a number")
    return int(text)
