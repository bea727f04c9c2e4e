"""The fake registry does what its tests' readers will believe that it does."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from yarl import URL

from tests.fakes.simulator import Fault, Simulator, packument_of, tarball_of

INSTALL = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
T0 = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture
async def upstream() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def http(upstream: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(upstream.url, timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def test_publishes_a_tarball_that_matches_its_manifest(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    published = upstream.publish("@acme/x", "1.0.0", at=T0, dependencies={"ms": "^2.0.0"}, files={"a.js": "1"})
    document = await (await http.get("/@acme%2fx")).json()
    assert document["dist-tags"] == {"latest": "1.0.0"}
    assert document["time"]["1.0.0"] == "2026-11-01T09:00:00.000Z"
    dist = document["versions"]["1.0.0"]["dist"]
    assert (dist["integrity"], dist["shasum"]) == (published.integrity, published.shasum)
    data = await (await http.get(dist["tarball"].removeprefix(upstream.url))).read()
    assert data == published.tarball
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames() == ["package/package.json", "package/a.js"]


@pytest.mark.parametrize("path", ["/@acme%2fx", "/@acme%2Fx", "/@acme/x"])
async def test_scoped_names_in_every_spelling(upstream: Simulator, http: aiohttp.ClientSession, path: str) -> None:
    upstream.publish("@acme/x", "1.0.0")
    assert (await http.get(URL(upstream.url + path, encoded=True))).status == 200
    assert upstream.requests[0].path == path
    assert upstream.count("/@acme/x") == 1


async def test_abbreviated_by_accept(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0", at=T0, manifest={"scripts": {"install": "true"}, "description": "words"})
    short = await (await http.get("/a", headers={"Accept": INSTALL})).json(content_type=None)
    assert set(short) == {"name", "dist-tags", "versions", "modified"}
    assert short["versions"]["1.0.0"]["hasInstallScript"] is True
    assert "scripts" not in short["versions"]["1.0.0"]
    full = await (await http.get("/a", headers={"Accept": "application/json"})).json()
    assert full["versions"]["1.0.0"]["description"] == "words"
    upstream.style(abbreviated="406")
    assert (await http.get("/a", headers={"Accept": INSTALL})).status == 406
    upstream.style(abbreviated=False)
    assert "time" in await (await http.get("/a", headers={"Accept": INSTALL})).json()


async def test_conditions_and_gzip(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0", at=T0)
    first = await http.get("/a")
    assert first.headers["Content-Encoding"] == "gzip"
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert (await http.get("/a", headers={"If-None-Match": etag})).status == 304
    assert (await http.get("/a", headers={"If-Modified-Since": modified})).status == 304
    upstream.publish("a", "1.1.0", at=T0 + timedelta(hours=1))
    assert (await http.get("/a", headers={"If-None-Match": etag, "If-Modified-Since": modified})).status == 200
    upstream.style(etag=False, last_modified=False, gzip=False, has_time=False, only_latest=True)
    bare = await http.get("/a")
    assert not {"ETag", "Last-Modified", "Content-Encoding"} & set(bare.headers)
    assert (await bare.json()).get("time") is None
    assert list((await bare.json())["versions"]) == ["1.1.0"]


async def test_the_clock_is_the_date(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.now = T0
    upstream.advance(timedelta(days=1))
    assert (await http.get("/-/ping")).headers["Date"] == "Mon, 02 Nov 2026 09:00:00 GMT"
    assert upstream.publish("a", "1.0.0").version in upstream.package("a")["time"]
    assert upstream.package("a")["time"]["created"] == "2026-11-02T09:00:00.000Z"


async def test_unpublish_tag_and_deprecate(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0")
    upstream.publish("a", "2.0.0-rc.1", tag="next")
    upstream.publish("a", "1.1.0")
    upstream.unpublish("a", "1.1.0")
    upstream.deprecate("a", "1.0.0", "use b")
    assert await (await http.get("/-/package/a/dist-tags")).json() == {"latest": "1.0.0", "next": "2.0.0-rc.1"}
    assert (await http.get("/a/-/a-1.1.0.tgz")).status == 404
    assert (await (await http.get("/a/latest")).json())["deprecated"] == "use b"
    assert (await http.get("/a/1.1.0")).status == 404
    upstream.tag("a", "next", None)
    assert "next" not in upstream.package("a")["dist-tags"]


async def test_hostile_contents(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    old = upstream.publish("a", "1.0.0")
    upstream.replace_bytes("a", "1.0.0", b"other")
    assert await (await http.get("/a/-/a-1.0.0.tgz")).read() == b"other"
    assert upstream.package("a")["versions"]["1.0.0"]["dist"]["integrity"] == old.integrity
    upstream.tarball_path("a", "1.0.0", "/odd/place/x.tgz")
    assert (await http.get("/a/-/a-1.0.0.tgz")).status == 404
    assert await (await http.get("/odd/place/x.tgz")).read() == b"other"
    upstream.raw("a", b"{not json")
    assert await (await http.get("/a")).read() == b"{not json"


async def test_audits_search_and_services(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0", manifest={"description": "pads left"})
    upstream.advisories["a"] = [{"id": 7, "severity": "high", "vulnerable_versions": "<1.0.1", "title": "bad"}]
    upstream.attestations["a@1.0.0"] = {"attestations": []}
    body = gzip.compress(json.dumps({"a": ["1.0.0"], "b": ["1.0.0"]}).encode())
    bulk = await http.post("/-/npm/v1/security/advisories/bulk", data=body, headers={"Content-Encoding": "gzip"})
    assert list(await bulk.json()) == ["a"]
    tree = {"dependencies": {"b": {"version": "1.0.0", "dependencies": {"a": {"version": "1.0.0"}}}}}
    for path in ("/-/npm/v1/security/audits", "/-/npm/v1/security/audits/quick"):
        assert (await (await http.post(path, json=tree)).json())["metadata"]["vulnerabilities"]["high"] == 1
    assert (await (await http.get("/-/v1/search?text=pads")).json())["total"] == 1
    assert (await http.get("/-/npm/v1/attestations/a@1.0.0")).status == 200
    assert (await (await http.get("/-/npm/v1/keys")).json())["keys"]
    upstream.token = "secret"
    assert (await http.get("/a")).status == 401
    assert (await http.get("/-/whoami", headers={"Authorization": "Bearer secret"})).status == 200


async def test_status_faults_are_counted(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0")
    upstream.fault("/a", Fault.status(503, times=2, headers={"Retry-After": "1"}, reason="busy"))
    answers = [await http.get("/a") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert (answers[0].reason, answers[0].headers["Retry-After"]) == ("busy", "1")
    upstream.fault("/a/", Fault.html(skip=1))
    assert (await http.get("/a/-/a-1.0.0.tgz")).content_type == "application/octet-stream"
    assert (await http.get("/a/-/a-1.0.0.tgz")).content_type == "text/html"
    assert (await http.get("/a")).status == 200
    upstream.clear_faults()
    upstream.fault(packument_of("a"), Fault.redirect(f"{upstream.url}/b"))
    assert (await http.get("/a", allow_redirects=False)).headers["Location"].endswith("/b")


async def test_corrupt_keeps_the_length(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    good = upstream.publish("a", "1.0.0").tarball
    upstream.fault(tarball_of("a"), Fault.corrupt())
    bad = await (await http.get("/a/-/a-1.0.0.tgz")).read()
    assert len(bad) == len(good)
    assert bad != good


@pytest.mark.parametrize(
    "fault",
    [
        Fault.truncate(after=20),
        Fault.truncate(framing="chunked"),
        Fault.wrong_length(10),
        Fault.reset(after=20),
        Fault.reset(),
    ],
)
async def test_broken_off_answers_are_errors(upstream: Simulator, http: aiohttp.ClientSession, fault: Fault) -> None:
    upstream.publish("a", "1.0.0")
    upstream.fault("/a/-/", fault)
    with pytest.raises(aiohttp.ClientError):
        await (await http.get("/a/-/a-1.0.0.tgz")).read()


@pytest.mark.parametrize("fault", [Fault.truncate(after=20, framing="close"), Fault.wrong_length(-10)])
async def test_short_answers_that_http_cannot_tell(upstream: Simulator, http: aiohttp.ClientSession, fault: Fault) -> None:
    good = upstream.publish("a", "1.0.0").tarball
    upstream.fault("/a/-/", fault)
    short = await (await http.get("/a/-/a-1.0.0.tgz")).read()
    assert good.startswith(short)
    assert len(short) < len(good)


async def test_stall_waits_for_its_event(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    good = upstream.publish("a", "1.0.0").tarball
    event = asyncio.Event()
    upstream.fault("/a/-/", Fault.stall(event, after=30))
    answer = await http.get("/a/-/a-1.0.0.tgz")
    assert await answer.content.readexactly(30) == good[:30]
    rest = asyncio.ensure_future(answer.read())
    done, _ = await asyncio.wait([rest], timeout=0.05)
    assert not done
    event.set()
    assert await rest == good[30:]


async def test_endless_delay_and_headers(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0")
    upstream.fault("/a/-/", Fault.endless())
    answer = await http.get("/a/-/a-1.0.0.tgz")
    assert len(await answer.content.readexactly(1 << 20)) == 1 << 20
    answer.close()
    upstream.fault("/a", Fault.headers({"ETag": None, "Date": "yesterday"}, times=1))
    changed = await http.get("/a")
    assert "ETag" not in changed.headers
    assert changed.headers["Date"] == "yesterday"
    upstream.fault("/a", Fault.delay(0.01))
    assert (await http.get("/a")).status == 200


async def test_a_gate_holds_requests_until_released(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0")
    with upstream.hold("/a") as late, upstream.hold("/a/latest", answered=True) as early:
        asking = [asyncio.ensure_future(http.get("/a")) for _ in range(3)]
        early_one = asyncio.ensure_future(http.get("/a/latest"))
        await late.reached(3)
        await early.reached()
        assert not any(each.done() for each in asking)
        upstream.publish("a", "1.1.0")
    assert {len((await (await each).json())["versions"]) for each in asking} == {2}
    assert (await (await early_one).json())["version"] == "1.0.0"
    assert upstream.count("/a") == 3


async def test_down_and_up_on_the_same_port(upstream: Simulator, http: aiohttp.ClientSession) -> None:
    upstream.publish("a", "1.0.0")
    gate = upstream.hold("/a")
    asking = asyncio.ensure_future(http.get("/a"))
    await gate.reached()
    url = upstream.url
    await upstream.stop()
    with pytest.raises(aiohttp.ClientError):
        await asking
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get("/-/ping")
    await upstream.start()
    assert upstream.url == url
    assert (await http.get("/-/ping")).status == 200


async def test_two_registries_side_by_side() -> None:
    async with Simulator() as one, Simulator() as two:
        assert one.url != two.url
