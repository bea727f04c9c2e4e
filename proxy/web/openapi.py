"""The API described for programs (OpenAPI 3.1), made of the table of routes and the types of the bodies."""

from __future__ import annotations

from typing import Any

import msgspec

from proxy.web import bodies
from proxy.web.routes import ROUTES, Route

BODIES = (bodies.DecisionBody, bodies.ReasonBody, bodies.AdoptionBody, bodies.TokenBody)
ERRORS = {
    "400": "The request does not fit; `error` says where.",
    "401": "It takes a token, or this one does not count.",
    "403": "The token may not do this, or policy withholds the version.",
    "404": "There is no such thing.",
    "409": "The state does not allow this step.",
}


def document(base: str) -> dict[str, Any]:
    """The whole description."""
    schemas = msgspec.json.schema_components(BODIES, ref_template="#/components/schemas/{name}")[1]
    schemas["Error"] = {
        "type": "object",
        "required": ["error", "code"],
        "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
    }
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/-/pratique/{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "pratique", "version": "1", "description": "Quarantine of an npm registry proxy."},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.pattern.groupindex
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
    good = "201" if route.method == "POST" else "200"
    answers: dict[str, Any] = {
        good: {"description": "Done."},
        "200": {"description": "Done."},
        "503": {"description": "Not now."},
    }
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    answers |= {code: {"description": text, "content": error} for code, text in ERRORS.items()}
    operation: dict[str, Any] = {"summary": route.summary, "responses": answers, "parameters": parameters}
    if route.permission is not None:
        operation["description"] = f"Takes the permission `{route.permission}`."
    else:
        operation["security"] = []
    if route.body:
        schema = {"$ref": f"#/components/schemas/{route.body}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation
