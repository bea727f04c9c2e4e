"""Asking the upstream: conditional, within a deadline, patient with its troubles, suspicious of its answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiohttp

from proxy.clock import TrustedTime
from proxy.npm.asks import packument_path
from proxy.registry.brake import Brake, retry_after
from proxy.registry.errors import NotFound, UpstreamDown, UpstreamFailed, UpstreamLoops, UpstreamRefused
from proxy.registry.interface import Manifest
from proxy.registry.outbound import Outbound
from quarantine.package import PackageName
from quarantine.record import Source

MISSING = frozenset({404, 410, 451})
"""Statuses that mean "not here": 451 is how a take-down for legal reasons reads."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often the upstream is tried."""

    deadline: float = 30.0
    """Seconds for one answer, retries included."""
    retries: int = 2
    first_pause: float = 0.2
    max_packument: int = 64 * 2**20
    downloads: int = 48
    """Tarballs that are fetched at once; the others wait for their turn."""
    slowest: int = 8 * 2**10
    """Bytes a second that a tarball has to bring after its first seconds: one that drips must not keep its place."""
    longest: float = 3600.0
    """Seconds after which any tarball's turn is over."""

    def allowed(self, received: int) -> float:
        """Seconds from its beginning in which a download may go on, for the bytes that it has brought so far."""
        return min(self.longest, self.deadline + received / self.slowest)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A packument's bytes as they came; `body` is None where the upstream said 304."""

    body: bytes | None
    etag: str | None
    last_modified: str | None
    asked_at: datetime


