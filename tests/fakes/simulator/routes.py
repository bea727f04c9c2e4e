"""Which question a path asks, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.simulator import security
from tests.fakes.simulator.answer import Answer
from tests.fakes.simulator.clock import npm_time, parse_npm_time
from tests.fakes.simulator.documents import ABBREVIATED, packument, wants_abbreviated
from tests.fakes.simulator.negotiation import cacheable, compressed
from tests.fakes.simulator.recording import Recorded

if TYPE_CHECKING:
    from tests.fakes.simulator.simulator import Simulator


def answer(registry: Simulator, request: Recorded) -> Answer:
    """The honest answer; faults come later."""
    path = request.plain_path
    if request.method == "POST":
        return _post(registry, request, path)
    if request.method not in ("GET", "HEAD"):
        return Answer.json({"error": "Method not allowed"}, 405)
    tarball = registry.shelf.tarballs.get(unquote(request.path)) or registry.shelf.tarballs.get(path)
    if tarball is not None:
        plain = Answer(200, tarball, {"Content-Type": "application/octet-stream"})
        return cacheable(plain, request.headers, registry.styles, registry.started)
    if path.startswith("/-/"):
        return compressed(_service(registry, request, path), request.headers, registry.styles)
    return compressed(_package(registry, request, path.lstrip("/")), request.headers, registry.styles)


def _package(registry: Simulator, request: Recorded, path: str) -> Answer:
    parts = path.split("/")
    width = 2 if path.startswith("@") else 1
    name, rest = "/".join(parts[:width]), parts[width:]
    if not rest:
        return _packument(registry, request, name)
    document = registry.shelf.packuments.get(name)
    if document is None or len(rest) != 1:
        return Answer.missing()
    version = document.get("dist-tags", {}).get(rest[0], rest[0])
    entry = document.get("versions", {}).get(version)
    if entry is None:
        return Answer.json(f"version not found: {rest[0]}", 404)
    return cacheable(Answer.json(entry), request.headers, registry.styles, _modified(document))


def _packument(registry: Simulator, request: Recorded, name: str) -> Answer:
    style, accept = registry.styles, request.headers.get("Accept", "*/*")
    verbatim = registry.shelf.verbatim.get(name)
    if verbatim is not None:
        plain = Answer(200, verbatim, {"Content-Type": "application/json"})
        return cacheable(plain, request.headers, style, registry.started)
    document = registry.shelf.packuments.get(name)
    if document is None:
        return Answer.missing()
    if style.abbreviated == "406" and ABBREVIATED in accept:
        return Answer.json({"error": "Not acceptable"}, 406)
    short = bool(style.abbreviated) and wants_abbreviated(accept)
    plain = Answer.json(packument(document, style, abbreviated=short))
    if short:
        plain.headers["Content-Type"] = ABBREVIATED
    return cacheable(plain, request.headers, style, _modified(document))


def _service(registry: Simulator, request: Recorded, path: str) -> Answer:
    if path == "/-/ping":
        return Answer.json({})
    if path == "/-/whoami":
        known = request.headers.get("Authorization", "").startswith("Bearer ")
        return Answer.json({"username": "someone"}) if known else Answer.json({"error": "Unauthorized"}, 401)
    if path == "/-/npm/v1/keys":
        return Answer.json({"keys": registry.keys})
    if path == "/-/v1/search":
        return Answer.json(_search(registry, parse_qs(urlsplit(request.path).query)))
    spec = path.removeprefix("/-/npm/v1/attestations/")
    if spec != path:
        found = registry.attestations.get(spec)
        return Answer.missing() if found is None else Answer.json(found)
    name = path.removeprefix("/-/package/").removesuffix("/dist-tags")
    document = registry.shelf.packuments.get(name)
    return Answer.missing() if document is None else Answer.json(document.get("dist-tags", {}))


def _post(registry: Simulator, request: Recorded, path: str) -> Answer:
    endpoints: dict[str, Callable[[security.Advisories, Any], security.Json]] = {
        "/-/npm/v1/security/advisories/bulk": security.bulk,
        "/-/npm/v1/security/audits": security.audit,
        "/-/npm/v1/security/audits/quick": security.audit,
    }
    if path not in endpoints:
        return Answer.missing()
    try:
        return Answer.json(endpoints[path](registry.advisories, request.json()))
    except (ValueError, AttributeError, TypeError):
        return Answer.json({"error": "Bad request"}, 400)


def _search(registry: Simulator, query: dict[str, list[str]]) -> dict[str, Any]:
    text = query.get("text", [""])[0].lower()
    first, size = int(query.get("from", ["0"])[0]), int(query.get("size", ["20"])[0])
    hits = [_hit(document) for document in registry.shelf.packuments.values() if document.get("versions")]
    hits = [hit for hit in hits if text in f"{hit['package']['name']} {hit['package'].get('description', '')}".lower()]
    return {"objects": hits[first : first + size], "total": len(hits), "time": npm_time(registry.now)}


def _hit(document: dict[str, Any]) -> dict[str, Any]:
    version = document["dist-tags"].get("latest", next(iter(document["versions"])))
    entry = document["versions"][version]
    package = {key: entry[key] for key in ("description", "keywords", "license", "maintainers") if key in entry}
    package |= {"name": document["name"], "version": version, "date": document.get("time", {}).get(version)}
    detail = {"quality": 1.0, "popularity": 1.0, "maintenance": 1.0}
    return {"package": package, "score": {"final": 1.0, "detail": detail}, "searchScore": 1.0}


def _modified(document: dict[str, Any]) -> datetime | None:
    time = document.get("time")
    return parse_npm_time(time.get("modified")) if isinstance(time, dict) else None
