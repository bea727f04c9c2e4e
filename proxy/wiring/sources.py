"""The registries that packages come from: the public upstream, and one for each namespace."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from config.check_namespaces import PUBLIC_ALLOWED
from config.pattern import covers
from config.policy import NamespaceEntry
from config.problem import ConfigError, Problem
from config.settings import Settings
from proxy.clock import TrustedTime
from proxy.ledger.sql import SqlLedger
from proxy.registry.cached import CachedPackuments, Freshness
from proxy.registry.origins import Origins
from proxy.registry.outbound import Outbound
from proxy.registry.reading import Reader
from proxy.registry.routed import Routed, Source
from proxy.registry.shared import SharedPackuments, SharedTarballs
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.upstream import Patience, Upstream
from proxy.storage.blobs import BlobStore
from proxy.wiring.from_settings import egress, freshness, patience
from proxy.wiring.place import Place
from quarantine.package import PackageName


@dataclass(frozen=True, slots=True)
class Ground:
    """What all registries share."""

    settings: Settings
    env: Mapping[str, str]
    ledger: SqlLedger
    """That of the public upstream; those of namespaces lie beside it."""
    blobs: BlobStore
    spool: Path
    reader: Reader
    time: TrustedTime
    instance: str
    release: str
    place: Place


async def open_sources(ground: Ground, public: Origins, stack: AsyncExitStack) -> Routed:
    """Everything that packages come from; `stack` closes it. Raises ConfigError and BadUpstream with the mend."""
    settings = ground.settings
    source = _source(ground, public, ground.ledger, None, stack)
    own: dict[str, Source] = {}
    for number, entry in enumerate(settings.namespaces):
        place = f"namespaces[{number}]"
        origins = Origins.of(entry.upstream, entry.allowed_hosts, place)
        if public.origin in origins.allowed - {origins.origin}:
            raise ConfigError([Problem("error", f"{place}.allowed_hosts", PUBLIC_ALLOWED)])
        # By the whole address: several namespaces, and the public upstream too, may live on one host. The slash at the end
        # makes it no origin, which is what the public upstream's facts are kept by.
        ledger = await ground.ledger.beside(f"{origins.base}/")
        own[place] = _source(ground, origins, ledger, (place, entry), stack)

    def namespace_of(name: PackageName) -> str | None:
        entry = settings.namespace_of(name)
        return f"namespaces[{settings.namespaces.index(entry)}]" if entry is not None else None

    def is_own_scope(scope: str) -> bool:
        return any(covers(entry.match.lower(), f"@{scope.lower()}/*") for entry in settings.namespaces)

    return Routed(source, own, namespace_of, is_own_scope)


def _source(
    ground: Ground, origins: Origins, ledger: SqlLedger, own: tuple[str, NamespaceEntry] | None, stack: AsyncExitStack
) -> Source:
    settings = ground.settings
    outbound = Outbound(origins, egress(settings, ground.instance, ground.release, ground.env, own))
    stack.push_async_callback(outbound.close)
    # A registry of one's own may have any time of day: only the public one's says whether ours is right.
    upstream = Upstream(outbound, ground.time, patience(settings), keeps_time=own is None)
    keeping = freshness(settings, own=own is not None)
    packuments = _packuments(ground, ledger, upstream, keeping)
    stack.push_async_callback(packuments.close)
    tarballs = _tarballs(ground, upstream, settings.upstream.max_tarball, patience(settings))
    stack.push_async_callback(tarballs.close)
    return Source(upstream, packuments, tarballs, ledger)


def _packuments(ground: Ground, ledger: SqlLedger, upstream: Upstream, keeping: Freshness) -> CachedPackuments:
    parts, place = (upstream, ledger, ground.blobs, ground.reader, ground.time, keeping), ground.place
    if place.alone:
        return CachedPackuments(*parts)
    return SharedPackuments(*parts, counters=place.counters, claims=place.claims, origin=ledger.origin)


def _tarballs(ground: Ground, upstream: Upstream, limit: int, patience: Patience) -> CachedTarballs:
    parts, place = (upstream, ground.blobs, ground.spool, limit, patience), ground.place
    return CachedTarballs(*parts) if place.alone else SharedTarballs(*parts, claims=place.claims)
