"""The whole is put together, and taken apart again."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from config.problem import ConfigError
from proxy.registry.origins import BadUpstream
from proxy.wiring.build import build, start_background
from quarantine.package import PackageName
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy, settings_for
from tests.fakes.simulator import Simulator
from tests.proxy.registry.world import world


async def test_an_installation_keeps_its_name_over_restarts(tmp_path: Path) -> None:
    async with Simulator() as upstream:
        names = []
        for _ in range(2):
            async with running_proxy(upstream.url, tmp_path) as proxy:
                names.append(proxy.built.services.manners.instance)
        assert names[0] == names[1]
        async with running_proxy(upstream.url, tmp_path / "other") as proxy:
            assert proxy.built.services.manners.instance not in names


async def test_a_loop_is_seen(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        via = there.upstream.requests[0].headers["Via"]
        assert await there.status("/left-pad", Via=f"1.1 front, {via}") == 508


async def test_facts_of_one_upstream_are_not_those_of_another(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Simulator() as one, Simulator() as two:
        for upstream in (one, two):
            upstream.now = clock.now()
            upstream.publish("left-pad", "1.0.0")
        async with running_proxy(one.url, tmp_path, clock, quarantine={"hold": "0", "new_package_hold": "0"}) as proxy:
            await proxy.json("/left-pad")
        async with running_proxy(two.url, tmp_path, clock) as proxy:
            assert await proxy.built.services.ledger.record(PackageName("left-pad")) is None


async def test_what_cannot_be_built_leaves_nothing_open(tmp_path: Path) -> None:
    with pytest.raises(BadUpstream):
        async with AsyncExitStack() as stack:
            await build(settings_for(tmp_path), "ftp://registry.example", {}, stack)
    with pytest.raises(ConfigError):
        async with AsyncExitStack() as stack:
            said = settings_for(tmp_path, {"upstream": {"token_env": "NOT_SET"}})
            await build(said, "http://registry.example", {}, stack)


async def test_background_work_begins_and_ends(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        settings = settings_for(tmp_path, {"refresh": {"enabled": True}})
        built = await build(settings, "http://registry.example", {}, stack)
        start_background(built, settings, stack)
        assert {"usage", "refresh", "retention"} <= {task.get_name() for task in asyncio.all_tasks()}
    assert asyncio.all_tasks() == before


async def test_stopping_writes_what_was_asked_for(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.publish("left-pad", "1.0.0")
        async with running_proxy(upstream.url, tmp_path, clock) as proxy, proxy.get("/left-pad"):
            pass
        async with running_proxy(upstream.url, tmp_path, clock) as proxy:
            used = await proxy.built.services.ledger.in_use(clock.now(), 10)
            assert [row.name for row in used] == ["left-pad"]


async def test_stopping_in_the_middle_of_a_look_and_a_download(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish("other")
        await there.versions("other")
        with there.upstream.hold(lambda _: True) as gate:
            asking = [asyncio.ensure_future(there.status(path)) for path in ("/left-pad", "/other/-/other-1.0.0.tgz")]
            await gate.reached(2)
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            services = there.proxy.built.services
            await services.routed.public.packuments.close()
            await services.routed.public.tarballs.close()
        assert there.blobs("tarballs") == []
