"""A client that leaves ends what only it was waiting for, and what is no HTTP is answered like everything else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from proxy.web.answers import SAFE
from proxy.web.connection import Server, while_connected
from tests.proxy.web.raw import exchange
from tests.proxy.web.scene import scene


async def test_work_ends_when_its_client_leaves() -> None:
    began, ended, told = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def handle(request: web.BaseRequest) -> web.Response:
        try:
            await while_connected(request, work())
        except ConnectionResetError:
            told.set()
        return web.Response()

    runner = web.ServerRunner(Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await began.wait()
    writer.close()
    await ended.wait()
    await told.wait()
    await runner.cleanup()


async def test_otherwise_its_outcome_is_handed_on(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for version, status in (("1.0.0", 200), ("1.2.0", 403), ("9.9.9", 404)):
            async with stage.proxy.get(f"/lib/-/lib-{version}.tgz") as response:
                assert response.status == status


@pytest.mark.parametrize("headers", [b"Host: x\r\nno colon here <script>\r\n", b"Host: x\r\nA: " + b"x" * 20_000 + b"\r\n"])
async def test_what_is_no_request_is_answered_like_everything_else(tmp_path: Path, headers: bytes) -> None:
    async with scene(tmp_path) as stage:
        reply = await exchange(stage.proxy.url, b"/lib", headers=headers)
        assert reply.status == 400
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert {key.lower(): value for key, value in SAFE.items()}.items() <= reply.headers.items()
        assert reply.json()["code"] == "bad-request"
        assert b"script" not in reply.body
