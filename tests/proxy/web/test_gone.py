"""A package that has gone from the upstream waits for nothing: its copy stays, and no list tells of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.proxy.web.scene import BULK, scene


async def test_what_is_gone_is_neither_held_nor_told_of_in_an_audit(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        held = await stage.proxy.json("/-/pratique/v1/held?package=lib")
        assert [row["version"] for row in held["held"]] == ["1.2.0"]
        del stage.upstream.shelf.packuments["lib"]
        for _ in range(2):
            stage.pass_by(timedelta(minutes=6))
            async with stage.proxy.get("/lib") as response:
                await response.read()
        for path in ("/lib", "/lib/1.0.0", "/lib/-/lib-1.0.0.tgz", "/-/pratique/why/lib"):
            async with stage.proxy.get(path) as response:
                assert response.status == 404, path
        assert (await stage.proxy.json("/-/pratique/v1/held?package=lib"))["held"] == []
        async with stage.proxy.request("POST", BULK, data=b'{"lib": ["1.1.0"]}') as response:
            assert response.status == 200
            assert "npm-notice" not in response.headers
