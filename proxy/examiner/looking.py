"""Fetching a tarball and having it looked into by a process that may die of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import structlog

from proxy.examiner.inside import look_inside, read_back
from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.packument import GAP
from proxy.registry.errors import DownloadBroken
from proxy.registry.handed import handed
from proxy.registry.interface import Manifest, Packument
from proxy.registry.routed import Routed
from proxy.shared.confined import Unfinished
from quarantine.errors import PratiqueError
from quarantine.examination import Contents

log = structlog.get_logger()

Value = TypeVar("Value")

ATTEMPTS = 2
"""A process may have died of something else; a deadly archive kills the next one as well."""


class Confined(Protocol):
    """Runs a function in a process that may die."""

    async def run(self, function: Callable[..., Value], /, *arguments: object, seconds: float) -> Value:
        """See proxy.shared.confined.Confined."""
        ...


class Looking:
    """Says what is in tarballs, one at a time."""

    def __init__(self, routed: Routed, confined: Confined, spool: Path, caps: Caps, seconds: float) -> None:
        """`spool`: see `proxy.registry.handed`. `seconds`: for each archive."""
        self._routed = routed
        self._confined = confined
        self._spool = spool
        self._caps = caps
        self._seconds = seconds

    async def contents(self, packument: Packument, version: str) -> Contents:
        """What is in it. Raises ArchiveRefused where nothing can be said, now or later, and what fetching raises."""
        manifest, source = Manifest.of(packument, version), self._routed.of(packument.name)
        document = fragment_of(packument, version)
        async with handed(source.tarballs, manifest, self._spool) as packed:
            return await self._look(packed, manifest, document, source.upstream.hosts)

    async def _look(self, packed: bytes | Path, manifest: Manifest, document: bytes, hosts: Collection[str]) -> Contents:
        for _ in range(ATTEMPTS):
            try:
                found = await self._confined.run(
                    look_inside, packed, manifest.digests, document, hosts, self._caps, seconds=self._seconds
                )
                return read_back(found)
            except Unfinished as error:
                failure = error
            except PratiqueError:
                raise
            except OSError as error:
                raise DownloadBroken(f"the stored bytes of {manifest.id} cannot be read: {error.strerror}") from error
            except Exception as error:
                # A fault of ours must stop neither this round nor the next: the version waits for a person.
                log.exception("examiner-stumbled", version=str(manifest.id))
                raise ArchiveRefused(f"the examiner stumbled over the archive ({type(error).__name__})") from error
        raise ArchiveRefused(f"reading the archive was given up: {failure}")


def fragment_of(packument: Packument, version: str) -> bytes:
    """The version's own object as the document has it, in JSON; its `dist.tarball` leads nowhere."""
    text = packument.document.piece(version).text.full
    lead = len(msgspec.json.encode(version)) + 1
    return text[lead:-1].replace(GAP, b"")
