"""`pratique cache verify | prune`: on the files themselves, whether a server runs or not."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from isal import igzip
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from config.places import blobs_dir, data_dir
from config.units import parse_size
from proxy.cli.configuration import loaded
from proxy.cli.trouble import Trouble, told
from proxy.npm.integrity import Check, IntegrityMismatch, digests_in
from proxy.registry.stored_documents import document_key
from proxy.storage.blobs import BlobInfo, BlobStore
from proxy.storage.errors import BlobMissing, BlobTruncated
from proxy.storage.filesystem import FilesystemBlobStore
from proxy.storage.local import caches_in
from proxy.storage.prune import plan_prune


def verify(file: Path | None, overrides: dict[str, Any], *, as_json: bool) -> None:
    """Check every blob against the digest in its key."""
    damaged, count, size = asyncio.run(_verify(_root(file, overrides), quiet=as_json))
    if as_json:
        Console().print_json(json.dumps({"blobs": count, "bytes": size, "damaged": damaged}))
    else:
        Console().print(f"{count} blobs, {_size(size)}: {len(damaged)} damaged and removed.")
        for key in damaged:
            Console(soft_wrap=True).print(f"  {key}", highlight=False)
    if damaged:
        raise Trouble("damaged blobs were removed and will be fetched again when asked for")


def prune(file: Path | None, overrides: dict[str, Any], to: str, *, as_json: bool) -> None:
    """Remove what was used longest ago."""
    try:
        budget = parse_size(to)
    except ValueError as error:
        raise Trouble(f"--to {to}: {error}", code=2) from error
    removed, freed, left = asyncio.run(_prune(_root(file, overrides), budget, quiet=as_json))
    # What is made of the blobs is made again when it is asked for.
    for cache in caches_in(data_dir(loaded(file, overrides).settings.storage, os.environ)):
        cache.prune(float("inf"), 0)
    if as_json:
        Console().print_json(json.dumps({"removed": removed, "freed": freed, "left": left}))
    else:
        Console().print(f"{removed} blobs removed, {_size(freed)} freed, {_size(left)} left.")


def _root(file: Path | None, overrides: dict[str, Any]) -> Path:
    with told():
        root = blobs_dir(loaded(file, overrides).settings.storage, os.environ)
    if not root.is_dir():
        raise Trouble(f"there is no cache at {root}; name its place with --data-dir or --config", code=2)
    return root


async def _verify(root: Path, *, quiet: bool) -> tuple[list[str], int, int]:
    with told():
        store = await FilesystemBlobStore.open(root)
    try:
        infos = [info async for info in store.list()]
        damaged: list[str] = []
        with _progress(quiet) as progress:
            task = progress.add_task("verifying", total=sum(info.size for info in infos))
            for info in infos:
                if not await _is_sound(store, info):
                    damaged.append(info.key)
                    await store.delete(info.key)
                progress.advance(task, info.size)
        return damaged, len(infos), sum(info.size for info in infos)
    finally:
        await store.close()


async def _is_sound(store: BlobStore, info: BlobInfo) -> bool:
    digests = digests_in(info.key)
    try:
        if digests is not None:
            check = Check(digests)
            async for chunk in store.stream(info.key):
                check.update(chunk)
            check.finish()
            return True
        packed = await store.read(info.key)
        return packed is None or not info.key.startswith("packuments/") or document_key(_unpacked(packed)) == info.key
    except BlobMissing:
        # Somebody removed it meanwhile; that is not damage.
        return True
    except (IntegrityMismatch, BlobTruncated):
        return False


def _unpacked(packed: bytes) -> bytes:
    try:
        body: bytes = igzip.decompress(packed)  # type: ignore[no-untyped-call]
    except Exception:
        return b""
    return body


async def _prune(root: Path, budget: int, *, quiet: bool) -> tuple[int, int, int]:
    with told():
        store = await FilesystemBlobStore.open(root)
    try:
        infos = [info async for info in store.list()]
        doomed = plan_prune(infos, budget)
        with _progress(quiet) as progress:
            task = progress.add_task("removing", total=sum(info.size for info in doomed))
            for info in doomed:
                await store.delete(info.key)
                progress.advance(task, info.size)
        freed = sum(info.size for info in doomed)
        return len(doomed), freed, sum(info.size for info in infos) - freed
    finally:
        await store.close()


def _size(count: int) -> str:
    """For reading, not for calculating."""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def _progress(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)
