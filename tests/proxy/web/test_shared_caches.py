"""What caches between the proxy and its clients may keep: nothing that depends on who asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.proxy.web.api import credential
from tests.proxy.web.scene import ABBREVIATED, scene

PATHS = {
    "/lib": "Accept, Accept-Encoding",
    "/lib/1.0.0": "Accept-Encoding",
    "/lib/latest": "Accept-Encoding",
    "/-/npm/v1/keys": "",
    "/-/npm/v1/attestations/lib@1.0.0": "",
}
"""What may be kept for a while, and what it depends on in any case."""

TARBALL = "/lib/-/lib-1.0.0.tgz"
APART: dict[str, dict[str, Any]] = {
    "audiences": {"audiences": [{"name": "research", "quarantine": {"hold": "3d"}}]},
    "closed": {"access": {"anonymous": False}},
    "both": {"audiences": [{"name": "research"}], "access": {"anonymous": False}},
    "reachable": {"server": {"host": "0.0.0.0"}},
}


@pytest.mark.parametrize("sections", [*APART.values(), {}], ids=[*APART, "open"])
async def test_they_may_share_what_is_the_same_for_everybody(tmp_path: Path, sections: dict[str, Any]) -> None:
    async with scene(tmp_path, **sections) as stage:
        audience = "research" if "audiences" in sections else None
        reader = await credential(stage.proxy, "reader", audience=audience)
        for path, by in PATHS.items():
            for accept in ("application/json", ABBREVIATED):
                answer = await reader.ask("GET", path, Accept=accept)
                assert answer.status == 200, (path, answer)
                answers = [answer, await reader.ask("HEAD", path, Accept=accept)]
                if "ETag" in answer.headers:
                    answers.append(await reader.ask("GET", path, Accept=accept, If_None_Match=answer.headers["ETag"]))
                    assert answers[-1].status == 304
                for each in answers:
                    kept, _, age = each.headers["Cache-Control"].partition(", ")
                    assert kept == ("private" if sections else "public"), path
                    assert age.startswith("no-cache" if "audiences" in sections else "max-age="), path
                    # Where answers vary by Authorization, npm writes the token into the index of its cache.
                    assert each.headers.get("Vary", "") == by, path


@pytest.mark.parametrize("sections", [*APART.values(), {}], ids=[*APART, "open"])
async def test_a_tarball_is_asked_for_again_each_time(tmp_path: Path, sections: dict[str, Any]) -> None:
    async with scene(tmp_path, **sections) as stage:
        reader = await credential(stage.proxy, "reader")
        for method, headers, status in (
            ("GET", {}, 200), ("HEAD", {}, 200), ("GET", {"Range": "bytes=0-1"}, 206), ("GET", {"If_None_Match": "*"}, 304),
            ("GET", {"Range": "bytes=99999999-"}, 416),
        ):  # fmt: skip
            answer = await reader.ask(method, TARBALL, **headers)
            assert (answer.status, answer.headers["Cache-Control"]) == (status, "private, no-cache")
            # Who asks is judged each time, so that npm need not keep the token beside each tarball to tell them apart.
            assert "Vary" not in answer.headers


@pytest.mark.parametrize("sections", [*APART.values(), {}], ids=[*APART, "open"])
async def test_a_stale_copy_is_no_more_shared_than_a_fresh_one(tmp_path: Path, sections: dict[str, Any]) -> None:
    async with scene(tmp_path, upstream={"retries": 0, "timeout": "2s"}, **sections) as stage:
        reader = await credential(stage.proxy, "reader")
        before = await reader.ask("GET", "/lib")
        await stage.upstream.stop()
        stage.clock.advance(stage.proxy.built.services.manners.max_age * 60)
        answer = await reader.ask("GET", "/lib")
        assert "Warning" in answer.headers
        kept = "private, no-cache" if "audiences" in sections else f"{'private' if sections else 'public'}, max-age=0"
        assert answer.headers["Cache-Control"] == kept
        assert answer.headers["Vary"] == before.headers["Vary"]


@pytest.mark.parametrize("sections", [*APART.values(), {}], ids=[*APART, "open"])
async def test_refusals_and_what_is_never_kept(tmp_path: Path, sections: dict[str, Any]) -> None:
    async with scene(tmp_path, **sections) as stage:
        reader = await credential(stage.proxy, "reader")
        for path in ("/lib/1.2.0", "/fresh", "/nothing", "/-/package/lib/dist-tags", "/-/v1/search?text=lib", "/-/whoami"):
            assert (await reader.ask("GET", path)).headers["Cache-Control"] == "no-store", path
        assert (await reader.ask("GET", "/lib", npm_command="ci")).headers["Cache-Control"] == "no-store"
