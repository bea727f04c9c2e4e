"""What the upstream gets to see of us when a packument is looked at."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, world

INSTALL = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


async def test_the_full_document_is_asked_for_whatever_the_client_wants(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        assert "time" in await there.proxy.json("/left-pad", Accept=INSTALL)
        (asked,) = there.upstream.requests
        assert asked.headers["Accept"] == "application/json"
        assert asked.headers["Accept-Encoding"] == "gzip"


async def test_no_header_of_the_client_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        private = {"Authorization": "Bearer mine", "Cookie": "a=b", "npm_command": "ci", "X_Forwarded_For": "10.0.0.1"}
        await there.proxy.json("/left-pad", User_Agent="npm/11", **private)
        assert await there.status("/left-pad/-/left-pad-1.0.0.tgz", User_Agent="npm/11", **private) == 200
        for asked in there.upstream.requests:
            assert set(asked.headers) == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Via"}
            assert asked.headers["User-Agent"].startswith("pratique/")


async def test_names_are_spelled_as_npm_spells_them(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish("@acme/widget")
        assert await there.versions("@acme/widget") == ["1.0.0"]
        assert there.upstream.requests[0].path == "/@acme%2fwidget"


async def test_what_is_stored_is_asked_for_by_its_etag(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        there.advance(6 * MINUTE)
        await there.versions()
        first, second = there.upstream.requests
        assert "If-None-Match" not in first.headers
        assert second.headers["If-None-Match"].startswith('"')
        assert "If-Modified-Since" not in second.headers
        assert await there.metric("pratique_packument_revalidated_total") == 1


async def test_without_an_etag_the_date_is_the_condition(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.upstream.style(etag=False)
        there.publish()
        await there.versions()
        there.advance(6 * MINUTE)
        await there.versions()
        assert there.upstream.requests[1].headers["If-Modified-Since"].endswith("GMT")
        assert await there.metric("pratique_packument_revalidated_total") == 1


async def test_an_upstream_without_validators_is_asked_for_everything_again(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.upstream.style(etag=False, last_modified=False)
        there.publish()
        await there.versions()
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.0.0"]
        assert "If-None-Match" not in there.upstream.requests[1].headers
        assert "If-Modified-Since" not in there.upstream.requests[1].headers
        assert await there.metric("pratique_packument_revalidated_total") == 0


async def test_a_look_for_something_unheard_of_goes_past_caches(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"hold": "0", "new_package_hold": "0"}) as there:
        there.publish()
        await there.versions()
        there.publish(version="1.1.0")
        there.advance(MINUTE)
        assert await there.status("/left-pad/-/left-pad-1.1.0.tgz") == 200
        first, second = there.upstream.asked("/left-pad")
        assert "Cache-Control" not in first.headers
        assert second.headers["Cache-Control"] == "no-cache"


async def test_a_304_to_a_question_without_condition_is_nonsense(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.status(304, times=1))
        assert await there.status("/left-pad") == 502
        there.advance(MINUTE)
        assert await there.versions() == ["1.0.0"]
