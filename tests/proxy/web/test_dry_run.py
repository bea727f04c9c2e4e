"""What another policy would withhold of what is in use, asked of a running server."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.shown import policy, shown
from proxy.cli.rehearsing import rehearse
from proxy.web import rehearsing
from tests.proxy.web.api import V1, credential
from tests.proxy.web.scene import BULK, Scene, scene


async def use(stage: Scene) -> None:
    """One version fetched, one named by an audit, one asked for and refused."""
    for path in ("/lib/-/lib-1.1.0.tgz", "/@s%2fp/-/p-2.0.0.tgz", "/@s/p"):
        async with stage.proxy.get(path) as answer:
            await answer.read()
    async with stage.proxy.request("POST", BULK, data=json.dumps({"lib": ["1.0.0"], "@s/p": ["1.0.0"]}).encode()) as answer:
        await answer.read()


async def tried(stage: Scene, **sections: Any) -> Any:
    reviewer = await credential(stage.proxy, "reviewer")
    answer = await reviewer.ask("POST", f"{V1}/dry-run", {"policy": sections})
    assert answer.status == 201 or answer.status == 200, answer
    return answer.body


def rows(found: Any, key: str) -> list[tuple[str, str, str]]:
    return [(row["audience"], row["package"], row["version"]) for row in found[key]]


async def test_a_longer_hold_names_what_is_in_use_and_would_be_withheld(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await use(stage)
        found = await tried(stage, quarantine={"hold": "350d", "new_package_hold": "350d"})
        assert (found["packages"], found["versions"]) == (2, 3)
        assert rows(found, "withheld") == [("everyone", "lib", "1.1.0")]
        (row,) = found["withheld"]
        assert row["findings"][0]["rule"] == "age"
        assert row["last_used"]
        assert [(row["package"], row["from"], row["to"]) for row in found["latest"]] == [("lib", "1.1.0", "1.0.0")]
        # Nothing has changed for those who install.
        async with stage.proxy.get("/lib/-/lib-1.1.0.tgz") as answer:
            assert answer.status == 200


async def test_a_shorter_hold_and_the_same_hold(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await use(stage)
        same = await tried(stage, quarantine={})
        assert (same["total_withheld"], same["total_admitted"], same["total_latest"]) == (0, 0, 0)
        none = await tried(stage, quarantine={"hold": "0", "new_package_hold": "0"})
        assert none["withheld"] == []
        assert {row["package"] for row in none["latest"]} == {"lib", "@s/p"}


async def test_entries_and_audiences_count(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await use(stage)
        found = await tried(
            stage,
            packages=[{"match": "@s/*", "quarantine": {"hold": "500d"}}],
            audiences=[{"name": "strict", "quarantine": {"hold": "350d"}}],
        )
        expected = [("everyone", "@s/p", "1.0.0"), ("strict", "@s/p", "1.0.0"), ("strict", "lib", "1.1.0")]
        assert sorted(rows(found, "withheld")) == expected


async def test_what_is_not_in_the_cache_is_said_to_be_unknown(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.request("POST", BULK, data=b'{"never-seen": ["1.0.0"]}') as answer:
            await answer.read()
        found = await tried(stage, quarantine={})
        assert (found["unknown"], found["total_unknown"]) == (["never-seen"], 1)


async def test_totals_count_what_lists_leave_out_and_so_does_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rehearsing, "MOST", 11)
    async with scene(tmp_path) as stage:
        names = [f"never-seen-{number:02}" for number in range(13)]
        for count, line in ((11, "… and 1 more; --json has them all."), (12, "… and 2 more; --json has the first 11.")):
            asked = json.dumps({name: ["1.0.0"] for name in names[:count]}).encode()
            async with stage.proxy.request("POST", BULK, data=asked) as answer:
                await answer.read()
            reviewer = await credential(stage.proxy, "reviewer")
            monkeypatch.setenv("PRATIQUE_TOKEN", reviewer.token or "")
            found = await tried(stage, quarantine={})
            assert (len(found["unknown"]), found["total_unknown"]) == (min(count, 11), count)
            file = tmp_path / "new.toml"
            file.write_text('[quarantine]\nhold = "7d"\n', "utf-8")
            await asyncio.to_thread(rehearse, file, "30d", stage.proxy.url, as_json=False)
            said = capsys.readouterr().out
            assert f"{count} packages in use are not in the cache" in said
            assert [each for each in said.splitlines() if each.startswith("…")] == [line]


async def test_use_that_is_long_ago_does_not_count(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await use(stage)
        stage.pass_by(timedelta(days=40))
        assert (await tried(stage, quarantine={"hold": "5000d"}))["versions"] == 0


async def test_a_policy_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        reviewer = await credential(stage.proxy, "reviewer")
        for given, words in (
            ({"quarantine": {"holdd": "3d"}}, "quarantine.hold"),
            ({"quarantine": {"hold": "3"}}, "no unit"),
            ({"storage": {"data_dir": "/tmp/elsewhere"}}, "storage"),
            ({"quarantine": 7}, "quarantine"),
            ({"scripts": {"mode": "off"}}, "scripts.mode"),
            ({"scripts": {"mode": "deny"}, "examiner": {"enabled": False}}, "nobody looks into any"),
        ):
            answer = await reviewer.ask("POST", f"{V1}/dry-run", {"policy": given})
            assert (answer.status, answer.body["code"]) == (400, "bad-policy"), answer
            assert words in answer.body["error"]
            assert "command line" not in answer.body["error"]
        assert (
            "(policy)" in (await reviewer.ask("POST", f"{V1}/dry-run", {"policy": {"quarantine": {"hold": "3"}}})).body["error"]
        )


async def test_a_limited_token_sees_its_packages_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await use(stage)
        limited = await credential(stage.proxy, "reviewer", packages=("@s/*",))
        answer = await limited.ask("POST", f"{V1}/dry-run", {"policy": {"quarantine": {"hold": "5000d"}}})
        assert {row["package"] for row in answer.body["withheld"]} == {"@s/p"}


def test_what_is_sent_says_the_same_as_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pratique.toml"
    file.write_text(
        '[quarantine]\nhold = "3d"\nbaseline = "2026-01-01"\n[scripts]\nmode = "deny"\ntrusted = ["sharp@^0.34"]\n'
        '[[packages]]\nmatch = "a*"\nquarantine.hold = "1d"\nrules.young_dependency = "note"\n'
        '[[namespaces]]\nmatch = "@acme/*"\nupstream = "https://npm.acme.example"\nallowed_hosts = ["https://cdn.example"]\n'
        '[[audiences]]\nname = "research"\nquarantine.enforce = "observe"\n',
        "utf-8",
    )
    said = load(file, env={}).settings
    assert shown(load(env={}, overrides=policy(said)).settings) == shown(said)
