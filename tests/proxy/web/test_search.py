"""A search is answered in good time, with what is known by then; what is not is left out, never shown unjudged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from proxy.web.search import AT_ONCE, seen_in_time
from quarantine.package import PackageName
from tests.proxy.web.scene import DAY, Scene, scene

LIB, SCOPED, FRESH = PackageName("lib"), PackageName("@s/p"), PackageName("fresh")
SOON = 0.3


async def seen(stage: Scene, *names: PackageName, seconds: float = SOON) -> dict[str, str]:
    """Names, and what `latest` is."""
    found = await seen_in_time(stage.proxy.built.services, names, seconds)
    return {name: shown.tags["latest"] for name, shown in found.items()}


async def test_what_the_upstream_does_not_tell_in_time_is_left_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        with stage.upstream.hold("/@s%2fp"):
            assert await seen(stage, SCOPED, LIB, FRESH) == {"lib": "1.1.0"}
        assert await seen(stage, SCOPED, LIB, FRESH, seconds=30) == {"lib": "1.1.0", "@s/p": "1.0.0"}


async def test_what_is_cached_stands_in(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        stage.pass_by(DAY)
        with stage.upstream.hold(lambda _: True):
            assert await seen(stage, SCOPED, LIB) == {"lib": "1.1.0"}
        # Asked in time, the upstream counts.
        stage.publish("lib", "1.1.5", 30)
        stage.pass_by(timedelta(minutes=6))
        await seen(stage, LIB, seconds=30)
        assert stage.upstream.count("/lib") > 1


async def test_what_is_cached_for_too_long_does_not(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"stale": "30d"}) as stage:
        await stage.proxy.json("/lib")
        stage.pass_by(31 * DAY)
        with stage.upstream.hold("/lib"):
            assert await seen(stage, LIB) == {}


async def test_what_is_gone_does_not(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"stale": "30d"}) as stage:
        await stage.proxy.json("/lib")
        del stage.upstream.shelf.packuments["lib"]
        for _ in range(2):
            stage.pass_by(timedelta(minutes=6))
            await seen(stage, LIB, seconds=30)
        stage.pass_by(timedelta(minutes=6))
        with stage.upstream.hold("/lib"):
            assert await seen(stage, LIB) == {}


async def test_what_is_withheld_is_not_shown_out_of_the_cache_either(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get("/fresh") as response:
            assert response.status == 403
        stage.pass_by(timedelta(minutes=6))
        with stage.upstream.hold("/fresh"):
            assert await seen(stage, FRESH) == {}


async def test_so_many_are_asked_for_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        names = [PackageName(f"hit-{number}") for number in range(AT_ONCE + 5)]
        for name in names:
            stage.publish(name, "1.0.0", 400)
        with stage.upstream.hold(lambda asked: "hit" in asked.path) as gate:
            assert await seen(stage, *names) == {}
            assert gate.arrived == AT_ONCE
