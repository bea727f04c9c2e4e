"""Putting everything together."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from config.places import blobs_dir, data_dir, database_url
from config.settings import Settings, is_loopback
from config.shown import digest
from proxy.access.keyring import Keyring
from proxy.access.store import AccessLog
from proxy.access.who import Callers
from proxy.background import Background
from proxy.clock import Clock, SystemClock, TrustedTime
from proxy.examiner.leases import Leases
from proxy.examiner.refresh import Refresher
from proxy.examiner.usage import Usage
from proxy.ledger.book import SqlBook
from proxy.ledger.routed import RoutedLedger
from proxy.ledger.sql import SqlLedger
from proxy.registry.origins import Origins
from proxy.registry.quarantined import Quarantined
from proxy.registry.reading import Reader
from proxy.registry.routed import Routed
from proxy.registry.scripts import Rewriter
from proxy.registry.standings import Standings
from proxy.storage.filesystem import FilesystemBlobStore
from proxy.storage.local import LocalCache, caches_in
from proxy.web.app import Application
from proxy.web.bases import Bases
from proxy.web.hot import Hot
from proxy.web.metrics import Metrics
from proxy.web.rendered import Rendering
from proxy.web.services import Services
from proxy.web.services import Sync as Synced
from proxy.wiring.audiences import warn_of_unknown
from proxy.wiring.comparing import open_comparing
from proxy.wiring.credentials import SYSTEM, credential_from_environment
from proxy.wiring.examining import Examination, counted, note_beginning, open_examination, start_examining
from proxy.wiring.from_settings import manners, schedule, terms_of
from proxy.wiring.place import Place, alone
from proxy.wiring.readings import readings
from proxy.wiring.rehearsal import rehearsal
from proxy.wiring.release import release
from proxy.wiring.rewriting import counted as rewritten
from proxy.wiring.rewriting import open_rewriting
from proxy.wiring.signing import signing_key
from proxy.wiring.sources import Ground, open_sources
from proxy.wiring.syncing import Sync
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

REFRESH_LEASE = timedelta(seconds=30)
"""How long nobody looks in the background after the process that does it was killed."""

RETENTION_LEASE = timedelta(minutes=50)
"""Shorter than the hour between two prunings, so that it is free again for the next."""

CACHE_PAUSE = 600.0
"""Seconds between two times at which what was rendered or taken apart, and not used since, is removed."""

CACHE_UNUSED = timedelta(days=14)

CACHE_MOST = 4 * 2**30
"""Bytes that each of the two may take at most, from one time to the next."""

CATCH_UP = 0.1
"""Seconds after which a worker that nobody asks anything learns of a block, for the sake of an answer that takes long."""


@dataclass(frozen=True, slots=True)
class Built:
    """A whole application; the stack it was built on takes it apart again."""

    application: Application
    services: Services
    refresher: Refresher
    examination: Examination | None
    records: AccessLog
    usage: Usage
    place: Place
    caches: tuple[LocalCache, ...]


async def build(
    settings: Settings,
    upstream_url: str,
    env: Mapping[str, str],
    stack: AsyncExitStack,
    clock: Clock | None = None,
    place: Place | None = None,
) -> Built:
    """Open everything; `stack` closes it, in the reverse order. Raises PratiqueError or ConfigError with the mend."""
    place = place or stack.enter_context(alone())
    home = data_dir(settings.storage, env)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    signing = signing_key(settings, home)
    origins = Origins.of(upstream_url, settings.upstream.allowed_hosts)

    ledger = await SqlLedger.open(database_url(settings.storage, env), origins.origin, counters=place.counters)
    stack.push_async_callback(ledger.close)
    blobs = await FilesystemBlobStore.open(blobs_dir(settings.storage, env))
    stack.push_async_callback(blobs.close)
    time = TrustedTime(clock or SystemClock(), await ledger.last_entry())
    records = await AccessLog.open(home / "access.sqlite3")
    stack.push_async_callback(records.close)

    instance = await _instance(ledger)
    texts, documents = caches_in(home)
    reader = Reader(texts=texts.root)
    stack.callback(reader.close)
    spool = _spool(blobs_dir(settings.storage, env), time.now())
    ground = Ground(settings, env, ledger, blobs, spool, reader, time, instance, release(), place)
    routed = await open_sources(ground, origins, stack)
    sightings = RoutedLedger(ledger, [each.ledger for each in routed.all()][1:], lambda name: routed.of(name).ledger)

    board, since = Board(), await note_beginning(settings, sightings, time.stamping())
    rewriting = await open_rewriting(settings, routed, sightings, time, place, signing, spool, stack)
    stages = _stages(settings, routed, sightings, time, board, since, rewriting)
    for source in routed.all():
        source.tarballs.on_mismatch = stages[None].remember_mismatch
    examination = open_examination(settings, routed, sightings, stages[None], rewriting, place, time, spool, stack)
    usage = Usage(sightings, time)
    stack.push_async_callback(usage.flush)
    refresher = Refresher(tuple(stages.values()), routed, sightings, time, schedule(settings), usage.take_unheard)
    book = await SqlBook.beside(ledger)
    secret = credential_from_environment(settings, env, time.now())
    keyring = Keyring(anonymous=settings.anonymous)
    sync = Sync(place.counters, book, board, keyring, [secret] if secret else [])
    stack.push_async_callback(sync.close)
    await sync.catch_up()
    if place.alone:
        # Of several, the one that starts them has said it, once for all.
        await _say_loaded(settings, book, board, keyring, time)
    stack.push_async_callback(_keep_last_used, book, keyring)
    desk = Desk(book, board, Standings(stages), time.stamping)
    metrics = Metrics(place.snapshots)
    callers = Callers(settings.server.trusted_proxies)
    memory, known = settings.storage.memory, {url.rstrip("/") for url in settings.server.public_urls}
    is_ours = known.__contains__ if known or not is_loopback(settings.server.host) else lambda base: True
    rendering = Rendering(memory * 3 // 8, documents, is_ours)
    stack.push_async_callback(rendering.close)
    hot = Hot(
        place.counters,
        time,
        callers,
        keyring,
        usage,
        metrics,
        records,
        rendering,
        documents=memory // 8,
        tarballs=memory // 4,
        instance=instance,
        tag=secrets.token_hex(4),
    )
    stack.push_async_callback(hot.close)
    ours = (tuple(routed.all()), hot, reader, records, refresher, time)
    metrics.read_from(lambda: chain(readings(*ours), counted(examination), rewritten(rewriting)))
    services = Services(
        quarantined=stages[None],
        stages=stages,
        routed=routed,
        rendering=rendering,
        comparing=open_comparing(stack),
        hot=hot,
        ledger=sightings,
        board=board,
        book=book,
        desk=desk,
        keyring=keyring,
        sync=sync,
        time=time,
        callers=callers,
        bases=Bases(settings.server.public_urls, _loopback(settings.server.host)),
        desk_bases=Bases((), _loopback((settings.admin_listener or ("", 0))[0])),
        records=records,
        usage=usage,
        metrics=metrics,
        signing=signing,
        manners=manners(settings, instance),
        rehearse=rehearsal(lambda other: _stages(other, routed, sightings, time, board, since or time.now())),
        examiner=examination.examiner if examination is not None else None,
    )
    return Built(Application(services), services, refresher, examination, records, usage, place, (texts, documents))


def start_background(built: Built, settings: Settings, stack: AsyncExitStack) -> None:
    """Begin what runs beside the server."""
    time, retention, refresher = built.services.time, settings.access.retention, built.refresher
    leases, background = Leases(built.services.ledger, time), Background()
    stack.push_async_callback(leases.release)
    stack.push_async_callback(background.close)
    background.every(30, "usage", built.usage.flush)
    book, keyring = built.services.book, built.services.keyring
    background.every(60, "last-used", lambda: _keep_last_used(book, keyring))
    background.every(CACHE_PAUSE, "cache", lambda: _prune(built.caches, time.now()))
    if not built.place.alone:
        background.every(CATCH_UP, "sync", lambda: _if_due(built.services.sync))
        background.every(1, "metrics", lambda: _say(built.services.metrics))
    if settings.refresh.enabled:
        budget = max(1, int(settings.refresh.budget * REFRESH_PAUSE / 60))
        # Whoever has not the lease still looks at what audits named to it alone, within its part of the budget.
        part = max(1, budget // built.place.workers)
        refresh, hear = lambda: refresher.round(budget), lambda: refresher.hear(part)
        background.every(REFRESH_PAUSE, "refresh", lambda: leases.once("refresh", REFRESH_LEASE, refresh, hear))
    if built.examination is not None:
        start_examining(built.examination.examiner, settings.examiner.budget, built.place.workers, time, leases, background)
    prune = lambda: built.records.prune(time.now() - retention)  # noqa: E731
    background.every(3600, "retention", lambda: leases.once("retention", RETENTION_LEASE, prune))


async def _prune(caches: tuple[LocalCache, ...], now: datetime) -> None:
    for cache in caches:
        await asyncio.to_thread(cache.prune, (now - CACHE_UNUSED).timestamp(), CACHE_MOST)


async def _say(metrics: Metrics) -> None:
    metrics.say()


async def _if_due(sync: Synced) -> None:
    if sync.due():
        await sync.catch_up()


def _loopback(host: str) -> str | None:
    return host if is_loopback(host) else None


def _stages(
    settings: Settings,
    routed: Routed,
    ledger: Ledger,
    time: TrustedTime,
    board: Board,
    since: datetime | None,
    rewriter: Rewriter | None = None,
) -> dict[str | None, Quarantined]:
    """One quarantined stage an audience; None is everybody else."""
    names = [None, *(entry.name for entry in settings.audiences)]
    memory = settings.storage.memory // 16 // len(names)
    return {
        name: Quarantined(
            routed, ledger, terms_of(settings, name, since), time, board, audience=name, memory=memory, rewriter=rewriter
        )
        for name in names
    }


async def _say_loaded(settings: Settings, book: Book, board: Board, keyring: Keyring, time: TrustedTime) -> None:
    decisions = [each for name in board.names() for each in board.of(name)]
    warn_of_unknown({entry.name for entry in settings.audiences}, keyring.all(), decisions, time.now())
    await book.log("policy-loaded", {"settings": digest(settings)}, SYSTEM, time.stamping())


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
