"""Keys, attestations and search: the upstream's own, as far as policy lets them through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.simulator import Fault
from tests.proxy.web.scene import scene

KEYS = "/-/npm/v1/keys"
ATTESTATIONS = "/-/npm/v1/attestations/"


async def test_keys_are_the_upstreams(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        assert await stage.proxy.json(KEYS) == {"keys": stage.upstream.keys}


@pytest.mark.parametrize("spec", ["lib@1.0.0", "@s%2fp@1.0.0", "@s%2Fp@1.0.0", "@s/p@1.0.0", "%40s%2fp%401.0.0"])
async def test_attestations_of_what_is_served_are_passed_through(tmp_path: Path, spec: str) -> None:
    async with scene(tmp_path) as stage:
        document = await stage.proxy.json(ATTESTATIONS + spec)
        assert document["attestations"][0]["of"] in {"lib@1.0.0", "@s/p@1.0.0"}


async def test_attestations_of_what_is_withheld_are_not_even_asked_for(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get(ATTESTATIONS + "lib@1.2.0") as response:
            assert response.status == 403
        assert stage.upstream.count(ATTESTATIONS + "lib@1.2.0") == 0


@pytest.mark.parametrize("path", [KEYS, ATTESTATIONS + "lib@1.0.0"])
@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.status(404), 404), (Fault.status(500), 502), (Fault.html(), 502), (Fault.reset(), 503), (Fault.status(403), 502)],
)
async def test_their_failures_are_told_as_failures(tmp_path: Path, path: str, fault: Fault, status: int) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.fault(path, fault)
        async with stage.proxy.get(path) as response:
            assert response.status == status
            assert response.headers["Cache-Control"] == "no-store"
            assert isinstance((await response.json())["error"], str)


async def test_search_shows_what_latest_is_here(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        found = await stage.proxy.json("/-/v1/search?text=lib&size=20&from=0&evil=1")
        (hit,) = found["objects"]
        assert hit["package"]["version"] == "1.1.0"
        assert hit["package"]["date"] == stage.upstream.package("lib")["time"]["1.1.0"]
        assert "evil" not in stage.upstream.asked("/-/v1/search")[0].path


async def test_search_leaves_out_packages_of_which_nothing_is_admitted(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        found = await stage.proxy.json("/-/v1/search?text=")
        assert sorted(hit["package"]["name"] for hit in found["objects"]) == ["@s/p", "lib"]


async def test_a_hit_that_names_no_package_is_left_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        odd = [7, None, {}, {"package": 1}, {"package": {"name": 1}}, {"package": {"name": "../x"}}, {"package": {"name": "lib"}}]
        stage.upstream.fault("/-/v1/search", Fault.status(200, body={"objects": odd, "total": "many"}))
        found = await stage.proxy.json("/-/v1/search?text=x")
        assert [hit["package"]["version"] for hit in found["objects"]] == ["1.1.0"]


async def test_a_description_cut_in_the_middle_of_a_character_costs_no_search(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.package("lib")["versions"]["1.2.0"]["description"] = "a cut \ud83d"
        found = await stage.proxy.json("/-/v1/search?text=")
        assert len(found["objects"]) == 2


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"objects":7}', b'{"objects":{}}x', b"", b"NaN", b"[" * 100_000])
async def test_a_search_answer_that_cannot_be_read_is_the_upstreams_fault(tmp_path: Path, body: bytes) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.fault("/-/v1/search", Fault.answer(body))
        async with stage.proxy.get("/-/v1/search?text=x") as response:
            assert response.status == 502
