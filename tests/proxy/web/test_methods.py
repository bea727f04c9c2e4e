"""What is not installing: publishing, logging in, pinging."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.web.scene import BULK, scene


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/lib", "/@s%2fp", "/lib/-/lib-1.0.0.tgz", "/-/package/lib/dist-tags"])
async def test_who_publishes_is_told_where_to(tmp_path: Path, method: str, path: str) -> None:
    async with scene(tmp_path) as stage, stage.proxy.request(method, path, data=b"{}") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"
        body = await response.json()
        assert body["code"] == "method-not-allowed"
        assert "publish to your own registry" in body["error"]
        assert stage.upstream.requests == []


async def test_other_methods_are_refused_with_what_is_allowed(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for method, path, allowed in (("POST", "/lib", "GET, HEAD"), ("GET", BULK, "POST"), ("OPTIONS", "/lib", "GET, HEAD")):
            async with stage.proxy.request(method, path) as response:
                assert (response.status, response.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/-/v1/login", 404),  # npm then tries the legacy login
        ("PUT", "/-/user/org.couchdb.user:me", 403),
        ("GET", "/-/user/org.couchdb.user:me", 403),
        ("DELETE", "/-/user/token/abc", 403),
    ],
)
async def test_who_logs_in_reads_a_sentence(tmp_path: Path, method: str, path: str, status: int) -> None:
    async with scene(tmp_path) as stage, stage.proxy.request(method, path, data=b'{"name":"me","password":"secret"}') as response:
        assert response.status == status
        assert "pratique token create" in (await response.json())["error"]
        assert stage.upstream.requests == []


async def test_ping_and_whoami_are_answered_here(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        assert await stage.proxy.json("/-/ping?write=true") == {}
        assert await stage.proxy.json("/-/whoami") == {"username": "anonymous"}
        home = await stage.proxy.json("/")
        assert home["see"].startswith(stage.proxy.url)
        assert stage.upstream.requests == []
