"""Administrators with a listener of their own: decisions are taken there and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.access.permissions import Permission
from proxy.web.routes import ROUTES, Route
from tests.proxy.web.api import Caller, credential
from tests.proxy.web.scene import Scene, scene

ORDER = {"action": "block", "subject": "lib@1.0.0", "reason": "a test"}
STAY = {None, Permission.EXPLAIN, Permission.METRICS}


PARTS = {"{name}": "lib", "{version}": "1.2.0", "{subject}": "lib@1.2.0", "{id}": "999"}


def _path(route: Route) -> str:
    path = f"/-/pratique/{route.path}"
    for part, value in PARTS.items():
        path = path.replace(part, value)
    return path


def at_desk(stage: Scene, who: Caller) -> Caller:
    """The same person, by the other listener."""
    return replace(who, proxy=replace(stage.proxy, url=stage.proxy.desk))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_what_only_administrators_need_is_at_their_listener_alone(tmp_path: Path, route: Route) -> None:
    async with scene(tmp_path, admin={"listen": "127.0.0.1:0"}) as stage:
        admin = await credential(stage.proxy, "admin")
        path = _path(route)
        at_the_other = await admin.ask(route.method, path)
        refused = at_the_other.status == 404 and "administrators" in str(at_the_other.body)
        assert refused is (route.permission not in STAY)
        there = await at_desk(stage, admin).ask(route.method, path)
        assert "administrators" not in str(there.body)


async def test_a_block_by_their_listener_counts_at_the_other(tmp_path: Path) -> None:
    async with scene(tmp_path, admin={"listen": "127.0.0.1:0"}) as stage:
        admin = await credential(stage.proxy, "admin")
        assert await admin.status("GET", "/lib/1.0.0") == 200
        assert await admin.status("POST", "/-/pratique/v1/decisions", ORDER) == 404
        assert await at_desk(stage, admin).status("POST", "/-/pratique/v1/decisions", ORDER) == 201
        assert await admin.status("GET", "/lib/1.0.0") == 403


async def test_their_listener_knows_nobody_without_a_token_and_has_no_packages(tmp_path: Path) -> None:
    async with scene(tmp_path, admin={"listen": "127.0.0.1:0"}) as stage:
        assert await Caller(stage.proxy).status("GET", "/-/pratique/v1/held") == 200
        nobody = at_desk(stage, Caller(stage.proxy))
        assert await nobody.status("GET", "/-/pratique/v1/held") == 401
        assert await nobody.status("GET", "/-/pratique/health/live") == 200
        admin = at_desk(stage, await credential(stage.proxy, "admin"))
        answer = await admin.ask("GET", "/lib")
        assert (answer.status, answer.body["code"]) == (404, "no-route")
        assert await admin.status("GET", "/-/whoami") == 200


async def test_without_the_setting_there_is_one_listener_for_all(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert await admin.status("POST", "/-/pratique/v1/decisions", ORDER) == 201
