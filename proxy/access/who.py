"""Who is asking, as far as the connection tells; headers of proxies count only when the operator trusts the peer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from multidict import MultiMapping

from proxy.access.tokens import PREFIX, without_tokens

Network = IPv4Network | IPv6Network

# Underscores are in no host name, and in many names of containers.
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|\[([0-9A-Fa-f:.]{2,45})\])(?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's sender."""

    address: str
    """The client's IP address; that of the last untrusted hop behind trusted proxies."""
    agent: str
    command: str | None
    """What npm says it is doing (`install`, `ci`); other clients do not tell."""
    scheme: str
    host: str | None
    """Host and port the client used; None when the header is missing or no host."""
    prefix: str
    """The path that a trusted front took off, with its leading slash, or empty."""
    fronted: bool = False
    """Whether a front that the operator trusts speaks for the client, and answers for the host."""


class Callers:
    """Reads callers, given which peers are trusted to speak for others."""

    def __init__(self, trusted: tuple[str, ...] = ()) -> None:
        self._trusted: tuple[Network, ...] = tuple(ip_network(each, strict=False) for each in trusted)

    def caller(self, peer: str | None, headers: Mapping[str, str], *, secure: bool) -> Caller:
        """Take a request's sender from its connection and headers."""
        address = peer or "unknown"
        scheme = "https" if secure else "http"
        host, prefix = headers.get("Host"), ""
        fronted = self.speaks_for_others(address)
        if fronted:
            address = self._behind(address, _all(headers, "X-Forwarded-For"))
            forwarded = _all(headers, "X-Forwarded-Proto").partition(",")[0].strip()
            scheme = forwarded if forwarded in {"http", "https"} else scheme
            host = _last(_all(headers, "X-Forwarded-Host")) or host
            prefix = _path(_last(_all(headers, "X-Forwarded-Prefix")))
        return Caller(
            address=address,
            agent=told(headers.get("User-Agent", ""), 200),
            command=told(headers.get("npm-command", ""), 40) or None,
            scheme=scheme,
            host=host.lower() if host and _is_host(host) else None,
            prefix=prefix,
            fronted=fronted,
        )

    def speaks_for_others(self, address: str | None) -> bool:
        """Whether what this peer says of clients behind it counts."""
        if not self._trusted or address is None:
            return False
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._trusted)

    def _behind(self, peer: str, forwarded: str) -> str:
        """The nearest hop that is not one of our own proxies, from right to left: what is further left anybody can write."""
        for hop in reversed([each.strip() for each in forwarded.split(",") if each.strip()]):
            text = hop.removeprefix("[").partition("]")[0] if hop.startswith("[") else hop
            try:
                ip_address(text)
            except ValueError:
                return peer
            if not self.speaks_for_others(text):
                return text
            peer = text
        return peer


def _is_host(text: str) -> bool:
    """Whether it can stand in an address that we write: a name or an IP address, and a port that exists."""
    match = _HOST.fullmatch(text)
    if match is None or (match[2] is not None and not 0 < int(match[2]) < 65536):
        return False
    try:
        return match[1] is None or ip_address(match[1]).version == 6
    except ValueError:
        return False


def _all(headers: Mapping[str, str], name: str) -> str:
    """All lines of a header as one: a front may add its own line below the one that a client wrote."""
    lines: list[str] = headers.getall(name, []) if isinstance(headers, MultiMapping) else [headers.get(name, "")]
    return ",".join(lines)


def told(text: str, most: int) -> str:
    """What a client says of itself, as a text that can be kept: without tokens, and without half characters, as which aiohttp
    leaves bytes that are no UTF-8."""
    text = without_tokens(text) if PREFIX in text else text
    return text[:most].encode("utf-8", "backslashreplace").decode()[:most]


def _last(value: str) -> str:
    """The value nearest to us: fronts append to what a client may have written."""
    return value.rpartition(",")[2].strip()


def _path(text: str) -> str:
    path = "/" + text.strip("/")
    return path if path != "/" and re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", path) else ""
