"""A version's verified bytes where another process can get at them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from proxy.registry.interface import Manifest
from proxy.registry.tarballs import CachedTarballs


@asynccontextmanager
async def handed(tarballs: CachedTarballs, manifest: Manifest, spool: Path) -> AsyncIterator[bytes | Path]:
    """The bytes themselves where they are few, else a file, good as long as this is open; fetched if need be.

    `spool`: where a file is put that the store cannot give; a start removes what a crash has left there. Raises what fetching
    raises.
    """
    tarball = await tarballs.tarball(manifest)
    if tarball.data is not None:
        yield tarball.data
        return
    path = tarballs.local(manifest.digests)
    if path is not None and tarball.sealed:
        yield path
        return
    taken = spool / f"download-{secrets.token_hex(8)}"
    try:
        with taken.open("wb") as file:
            # To its end, also where only the file in the store is wanted: before that it is not stored.
            async for chunk in tarball.stream(0, None):
                if path is None:
                    await asyncio.to_thread(file.write, chunk)
        yield path or taken
    finally:
        await asyncio.to_thread(taken.unlink, missing_ok=True)
