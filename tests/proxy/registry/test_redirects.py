"""Credentials stay with the upstream they were given for, and nothing leads anywhere that nobody configured."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.simulator import Fault, Simulator
from tests.proxy.registry.world import world

TOKEN = {"env": {"NPM_TOKEN": "the-upstream-secret"}, "upstream": {"token_env": "NPM_TOKEN", "retries": 0}}
TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


def allowing(*others: Simulator) -> dict[str, object]:
    return {
        "env": {"NPM_TOKEN": "the-upstream-secret"},
        "upstream": {**TOKEN["upstream"], "allowed_hosts": [each.url for each in others]},
    }


async def test_the_upstream_gets_its_credential(tmp_path: Path) -> None:
    async with world(tmp_path, **TOKEN) as there:
        there.upstream.token = "the-upstream-secret"
        there.publish()
        assert await there.status(TARBALL) == 200
        assert {each.headers["Authorization"] for each in there.upstream.requests} == {"Bearer the-upstream-secret"}


@pytest.mark.parametrize("path", ["/left-pad", TARBALL])
async def test_no_redirect_carries_the_credential_away(tmp_path: Path, path: str) -> None:
    async with Simulator() as other, world(tmp_path, **allowing(other)) as there:
        published = there.publish()
        other.publish("left-pad", "1.0.0", tarball=published.tarball, at=there.proxy.clock.now())
        other.shelf.packuments["left-pad"] = there.upstream.package("left-pad")
        there.upstream.fault(path, Fault.redirect(other.url + path))
        assert await there.status(path) == 200
        (asked,) = other.asked(path)
        assert "Authorization" not in asked.headers
        assert "Cookie" not in asked.headers


async def test_a_redirect_that_comes_back_carries_it_again(tmp_path: Path) -> None:
    async with Simulator() as other, world(tmp_path, **allowing(other)) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.redirect(f"{other.url}/away", times=1))
        other.fault("/away", Fault.redirect(f"{there.upstream.url}/left-pad"))
        assert await there.status("/left-pad") == 200
        assert [each.headers.get("Authorization") for each in there.upstream.asked("/left-pad")] == [
            "Bearer the-upstream-secret"
        ] * 2


@pytest.mark.parametrize("path", ["/left-pad", TARBALL])
async def test_a_redirect_to_a_stranger_is_not_followed(tmp_path: Path, path: str) -> None:
    async with Simulator() as other, world(tmp_path, **TOKEN) as there:
        there.publish()
        there.upstream.fault(path, Fault.redirect(f"{other.url}{path}?token=hidden"))
        async with there.proxy.get(path) as response:
            text = await response.text()
            assert response.status == 502
            assert "upstream.allowed_hosts" in text
            assert "hidden" not in text
        assert other.requests == []


async def test_a_relative_redirect_stays_here(tmp_path: Path) -> None:
    async with world(tmp_path, **TOKEN) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.redirect("/left-pad?again", times=1))
        assert await there.status("/left-pad") == 200


async def test_redirects_without_end_are_given_up(tmp_path: Path) -> None:
    async with world(tmp_path, **TOKEN) as there:
        there.upstream.fault("/left-pad", Fault.redirect("/left-pad"))
        assert await there.status("/left-pad") == 502
        assert there.upstream.count("/left-pad") <= 6


async def test_a_tarball_on_a_foreign_host_is_fetched_from_the_upstream(tmp_path: Path) -> None:
    async with Simulator() as other, world(tmp_path, **TOKEN) as there:
        there.publish().manifest["dist"]["tarball"] = f"{other.url}{TARBALL}"
        document = await there.proxy.json("/left-pad")
        assert document["versions"]["1.0.0"]["dist"]["tarball"] == there.proxy.url + TARBALL
        assert await there.status(TARBALL) == 200
        assert other.requests == []
        assert there.upstream.count(TARBALL) == 1


async def test_a_tarball_on_an_allowed_host_is_fetched_there_without_the_credential(tmp_path: Path) -> None:
    async with Simulator() as other, world(tmp_path, **allowing(other)) as there:
        published = there.publish()
        other.publish("left-pad", "1.0.0", tarball=published.tarball)
        other.tarball_path("left-pad", "1.0.0", "/cdn/l.tgz")
        published.manifest["dist"]["tarball"] = f"{other.url}/cdn/l.tgz"
        assert await there.status(TARBALL) == 200
        (asked,) = other.requests
        assert "Authorization" not in asked.headers
        assert there.upstream.count(TARBALL) == 0


@pytest.mark.parametrize(
    "tail", ["/x/../left-pad/-/../../admin/a.tgz", "/left-pad/-/%2e%2e/%2e%2e/admin/a.tgz", "/left-pad/-//a.tgz"]
)
async def test_the_path_of_a_foreign_address_cannot_climb(tmp_path: Path, tail: str) -> None:
    async with Simulator() as other, world(tmp_path, **TOKEN) as there:
        there.publish().manifest["dist"]["tarball"] = other.url + tail
        assert await there.status(TARBALL) == 200
        assert [each.path for each in there.upstream.requests] == ["/left-pad", TARBALL]


async def test_an_address_that_is_none_falls_back_to_the_conventional_one(tmp_path: Path) -> None:
    async with world(tmp_path, **TOKEN) as there:
        host = urlsplit(there.upstream.url).netloc
        odd = ["", "javascript:alert(1)", "file:///etc/passwd", f"http://user:pw@{host}/a.tgz", "http://[/x.tgz", None, 7]
        for minor, address in enumerate(odd):
            there.publish(version=f"1.{minor}.0").manifest["dist"]["tarball"] = address
        for minor, _ in enumerate(odd):
            assert await there.status(f"/left-pad/-/left-pad-1.{minor}.0.tgz") == 200
            assert there.upstream.count(f"/left-pad/-/left-pad-1.{minor}.0.tgz") == 1
