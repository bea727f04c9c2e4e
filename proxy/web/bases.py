"""The address under which a client reaches us: every address we write into a document begins with it.

A wrong host there is a way around us in pnpm, yarn and bun, and EALLOWREMOTE in npm 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.access.who import Caller
from quarantine.errors import PratiqueError

PORTS = {"http": 80, "https": 443}


class UnknownHost(PratiqueError):
    """The request names no usable host, and no public address is configured."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base without its trailing slash."""

    url: str
    prefix: str
    """The path in it, as far as request targets still begin with it: empty where a front says that it took it off."""


class Bases:
    """Chooses among the configured public addresses, or takes the one the client used."""

    def __init__(self, public_urls: tuple[str, ...] = (), loopback: str | None = None) -> None:
        """`loopback` is the address that a server for this machine only listens on.

        Such a server answers to no other name than those of this machine, or a web page could make a browser ask it.
        """
        self._local = {"localhost", "127.0.0.1", "::1", loopback} if loopback else None
        self._public = [Base(url.rstrip("/"), urlsplit(url).path.rstrip("/")) for url in public_urls]

    def base(self, caller: Caller, target: str) -> Base:
        """The base for a request; `target` is its raw path, in which a front may have left the prefix."""
        if not self._public:
            if caller.host is None:
                raise UnknownHost("the request has no usable Host header; set server.public_urls")
            if self._local is not None and not caller.fronted and urlsplit(f"http://{caller.host}").hostname not in self._local:
                raise UnknownHost("this server listens for this machine only; for other names, set server.public_urls")
            return Base(f"{caller.scheme}://{caller.host}{caller.prefix}", "")

        def fits(base: Base) -> tuple[bool, bool, bool, int]:
            parts = urlsplit(base.url)
            kept = bool(base.prefix) and (target + "/").startswith(base.prefix + "/")
            taken_off = base.prefix == caller.prefix
            return (
                _netloc(base.url) == _given(caller),
                parts.scheme == caller.scheme,
                kept or taken_off,
                len(base.prefix) * kept,
            )

        chosen = max(self._public, key=fits)
        # Below a base that ends in `/npm`, a target `/npm` may well be the package of that name.
        return Base(chosen.url, "") if caller.prefix and caller.prefix == chosen.prefix else chosen


def _netloc(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or PORTS.get(parts.scheme)


def _given(caller: Caller) -> tuple[str | None, int | None]:
    return _netloc(f"{caller.scheme}://{caller.host}") if caller.host else (None, None)
