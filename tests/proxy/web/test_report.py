"""The report of what was withheld, and of what would have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.web.scene import scene

TOKEN = "x" * 40


@pytest.mark.parametrize(("enforce", "observed"), [("enforce", 0), ("observe", 1)])
async def test_the_last_week_is_counted(tmp_path: Path, enforce: str, observed: int) -> None:
    access = {"admin_token_env": "ADMIN"}
    async with scene(tmp_path, env={"ADMIN": TOKEN}, access=access, quarantine={"enforce": enforce}) as stage:
        for _ in range(2):
            async with stage.proxy.get("/lib/-/lib-1.2.0.tgz") as response:
                assert response.status == (200 if observed else 403)
        report = await stage.proxy.json("/-/pratique/v1/report?since=1d", Authorization=f"Bearer {TOKEN}")
        assert (report["versions"], report["observed"], report["requests"]) == (1, observed, 2)
        (row,) = report["rows"]
        assert (row["package"], row["version"], row["rules"], row["observed"]) == ("lib", "1.2.0", ["age"], bool(observed))
