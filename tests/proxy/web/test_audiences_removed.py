"""An audience that the configuration no longer has: its tokens get nothing but the reason, its decisions wait for its return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proxy.web.routes import DEVELOPERS, ROUTES
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.routes import ANSWERS, OPEN, UNREADABLE
from tests.proxy.web.scene import BULK, DAY, NOW, scene

THERE: dict[str, Any] = {"audiences": [{"name": "research", "quarantine": {"hold": "3d"}}, {"name": "lab"}]}


async def test_its_tokens_get_a_refusal_that_names_the_mend(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        left = await credential(stage.proxy, "reader", audience="research", label="the lab's build")
        for path in ANSWERS:
            answer = await left.ask("GET", path)
            if (
                path in OPEN | UNREADABLE
                or path.startswith(("/-/v1/login", "/-/user/"))
                or path.endswith(("/metrics", "/nothing"))
            ):
                assert answer.status not in {500, 200} or path in OPEN, (path, answer)
                continue
            assert (answer.status, answer.body["code"]) == (403, "unknown-audience"), (path, answer)
            assert "the lab's build" in answer.body["error"]
            assert '[[audiences]] name = "research"' in answer.body["error"]
            assert answer.headers["Cache-Control"] == "no-store"
        assert await left.status("POST", BULK, {"lib": ["1.0.0"]}) == 403
        assert stage.upstream.requests == []
        assert (await left.get("held?audience=everyone"))["held"] == []


async def test_an_administrator_of_it_still_administers(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        left = await credential(stage.proxy, "admin", audience="research")
        assert [each["audience"] for each in (await left.get("tokens"))["tokens"]] == ["research"]
        assert (await left.decide("block", "lib@1.1.0")).status == 201
        assert (await left.get("log/verify"))["sound"] is True
        made = await left.ask("POST", f"{V1}/tokens", {"label": "another", "roles": ["admin"]})
        assert made.status == 201
        other = Caller(stage.proxy, made.body["secret"])
        assert await other.status("GET", "/lib") == 200
        assert await other.status("DELETE", f"{V1}/tokens/{left.id}?reason=x") == 200
        verdicts = {"v1/held", "v1/packages/{name}/versions/{version}", "why/{subject}"}
        assert verdicts <= {route.path for route in ROUTES if route.permission in DEVELOPERS}


async def test_its_decisions_are_kept_and_count_again_when_it_is_back(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    async with Simulator() as upstream:
        upstream.now = NOW
        for version, days in (("1.0.0", 400), ("1.1.0", 100), ("1.2.0", 1)):
            upstream.publish("lib", version, at=NOW - days * DAY)
        async with running_proxy(upstream.url, tmp_path, clock, **THERE) as proxy:
            admin = await credential(proxy, "admin")
            for action, id in (("release", "lib@1.2.0"), ("block", "lib@1.1.0")):
                assert (await admin.decide(action, id, audience="research")).status == 201
            token = (await credential(proxy, "reader", audience="research")).token
            assert list((await Caller(proxy, token).ask("GET", "/lib")).body["versions"]) == ["1.0.0", "1.2.0"]
        async with running_proxy(upstream.url, tmp_path, clock) as proxy:
            assert await Caller(proxy, token).status("GET", "/lib") == 403
            assert list((await Caller(proxy).ask("GET", "/lib")).body["versions"]) == ["1.0.0", "1.1.0"]
            admin = Caller(proxy, admin.token)
            decisions = (await admin.get("decisions"))["decisions"]
            assert [(each["action"], each["audience"]) for each in decisions] == [("block", "research"), ("release", "research")]
            assert (await admin.decide("block", "lib@1.0.0", audience="research")).status == 400
            assert (await admin.withdraw(decisions[0]["id"])).status == 200
        async with running_proxy(upstream.url, tmp_path, clock, **THERE) as proxy:
            assert list((await Caller(proxy, token).ask("GET", "/lib")).body["versions"]) == ["1.0.0", "1.1.0", "1.2.0"]
