"""What every blob store promises to readers and writers that come at once. Part of `BlobStoreContract`."""

import asyncio
from contextlib import aclosing

import pytest

from proxy.storage.blobs import BlobStore
from proxy.storage.errors import BlobMissing, BlobTruncated
from tests.contracts.blobstore_support import KEY, collect, keys


class ConcurrentUse:
    @pytest.mark.parametrize("replaced", [True, False])
    async def test_a_blob_that_goes_midway_is_never_short(self, store: BlobStore, replaced: bool) -> None:
        await store.put(KEY, b"a" * 100_000)
        received = b""
        try:
            async for piece in store.stream(KEY, chunk=1000):
                received += piece
                if len(received) == 1000:
                    await (store.put(KEY, b"b" * 50_000) if replaced else store.delete(KEY))
        except (BlobMissing, BlobTruncated):
            return
        assert received == b"a" * 100_000

    async def test_readers_never_see_a_mix(self, store: BlobStore) -> None:
        versions = [bytes([65 + number]) * (60_000 + number) for number in range(12)]
        await store.put(KEY, versions[0])

        async def read() -> None:
            for _ in range(10):
                assert await store.read(KEY) in versions
                assert await collect(store, KEY, chunk=7000) in versions

        await asyncio.gather(*(store.put(KEY, version) for version in versions), read(), read(), read())
        assert await store.read(KEY) in versions
        assert await keys(store) == [KEY]

    async def test_many_writers_of_many_keys(self, store: BlobStore) -> None:
        blobs = {f"tarballs/sha512/{number % 5}/{number}": str(number).encode() * 50 for number in range(40)}
        await asyncio.gather(*(store.put(key, data) for key, data in blobs.items()))
        assert {key: await store.read(key) for key in await keys(store)} == blobs

    async def test_a_stream_may_be_left_early(self, store: BlobStore) -> None:
        await store.put(KEY, b"a" * 100_000)
        async with aclosing(store.stream(KEY, chunk=10)) as stream:
            assert await anext(stream) == b"a" * 10
        assert await store.delete(KEY) is True

    async def test_a_cancelled_stream_leaves_the_store_working(self, store: BlobStore) -> None:
        await store.put(KEY, b"a" * 100_000)
        for turns in range(6):
            task = asyncio.create_task(collect(store, KEY, chunk=100_000))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await collect(store, KEY, chunk=100_000) == b"a" * 100_000
