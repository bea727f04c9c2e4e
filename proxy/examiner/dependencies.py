"""How old the things are that a version newly pulls in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from proxy.clock import TrustedTime
from proxy.examiner.ranges import NO_RANGE, first_satisfying
from proxy.npm.inspecting.specs import ALIAS, alias_target, kind_of
from proxy.npm.split import BadDocument
from proxy.registry.errors import NotFound, UpstreamFailed
from proxy.registry.interface import Packument
from proxy.shared.confined import Confined
from quarantine.examination import Contents, YoungDependency
from quarantine.gate import package_since
from quarantine.package import InvalidName, PackageName, order

MOST = 50
"""So many dependencies of one version are asked about. Each is judged for itself anyway, when somebody asks for it."""

AT_ONCE = 4

PATIENCE = 5.0
"""Seconds for the upstream to tell of one dependency; later it is asked again."""

FRESH = timedelta(minutes=1)
"""How old a look may be that shows nothing which a range is satisfied by."""

COMPARING = 10.0
"""Seconds for comparing all ranges with all versions."""


class Packuments(Protocol):
    """Where documents of dependencies come from."""

    async def known(self, name: PackageName) -> Packument | None:
        """See proxy.registry.routed.Routed."""
        ...

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """See proxy.registry.routed.Routed."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """A dependency to be asked about."""

    package: PackageName
    spec: str
    name: str
    """As it is called where it is depended upon."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A dependency that the registry has."""

    name: str
    spec: str
    started: dict[str, datetime]
    """By version, when its clock started."""
    tags: dict[str, str]
    since: datetime
    """When the clock of its package did."""


class Dependencies:
    """Asks about them, within bounds."""

    def __init__(self, packuments: Packuments, confined: Confined, time: TrustedTime, longest: timedelta) -> None:
        """`longest`: what started longer ago is not young by any rule."""
        self._packuments = packuments
        self._confined = confined
        self._time = time
        self._longest = longest

    async def young(self, name: PackageName, contents: Contents, before: Contents | None) -> tuple[YoungDependency, ...]:
        """Those that are new or changed since `before`, and of which nothing that would be installed is old.

        What the registry does not have is passed over: nobody can install it. Raises UpstreamFailed where one could not be asked
        about, and Unfinished.
        """
        asked, now = list(_asked(name, contents, before))[:MOST], self._time.now()
        found = await self._chosen(asked, None)
        # What is cached may be older than what the range is about.
        missing = [each for each, (_, version) in zip(asked, found, strict=True) if version is None]
        found += await self._chosen(missing, now - FRESH)
        young = now - self._longest
        return tuple(each for known, version in found if known and version for each in _told(known, version, young))

    async def _chosen(self, asked: Sequence[_Asked], newer_than: datetime | None) -> list[tuple[_Known | None, str | None]]:
        """What is known of each, and the version of it that satisfies the range; an old one if there is any."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def look(each: _Asked) -> _Known | None:
            async with turns:
                return await self._look(each, newer_than)

        tasks = [asyncio.ensure_future(look(each)) for each in asked]
        try:
            found = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        young = self._time.now() - self._longest
        asks = [(each.spec, _old_first(each.started, young)) for each in found if each]
        chosen = iter(await self._confined.run(first_satisfying, asks, seconds=COMPARING) if asks else ())
        return [(known, _version(known, next(chosen))) if known else (None, None) for known in found]

    async def _look(self, asked: _Asked, newer_than: datetime | None) -> _Known | None:
        name = asked.package
        try:
            async with asyncio.timeout(PATIENCE):
                packument = await self._packuments.known(name) if newer_than is None else None
                packument = packument or await self._packuments.packument(name, newer_than)
        except (NotFound, BadDocument):
            return None
        except TimeoutError:
            raise UpstreamFailed(f"the upstream did not tell of {name} within {PATIENCE:g} s") from None
        if newer_than is not None and packument.stale:
            raise UpstreamFailed(f"the upstream does not tell of {name} at the moment")
        document, record = packument.document, packument.record
        started = {each: record.sightings[each].clock_start for each in document.versions if each in record.sightings}
        since = package_since(record)
        return _Known(asked.name, asked.spec, started, document.tags, since) if since is not None else None


def _asked(name: PackageName, contents: Contents, before: Contents | None) -> Iterator[_Asked]:
    """New and changed dependencies of the registry."""
    known = dict(before.dependencies) if before is not None else {}
    for shown, spec in contents.dependencies:
        target, kind = (shown, spec), kind_of(spec)
        if known.get(shown) == spec or kind not in {None, ALIAS}:
            continue
        if kind == ALIAS:
            target = alias_target(spec) or target
        try:
            package = PackageName.parse(target[0])
        except InvalidName:
            continue
        if package != name:
            yield _Asked(package, target[1], shown)


def _old_first(started: dict[str, datetime], young: datetime) -> Sequence[str]:
    """Versions in the order in which one is looked for: the old ones, the highest first, then young ones, the oldest first."""
    old = sorted((each for each in started if started[each] <= young), key=order, reverse=True)
    return [*old, *sorted((each for each in started if started[each] > young), key=lambda each: (started[each], order(each)))]


def _version(known: _Known, found: str | None) -> str | None:
    if found == NO_RANGE:
        found = known.tags.get(known.spec.strip())
    return found if found in known.started else None


def _told(known: _Known, version: str, young: datetime) -> Iterator[YoungDependency]:
    """What is young about it: its package, or what would be installed of it, or each by itself."""
    if known.since > young:
        yield YoungDependency(known.name, known.spec, known.since, package=True)
    if known.started[version] > max(young, known.since):
        yield YoungDependency(known.name, known.spec, known.started[version])
