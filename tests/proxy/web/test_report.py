"""The report of what was withheld, and of what would have been, from whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.cli.reporting import counted, sentences
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import DAY, scene

NOTHING = {"versions": 0, "packages": 0, "requests": 0, "credentials": 0, "addresses": 0}
OPEN = {"anonymous": True}
FRONTED = {"trusted_proxies": ["127.0.0.1"]}


@pytest.mark.parametrize(("enforce", "observed"), [("enforce", 0), ("observe", 1)])
async def test_the_last_week_is_counted(tmp_path: Path, enforce: str, observed: int) -> None:
    async with scene(tmp_path, access=OPEN, server=FRONTED, quarantine={"enforce": enforce}) as stage:
        admin = await credential(stage.proxy, "admin")
        build, desk = await credential(stage.proxy, "ci", label="build"), await credential(stage.proxy, "reader", label="desk")
        for caller, address in ((build, "10.0.0.1"), (build, "10.0.0.2"), (desk, "10.0.0.1"), (Caller(stage.proxy), "10.0.0.3")):
            status = await caller.status("GET", "/lib/-/lib-1.2.0.tgz", X_Forwarded_For=address)
            assert status == (200 if observed else 403)
            assert await caller.status("GET", "/lib/-/lib-1.1.0.tgz", X_Forwarded_For=address) == 200
        report = await admin.get("report?since=1d")
        assert (report["versions"], report["observed"], report["requests"]) == (1, observed, 4)
        (row,) = report["rows"]
        assert (row["package"], row["version"], row["rules"], row["observed"]) == ("lib", "1.2.0", ["age"], bool(observed))
        assert (row["credentials"], row["clients"]) == (2, 3)
        counts = {"versions": 1, "packages": 0, "requests": 4, "credentials": 2, "addresses": 1}
        kinds = ("would_withhold", "withheld") if observed else ("withheld", "would_withhold")
        assert [report[kind] for kind in kinds] == [counts, NOTHING]
        assert [(each["label"], each["credential"], each["client"], each["count"]) for each in report["who"]] == [
            ("build", build.id, None, 2),
            ("desk", desk.id, None, 1),
            (None, None, "10.0.0.3", 1),
        ]
        assert {(each["observed"], each["versions"]) for each in report["who"]} == {(bool(observed), 1)}

        stage.pass_by(8 * DAY)
        later = await admin.get("report")
        assert (later["versions"], later["rows"], later["who"], later["withheld"]) == (0, [], [], NOTHING)


async def test_a_token_for_some_packages_is_told_of_those_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        mine, other = await credential(stage.proxy, "reviewer", packages=("@s/*",)), await credential(stage.proxy, "reviewer")
        assert await other.status("GET", "/lib/-/lib-1.2.0.tgz") == 403
        assert (await other.get("report"))["versions"] == 1
        told = await mine.get("report")
        assert (told["versions"], told["requests"], told["rows"], told["who"]) == (0, 0, [], [])
        assert await (await credential(stage.proxy, "ci")).status("GET", f"{V1}/report") == 403


@pytest.mark.parametrize(
    ("would", "did", "since", "said"),
    [
        (
            {"versions": 31, "credentials": 9, "requests": 214},
            {},
            "7d",
            [
                "In the last 7 days these 31 versions would have been withheld from these 9 credentials; asked for 214 times.",
            ],
        ),
        (
            {"versions": 1, "credentials": 1, "addresses": 2, "requests": 3},
            {"packages": 1, "addresses": 1, "requests": 1},
            "1d",
            [
                "In the last day 1 version would have been withheld from 1 credential and 2 addresses without a token; "
                "asked for 3 times.",
                "In the last day 1 whole package was withheld from 1 address without a token; asked for 1 time.",
            ],
        ),
        (
            {},
            {"versions": 2, "packages": 2, "credentials": 2, "requests": 1200},
            "36h",
            [
                "Since 2026-11-17T10:00Z these 2 versions and 2 whole packages were withheld from these 2 credentials; "
                "asked for 1,200 times.",
            ],
        ),
        ({}, {}, "30d", ["In the last 30 days nothing was withheld, and nothing would have been."]),
    ],
)
def test_it_is_said_in_a_sentence(would: dict[str, int], did: dict[str, int], since: str, said: list[str]) -> None:
    answer = {"since": "2026-11-17T10:00Z", "would_withhold": {**NOTHING, **would}, "withheld": {**NOTHING, **did}}
    assert sentences(answer, since) == said


def test_one_or_many() -> None:
    assert [counted(n, "time") for n in (0, 1, 2, 1000)] == ["0 times", "1 time", "2 times", "1,000 times"]
