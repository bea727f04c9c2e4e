"""The document describes what is answered: whatever comes, no route fails, and every status is one that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.web import openapi
from proxy.web.routes import ROUTES, Route
from tests.proxy.web.api import V1, credential
from tests.proxy.web.scene import scene

TEXT = st.one_of(
    st.sampled_from([
        "lib", "@s/p", "lib@1.2.0", "1.2.0", "lib@<2", "7d", "99999d", "0", "1", "²", "9" * 30, "true", "csv", "block", "release",
        "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-06-01", "10.0.0.0/8", "::/0", "ci", "admin", "%", "..", "\x00",
    ]),
    st.text(max_size=20),
)  # fmt: skip
KEYS = (
    "action",
    "subject",
    "reason",
    "expires",
    "audience",
    "entries",
    "source",
    "label",
    "roles",
    "owner",
    "packages",
    "networks",
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXT), inner, max_size=4)
    ),
    max_leaves=8,
)
FITTING = {
    "DecisionBody": st.fixed_dictionaries(
        {"action": st.sampled_from(["release", "block", "hold"]), "subject": TEXT, "reason": TEXT},
        optional={"expires": st.one_of(st.none(), TEXT), "audience": st.one_of(st.none(), TEXT)},
    ),
    "ReasonBody": st.fixed_dictionaries({"reason": TEXT}),
    "AdoptionBody": st.fixed_dictionaries(
        {
            "reason": TEXT,
            "entries": st.lists(st.fixed_dictionaries({"name": TEXT, "version": TEXT}, optional={"integrity": TEXT}), max_size=3),
        },
        optional={"source": TEXT},
    ),
    "RehearsalBody": st.fixed_dictionaries(
        {
            "policy": st.dictionaries(
                st.sampled_from(["quarantine", "packages", "audiences", "namespaces", "server"]),
                st.dictionaries(st.sampled_from(["hold", "new_package_hold", "mode"]), TEXT, max_size=2) | VALUES,
                max_size=2,
            )
        },
        optional={"since": st.one_of(st.none(), TEXT)},
    ),
    "RelockBody": st.fixed_dictionaries(
        {"entries": st.lists(st.fixed_dictionaries({"name": TEXT, "version": TEXT}), max_size=3)},
    ),
    "TokenBody": st.fixed_dictionaries(
        {"label": TEXT, "roles": st.lists(st.sampled_from(["ci", "reader", "no"]), max_size=2)},
        optional={"owner": TEXT, "packages": st.lists(TEXT, max_size=2), "networks": st.lists(TEXT, max_size=2), "expires": TEXT},
    ),
}


def bodies(route: Route) -> st.SearchStrategy[bytes | None]:
    anything = [st.none(), st.binary(max_size=30), VALUES.map(lambda value: json.dumps(value).encode())]
    if route.body:
        anything += [FITTING[route.body].map(lambda value: json.dumps(value).encode())] * 3
    return st.one_of(anything)


def mended(route: Route, parts: dict[str, str], query: dict[str, str]) -> str:
    path = route.path
    for name in route.pattern.groupindex:
        path = path.replace(f"{{{name}}}", quote(parts[name], safe=""))
    return f"/-/pratique/{path}" + (f"?{urlencode(query)}" if query else "")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_answer_is_one_that_the_document_names(tmp_path: Path, route: Route) -> None:
    document = openapi.document("http://127.0.0.1")
    operation = document["paths"][f"/-/pratique/{route.path}"][route.method.lower()]
    names = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
    asked: list[tuple[str, bytes | None]] = []

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        parts=st.fixed_dictionaries(dict.fromkeys(names, TEXT.filter(bool))),
        query=st.dictionaries(st.sampled_from([*route.query, "other"]), TEXT, max_size=3),
        body=bodies(route) if route.method == "POST" else st.none(),
    )
    def gather(parts: dict[str, str], query: dict[str, str], body: bytes | None) -> None:
        asked.append((mended(route, parts, query), body))

    gather()
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for path, body in asked:
            answer = await admin.ask(route.method, path, body)
            assert str(answer.status) in operation["responses"], (route.method, path, body, answer)
            if answer.status >= 400 and not route.path.startswith("health/"):
                assert isinstance(answer.body["error"], str), answer
                assert isinstance(answer.body["code"], str), answer


async def test_every_route_and_every_body_is_described(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        document: Any = await stage.proxy.json("/-/pratique/v1/openapi.json")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, f"/-/pratique/{route.path}") for route in ROUTES}
    text = json.dumps(document)
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]


@pytest.mark.parametrize(
    "path", ["decisions?all=yes", "decisions?all=", "exposure?subject=lib&format=xml", "exposure?subject=lib&format="]
)
async def test_a_question_with_two_answers_takes_no_third(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        answer = await admin.ask("GET", f"{V1}/{path}")
        assert (answer.status, answer.body["code"]) == (400, "bad-body")


async def test_a_format_that_is_asked_for_outranks_the_accept_header(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for question, kind in (("", "text/csv"), ("&format=json", "application/json"), ("&format=csv", "text/csv")):
            answer = await admin.ask("GET", f"{V1}/exposure?subject=lib{question}", Accept="text/csv")
            assert answer.headers["Content-Type"].partition(";")[0] == kind
