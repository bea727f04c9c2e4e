"""Decisions for one audience and for all: in force with the next request for those they are for, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import ABBREVIATED, DAY, Scene, scene

AUDIENCES = [
    {"name": "research", "quarantine": {"hold": "3d", "new_package_hold": "3d"}},
    {"name": "bank", "quarantine": {"hold": "30d", "new_package_hold": "60d"}},
]
NAMES = ("everyone", "research", "bank")


class Desk:
    """An administrator, and a reader of each audience."""

    def __init__(self, stage: Scene, admin: Caller, readers: dict[str, Caller]) -> None:
        self.stage, self.admin, self.readers = stage, admin, readers

    async def served(self, id: str = "lib@1.1.0") -> set[str]:
        """The audiences that get a version: the same on every route, or it is no answer."""
        name, _, version = id.rpartition("@")
        tarball = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        found = set()
        for audience, reader in self.readers.items():
            listed = [await reader.ask("GET", f"/{name}", Accept=accept) for accept in ("application/json", ABBREVIATED)]
            seen = {answer.status == 200 and version in answer.body["versions"] for answer in listed}
            asks: list[tuple[str, str, dict[str, str]]] = [
                ("GET", f"/{name}/{version}", {}), ("GET", f"/{name}/{version}", {"If_None_Match": "*"}),
                ("GET", tarball, {}), ("HEAD", tarball, {}), ("GET", tarball, {"If_None_Match": "*"}),
                ("GET", tarball, {"Range": "bytes=0-1"}), ("GET", f"/-/npm/v1/attestations/{name}@{version}", {}),
            ]  # fmt: skip
            statuses = {await reader.status(method, path, **headers) for method, path, headers in asks}
            seen |= {statuses == {200, 304, 206}} if statuses != {403} else {False}
            assert len(seen) == 1, (audience, statuses)
            found |= {audience} if seen == {True} else set()
        return found

    async def decide(self, action: str, subject: str, audience: str | None = None, **more: Any) -> int:
        done = await self.admin.decide(action, subject, audience=audience, **more)
        assert done.status == 201, done
        assert done.body["decision"]["audience"] == audience
        return int(done.body["decision"]["id"])

    async def refused(self, action: str, subject: str, audience: str | None = None) -> str:
        done = await self.admin.decide(action, subject, audience=audience)
        assert done.status == 409, done
        return str(done.body["error"])

    async def told(self, id: str, audience: str) -> Any:
        name, _, version = id.rpartition("@")
        return await self.admin.get(f"packages/{name}/versions/{version}?audience={audience}")


@asynccontextmanager
async def desk(data_dir: Path, **sections: Any) -> AsyncIterator[Desk]:
    async with scene(data_dir, audiences=AUDIENCES, **sections) as stage:
        admin = await credential(stage.proxy, "admin")
        named = {name: None if name == "everyone" else name for name in NAMES}
        yield Desk(stage, admin, {name: await credential(stage.proxy, "reader", audience=each) for name, each in named.items()})


@pytest.mark.parametrize("audience", [None, "research", "bank"])
@pytest.mark.parametrize("action", ["block", "hold"])
async def test_shutting_out_is_for_those_it_is_meant_for(tmp_path: Path, action: str, audience: str | None) -> None:
    async with desk(tmp_path) as there:
        assert await there.served() == set(NAMES)
        number = await there.decide(action, "lib@1.1.0", audience)
        assert await there.served() == (set() if audience is None else set(NAMES) - {audience})
        assert await there.served("lib@1.0.0") == set(NAMES)
        assert (await there.admin.withdraw(number)).status == 200
        assert await there.served() == set(NAMES)


async def test_the_next_request_knows_of_a_block_whatever_was_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        tarball = "/lib/-/lib-1.1.0.tgz"
        before = {
            (name, path): (await reader.ask("GET", path)).headers["ETag"]
            for name, reader in there.readers.items()
            for path in ("/lib", "/lib/1.1.0", tarball)
        }
        await there.decide("block", "lib@>=1.1", "bank")
        for (name, path), etag in before.items():
            status = await there.readers[name].status("GET", path, If_None_Match=etag)
            assert status == (304 if name != "bank" else 200 if path == "/lib" else 403), (name, path)


async def test_a_release_is_for_those_it_is_meant_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        assert await there.served("lib@1.2.0") == set()
        number = await there.decide("release", "lib@1.2.0", "research")
        assert await there.served("lib@1.2.0") == {"research"}
        await there.decide("release", "lib@1.2.0")
        assert await there.served("lib@1.2.0") == set(NAMES)
        assert (await there.admin.withdraw(number)).status == 200
        # The later one is for all, and stands by itself.
        assert await there.served("lib@1.2.0") == set(NAMES)


async def test_a_release_for_all_is_one_for_the_strictest_too(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        there.stage.publish("middle", "1.0.0", 40)
        there.stage.publish("middle", "1.1.0", 3.5)
        there.stage.upstream.attestations["middle@1.1.0"] = {}
        assert await there.served("middle@1.1.0") == {"research"}
        # For everyone it is only too young; for the bank its package is, too.
        rules = {name: {each["rule"] for each in (await there.told("middle@1.1.0", name))["findings"]} for name in NAMES}
        assert rules == {"everyone": {"age"}, "research": set(), "bank": {"age", "new-package"}}
        await there.decide("release", "middle@1.1.0")
        assert await there.served("middle@1.1.0") == set(NAMES)


async def test_a_release_that_some_need_and_some_do_not_is_refused_with_the_mend(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        there.stage.publish("lib", "1.1.5", 10)
        there.stage.publish("lib", "1.1.6", 5)
        there.stage.upstream.attestations["lib@1.1.5"] = {}
        assert "held for bank: --audience bank" in await there.refused("release", "lib@1.1.5")
        assert "held for bank: --audience bank" in await there.refused("release", "lib@1.1.5", "research")
        await there.decide("release", "lib@1.1.5", "bank")
        assert await there.served("lib@1.1.5") == set(NAMES)
        told = await there.refused("release", "lib@1.1.6", "research")
        assert "held for everyone and held for bank" in told


async def test_a_release_retires_for_each_audience_at_its_own_time(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:

        async def states() -> list[str]:
            return [(await there.told("lib@1.2.0", name))["state"] for name in NAMES]

        await there.decide("release", "lib@1.2.0")
        assert await states() == ["released"] * 3
        there.stage.pass_by(2 * DAY)
        assert await states() == ["released", "admitted", "released"]
        there.stage.pass_by(5 * DAY)
        assert await states() == ["admitted", "admitted", "released"]
        assert await there.served("lib@1.2.0") == set(NAMES)
        there.stage.pass_by(30 * DAY)
        assert await states() == ["admitted"] * 3
        # What it lifted is over; it holds nothing open that comes later.
        await there.decide("block", "lib@1.2.0", "research")
        assert await there.served("lib@1.2.0") == {"everyone", "bank"}


async def test_a_release_of_what_was_blocked_ends_with_its_expiry(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        await there.decide("block", "lib@1.1.0")
        await there.decide("release", "lib@1.1.0", "research", expires="2d")
        assert await there.served() == {"research"}
        there.stage.pass_by(2 * DAY)
        assert await there.served() == set()


async def test_what_is_asked_of_an_audience_is_told_of_that_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        there.stage.publish("lib", "1.1.5", 5)
        for reader in there.readers.values():
            await reader.ask("GET", "/lib")
        expected = {"everyone": {"1.1.5", "1.2.0"}, "research": {"1.2.0"}, "bank": {"1.1.5", "1.2.0"}}
        for name, versions in expected.items():
            asks = {"": there.readers[name], f"&audience={name}": there.readers["bank"]}
            for query, reader in asks.items():
                told = await reader.get(f"held?package=lib{query}")
                assert (told["audience"], {each["version"] for each in told["held"]}) == (name, versions)
                told = await reader.get(f"packages/lib/versions/1.1.5?{query[1:]}")
                assert (told["audience"], told["verdict"] == "withheld") == (name, "1.1.5" in versions)
                page = (await reader.ask("GET", f"/-/pratique/why/lib@1.1.5?{query[1:]}")).body.decode()
                assert ("is withheld until" in page) == ("1.1.5" in versions)
                assert page.startswith(f"For {name}:\n") == (name != "everyone")
        for path in (f"{V1}/held", f"{V1}/packages/lib/versions/1.1.5", "/-/pratique/why/lib"):
            answer = await there.admin.ask("GET", f"{path}?audience=nobody")
            assert (answer.status, "there is research, bank" in answer.body["error"]) == (400, True), answer


async def test_the_page_that_a_denial_names_explains_that_denial(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        there.stage.publish("lib", "1.1.5", 10)
        bank, browser = there.readers["bank"], Caller(there.stage.proxy)
        denied = await bank.ask("GET", "/lib/1.1.5")
        audited = await bank.ask("POST", "/-/npm/v1/security/advisories/bulk", {"lib": ["1.1.5"]})
        await there.decide("release", "lib@1.2.0", "bank")
        listed = await bank.ask("GET", "/lib", npm_command="ci")
        for text in (
            denied.headers["npm-notice"],
            denied.body["error"],
            audited.headers["npm-notice"],
            listed.headers["npm-notice"],
        ):
            address = text.partition("Why: ")[2]
            page = await browser.ask("GET", address.removeprefix(there.stage.proxy.url))
            assert page.body.startswith(b"For bank:\nlib@1.1.5 is withheld until"), text
        assert "audience" not in (await there.readers["everyone"].ask("GET", "/lib/1.2.0")).body["error"]


@pytest.mark.parametrize("audience", ["nobody", "everyone", "", "Research"])
async def test_nothing_is_decided_for_an_audience_that_is_not_there(tmp_path: Path, audience: str) -> None:
    async with desk(tmp_path) as there:
        before = await there.stage.proxy.built.services.book.head()
        for action in ("release", "block", "hold"):
            done = await there.admin.decide(action, "lib@1.2.0", audience=audience)
            assert (done.status, done.body["error"].startswith("audience: ")) == (400, True), done
        token = {"label": "x", "roles": ["ci"], "audience": audience}
        assert await there.admin.status("POST", f"{V1}/tokens", token) == 400
        assert await there.stage.proxy.built.services.book.head() == before


async def test_what_was_released_for_one_can_be_adopted_for_all(tmp_path: Path) -> None:
    async with desk(tmp_path) as there:
        await there.decide("release", "lib@1.2.0", "research")
        dist = there.stage.upstream.package("lib")["versions"]["1.2.0"]["dist"]
        body = {"entries": [{"name": "lib", "version": "1.2.0", "integrity": dist["integrity"]}], "reason": "a lockfile"}
        for counts in ({"adopted": 1, "known": 0}, {"adopted": 0, "known": 1}):
            answer = await there.admin.ask("POST", f"{V1}/adoptions", body)
            assert counts.items() <= answer.body.items()
        assert await there.served("lib@1.2.0") == set(NAMES)
