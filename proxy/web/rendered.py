"""Documents as they go out, rendered once: kept in memory and on disk under a key that is made of everything that is in them.

So nothing ever has to be taken back: a verdict, tag or decision that changes makes another key. Workers share what is on disk,
and a restart finds it there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from isal import igzip

from proxy.npm.packument import Variant
from proxy.npm.rendering import Restrictions, made_times, render, stretches
from proxy.registry.flights import Flights
from proxy.registry.memory import Memory
from proxy.registry.quarantined import Shown
from proxy.storage.local import LocalCache
from proxy.web.packing import Packed, pack, pack_parts

FORM = "1"
"""Of what `render` writes: it belongs into the key, so that a release that writes otherwise finds nothing of an older one."""

SMALL = 2**16

LARGE = 2**18
"""Documents of about this many bytes are joined and packed in a thread."""

IN_PARTS = 2**20
"""Documents of this many bytes are packed in parts."""

LATEST = 1000
"""Of so many documents it is remembered which were their last parts."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as it goes out: packed, with the ETag of what is inside."""

    packed: bytes
    etag: str
    key: str = ""
    """Under which it is found again; empty for what is not kept."""
    parts: Packed | None = None
    """The same bytes, where they were packed in parts."""

    @property
    def plain(self) -> bytes:
        """For the few clients that take no gzip."""
        body: bytes = igzip.decompress(self.packed)  # type: ignore[no-untyped-call]
        return body


class Rendering:
    """Renders what is shown, or finds what was rendered before."""

    def __init__(self, memory: int, disk: LocalCache | None = None, is_ours: Callable[[str], bool] = lambda base: True) -> None:
        """`is_ours` says for which addresses documents are kept on disk: where none is configured, clients can name any."""
        self._is_ours = is_ours
        self._memory: Memory[str, Rendered] = Memory(memory)
        self._disk = disk
        self._flights: Flights[str, Rendered] = Flights()
        self._latest: Memory[tuple[str, Variant, str], str] = Memory(LATEST)
        """By name, variant and base: the key of what was last packed in parts."""

    async def document(self, shown: Shown, variant: Variant, base: str, restrictions: Restrictions | None) -> Rendered:
        """The document that a client under `base` gets."""
        key = key_of(shown, variant, base, restrictions)
        held = self._memory.get(key)
        if held is not None:
            return held
        return await self._flights.join(key, lambda: self._find_or_make(key, shown, variant, base, restrictions))

    def at_hand(self, key: str) -> bytes | None:
        """What was rendered, packed, where it is in memory."""
        held = self._memory.get(key)
        return held.packed if held is not None else None

    async def stored(self, key: str) -> bytes | None:
        """The same where it may be on disk only; None where it is gone."""
        packed = await asyncio.to_thread(self._disk.get, key) if self._disk is not None else None
        return self._keep(key, packed).packed if packed is not None else None

    def _keep(self, key: str, packed: bytes, parts: Packed | None = None) -> Rendered:
        rendered = Rendered(packed, f'W/"{key[:32]}"', key, parts)
        self._memory.put(key, rendered, len(packed) + 500)
        return rendered

    async def close(self) -> None:
        """End what is being made."""
        await self._flights.close()

    async def _find_or_make(
        self, key: str, shown: Shown, variant: Variant, base: str, restrictions: Restrictions | None
    ) -> Rendered:
        # What is joined in less time than a file is opened is not looked for.
        look = self._disk is not None and shown.document.size(variant) > SMALL
        found = await asyncio.to_thread(self._disk.get, key) if look and self._disk is not None else None
        if found is not None:
            return self._keep(key, found)
        packed, parts = await self._make(shown, variant, base, restrictions)
        if parts is not None:
            self._latest.put((shown.name, variant, base), key, 1)
        if self._disk is not None and self._is_ours(base):
            asyncio.get_running_loop().run_in_executor(None, self._disk.put, key, packed)
        return self._keep(key, packed, parts)

    async def _make(
        self, shown: Shown, variant: Variant, base: str, restrictions: Restrictions | None
    ) -> tuple[bytes, Packed | None]:
        document, record = shown.document, shown.packument.record
        what = (document, record, shown.served, shown.tags, base, variant, restrictions)
        if document.size(variant) < IN_PARTS:

            def make() -> bytes:
                return pack(render(*what))

            return (await asyncio.to_thread(make) if document.size(variant) > LARGE else make()), None
        last = self._memory.get(self._latest.get((shown.name, variant, base)) or "")
        parts = await asyncio.to_thread(lambda: pack_parts(stretches(*what), last.parts if last is not None else None))
        return parts.body, parts


def key_of(shown: Shown, variant: Variant, base: str, restrictions: Restrictions | None) -> str:
    """A digest of everything that `render` puts into the document; stored documents of the same key are the same bytes."""
    document, served = shown.document, shown.served
    hidden = sorted(document.versions.keys() - served)
    made = made_times(document, shown.packument.record, served) if document.timeless else {}
    restricted = (restrictions.message, restrictions.versions) if restrictions is not None else None
    what = (FORM, document.identity, variant.value, base, list(shown.tags.items()), hidden, list(made.items()), restricted)
    return hashlib.sha256(msgspec.msgpack.encode(what)).hexdigest()
