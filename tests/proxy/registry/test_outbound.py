"""The way out: a private CA, and a corporate proxy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Simulator
from tests.proxy.registry.middlemen import certificates, middleman, over_tls
from tests.proxy.registry.world import OLD

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


def published(upstream: Simulator, clock: FakeClock) -> bytes:
    upstream.now = clock.now()
    return upstream.publish("left-pad", "1.0.0", at=clock.now() - OLD).tarball


async def told(proxy: Proxy) -> tuple[int, str]:
    async with proxy.get("/left-pad") as response:
        return response.status, (await response.json(content_type=None)).get("error", "")


async def test_an_upstream_with_a_private_ca(tmp_path: Path) -> None:
    clock, made = FakeClock(), await asyncio.to_thread(certificates, tmp_path / "tls")
    async with Simulator() as upstream, over_tls(upstream, made) as url:
        data = published(upstream, clock)
        trusting = {"upstream": {"ca_file": str(made.ca)}}
        async with running_proxy(url, tmp_path / "data", clock, **trusting) as proxy, proxy.get(TARBALL) as response:
            assert response.status == 200
            assert await response.read() == data


async def test_a_ca_that_nobody_named_is_not_trusted(tmp_path: Path) -> None:
    clock, made = FakeClock(), await asyncio.to_thread(certificates, tmp_path / "tls")
    async with Simulator() as upstream, over_tls(upstream, made) as url:
        published(upstream, clock)
        async with running_proxy(url, tmp_path / "data", clock, upstream={"retries": 0}) as proxy:
            status, error = await told(proxy)
            assert status == 503
            assert "upstream.ca_file" in error
        assert upstream.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "nonsense"])
async def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    sections: Any = {"upstream": {"ca_file": str(ca_file), "retries": 0}}
    async with running_proxy("https://127.0.0.1:9", tmp_path / "data", **sections) as proxy:
        status, error = await told(proxy)
        assert status == 503
        assert "upstream.ca_file cannot be read" in error


async def test_everything_outbound_goes_through_the_proxy_that_was_set(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Simulator() as upstream, middleman() as between:
        data = published(upstream, clock)
        async with running_proxy(upstream.url, tmp_path, clock, upstream={"proxy": between.url}) as proxy:
            async with proxy.get(TARBALL) as response:
                assert await response.read() == data
            assert (await proxy.json("/-/v1/search?text=left"))["total"] == 1
        asked = [f"GET {upstream.url}{each.path} HTTP/1.1" for each in upstream.requests]
        assert len(asked) == 3
        assert between.seen == asked


async def test_tls_goes_through_it_as_a_tunnel(tmp_path: Path) -> None:
    clock, made = FakeClock(), await asyncio.to_thread(certificates, tmp_path / "tls")
    async with Simulator() as upstream, over_tls(upstream, made) as url, middleman() as between:
        published(upstream, clock)
        through = {"proxy": between.url.replace("//", "//user:pass@"), "ca_file": str(made.ca)}
        async with running_proxy(url, tmp_path / "data", clock, upstream=through) as proxy, proxy.get(TARBALL) as response:
            assert response.status == 200
            await response.read()
        assert set(between.seen) == {f"CONNECT {url.removeprefix('https://')} HTTP/1.1"}
        assert between.credentials[0].startswith("Basic ")
        assert all("Proxy-Authorization" not in each.headers for each in upstream.requests)


async def test_a_proxy_that_refuses_is_told_apart_from_the_upstream(tmp_path: Path) -> None:
    made = await asyncio.to_thread(certificates, tmp_path / "tls")
    async with Simulator() as upstream, over_tls(upstream, made) as url, middleman() as between:
        between.refuses = True
        async with running_proxy(url, tmp_path / "data", upstream={"proxy": between.url, "retries": 0}) as proxy:
            status, error = await told(proxy)
            assert status == 503
            assert "upstream.proxy" in error


async def test_a_proxy_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    there = {"proxy": "http://user:hunter2@127.0.0.1:9", "retries": 0}
    async with running_proxy("http://127.0.0.1:9", tmp_path, upstream=there) as proxy:
        status, error = await told(proxy)
        assert status == 503
        assert "upstream.proxy" in error
        assert "hunter2" not in error
