"""What every blob store promises. A backend's tests derive from `BlobStoreContract` and provide the fixture `store`.

A backend whose server stamps blobs itself also overrides `clock`, or the tests that ask for it.
"""

import asyncio
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from proxy.storage.blobs import KEY_LIMIT, TOUCH_INTERVAL, BlobStore
from proxy.storage.errors import BlobMissing, BlobTruncated
from tests.contracts.blobstore_concurrency import ConcurrentUse
from tests.contracts.blobstore_support import BAD_KEYS, BAD_PREFIXES, KEY, Clock, collect, keys


class BlobStoreContract(ConcurrentUse):
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    # Round trips

    async def test_gives_back_what_was_put(self, store: BlobStore, clock: Clock) -> None:
        data = bytes(range(256))
        await store.put(KEY, data)
        info = await store.stat(KEY)
        assert info == (KEY, 256, clock.now())
        assert info.modified.tzinfo is UTC
        assert await store.read(KEY) == data
        assert await collect(store, KEY) == data

    async def test_an_empty_blob_is_a_blob(self, store: BlobStore) -> None:
        await store.put(KEY, b"")
        info = await store.stat(KEY)
        assert info is not None
        assert info.size == 0
        assert await store.read(KEY) == b""
        assert await collect(store, KEY) == b""
        assert await keys(store) == [KEY]

    async def test_nothing_is_there_before(self, store: BlobStore) -> None:
        assert await store.stat(KEY) is None
        assert await store.read(KEY) is None
        assert await store.delete(KEY) is False
        await store.touch(KEY)
        assert await keys(store) == []
        with pytest.raises(BlobMissing) as caught:
            await collect(store, KEY)
        assert caught.value.key == KEY

    async def test_the_last_writer_wins(self, store: BlobStore) -> None:
        await store.put(KEY, b"a long first version")
        await store.put(KEY, b"second")
        assert await store.read(KEY) == b"second"
        info = await store.stat(KEY)
        assert info is not None
        assert info.size == 6

    async def test_takes_a_file(self, store: BlobStore, clock: Clock, tmp_path: Path) -> None:
        source = tmp_path / "download"
        source.write_bytes(b"z" * 3_000_000)
        await store.put_file(KEY, source)
        assert not source.exists()
        assert await store.stat(KEY) == (KEY, 3_000_000, clock.now())
        assert await store.read(KEY) == b"z" * 3_000_000

    async def test_a_file_replaces_what_was_there(self, store: BlobStore, tmp_path: Path) -> None:
        await store.put(KEY, b"first")
        source = tmp_path / "download"
        source.write_bytes(b"second")
        await store.put_file(KEY, source)
        assert await store.read(KEY) == b"second"

    async def test_a_file_that_is_not_there_changes_nothing(self, store: BlobStore, tmp_path: Path) -> None:
        await store.put(KEY, b"first")
        with pytest.raises(FileNotFoundError):
            await store.put_file(KEY, tmp_path / "absent")
        assert await store.read(KEY) == b"first"

    async def test_deletes(self, store: BlobStore) -> None:
        await store.put(KEY, b"x")
        await store.put(KEY + "-other", b"y")
        assert await store.delete(KEY) is True
        assert await store.read(KEY) is None
        assert await store.delete(KEY) is False
        assert await keys(store) == [KEY + "-other"]

    async def test_closes_twice(self, store: BlobStore) -> None:
        await store.close()
        await store.close()

    # Ranges

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (0, None),
            (0, 0),
            (0, 1),
            (1, None),
            (999_999, 1_000_000),
            (1_000_000, None),
            (262_143, 262_145),
            (7, 700_001),
        ],
    )
    async def test_streams_a_range_of_a_large_blob(self, store: BlobStore, start: int, end: int | None) -> None:
        data = b"".join(number.to_bytes(4, "big") for number in range(250_000))
        await store.put(KEY, data)
        assert await collect(store, KEY, start, end, chunk=256 * 1024) == data[start:end]

    @pytest.mark.parametrize(("start", "end"), [(0, 11), (11, 12), (5, 100)])
    async def test_a_range_beyond_the_end_is_not_cut_short(self, store: BlobStore, start: int, end: int | None) -> None:
        await store.put(KEY, b"0123456789")
        with pytest.raises(BlobTruncated):
            await collect(store, KEY, start, end)

    @pytest.mark.parametrize(("start", "end", "chunk"), [(-1, None, 1), (2, 1, 1), (0, None, 0), (0, None, -1)])
    async def test_refuses_what_is_no_range(self, store: BlobStore, start: int, end: int | None, chunk: int) -> None:
        await store.put(KEY, b"0123456789")
        with pytest.raises(ValueError, match="not a range"):
            await anext(store.stream(KEY, start, end, chunk))

    # Keys

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_refuses_a_bad_key(self, store: BlobStore, key: str, tmp_path: Path) -> None:
        source = tmp_path / "download"
        source.write_bytes(b"x")
        for call in (store.stat(key), store.read(key), store.put(key, b"x"), store.put_file(key, source)):
            with pytest.raises(ValueError, match="not a blob key"):
                await call
        for other in (store.touch(key), store.delete(key), collect(store, key)):
            with pytest.raises(ValueError, match="not a blob key"):
                await other
        assert source.exists()
        assert await keys(store) == []

    async def test_keys_that_differ_in_case_only_are_two(self, store: BlobStore) -> None:
        pair = {"packuments/JSONStream": b"upper", "packuments/jsonstream": b"lower"}
        for key, data in pair.items():
            await store.put(key, data)
        assert {key: await store.read(key) for key in await keys(store)} == pair
        await store.delete("packuments/JSONStream")
        assert await store.read("packuments/jsonstream") == b"lower"

    async def test_a_key_may_go_on_where_another_ends(self, store: BlobStore) -> None:
        for key in ("a/b/c", "a/b", "a/b/c/d"):
            await store.put(key, key.encode())
        assert await keys(store) == ["a/b", "a/b/c", "a/b/c/d"]
        assert await store.read("a/b") == b"a/b"

    @pytest.mark.parametrize(
        "key",
        [
            "a/" + "X" * (KEY_LIMIT - 2),
            "a" * (KEY_LIMIT - 2) + "/b",
            "a/" + "b/" * 198 + "cc",
            "a/" + "b" * 140 + "../c",
            "a/" + "b" * 139 + "C" * 100 + "/d",
            "a/" + "b" + "." * 397,
            "a/b..",
            "a/-",
            "a/CON",
        ],
    )
    async def test_odd_keys_are_keys(self, store: BlobStore, key: str) -> None:
        await store.put(key, b"x")
        assert await store.read(key) == b"x"
        assert await keys(store) == [key]

    # Listing

    async def test_lists_by_prefix(self, store: BlobStore) -> None:
        names = ["a/b", "a/bc", "a/B", "a/b/c", "ab/b", "b/a/b", "a/" + "x" * 200 + "Y", "a/" + "x" * 200 + "/z"]
        for name in names:
            await store.put(name, name.encode())
        for prefix in (
            "",
            "a",
            "a/",
            "a/b",
            "a/b/",
            "a/B",
            "ab",
            "b/a",
            "c",
            "a/" + "x" * 150,
            "a/" + "x" * 200,
            "a/q/",
        ):
            assert await keys(store, prefix) == sorted(name for name in names if name.startswith(prefix)), prefix
        assert [info.size async for info in store.list("a/bc")] == [4]

    async def test_lists_more_than_one_batch(self, store: BlobStore) -> None:
        names = [f"a/{number:04}" for number in range(1100)]
        await asyncio.gather(*(store.put(name, b"") for name in names))
        assert await keys(store) == names

    async def test_a_listing_bears_deletions_meanwhile(self, store: BlobStore) -> None:
        names = [f"a/{number}" for number in range(20)]
        for name in names:
            await store.put(name, b"x")
        async for info in store.list():
            await store.delete(info.key)
        assert await keys(store) == []

    @pytest.mark.parametrize("prefix", BAD_PREFIXES)
    async def test_refuses_a_prefix_that_no_key_has(self, store: BlobStore, prefix: str) -> None:
        with pytest.raises(ValueError, match="no blob key begins with"):
            await keys(store, prefix)

    # Use

    async def test_a_touch_makes_a_blob_the_most_recently_used(self, store: BlobStore, clock: Clock) -> None:
        for name in ("a/1", "a/2", "a/3"):
            await store.put(name, b"x")
            clock.advance(timedelta(minutes=1))
        clock.advance(TOUCH_INTERVAL)
        await store.touch("a/1")
        clock.advance(timedelta(minutes=1))
        await store.touch("a/2")
        order = sorted([info async for info in store.list()], key=lambda info: info.modified)
        assert [info.key for info in order] == ["a/3", "a/1", "a/2"]
        assert await store.read("a/1") == b"x"

    async def test_a_touch_is_written_once_an_hour_at_most(self, store: BlobStore, clock: Clock) -> None:
        await store.put(KEY, b"x")
        written = clock.now()
        clock.advance(TOUCH_INTERVAL - timedelta(seconds=1))
        await store.touch(KEY)
        assert await store.stat(KEY) == (KEY, 1, written)
        clock.advance(timedelta(seconds=1))
        await store.touch(KEY)
        assert await store.stat(KEY) == (KEY, 1, clock.now())

    async def test_a_touch_puts_a_time_in_the_future_right(self, store: BlobStore, clock: Clock) -> None:
        await store.put(KEY, b"x")
        clock.advance(timedelta(days=-30))
        await store.touch(KEY)
        assert await store.stat(KEY) == (KEY, 1, clock.now())