class Upstream:
    """One npm registry, as we ask it."""

    def __init__(
        self, outbound: Outbound, time: TrustedTime, patience: Patience = Patience(), *, keeps_time: bool = True
    ) -> None:
        """`keeps_time`: whether its `Date` is one to compare our clock with."""
        self._outbound = outbound
        self._time = time
        self._patience = patience
        self._keeps_time = keeps_time
        self.brake = Brake()

    @property
    def origin(self) -> str:
        """What facts are keyed by."""
        return self._outbound.origins.origin

    @property
    def hosts(self) -> frozenset[str]:
        """The names of all hosts that we fetch from."""
        return self._outbound.origins.hosts

    async def look(self, name: PackageName, source: Source | None, *, past_caches: bool = False) -> Fetched:
        """Fetch the full packument, conditionally when `source` says what we have. Raises NotFound or UpstreamFailed."""
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if source is not None and source.etag:
            headers["If-None-Match"] = source.etag
        elif source is not None and source.last_modified:
            headers["If-Modified-Since"] = source.last_modified
        if past_caches:
            headers["Cache-Control"] = "no-cache"
        url = self._outbound.origins.address(packument_path(name))

        async def once() -> Fetched:
            began = self._time.now()
            async with self._outbound.get(url, headers) as response:
                self._check_status(response, str(name))
                # Only now: this very answer's Date may be what shows that our clock is wrong.
                asked_at = self._time.stamping(began)
                etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
                if response.status == 304:
                    return Fetched(None, etag, modified, asked_at)
                body = await read_capped(response, self._patience.max_packument, str(name))
                refuse_page(response, body[:64], str(name))
                return Fetched(body, etag, modified, asked_at)

        return await self._persist(once)

    @asynccontextmanager
    async def tarball(self, manifest: Manifest) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open one attempt at a tarball; the caller reads and retries. Raises NotFound or UpstreamFailed."""
        await self._wait_for_brake()
        url = self._outbound.origins.tarball(manifest.id.name, manifest.id.version, manifest.address)
        headers = {"Accept": "application/octet-stream, */*;q=0.5", "Accept-Encoding": "identity"}
        async with self._outbound.get(url, headers, decompress=False) as response:
            self._check_status(response, str(manifest.id))
            refuse_page(response, b"", str(manifest.id))
            yield response

    async def passed_on(
        self, path: str, accept: str, limit: int, post: tuple[bytes, dict[str, str]] | None = None
    ) -> tuple[int, str, bytes]:
        """Ask one of the upstream's other routes; its status, content type and body, whatever they are, within the deadline."""
        await self._wait_for_brake()
        url = self._outbound.origins.address(path)
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        try:
            async with asyncio.timeout(self._patience.deadline):
                opened = (
                    self._outbound.get(url, headers) if post is None else self._outbound.post(url, post[0], headers | post[1])
                )
                async with opened as response:
                    self._observe_date(response)
                    body = await read_capped(response, limit, path.partition("?")[0])
                    return response.status, response.content_type, body
        except TimeoutError:
            raise UpstreamDown("the upstream did not answer in time") from None

    async def _persist(self, once: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Try until the deadline: pauses double and are jittered, a Retry-After counts for everybody."""
        last: UpstreamFailed = UpstreamDown("the upstream did not answer in time")
        try:
            async with asyncio.timeout(self._patience.deadline):
                for attempt in range(self._patience.retries + 1):
                    if attempt:
                        pause = self._patience.first_pause * 2 ** (attempt - 1)
                        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
                    await self._wait_for_brake()
                    try:
                        return await once()
                    except UpstreamRefused:
                        raise
                    except UpstreamFailed as error:
                        last = error
        except TimeoutError:
            pass
        raise last

    async def _wait_for_brake(self) -> None:
        """Wait out a short pause that the upstream asked for; a long one is an outage."""
        remaining = self.brake.remaining(self._time.elapsed())
        if remaining > min(5.0, self._patience.deadline / 2):
            raise UpstreamDown(f"the upstream asked to be left alone for another {int(remaining) + 1} s")
        if remaining:
            await asyncio.sleep(remaining)

    def _check_status(self, response: aiohttp.ClientResponse, subject: str) -> None:
        self._observe_date(response)
        status = response.status
        if status in {200, 304}:
            return
        if status in MISSING:
            raise NotFound(f"{subject} is not on the upstream registry (it answered {status})")
        if status in {401, 403, 407}:
            mend = f"check the credential in {self._outbound.origins.section}.token_env"
            raise UpstreamRefused(f"the upstream refuses {subject} with {status}; {mend}")
        if status == 508:
            raise UpstreamLoops("the upstream leads back to this proxy (it answered 508); name the registry behind it")
        if status == 429 or status >= 500:
            pause = retry_after(response.headers.get("Retry-After"), self._time.now())
            if pause is not None or status == 429:
                self.brake.pull(self._time.elapsed(), pause if pause is not None else 1.0)
            raise UpstreamDown(f"the upstream answered {status} for {subject}")
        raise UpstreamFailed(f"the upstream answered {status} for {subject}, which makes no sense here")

    def _observe_date(self, response: aiohttp.ClientResponse) -> None:
        if not self._keeps_time:
            return
        try:
            date = parsedate_to_datetime(response.headers["Date"])
            age = int(response.headers.get("Age", "0"))
        except (KeyError, ValueError, OverflowError):
            return
        if 2009 <= date.year < 9000:
            aware = date if date.tzinfo else date.replace(tzinfo=UTC)
            self._time.observe(aware, timedelta(seconds=max(0, min(age, 10**8))))


async def read_capped(response: aiohttp.ClientResponse, limit: int, subject: str) -> bytes:
    """The whole body, or UpstreamFailed where it is larger than `limit` bytes once unpacked, or stops short."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise UpstreamFailed(f"the upstream's answer for {subject} is larger than {limit} bytes (upstream.max_packument)")
        chunks.append(chunk)
    return b"".join(chunks)


def refuse_page(response: aiohttp.ClientResponse, start: bytes, subject: str) -> None:
    """A web page with status 200 is a captive portal or an error in disguise, never a package."""
    if response.status == 200 and (response.content_type in {"text/html", "application/xhtml+xml"} or start.lstrip()[:1] == b"<"):
        raise UpstreamFailed(f"the upstream answered with a web page instead of {subject}")
