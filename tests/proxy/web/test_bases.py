"""The address we write into documents: the one that the client used, as far as it may be believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.access.who import Caller
from proxy.web.bases import Base, Bases, UnknownHost
from tests.proxy.web.raw import exchange
from tests.proxy.web.scene import Scene, scene

PUBLIC = ("https://npm.example", "https://npm.example/npm", "http://inside:8080/npm", "http://inside:8080")


def caller(host: str | None, scheme: str = "https", prefix: str = "") -> Caller:
    """Somebody who came this way."""
    return Caller("10.0.0.1", "", None, scheme, host, prefix)


@pytest.mark.parametrize(
    ("who", "target", "base"),
    [
        (caller("npm.example"), "/lib", Base("https://npm.example", "")),
        (caller("npm.example:443"), "/npm/lib", Base("https://npm.example/npm", "/npm")),
        (caller("npm.example", prefix="/npm"), "/lib", Base("https://npm.example/npm", "")),
        (caller("npm.example", prefix="/npm"), "/npm", Base("https://npm.example/npm", "")),
        (caller("inside:8080", "http"), "/npm/@s%2fp?x", Base("http://inside:8080/npm", "/npm")),
        (caller("inside:8080", "http"), "/npmlog", Base("http://inside:8080", "")),
        (caller("inside:8080", "http"), "/npm?x=1", Base("http://inside:8080", "")),
        (caller("evil.example"), "/lib", Base("https://npm.example", "")),
        (caller(None), "/lib", Base("https://npm.example", "")),
    ],
)
def test_one_of_the_public_addresses_is_chosen(who: Caller, target: str, base: Base) -> None:
    assert Bases(PUBLIC).base(who, target) == base


def test_without_public_addresses_it_is_what_the_client_used() -> None:
    assert Bases().base(caller("a.example:1", "http"), "/lib") == Base("http://a.example:1", "")
    assert Bases().base(caller("a.example", prefix="/npm"), "/lib") == Base("https://a.example/npm", "")
    with pytest.raises(UnknownHost):
        Bases().base(caller(None), "/lib")


async def tarball_of(stage: Scene, path: str = "/lib/1.0.0", **headers: str) -> str:
    """The address that a manifest gives."""
    address: str = (await stage.proxy.json(path, **headers))["dist"]["tarball"]
    return address


BAD_HOSTS = [
    b"",
    b"a b",
    b"a/b",
    b"a@b",
    b'a"b',
    b"a\xffb",
    b"<x>",
    b"a:99999",
    b"a:0",
    b"a:",
    b"[::1",
    b"[:::::]",
    b"[1.2.3.4]",
    b"a,b",
    b"..%2f",
]


@pytest.mark.parametrize("public", [[], ["http://npm.example"]])
async def test_a_host_that_is_none_never_reaches_a_document(tmp_path: Path, public: list[str]) -> None:
    async with scene(tmp_path, server={"public_urls": public}) as stage:
        for host in BAD_HOSTS:
            reply = await exchange(stage.proxy.url, b"/lib/1.0.0", headers=b"Host: " + host + b"\r\n")
            if reply.headers["server"] != "pratique":
                assert reply.status == 400  # refused by the HTTP parser itself
            elif public:
                assert reply.json()["dist"]["tarball"].startswith("http://npm.example/")
            else:
                assert (reply.status, reply.json()["code"]) == (400, "unknown-host"), host


@pytest.mark.parametrize("host", ["localhost:4873", "npm_cache:4873", "[::1]:4873", "10.0.0.1", "NPM.Example"])
async def test_hosts_that_people_have_are_taken(tmp_path: Path, host: str) -> None:
    async with scene(tmp_path, server={"host": "0.0.0.0"}, access={"anonymous": True}) as stage:
        assert await tarball_of(stage, Host=host) == f"http://{host.lower()}/lib/-/lib-1.0.0.tgz"


async def test_forwarded_headers_count_from_trusted_peers_only(tmp_path: Path) -> None:
    forwarded = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "npm.example", "X_Forwarded_Prefix": "/npm/"}
    async with scene(tmp_path / "a") as stage:
        assert (await tarball_of(stage, **forwarded)).startswith(stage.proxy.url + "/lib/")
    async with scene(tmp_path / "b", server={"trusted_proxies": ["127.0.0.0/8"]}) as stage:
        assert await tarball_of(stage, **forwarded) == "https://npm.example/npm/lib/-/lib-1.0.0.tgz"
        bad = {"X_Forwarded_Proto": "ftp", "X_Forwarded_Prefix": "/a b"}
        assert (await tarball_of(stage, **bad)).startswith(stage.proxy.url + "/lib/")
        async with stage.proxy.get("/lib", X_Forwarded_Host='x"y') as response:
            assert response.status == 400


async def test_below_a_prefix_every_route_answers_and_addresses_carry_it(tmp_path: Path) -> None:
    async with scene(tmp_path, server={"public_urls": ["http://npm.example/npm"]}) as stage:
        for path, status in (
            ("/npm/lib", 200),
            ("/npm/@s%2fp", 200),
            ("/npm/-/ping", 200),
            ("/npm/lib/-/lib-1.2.0.tgz", 403),
            ("/npm/", 200),
        ):
            async with stage.proxy.get(path) as response:
                assert response.status == status
        assert await tarball_of(stage, "/npm/lib/1.0.0") == "http://npm.example/npm/lib/-/lib-1.0.0.tgz"
        async with stage.proxy.get("/npm/lib/1.2.0") as response:
            assert (await response.json())["more"] == "http://npm.example/npm/-/pratique/why/lib@1.2.0"


async def test_the_package_npm_can_be_had_below_a_front_that_takes_off_npm(tmp_path: Path) -> None:
    server = {"public_urls": ["https://npm.example/npm"], "trusted_proxies": ["127.0.0.1"]}
    async with scene(tmp_path, server=server) as stage:
        stage.publish("npm", "10.0.0", 400)
        front = {"X_Forwarded_Prefix": "/npm", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "npm.example"}
        assert list((await stage.proxy.json("/npm", **front))["versions"]) == ["10.0.0"]
        assert await tarball_of(stage, "/npm/10.0.0", **front) == "https://npm.example/npm/npm/-/npm-10.0.0.tgz"
        async with stage.proxy.get("/npm/-/npm-10.0.0.tgz", **front) as response:
            assert response.status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4873", "10.0.0.1"])
async def test_a_server_for_this_machine_answers_to_no_other_name(tmp_path: Path, host: str) -> None:
    async with scene(tmp_path) as stage, stage.proxy.get("/lib/1.0.0", Host=host) as response:
        assert (response.status, (await response.json())["code"]) == (400, "unknown-host")
