"""The registry of one's own is down, or refuses: the answer is an error or a copy, never the public package of that name."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault, Simulator
from tests.proxy.web.namespaced import ENV, KINDS, ONCE, Namespaced, namespaced, section

ROUTES = ["/{}", "/{}/latest", "/{}/9.9.9", "/{}/-/{file}-9.9.9.tgz", "/{}/-/{file}-1.0.0.tgz", "/-/package/{}/dist-tags",
          "/-/npm/v1/attestations/{}@1.0.0", "/-/pratique/why/{}@9.9.9"]  # fmt: skip


def paths(name: str) -> list[str]:
    return [route.format(name.replace("/", "%2f"), file=name.rpartition("/")[2]) for route in ROUTES]


@pytest.mark.parametrize(("match", "name"), KINDS)
@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        (None, 503, "cannot be reached"),
        (Fault.status(500), 503, "answered 500"),
        (Fault.status(429), 503, ""),
        (Fault.reset(), 503, ""),
        (Fault.html(), 502, "web page"),
        (Fault.answer(b"{"), 502, ""),
        (Fault.status(401), 502, "namespaces[0].token_env"),
        (Fault.status(403), 502, "namespaces[0].token_env"),
        (Fault.status(404), 404, "not on the upstream"),
    ],
    ids=["refused", "500", "429", "reset", "page", "nonsense", "401", "403", "404"],
)
async def test_every_route_is_an_error(
    tmp_path: Path, match: str, name: str, fault: Fault | None, status: int, says: str
) -> None:
    async with namespaced(tmp_path, match, name) as there:
        if fault is None:
            await there.own.stop()
        else:
            there.own.fault("/", fault)
        for path in paths(name):
            async with there.proxy.get(path) as response:
                text = await response.text()
                assert response.status == status, (path, text)
                assert says in text
                assert "9.9.9" not in text.replace("@9.9.9", "")
                assert ENV["OWN_TOKEN"] not in text
        assert await there.status("/lib") == 200
        assert there.leaks() == there.stray_tokens() == []


async def test_no_answer_in_time_is_an_error(tmp_path: Path) -> None:
    upstream = {**ONCE, "timeout": "200ms", "connect_timeout": "100ms"}
    async with namespaced(tmp_path, upstream=upstream) as there:
        gate = there.own.hold("/")
        async with there.proxy.get("/@acme%2fui") as response:
            assert response.status == 503
            assert "in time" in (await response.json())["error"]
        assert await there.status("/lib") == 200
        gate.release()
        assert there.leaks() == []


async def test_a_stale_copy_of_the_own_one_is_served_while_it_is_down_and_after_a_restart(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        tarball = "/@acme/ui/-/ui-1.1.0.tgz"
        assert await there.status(tarball) == 200
        await there.own.stop()
        there.pass_by(timedelta(days=3))
        await _still_there(there, tarball)
        await there.proxy.built.services.routed.of(_name("@acme/ui")).packuments.settle()
        sections: dict[str, Any] = {"upstream": ONCE, "namespaces": [section(there.own)]}
        async with running_proxy(there.public.url, tmp_path, there.clock, ENV, **sections) as again:
            await _still_there(Namespaced(there.public, there.own, again, there.clock, there.name), tarball)
        there.pass_by(timedelta(days=30))
        assert await there.status("/@acme%2fui") == 503
        assert there.leaks() == []


async def _still_there(there: Namespaced, tarball: str) -> None:
    assert sorted((await there.proxy.json("/@acme%2fui"))["versions"]) == ["1.0.0", "1.1.0"]
    assert await there.status(tarball) == 200
    assert await there.status("/@acme/ui/-/ui-1.0.0.tgz") == 503
    assert await there.status("/@acme%2fui/9.9.9") == 404


async def test_what_the_public_registry_said_before_counts_no_more(tmp_path: Path) -> None:
    """The package becomes one of the namespace's while its registry is down: the public copy in store is not it."""
    async with namespaced(tmp_path / "own") as there:
        shared: dict[str, Any] = {"upstream": ONCE}
        data = tmp_path / "data"
        async with running_proxy(there.public.url, data, there.clock, ENV, **shared) as before:
            assert "9.9.9" in (await before.json("/@acme%2fui"))["versions"]
            async with before.get("/@acme/ui/-/ui-9.9.9.tgz") as response:
                assert response.status == 200
                await response.read()
            await before.built.usage.flush()
            await before.built.services.routed.public.packuments.settle()
        asked = len(there.public.requests)
        await there.own.stop()
        shared["namespaces"] = [section(there.own)]
        async with running_proxy(there.public.url, data, there.clock, ENV, **shared) as after:
            now = Namespaced(there.public, there.own, after, there.clock, there.name)
            for path in ("/@acme%2fui", "/@acme/ui/-/ui-9.9.9.tgz", "/@acme%2fui/9.9.9"):
                assert await now.status(path) == 503
            there.pass_by(timedelta(hours=2))
            await after.built.refresher.round(10)
            await there.own.start()
            there.pass_by(timedelta(minutes=1))
            assert sorted((await after.json("/@acme%2fui"))["versions"]) == ["1.0.0", "1.1.0"]
            assert await now.status("/@acme/ui/-/ui-9.9.9.tgz") == 404
        assert not [each.path for each in there.public.requests[asked:] if "acme" in each.path]


