"""Who had a version: fetched, refused, and reported as installed; as JSON and for spreadsheets."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from proxy.cli.exposing import exposure, print_exposure
from proxy.web import exposing
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import BULK, DAY, scene

CLOSED = {"anonymous": False}
FRONTED = {"trusted_proxies": ["127.0.0.1"]}


def keyed(rows: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    return {(row["how"], row["version"], row["client"], row["label"]) for row in rows}


async def test_fetches_refusals_and_audits(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED, server=FRONTED) as stage:
        admin = await credential(stage.proxy, "admin")
        build, desk = await credential(stage.proxy, "ci", label="build"), await credential(stage.proxy, "reader", label="desk")
        await build.ask("GET", "/lib/-/lib-1.1.0.tgz", X_Forwarded_For="10.0.0.1", Npm_Command="ci", User_Agent="npm/11")
        await build.ask("GET", "/lib/-/lib-1.1.0.tgz", X_Forwarded_For="10.0.0.1")
        await desk.ask("GET", "/lib/-/lib-1.2.0.tgz", X_Forwarded_For="10.0.0.2")
        await desk.ask("POST", BULK, {"lib": ["1.1.0", "1.2.0"], "@s/p": ["2.0.0"]}, X_Forwarded_For="10.0.0.3")
        told = await admin.get("exposure?subject=lib@1.1.0")
        assert keyed(told["rows"]) == {("fetched", "1.1.0", "10.0.0.1", "build"), ("installed", "1.1.0", "10.0.0.3", "desk")}
        assert {(each["client"], each["label"], each["count"]) for each in told["who"]} == {
            ("10.0.0.1", "build", 2),
            ("10.0.0.3", "desk", 1),
        }
        assert {(each["label"], each["fetched"], each["installed"], *each["versions"]) for each in told["who"]} == {
            ("build", 2, 0, "1.1.0"),
            ("desk", 0, 1, "1.1.0"),
        }
        assert (told["fetched"], told["installed"], told["withheld"]) == (2, 1, 0)
        (version,) = told["versions"]
        assert {key: version[key] for key in ("version", "fetched", "installed", "withheld", "seen", "clients")} == {
            "version": "1.1.0",
            "fetched": 2,
            "installed": 1,
            "withheld": 0,
            "seen": 0,
            "clients": 2,
        }
        first = next(row for row in told["rows"] if row["command"])
        assert (first["command"], first["agent"], first["credential"]) == ("ci", "npm/11", build.id)
        every = await admin.get("exposure?subject=lib@%3E=1.2.0")
        assert ("withheld", "1.2.0", "10.0.0.2", "desk") in keyed(every["rows"])
        assert "10.0.0.2" not in {each["client"] for each in every["who"]}
        whole = await admin.get("exposure?subject=lib")
        assert {row["version"] for row in whole["rows"]} == {"1.1.0", "1.2.0"}
        assert [(each["version"], each["clients"], each["withheld"]) for each in whole["versions"]] == [
            ("1.1.0", 2, 0),
            ("1.2.0", 1, 1),
        ]
        assert {tuple(sorted(each["versions"])) for each in whole["who"]} == {("1.1.0",), ("1.1.0", "1.2.0")}
        assert (await admin.get("exposure?subject=@s%2fp"))["who"][0]["client"] == "10.0.0.3"


async def test_since(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert await Caller(stage.proxy).status("GET", "/lib/-/lib-1.1.0.tgz") == 200
        stage.pass_by(3 * DAY)
        for since, count in {"4d": 1, "2d": 0, "2026-06-01T00:00Z": 1, "2026-06-02T00:00%2B00:00": 0, "99999d": 1}.items():
            assert len((await admin.get(f"exposure?subject=lib&since={since}"))["rows"]) == count, since
        for since in ("soon", "-1d", "2026-06-01", "0001-01-01T00:00%2B14:00"):
            assert await admin.status("GET", f"{V1}/exposure?subject=lib&since={since}") == 400, since
        for query in ("", "?subject=", "?subject=lib@one", "?subject=../x"):
            assert await admin.status("GET", f"{V1}/exposure{query}") == 400, query


async def test_a_spreadsheet_takes_no_cell_for_a_formula(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for label, agent in (("=1+1", '=cmd|"/c calc"!A0'), ("@x", "+1"), ("-x", '-2,"3"'), ("plain", "plain")):
            caller = await credential(stage.proxy, "ci", label=label)
            await caller.ask("GET", "/lib/-/lib-1.1.0.tgz", User_Agent=agent, Npm_Command="=now()")
        for answer in (
            await admin.ask("GET", f"{V1}/exposure?subject=lib", Accept="text/csv"),
            await admin.ask("GET", f"{V1}/exposure?subject=lib&format=csv"),
        ):
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert answer.headers["Cache-Control"] == "no-store"
            rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
            assert {row["label"] for row in rows} == {"'=1+1", "'@x", "'-x", "plain"}
            assert {row["agent"] for row in rows} == {'\'=cmd|"/c calc"!A0', "'+1", '\'-2,"3"', "plain"}
            assert {row["command"] for row in rows} == {"'=now()"}
            assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


async def test_a_token_for_some_packages_is_told_of_those_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        mine = await credential(stage.proxy, "reviewer", packages=("@s/*",))
        assert await mine.status("GET", f"{V1}/exposure?subject=@s%2fp") == 200
        for path in ("exposure?subject=lib", "packages/lib/versions/1.0.0", "why/lib@1.0.0", "why/lib"):
            assert await mine.status("GET", f"{V1}/{path}") == 403, path
        assert await mine.status("GET", "/-/pratique/why/@s/p@2.0.0") == 200
        assert await Caller(stage.proxy).status("GET", "/-/pratique/why/lib") == 200


async def test_a_spreadsheet_has_more_than_the_answer_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        whole = stage.proxy.built.services.records.exposure

        async def noted(*given: Any, limit: int = 10_000) -> Any:
            asked.append(limit)
            return await whole(*given, limit=limit)

        monkeypatch.setattr(stage.proxy.built.services.records, "exposure", noted)
        answer = await admin.ask("GET", f"{V1}/exposure?subject=lib", Accept="text/csv")
        await admin.get("exposure?subject=lib")
    assert asked == [1_000_000, 10_000]
    assert "Pratique-Truncated" not in answer.headers


async def test_a_spreadsheet_that_was_cut_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        monkeypatch.setenv("PRATIQUE_TOKEN", admin.token or "")
        for _ in range(3):
            assert await admin.status("GET", "/lib/-/lib-1.1.0.tgz") == 200
        for most, rows in ((3, 3), (2, 2)):
            monkeypatch.setattr(exposing, "MOST_CSV", most)
            await asyncio.to_thread(exposure, "lib@1.1.0", None, stage.proxy.url, as_json=False, as_csv=True)
            said = capsys.readouterr()
            assert said.out.count(",fetched,lib,1.1.0,") == rows
            assert ("left older rows out; --since" in said.err) is (rows < 3)
        answer = await admin.ask("GET", f"{V1}/exposure?subject=lib@1.1.0&format=csv")
        assert answer.headers["Pratique-Truncated"] == "true"
        document = await admin.get("openapi.json")
        described = document["paths"]["/-/pratique/v1/exposure"]["get"]["responses"]["200"]["headers"]
        assert described["Pratique-Truncated"]["$ref"].rpartition("/")[2] in document["components"]["headers"]


async def test_twenty_records_are_printed_and_the_rest_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for count in range(1, 23):
            assert await admin.status("GET", "/lib/-/lib-1.1.0.tgz") == 200
            if count < 20:
                continue
            print_exposure(await admin.get("exposure?subject=lib@1.1.0"))
            printed = capsys.readouterr().out
            first, *lines = printed[printed.index("One client") :].splitlines()
            assert first.startswith("One client fetched lib@1.1.0")
            assert sum("\tfetched\t" in line for line in lines) == 20
            records = {20: None, 21: "1 more record", 22: "2 more records"}[count]
            assert lines[21:] == ([f"… {records}: `pratique exposure lib@1.1.0 --csv`"] if records else [])
        print_exposure(await admin.get("exposure?subject=lib@%3E=1"), "30d")
        assert capsys.readouterr().out.endswith(": `pratique exposure 'lib@>=1' --since 30d --csv`\n")
