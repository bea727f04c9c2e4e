"""Tokens after a restart, and the one that comes from a secret of the operator."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import scene

CLOSED = {"anonymous": False}
SECRET = f"kept-in-an-operators-secret-{40:040}"


async def test_tokens_outlive_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        admin = await credential(stage.proxy, "admin")
        kept, gone = await credential(stage.proxy, "ci"), await credential(stage.proxy, "ci")
        await admin.ask("DELETE", f"{V1}/tokens/{gone.id}")
        url, clock = stage.upstream.url, stage.clock
        await stage.proxy.json("/lib", Authorization=f"Bearer {kept.token}")
    async with running_proxy(url, tmp_path, clock, access=CLOSED) as proxy:
        assert await Caller(proxy, kept.token).status("GET", "/-/whoami") == 200
        assert await Caller(proxy, gone.token).status("GET", "/-/whoami") == 401
        listed = (await Caller(proxy, admin.token).get("tokens"))["tokens"]
        assert {each["id"] for each in listed} == {admin.id, kept.id, gone.id}
        assert all("secret" not in each and "digest" not in each for each in listed)
        assert next(each for each in listed if each["id"] == kept.id)["last_used"]


async def test_the_token_of_a_secret_is_changed_where_the_secret_is(tmp_path: Path) -> None:
    access = {"admin_token_env": "ADMIN", **CLOSED}
    async with Simulator() as upstream, running_proxy(upstream.url, tmp_path, env={"ADMIN": SECRET}, access=access) as proxy:
        admin = Caller(proxy, SECRET)
        (only,) = (await admin.get("tokens"))["tokens"]
        assert (only["id"], only["label"], only["roles"]) == ("environment", "the token in ADMIN", ["admin"])
        answer = await admin.ask("POST", f"{V1}/tokens/environment/rotate")
        assert (answer.status, "comes from a secret" in answer.body["error"]) == (400, True)
        assert await admin.status("DELETE", f"{V1}/tokens/environment?reason=x") == 404
        assert len((await admin.get("tokens"))["tokens"]) == 1
