"""The API described for programs (OpenAPI 3.1), made of the table of routes and the types of the bodies."""

from __future__ import annotations

from typing import Any

import msgspec

from proxy.access.permissions import ANONYMOUS
from proxy.web import bodies
from proxy.web.answers import NO_STORE, SAFE, TRUNCATED
from proxy.web.routes import ROUTES, Route
from proxy.web.shapes import Error
from proxy.web.shapes_table import ANSWERS, JSON

BODIES = (
    bodies.DecisionBody,
    bodies.ReasonBody,
    bodies.AdoptionBody,
    bodies.TokenBody,
    bodies.RehearsalBody,
    bodies.RelockBody,
)
REFERENCE = "#/components/schemas/{name}"
REFUSED = {
    400: "The request does not fit; `error` says where.",
    401: "It takes a token, or this one does not count.",
    403: "The token may not do this, or policy withholds the version.",
    404: "There is no such thing.",
    409: "The state does not allow this step.",
    502: "What the upstream answered cannot be used.",
    503: "The upstream or the database does not answer; later it may.",
    507: "There is no room left to store what is needed.",
}
HEADERS: dict[str, Any] = {
    **{name: {"required": True, "schema": {"const": value}} for name, value in {**SAFE, "Cache-Control": NO_STORE}.items()},
    "X-Request-Id": {"required": True, "description": "Under it the log has more.", "schema": {"pattern": "^[0-9a-f]{12}$"}},
    "WWW-Authenticate": {"required": True, "schema": {"type": "string"}},
    TRUNCATED: {"description": "Older rows were left out (CSV; JSON says it itself).", "schema": {"const": "true"}},
}
SOME = {("GET", "v1/exposure"): (TRUNCATED,)}
"""Headers that only the answers of some routes have."""
COMMON = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name not in {"WWW-Authenticate", TRUNCATED}}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}
QUERY: dict[tuple[str, str], dict[str, Any]] = {
    ("v1/decisions", "all"): {"schema": {"type": "string", "enum": ["true", "false"]}},
    ("v1/exposure", "subject"): {"required": True, "schema": {"type": "string", "minLength": 1}},
    ("v1/exposure", "format"): {"schema": {"type": "string", "enum": ["json", "csv"]}},
    ("v1/packages/{name}/diff", "new"): {"required": True, "schema": {"type": "string", "minLength": 1}},
    ("v1/packages/{name}/diff", "bytes"): {"schema": {"type": "string", "enum": ["served", "upstream"]}},
    ("v1/log", "after"): {"schema": NUMBER},
    ("v1/log", "limit"): {"schema": NUMBER},
    ("v1/log/verify", "number"): {"schema": NUMBER},
}
"""The questions that take more than any text."""


def document(base: str, *, anonymous: bool = False) -> dict[str, Any]:
    """The whole description, of a server that lets anonymous readers in or does not."""
    types = [kind for answer in ANSWERS.values() for content in answer.values() for each in content.values() for kind in each]
    schemas = msgspec.json.schema_components([*BODIES, Error, *types], ref_template=REFERENCE)[1]
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/-/pratique/{route.path}", {})[route.method.lower()] = _operation(route, anonymous=anonymous)
    return {
        "openapi": "3.1.0",
        "info": {"title": "pratique", "version": "1", "description": "Quarantine of an npm registry proxy."},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": HEADERS,
            "responses": {f"Refused{code}": _refusal(code, text) for code, text in REFUSED.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route, *, anonymous: bool) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.pattern.groupindex
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string"}} | QUERY.get((route.path, name), {}) for name in route.query
    ]
    operation: dict[str, Any] = {"summary": route.summary, "responses": _responses(route), "parameters": parameters}
    if route.permission is None:
        operation["security"] = []
    else:
        operation["description"] = f"Takes the permission `{route.permission}`."
        if anonymous and route.permission in ANONYMOUS:
            operation["security"] = [{}, {"token": []}]
    if route.body:
        schema = {"$ref": REFERENCE.format(name=route.body)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _responses(route: Route) -> dict[str, Any]:
    """What went well by the table of shapes, and what may go wrong."""
    codes = REFUSED if route.permission is not None else (400,)
    answers: dict[int, Any] = {code: {"$ref": f"#/components/responses/Refused{code}"} for code in codes}
    for code, content in ANSWERS[route.method, route.path].items():
        said = {kind: {"schema": _schema(types)} for kind, types in content.items()}
        more = {name: {"$ref": f"#/components/headers/{name}"} for name in SOME.get((route.method, route.path), ())}
        answers[code] = {"description": "Done." if code < 400 else "Not now.", "headers": {**COMMON, **more}, "content": said}
    return {str(code): answers[code] for code in sorted(answers)}


def _refusal(code: int, text: str) -> dict[str, Any]:
    named = ("WWW-Authenticate", *COMMON) if code == 401 else COMMON
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in named}
    schema = {"$ref": REFERENCE.format(name="Error")}
    return {"description": text, "headers": headers, "content": {JSON: {"schema": schema}}}


def _schema(types: tuple[Any, ...]) -> dict[str, Any]:
    each = msgspec.json.schema_components(types, ref_template=REFERENCE)[0]
    return each[0] if len(each) == 1 else {"anyOf": list(each)}
