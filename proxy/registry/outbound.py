"""The one client for everything that leaves this machine: pooling, the corporate proxy and CA, redirects by hand, credentials."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from proxy.registry.errors import AddressRefused, UpstreamDown, UpstreamFailed
from proxy.registry.origins import Origins, origin_of

MAX_HOPS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Egress:
    """How this machine gets out."""

    user_agent: str
    via: str
    """What we add as `Via`, so that a loop is seen."""
    proxy: str | None = None
    ca_file: str | None = None
    credential: str | None = None
    """The Authorization header for the upstream's own origin, and for no other."""
    connect_timeout: float = 5.0
    read_timeout: float = 30.0


class Outbound:
    """Opens connections to configured origins only."""

    def __init__(self, origins: Origins, egress: Egress) -> None:
        self.origins = origins
        self._egress = egress
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, decompress: bool = True
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET, following permitted redirects. Raises AddressRefused or UpstreamDown; any status is the caller's to judge."""
        if not self.origins.permits(url):
            raise AddressRefused(f"{origin_of(url)} is neither the upstream nor in {self.origins.section}.allowed_hosts")
        for _ in range(MAX_HOPS):
            async with self._send("GET", url, headers or {}, decompress=decompress) as response:
                location = response.headers.get("Location")
                if response.status not in REDIRECTS or location is None:
                    yield response
                    return
                url = self.origins.redirect(url, location)
        raise UpstreamFailed(f"the upstream redirects more than {MAX_HOPS} times")

    @asynccontextmanager
    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """POST to the upstream itself; redirects are not followed."""
        async with self._send("POST", url, headers or {}, body=body) as response:
            yield response

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    @asynccontextmanager
    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], *, body: bytes | None = None, decompress: bool = True
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        sent = {"User-Agent": self._egress.user_agent, "Via": self._egress.via, **headers}
        if self._egress.credential and origin_of(url) == self.origins.origin:
            sent["Authorization"] = self._egress.credential
        try:
            response = await self._session(decompress=decompress).request(
                method, URL(url, encoded=True), headers=sent, data=body, allow_redirects=False, proxy=self._egress.proxy
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _down(error, self.origins.section) from error
        try:
            yield response
        except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            raise _down(error, self.origins.section) from error
        finally:
            # Reading to the end is what hands a connection back to the pool; anything else must not be reused.
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    def _session(self, *, decompress: bool) -> aiohttp.ClientSession:
        """What is taken as it comes, tarballs, has connections of its own: however many crawl, looks get through."""
        session = self._sessions.get(decompress)
        if session is None:
            connector = aiohttp.TCPConnector(
                limit=256, limit_per_host=64, ttl_dns_cache=300, keepalive_timeout=60, ssl=self._tls()
            )
            session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=decompress,
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=2**18,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._egress.connect_timeout, sock_read=self._egress.read_timeout
                ),
            )
            self._sessions[decompress] = session
        return session

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._egress.ca_file:
            try:
                context.load_verify_locations(cafile=self._egress.ca_file)
            except OSError as error:
                raise UpstreamDown("upstream.ca_file cannot be read as PEM certificates; correct the path or the file") from error
        return context


def _down(error: BaseException, section: str) -> UpstreamFailed:
    """An outage in words, without the address, which may carry a token."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError():
            return UpstreamDown(f"the upstream's certificate is not trusted; name the CA that signed it in {section}.ca_file")
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return UpstreamDown("the outbound proxy in upstream.proxy cannot be reached or refuses")
        case aiohttp.ClientConnectorDNSError():
            return UpstreamDown("the upstream's host name cannot be resolved")
        case asyncio.TimeoutError() | TimeoutError():
            return UpstreamDown("the upstream did not answer in time")
        case aiohttp.ClientConnectorError():
            return UpstreamDown(f"the upstream cannot be reached: {error.os_error.strerror or 'no connection'}")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionError():
            return UpstreamDown("the upstream broke off in the middle of its answer")
        case _:
            return UpstreamDown(f"the upstream cannot be understood ({type(error).__name__})")