async def test_looks_in_the_background_ask_the_own_registry_and_one_that_is_down_stops_only_its_own(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        for path in ("/@acme%2fui", "/lib"):
            assert await there.status(path) == 200
        assert await there.audit("advisories/bulk", {"@acme/unheard": ["1.0.0"], "unheard": ["1.0.0"]}) == 200
        await there.proxy.built.usage.flush()
        there.pass_by(timedelta(hours=1))
        there.own.requests.clear()
        await there.proxy.built.refresher.round(10)
        assert {each.plain_path for each in there.own.requests} == {"/@acme/ui", "/@acme/unheard"}
        await there.own.stop()
        there.pass_by(timedelta(hours=1))
        before = there.public.count("/lib")
        await there.proxy.built.refresher.round(10)
        assert there.public.count("/lib") == before + 1
        await there.own.start()
        await there.public.stop()
        there.pass_by(timedelta(hours=1))
        there.own.requests.clear()
        await there.proxy.built.refresher.round(10)
        assert "/@acme/ui" in {each.plain_path for each in there.own.requests}
        assert there.leaks() == []


async def test_one_that_is_down_for_long_does_not_use_up_the_budget(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        for number in range(5):
            there.own.publish(f"@acme/p{number}", "1.0.0", at=there.clock.now())
            assert await there.status(f"/@acme%2fp{number}") == 200
        assert await there.status("/lib") == 200
        await there.proxy.built.usage.flush()
        await there.own.stop()
        for _ in range(3):
            there.pass_by(timedelta(hours=1))
            before = there.public.count("/lib")
            await there.proxy.built.refresher.round(2)
            assert there.public.count("/lib") == before + 1


async def test_the_clock_of_the_own_registry_is_nobodys_business(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        assert await there.status("/lib") == 200
        there.own.now = there.clock.now() + timedelta(days=30)
        assert await there.status("/@acme%2fui") == 200
        assert there.proxy.built.services.time.alarm is None
        there.public.now = there.clock.now() + timedelta(days=30)
        there.own.now = there.clock.now()
        there.clock.advance(timedelta(minutes=6))
        assert await there.status("/lib") == 200
        assert await there.status("/@acme%2fui") == 200
        assert there.proxy.built.services.time.alarm is not None


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_a_copy_outlasts_a_refusal(tmp_path: Path, status: int) -> None:
    async with namespaced(tmp_path) as there:
        assert await there.status("/@acme%2fui") == 200
        there.own.fault("/", Fault.status(status))
        there.pass_by(timedelta(days=1))
        assert sorted((await there.proxy.json("/@acme%2fui"))["versions"]) == ["1.0.0", "1.1.0"]
        assert there.leaks() == []


async def test_a_package_that_vanishes_is_gone_after_two_looks_and_none_other_takes_its_place(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        assert await there.status("/@acme%2fui") == 200
        there.own.fault("/", Fault.status(404))
        seen = []
        for _ in range(4):
            there.pass_by(timedelta(minutes=6))
            async with there.proxy.get("/@acme%2fui") as response:
                seen.append(response.status)
                assert "9.9.9" not in await response.text()
        assert seen[-1] == 404, seen
        assert there.leaks() == []


@pytest.mark.parametrize("path", ["/@acme%2fnew", "/@acme/ui/-/ui-1.1.0.tgz"])
async def test_a_redirect_to_the_public_registry_is_refused(tmp_path: Path, path: str) -> None:
    """As GitLab does for what it does not have, unless told otherwise."""
    async with namespaced(tmp_path) as there:
        there.public.publish("@acme/new", "9.9.9", at=there.clock.now() - timedelta(days=400))
        there.own.fault(path, Fault.redirect(f"{there.public.url}{path}?token=hidden"))
        async with there.proxy.get(path) as response:
            text = await response.text()
            assert response.status == 502
            assert "namespaces[0].allowed_hosts" in text
            assert "hidden" not in text
        assert there.leaks() == []


async def test_the_public_registry_cannot_be_among_the_allowed_hosts(tmp_path: Path) -> None:
    from config.problem import ConfigError

    async with Simulator() as public, Simulator() as own:
        entry = section(own, allowed_hosts=[public.url])
        with pytest.raises(ConfigError, match=r"namespaces\[0\]\.allowed_hosts"):
            async with running_proxy(public.url, tmp_path, None, ENV, namespaces=[entry]):
                pass


async def test_many_ask_at_once_while_it_is_down(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        await there.own.stop()
        assert set(await asyncio.gather(*(there.status(path) for path in paths("@acme/ui") * 5))) == {503}
        assert there.leaks() == []


def _name(text: str) -> Any:
    from quarantine.package import PackageName

    return PackageName(text)
