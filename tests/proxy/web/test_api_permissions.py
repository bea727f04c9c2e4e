"""Permission x route: whoever has exactly the permission of a route may, and whoever has all others may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from proxy.access.keyring import NOBODY, Identity, Keyring
from proxy.access.permissions import ROLES, Permission
from proxy.web.app import Application
from proxy.web.routes import ROUTES, Route
from tests.fakes.proxy import Proxy
from tests.proxy.web.api import Caller, credential
from tests.proxy.web.scene import BULK, scene

ORDER = {"action": "block", "subject": "nobody@1.0.0", "reason": "a test"}
BODIES: dict[str, Any] = {
    "DecisionBody": ORDER,
    "ReasonBody": {"reason": "a test"},
    "AdoptionBody": {"entries": [], "reason": "a test"},
    "RelockBody": {"entries": []},
    "TokenBody": {"label": "made", "roles": ["reader"]},
}
PARTS = {"{name}": "lib", "{version}": "1.2.0", "{subject}": "lib@1.2.0", "{id}": "999"}

NPM = [
    ("GET", "/"),
    ("GET", "/lib"),
    ("HEAD", "/lib"),
    ("GET", "/@s%2fp"),
    ("GET", "/lib/1.0.0"),
    ("GET", "/lib/latest"),
    ("GET", "/lib/-/lib-1.0.0.tgz"),
    ("HEAD", "/lib/-/lib-1.0.0.tgz"),
    ("GET", "/-/package/lib/dist-tags"),
    ("GET", "/-/npm/v1/attestations/lib@1.0.0"),
    ("GET", "/-/npm/v1/keys"),
    ("GET", "/-/v1/search?text=lib"),
    ("GET", "/-/ping"),
    ("GET", "/-/whoami"),
    ("POST", BULK),
]


class Whoever(Keyring):
    """Takes every request for one of whoever it was told."""

    identity = NOBODY

    def identify(self, authorization: str | None, address: str, now: datetime, *, known: bool = False) -> Identity:
        return self.identity

    def become(self, *permissions: Permission) -> None:
        self.identity = Identity("ctest", "a test", frozenset(permissions))


@asynccontextmanager
async def beside(proxy: Proxy) -> AsyncIterator[tuple[Caller, Whoever]]:
    """The same services behind a second address, where permissions are set by hand."""
    whoever = Whoever()
    application = Application(replace(proxy.built.services, keyring=whoever))
    runner = web.ServerRunner(web.Server(application.handle, access_log=None), handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield Caller(replace(proxy, url=f"http://{host}:{port}")), whoever
    finally:
        await runner.cleanup()


def path_of(route: Route) -> str:
    path = route.path
    for part, value in PARTS.items():
        path = path.replace(part, value)
    question = {"v1/exposure": "?subject=lib%401.0.0", "v1/packages/{name}/diff": "?new=1.2.0"}
    return f"/-/pratique/{path}" + question.get(route.path, "")


def asks() -> list[tuple[str, str, Any, frozenset[Permission]]]:
    """Method, path, body, and what it takes."""
    own = [
        (route.method, path_of(route), BODIES.get(route.body or ""), frozenset({route.permission}))
        for route in ROUTES
        if route.permission is not None and route.body != "DecisionBody"
    ]
    heads = [("HEAD", path, body, takes) for method, path, body, takes in own if method == "GET"]
    decisions = [
        ("POST", "/-/pratique/v1/decisions", {**ORDER, "action": str(each)}, frozenset({Permission.READ_DECISIONS, each}))
        for each in (Permission.RELEASE, Permission.BLOCK, Permission.HOLD)
    ]
    npm = [(method, path, {} if method == "POST" else None, frozenset({Permission.READ})) for method, path in NPM]
    return [*own, *heads, *decisions, *npm]


async def test_each_ask_takes_its_own_permission_and_no_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage, beside(stage.proxy) as (caller, whoever):
        for method, path, body, takes in asks():
            whoever.become(*takes)
            assert await caller.status(method, path, body) not in {401, 403, 500}, (method, path)
            for missing in takes:
                whoever.become(*(set(Permission) - {missing}))
                answer = await caller.ask(method, path, body)
                assert answer.status == 403, (method, path, missing)
                if method != "HEAD":
                    assert answer.body["code"] == "not-permitted"
                    assert str(missing) in answer.body["error"]
            whoever.identity = NOBODY
            assert await caller.status(method, path, body) == 401, (method, path)


async def test_every_permission_is_one_that_some_ask_takes() -> None:
    assert frozenset().union(*(takes for *_, takes in asks())) == frozenset(Permission)


async def test_what_was_refused_has_not_happened(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage, beside(stage.proxy) as (caller, whoever):
        services = stage.proxy.built.services
        before = await services.book.head()
        for method, path, body, takes in asks():
            if takes != {Permission.READ}:
                whoever.become(*(set(Permission) - takes))
                await caller.ask(method, path, body)
        assert await services.book.head() == before
        assert (services.board.names(), services.board.frozen, services.keyring.all()) == ([], None, [])


@pytest.mark.parametrize("role", ROLES)
async def test_a_token_may_what_its_role_may(tmp_path: Path, role: str) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        caller = await credential(stage.proxy, role)
        for method, path, body, takes in asks():
            status = await caller.status(method, path, body)
            assert (status != 403) == (takes <= ROLES[role]), (method, path, status)
            assert status not in {401, 500}, (method, path, status)


@pytest.mark.parametrize("anonymous", [True, False])
async def test_without_a_token_nobody_decides(tmp_path: Path, anonymous: bool) -> None:
    allowed = {Permission.READ, Permission.EXPLAIN, Permission.METRICS} if anonymous else set()
    async with scene(tmp_path, access={"anonymous": anonymous}) as stage:
        for method, path, body, takes in asks():
            answer = await Caller(stage.proxy).ask(method, path, body)
            assert (answer.status != 401) == (takes <= allowed), (method, path, answer)
            if answer.status == 401:
                assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_health_takes_nothing_and_no_token_spoils_it(tmp_path: Path) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        for route in ROUTES:
            if route.permission is None:
                for token in (None, "prq_wrong", "x"):
                    assert await Caller(stage.proxy, token).status("GET", path_of(route)) == 200
