"""What is true of every answer of every route: safe headers, a request id, HEAD wherever GET is, nothing for strangers."""

from __future__ import annotations

from pathlib import Path

from tests.proxy.web.raw import exchange
from tests.proxy.web.routes import ANSWERS, OPEN, UNREADABLE
from tests.proxy.web.scene import BULK, scene

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


async def test_every_answer_carries_the_headers_that_keep_browsers_from_running_it(tmp_path: Path) -> None:
    ids = set()
    async with scene(tmp_path) as stage:
        for path, status in ANSWERS.items():
            for method in METHODS:
                async with stage.proxy.request(method, path) as response:
                    assert method != "GET" or response.status == status, (path, response.status, await response.text())
                    assert response.status < 500, (method, path)
                    assert response.headers["X-Content-Type-Options"] == "nosniff"
                    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
                    assert response.headers["Server"] == "pratique"
                    assert not {"Set-Cookie", "WWW-Authenticate"} & set(response.headers)
                    assert response.reason.isascii()
                    ids.add(response.headers["X-Request-Id"])
        assert len(ids) == len(ANSWERS) * len(METHODS)


async def test_head_says_what_get_says_without_a_body(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for path, status in ANSWERS.items():
            async with stage.proxy.get(path, Accept_Encoding="identity") as got:
                body = await got.read()
            reply = await exchange(stage.proxy.url, path.encode(), b"HEAD")
            assert reply.status == status, path
            assert reply.body == b""
            volatile = {"/-/pratique/metrics"}
            if path not in volatile:
                assert int(reply.headers["content-length"]) == len(body), path
            for key in ("content-type", "etag", "cache-control", "npm-notice", "vary"):
                assert reply.headers.get(key) == got.headers.get(key), (path, key)


async def test_the_console_and_errors_are_kept_by_nobody(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for path, status in ANSWERS.items():
            async with stage.proxy.get(path) as response:
                if status >= 400 or path in OPEN:
                    assert response.headers["Cache-Control"] == "no-store", path


async def test_strangers_get_nothing_but_the_health_of_the_server(tmp_path: Path) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        for path in ANSWERS:
            for method in METHODS:
                async with stage.proxy.request(method, path) as response:
                    if path in OPEN and method in {"GET", "HEAD"}:
                        assert response.status == 200
                    elif path not in UNREADABLE and path not in OPEN and not path.startswith(("/-/v1/login", "/-/user/")):
                        # How to get a token is told to strangers too.
                        assert response.status == 401, (method, path)
                        if method != "HEAD":
                            assert (await response.json())["code"] == "not-allowed"
        async with stage.proxy.request("POST", BULK, data=b"{}") as response:
            assert response.status == 401
        assert stage.upstream.requests == []


async def test_who_listens_to_others_takes_no_strangers_unless_told(tmp_path: Path) -> None:
    async with scene(tmp_path, server={"host": "0.0.0.0"}) as stage, stage.proxy.get("/lib") as response:
        assert response.status == 401
