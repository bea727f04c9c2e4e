"""Adoption, the freeze, the log, and what is left of all of it after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.proxy import running_proxy
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import DAY, Scene, scene


def pinned(stage: Scene, name: str, version: str) -> dict[str, Any]:
    dist = stage.upstream.package(name)["versions"][version]["dist"]
    return {"name": name, "version": version, "integrity": dist["integrity"]}


async def adopt(admin: Caller, *entries: dict[str, Any]) -> Any:
    answer = await admin.ask("POST", f"{V1}/adoptions", {"entries": entries, "reason": "as it is", "source": "a lockfile"})
    assert answer.status in {200, 201}, answer
    return answer.body


async def test_what_a_lockfile_pins_is_admitted_by_version_and_bytes(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        entries = [pinned(stage, "lib", "1.2.0"), pinned(stage, "fresh", "0.1.0"), pinned(stage, "lib", "1.2.0")]
        other = {**pinned(stage, "@s/p", "2.0.0"), "integrity": "sha512-" + "A" * 86 + "=="}
        assert await adopt(admin, *entries, other) == {"adopted": 3, "known": 1, "refused": []}
        for path, status in {
            "/lib/-/lib-1.2.0.tgz": 200,
            "/fresh": 200,
            "/@s/p/-/p-2.0.0.tgz": 403,
        }.items():
            assert await Caller(stage.proxy).status("GET", path) == status, path
        assert (await adopt(admin, *entries))["adopted"] == 0
        log = (await admin.get("log"))["entries"]
        assert [each["kind"] for each in log if each["actor"] == admin.id] == ["adopt"]
        assert "as it is (a lockfile)" in str((await admin.get("decisions?package=lib"))["decisions"])


async def test_entries_that_cannot_be_adopted_are_named_and_the_others_are(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        good = pinned(stage, "lib", "1.2.0")
        bad = [
            {**good, "name": "../lib"},
            {**good, "version": "../1"},
            {**good, "integrity": None},
            {**good, "integrity": "sha512-?"},
        ]
        told = await adopt(admin, *bad, good)
        assert (told["adopted"], len(told["refused"])) == (1, 4), told
        for body in ({"entries": [good], "reason": " "}, {"entries": [{"name": "lib"}], "reason": "x"}, {"reason": "x"}):
            assert await admin.status("POST", f"{V1}/adoptions", body) == 400
        mine = await credential(stage.proxy, "reviewer", packages=("@s/*",))
        told = await adopt(mine, pinned(stage, "fresh", "0.1.0"), pinned(stage, "@s/p", "2.0.0"))
        assert (told["adopted"], [each["entry"] for each in told["refused"]]) == (1, ["fresh@0.1.0"])


async def test_an_adoption_lifts_age_and_no_block(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.decide("hold", "lib@1.1.0")
        await admin.decide("block", "lib@1.2.0")
        told = await adopt(admin, pinned(stage, "lib", "1.1.0"), pinned(stage, "lib", "1.2.0"))
        assert told["adopted"] == 0
        assert [each["reason"] for each in told["refused"]] == [
            "it is held by decision 1: a test",
            "it is blocked by decision 2: a test",
        ]
        for version in ("1.1.0", "1.2.0"):
            assert await Caller(stage.proxy).status("GET", f"/lib/-/lib-{version}.tgz") == 403, version


async def test_a_freeze_stops_what_would_have_matured_and_a_thaw_goes_on(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin, reader = await credential(stage.proxy, "admin"), Caller(stage.proxy)
        assert await admin.status("DELETE", f"{V1}/freeze?reason=x") == 409
        assert await admin.status("POST", f"{V1}/freeze", {"reason": ""}) == 400
        assert await reader.status("GET", "/lib/-/lib-1.1.0.tgz") == 200
        answer = await admin.ask("POST", f"{V1}/freeze", {"reason": "an incident"})
        assert (answer.status, answer.body) == (201, {"frozen": "2026-06-01T12:00Z"})
        assert await admin.status("POST", f"{V1}/freeze", {"reason": "again"}) == 409
        assert (await admin.get("decisions"))["frozen"] == "2026-06-01T12:00Z"
        stage.pass_by(30 * DAY)
        stage.publish("lib", "1.3.0", 20)
        assert await reader.status("GET", "/lib/-/lib-1.1.0.tgz") == 200
        assert await reader.status("GET", "/lib/-/lib-1.2.0.tgz") == 403
        assert await admin.status("DELETE", f"{V1}/freeze") == 400
        assert await admin.status("DELETE", f"{V1}/freeze?reason=over") == 200
        assert await reader.status("GET", "/lib/-/lib-1.2.0.tgz") == 200
        kinds = [each["kind"] for each in (await admin.get("log"))["entries"] if each["actor"] == admin.id]
        assert kinds == ["freeze", "thaw"]
        assert (await admin.get("log/verify"))["sound"] is True


async def test_everything_outlives_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.decide("release", "lib@1.2.0")
        await admin.decide("block", "lib@1.0.0")
        gone = await admin.decide("block", "lib@1.1.0")
        await admin.withdraw(gone.body["decision"]["id"])
        await adopt(admin, pinned(stage, "@s/p", "2.0.0"))
        await admin.ask("POST", f"{V1}/freeze", {"reason": "an incident"})
        before, head = await admin.get("decisions?all=true"), (await admin.get("log/verify"))["head"]
        async with running_proxy(stage.upstream.url, tmp_path, stage.clock) as proxy:
            again, reader = Caller(proxy, admin.token), Caller(proxy)
            assert await again.get("decisions?all=true") == before
            told = await again.get(f"log/verify?number={head['number']}&hash={head['hash']}")
            assert (told["sound"], told["head"]["number"]) == (True, head["number"] + 1)
            for version, status in {"1.0.0": 403, "1.1.0": 200, "1.2.0": 200}.items():
                assert await reader.status("GET", f"/lib/-/lib-{version}.tgz") == status
            assert await reader.status("GET", "/@s/p/-/p-2.0.0.tgz") == 200


async def test_the_log_is_read_in_pages_and_checked_against_a_checkpoint(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for minor in range(4):
            await admin.decide("block", f"lib@9.{minor}.0")
        whole = (await admin.get("log"))["entries"]
        assert [each["number"] for each in whole] == list(range(1, len(whole) + 1))
        assert (await admin.get("log?after=2&limit=2"))["entries"] == whole[2:4]
        assert (await admin.get("log?limit=0"))["entries"] == []
        assert (await admin.get("log?after=999"))["entries"] == []
        assert (await admin.get(f"log/verify?number=3&hash={whole[2]['hash']}"))["sound"] is True
        for query in (f"number=2&hash={whole[2]['hash']}", f"number=99&hash={whole[2]['hash']}", "number=3&hash=0"):
            told = await admin.get(f"log/verify?{query}")
            assert (told["sound"], len(told["breaks"])) == (False, 1), query
        for query in ("log?after=x", "log?limit=-1", "log?after=%C2%B2", "log/verify?number=3", "log/verify?hash=0"):
            assert await admin.status("GET", f"{V1}/{query}") == 400, query


async def test_whoever_wrote_many_entries_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path) as stage:
        admin, other = await credential(stage.proxy, "admin"), await credential(stage.proxy, "admin")
        for caller in (admin, other, admin, other):
            assert (await caller.decide("block", f"lib@1.{len((await admin.get('log'))['entries'])}.0")).status == 201
        book, asked = stage.proxy.built.services.book, list[str]()
        name = book.actor_name

        async def noted(actor: str) -> str | None:
            asked.append(actor)
            return await name(actor)

        monkeypatch.setattr(book, "actor_name", noted)
        entries = (await admin.get("log"))["entries"]
        actors = [each["actor"] for each in entries]
        assert min(actors.count(admin.id), actors.count(other.id)) == 2
        assert sorted(asked) == sorted(set(actors))
