"""Raw request targets through the running server: each gets a clear answer, and nothing is written where it should not be."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.proxy.npm.test_asks_targets import REFUSED, TAKEN
from tests.proxy.web.raw import exchange
from tests.proxy.web.scene import scene

SPELLINGS = {
    b"/@s%2fp": 200,
    b"/@s%2Fp": 200,
    b"/@s/p": 200,
    b"/%40s%2fp": 200,
    b"/%40s/p?x=1": 200,
    b"http://other.invalid/@s%2fp": 200,
    b"/@s%252fp": 404,
    b"/@S%2fp": 404,
    b"/@s/p/2.0.0": 403,
    b"/@s%2fp/1.0.0": 200,
    b"/@s/p/-/p-1.0.0.tgz": 200,
    b"/@s%2fp/-/p-1.0.0.tgz": 200,
    b"/@s%2Fp/%2d/p-1.0.0.tgz": 200,
    b"/@s%2fp%2f-%2fp-1.0.0.tgz": 200,
    b"/@s/p/-/p-2.0.0.tgz": 403,
    b"/%40s%2fp%2f%2d%2fp-2.0.0.tgz": 403,
    b"http://other.invalid/@s/p/-/p-2.0.0.tgz": 403,
    b"/lib/-/lib-1.2.0.tgz?x": 403,
    b"/lib/-/lib-1.2.0.tgz#x": 403,
    b"/lib/-/lib-1.2%2e0.tgz": 403,
    b"/lib%2f-%2flib-1.2.0.tgz": 403,
    b"/lib%2f1.2.0": 403,
    b"/lib/-/LIB-1.2.0.tgz": 404,
    b"/LIB/-/LIB-1.2.0.tgz": 404,
    b"/lib/-/lib-v1.2.0.tgz": 404,
    b"/lib/-/lib-1.2.0.TGZ": 404,
    b"/lib/-/lib-01.2.0.tgz": 404,
    b"/lib/-/lib-1.2.0+x.tgz": 404,
    b"/lib//-/lib-1.2.0.tgz": 404,
    b"/x/../lib/-/lib-1.2.0.tgz": 404,
    b"/./lib/-/lib-1.2.0.tgz": 400,
    b"/lib;x/-/lib-1.2.0.tgz": 400,
    b"/lib\xff": 400,
    b"/l\xc3\xb6": 400,
    b"/" + b"a" * 4500: 400,
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory around the data directory, with something in it that must stay as it is."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("untouched")
    (tmp_path / "data").mkdir()
    return tmp_path


def around(outside: Path) -> list[tuple[str, int]]:
    """Everything beside the data directory."""
    found = []
    for folder, _, files in os.walk(outside):
        if not Path(folder).is_relative_to(outside / "data"):
            found += [(str(Path(folder, each)), Path(folder, each).stat().st_size) for each in files]
            found.append((folder, 0))
    return sorted(found)


async def test_one_verdict_in_every_spelling(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for target, status in SPELLINGS.items():
            for method in (b"GET", b"HEAD"):
                reply = await exchange(stage.proxy.url, target, method)
                assert reply.status == status, (method, target, reply)
                # Also where HTTP itself does not allow what is in the target.
                assert reply.headers["server"] == "pratique"
        assert not [each for each in stage.upstream.requests if "2.0.0.tgz" in each.path or "1.2.0.tgz" in each.path]


async def test_capitals_are_another_package(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("LIB", "3.0.0", 400)
        assert list((await stage.proxy.json("/LIB"))["versions"]) == ["3.0.0"]
        assert list((await stage.proxy.json("/lib"))["versions"]) == ["1.0.0", "1.1.0"]
        assert list((await stage.proxy.json("/LIB"))["versions"]) == ["3.0.0"]


async def test_the_package_whose_name_is_a_dash_installs(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("-", "0.0.1", 400)
        address = (await stage.proxy.json("/-"))["versions"]["0.0.1"]["dist"]["tarball"]
        async with stage.proxy.get(address.removeprefix(stage.proxy.url)) as response:
            assert response.status == 200


async def test_nothing_that_is_sent_writes_outside_the_data_directory(outside: Path) -> None:
    before = around(outside)
    targets = [*TAKEN, *REFUSED, "/../../etc/passwd", "/..%2f..%2f..%2f..%2fetc%2fpasswd", "/lib/-/lib-..%2f..%2f..%2fx.tgz"]
    targets += ["/lib/-/lib-../../../x.tgz", "/@..%2f..%2fx", "/-/pratique/../../etc/passwd", "/-/pratique/why/..%2f..%2fx@1"]
    async with scene(outside / "data") as stage:
        # A space or a line break ends the target on the wire; those are for the parser's own tests.
        encoded = [target.encode("utf-8", "surrogateescape") for target in targets if not set(target) & set(" \r\n\t\x00")]
        for target in filter(None, encoded):
            for method in (b"GET", b"PUT"):
                reply = await exchange(stage.proxy.url, target, method)
                assert 200 <= reply.status < 500, (target, reply)
                assert b"Traceback" not in reply.body
        await stage.proxy.built.services.routed.public.packuments.settle()
        assert (await exchange(stage.proxy.url, b"/lib")).status == 200
    assert around(outside) == before


async def test_many_at_once_and_none_waits_for_a_bad_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        targets = [b"/lib", b"/%ff", b"/..", b"/@s/p/2.0.0"] * 10
        replies = await asyncio.gather(*(exchange(stage.proxy.url, target) for target in targets))
        assert [reply.status for reply in replies] == [200, 400, 400, 403] * 10


async def test_headers_that_are_no_text_are_only_headers(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        host = stage.proxy.url.removeprefix("http://").encode()
        odd = (
            b"Host: " + host + b"\r\nUser-Agent: \xff\xfe\r\nnpm-command: \xed\xa0\x80\r\nAccept: \xff\r\nIf-None-Match: \xff\r\n"
        )
        for target, status in ((b"/lib", 200), (b"/lib/-/lib-1.2.0.tgz", 403), (b"/lib/-/lib-1.0.0.tgz", 200), (b"/\xff", 400)):
            assert (await exchange(stage.proxy.url, target, headers=odd)).status == status
        await stage.proxy.built.records.flush()
        assert stage.proxy.built.records.dropped == 0
