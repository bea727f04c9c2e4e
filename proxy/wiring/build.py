"""Putting everything together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from config.places import blobs_dir, data_dir, database_url
from config.settings import Settings, is_loopback
from config.shown import digest
from proxy.access.keyring import Keyring
from proxy.access.store import AccessLog
from proxy.access.who import Callers
from proxy.background import Background
from proxy.clock import Clock, SystemClock, TrustedTime
from proxy.examiner.refresh import Refresher
from proxy.examiner.usage import Usage
from proxy.ledger.book import SqlBook
from proxy.ledger.sql import SqlLedger
from proxy.registry.cached import CachedPackuments
from proxy.registry.origins import Origins
from proxy.registry.outbound import Outbound
from proxy.registry.quarantined import Quarantined
from proxy.registry.reading import Reader
from proxy.registry.standings import Standings
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.upstream import Upstream
from proxy.storage.filesystem import FilesystemBlobStore
from proxy.web.app import Application
from proxy.web.bases import Bases
from proxy.web.metrics import Metrics
from proxy.web.services import Services
from proxy.wiring.credentials import SYSTEM, credential_from_environment
from proxy.wiring.from_settings import egress, freshness, manners, patience, schedule, terms_of
from proxy.wiring.readings import readings
from quarantine.board import Board
from quarantine.book import Book
from quarantine.desk import Desk
from quarantine.ledger import Ledger

INSTANCE = "instance"
"""The note that names this installation in `Via`."""

LEFT_OVER = 24 * 3600
"""Seconds after which a growing download is one that nobody owns."""

REFRESH_PAUSE = 10.0
"""Seconds between two rounds of background looks."""


@dataclass(frozen=True, slots=True)
class Built:
    """A whole application; the stack it was built on takes it apart again."""

    application: Application
    services: Services
    refresher: Refresher
    records: AccessLog
    usage: Usage


async def build(
    settings: Settings, upstream_url: str, env: Mapping[str, str], stack: AsyncExitStack, clock: Clock | None = None
) -> Built:
    """Open everything; `stack` closes it, in the reverse order. Raises PratiqueError or ConfigError with the mend."""
    home = data_dir(settings.storage, env)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    origins = Origins.of(upstream_url, settings.upstream.allowed_hosts)

    ledger = await SqlLedger.open(database_url(settings.storage, env), origins.origin)
    stack.push_async_callback(ledger.close)
    blobs = await FilesystemBlobStore.open(blobs_dir(settings.storage, env))
    stack.push_async_callback(blobs.close)
    time = TrustedTime(clock or SystemClock(), await ledger.last_entry())
    records = await AccessLog.open(home / "access.sqlite3")
    stack.push_async_callback(records.close)

    instance = await _instance(ledger)
    outbound = Outbound(origins, egress(settings, instance, release(), env))
    stack.push_async_callback(outbound.close)
    upstream = Upstream(outbound, time, patience(settings))
    reader = Reader()
    stack.callback(reader.close)
    packuments = CachedPackuments(upstream, ledger, blobs, reader, time, freshness(settings))
    stack.push_async_callback(packuments.close)
    tarballs = CachedTarballs(
        upstream, blobs, _spool(blobs_dir(settings.storage, env), time.now()), settings.upstream.max_tarball
    )
    stack.push_async_callback(tarballs.close)

    board = Board()
    quarantined = Quarantined(packuments, tarballs, ledger, terms_of(settings), time, board, settings.storage.memory // 4)
    usage = Usage(ledger, time)
    stack.push_async_callback(usage.flush)
    refresher = Refresher(quarantined, packuments, ledger, time, schedule(settings), usage.take_unheard)
    book = await SqlBook.beside(ledger)
    frozen = await book.freeze()
    board.fill(await book.decisions(withdrawn=True))
    board.frozen = frozen.since if frozen else None
    secret = credential_from_environment(settings, env, time.now())
    keyring = Keyring([*await book.credentials(), *([secret] if secret else [])], anonymous=settings.anonymous)
    await book.log("policy-loaded", {"settings": digest(settings)}, SYSTEM, time.stamping())
    stack.push_async_callback(_keep_last_used, book, keyring)
    desk = Desk(book, board, Standings(quarantined), time.stamping)
    metrics = Metrics()
    metrics.read_from(lambda: readings(packuments, tarballs, upstream, reader, records, refresher, time))
    services = Services(
        quarantined=quarantined,
        packuments=packuments,
        upstream=upstream,
        ledger=ledger,
        board=board,
        book=book,
        desk=desk,
        keyring=keyring,
        time=time,
        callers=Callers(settings.server.trusted_proxies),
        bases=Bases(settings.server.public_urls, settings.server.host if is_loopback(settings.server.host) else None),
        records=records,
        usage=usage,
        metrics=metrics,
        manners=manners(settings, instance),
    )
    return Built(Application(services), services, refresher, records, usage)


def start_background(built: Built, settings: Settings, stack: AsyncExitStack) -> None:
    """Begin what runs beside the server."""
    background = Background()
    stack.push_async_callback(background.close)
    background.every(30, "usage", built.usage.flush)
    book, keyring = built.services.book, built.services.keyring
    background.every(60, "last-used", lambda: _keep_last_used(book, keyring))
    if settings.refresh.enabled:
        budget = max(1, int(settings.refresh.budget * REFRESH_PAUSE / 60))
        background.every(REFRESH_PAUSE, "refresh", lambda: built.refresher.round(budget))
    time, retention = built.services.time, settings.access.retention
    background.every(3600, "retention", lambda: built.records.prune(time.now() - retention))


def release() -> str:
    """Our own version."""
    try:
        return version("pratique")
    except PackageNotFoundError:
        return "0"


async def _keep_last_used(book: Book, keyring: Keyring) -> None:
    used = {id: at for id, at in keyring.take_used().items() if id != "environment"}
    if used:
        await book.used(used)


async def _instance(ledger: Ledger) -> str:
    """The installation's name in `Via`: the same for all its replicas, since a loop may come back through another one."""
    known = await ledger.note(INSTANCE)
    if known is None:
        known = f"pratique-{secrets.token_hex(8)}"
        await ledger.write_note(INSTANCE, known)
    return known


def _spool(blobs: Path, now: datetime) -> Path:
    """Where downloads grow: beside the blobs, so that finished ones are renamed into place.

    What a crash left is removed once it is too old to be another process's download.
    """
    spool = blobs / "tarballs" / ".spool"
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in spool.glob("download-*"):
        with suppress(FileNotFoundError):
            if now.timestamp() - leftover.stat().st_mtime > LEFT_OVER:
                leftover.unlink()
    return spool
