"""Who is asking: the connection tells, and headers of proxies count only from peers that the operator trusts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from proxy.access.who import Callers

TRUSTING = Callers(("10.0.0.0/8", "fd00::/8", "192.0.2.7"))


def address(peer: str | None, *forwarded: str, callers: Callers = TRUSTING) -> str:
    """Whom a request is attributed to."""
    headers = CIMultiDict([("X-Forwarded-For", each) for each in forwarded])
    return callers.caller(peer, headers, secure=False).address


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", ["1.1.1.1"], "203.0.113.5"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("192.0.2.7", ["1.1.1.1"], "1.1.1.1"),
        ("192.0.2.8", ["1.1.1.1"], "192.0.2.8"),
        ("10.0.0.1", [" , ,"], "10.0.0.1"),
        (None, ["1.1.1.1"], "unknown"),
        ("/run/socket", ["1.1.1.1"], "/run/socket"),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_not_one_of_ours(peer: str | None, forwarded: list[str], expected: str) -> None:
    assert address(peer, *forwarded) == expected


def test_nobody_is_trusted_unless_named() -> None:
    assert address("127.0.0.1", "1.1.1.1", callers=Callers()) == "127.0.0.1"


def test_scheme_host_and_prefix_come_from_trusted_fronts() -> None:
    headers = CIMultiDict(
        {"Host": "back:1", "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "Npm.Example", "X-Forwarded-Prefix": "/a/b/"}
    )
    front = TRUSTING.caller("10.0.0.1", headers, secure=False)
    assert (front.scheme, front.host, front.prefix) == ("https", "npm.example", "/a/b")
    stranger = TRUSTING.caller("203.0.113.5", headers, secure=False)
    assert (stranger.scheme, stranger.host, stranger.prefix) == ("http", "back:1", "")
    assert TRUSTING.caller("203.0.113.5", headers, secure=True).scheme == "https"


@pytest.mark.parametrize("prefix", ["a b", "/a?b", "/a#b", "//", '/"', "/%2f", "/a//b", "\r\n"])
def test_a_prefix_that_is_no_path_is_none(prefix: str) -> None:
    assert TRUSTING.caller("10.0.0.1", CIMultiDict({"X-Forwarded-Prefix": prefix}), secure=False).prefix == ""


@pytest.mark.parametrize("host", ["a", "a.b-c:65535", "npm_cache:80", "[::1]", "[2001:db8::1]:443", "127.0.0.1:4873", "A" * 253])
def test_hosts_that_can_stand_in_an_address(host: str) -> None:
    assert TRUSTING.caller("203.0.113.5", CIMultiDict({"Host": host}), secure=False).host == host.lower()


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "a b",
        "a/b",
        "a:65536",
        "a:0",
        "a:",
        "a:b",
        ":80",
        "[::1",
        "[1.2.3.4]",
        "[::g]",
        "u@h",
        "é",
        "a\nb",
        "a" * 300,
        "-a",
    ],
)
def test_hosts_that_cannot(host: str) -> None:
    assert TRUSTING.caller("203.0.113.5", CIMultiDict({"Host": host}), secure=False).host is None


def test_what_clients_say_of_themselves_is_bounded_and_can_be_logged() -> None:
    headers = CIMultiDict({"User-Agent": "\udcff" * 300, "npm-command": "ci"})
    caller = TRUSTING.caller("203.0.113.5", headers, secure=False)
    assert len(caller.agent) == 200
    assert caller.agent.encode().isascii()
    assert caller.command == "ci"
    assert TRUSTING.caller("203.0.113.5", CIMultiDict(), secure=False).command is None


@given(
    st.text() | st.none(), st.dictionaries(st.sampled_from(["Host", "User-Agent", "npm-command", "X-Forwarded-For"]), st.text())
)
def test_no_header_makes_it_fail(peer: str | None, given_headers: dict[str, str]) -> None:
    for each in (peer, "10.0.0.1"):
        caller = TRUSTING.caller(each, CIMultiDict(given_headers), secure=False)
        (caller.agent + (caller.command or "")).encode()
        assert caller.host is None or caller.host.isascii()
