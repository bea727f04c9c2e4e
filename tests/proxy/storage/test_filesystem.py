"""The store in a directory keeps the contract of blob stores, and stays inside its directory."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.storage.blobs import BlobStore
from proxy.storage.disk import Disk
from proxy.storage.errors import BlobTruncated, StorageFailed
from proxy.storage.filesystem import FilesystemBlobStore
from proxy.storage.reading import BlobFile
from proxy.storage.writing import LEFTOVER_AGE
from tests.contracts.blobstore import BlobStoreContract
from tests.contracts.blobstore_support import BAD_KEYS, KEY, Clock, keys
from tests.proxy.storage.disks import CarelessDisk, SplitDisk


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


class TestFilesystem(BlobStoreContract):
    @pytest.fixture
    async def store(self, root: Path, clock: Clock) -> AsyncIterator[BlobStore]:
        store = await FilesystemBlobStore.open(root, now=clock.now)
        yield store
        await store.close()


class TestFilesystemAcrossFileSystems(BlobStoreContract):
    """Where files handed over come from another file system, and so are copied."""

    @pytest.fixture
    async def store(self, root: Path, clock: Clock) -> AsyncIterator[BlobStore]:
        store = await FilesystemBlobStore.open(root, now=clock.now, disk=SplitDisk(root))
        yield store
        assert not [name for name in files(root) if ".tmp-" in name]
        await store.close()


awkward = st.text(alphabet="aB/.!=+~\\-_ \0é", max_size=30)
long_parts = st.builds(
    lambda length, tail: "a/" + "b" * length + tail, st.integers(0, 300), st.text(alphabet="./cD", max_size=12)
)


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(st.text(max_size=40), awkward, awkward.map("tarballs/".__add__), long_parts, st.sampled_from(BAD_KEYS)),
)
def test_nothing_is_written_outside_the_root(key: str) -> None:
    async def attempt(root: Path, source: Path) -> None:
        store = await FilesystemBlobStore.open(root, disk=CarelessDisk(), threads=1)
        try:
            await store.put(key, b"x")
        except ValueError:
            with pytest.raises(ValueError, match="not a blob key"):
                await store.put_file(key, source)
            assert files(root) == []
        else:
            assert await keys(store) == [key]
            assert len(files(root)) == 1
            assert all(name == name.lower() for name in files(root))
            await store.put_file(key, source)
            assert await store.read(key) == b"y"
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as around:
        source = Path(around, "source")
        source.write_bytes(b"y")
        asyncio.run(attempt(Path(around, "blobs"), source))
        assert {entry.name for entry in Path(around).iterdir()} <= {"blobs", "source"}


async def test_what_was_put_is_there_after_a_restart(root: Path, clock: Clock) -> None:
    for data in (b"first", b"second"):
        store = await FilesystemBlobStore.open(root, now=clock.now)
        await store.put(KEY, data)
        await store.close()
    store = await FilesystemBlobStore.open(root, now=clock.now)
    assert await store.read(KEY) == b"second"
    assert await store.stat(KEY) == (KEY, 6, clock.now())
    await store.close()


async def test_leftovers_of_crashed_writes_are_removed(root: Path, clock: Clock) -> None:
    top = root / "tarballs"
    old, young, foreign = top / ".tmp-00ff", top / ".tmp-11ee", top / "README"
    ages = {
        old: LEFTOVER_AGE + timedelta(seconds=1),
        young: LEFTOVER_AGE - timedelta(seconds=1),
        foreign: timedelta(99),
    }
    top.mkdir(parents=True)
    (top / ".tmp-directory").mkdir()
    (root / "lost+found").mkdir()
    ages[root / "lost+found" / ".tmp-22dd"] = timedelta(99)
    for path, age in ages.items():
        path.write_bytes(b"half")
        written = (clock.now() - age).timestamp()
        os.utime(path, (written, written))
    store = await FilesystemBlobStore.open(root, now=clock.now)
    assert files(root) == ["lost+found/.tmp-22dd", "tarballs/.tmp-11ee", "tarballs/README"]
    assert await keys(store) == []
    await store.close()


async def test_files_of_others_are_no_blobs(root: Path, clock: Clock) -> None:
    store = await FilesystemBlobStore.open(root, now=clock.now)
    await store.put(KEY, b"x")
    for name in ("README", "tarballs/README", "tarballs/A=", "tarballs/!!a=", "tarballs/!1=", "lost+found/a=", "A/b="):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (root / "tarballs" / "link=").symlink_to(root / "README")
    assert await keys(store) == [KEY]
    assert await store.stat("tarballs/link") is None
    with pytest.raises(StorageFailed):
        await store.read("tarballs/link")
    await store.close()


async def test_a_directory_below_the_root_may_be_a_link(root: Path, clock: Clock, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other disk"
    elsewhere.mkdir()
    os.mkdir(root)
    (root / "tarballs").symlink_to(elsewhere)
    store = await FilesystemBlobStore.open(root, now=clock.now)
    await store.put(KEY, b"x")
    assert await keys(store) == [KEY]
    assert len(files(elsewhere)) == 1
    await store.close()


async def test_directories_removed_under_way_are_made_again(root: Path, clock: Clock) -> None:
    store = await FilesystemBlobStore.open(root, now=clock.now)
    await store.put(KEY, b"first")
    os.rename(root / "tarballs", root / "gone.away")
    assert await store.read(KEY) is None
    await store.put(KEY, b"second")
    assert await store.read(KEY) == b"second"
    await store.close()


async def test_a_file_that_loses_its_end_midway_is_an_error(root: Path, clock: Clock) -> None:
    store = await FilesystemBlobStore.open(root, now=clock.now)
    await store.put(KEY, b"a" * 1000)
    received = 0
    with pytest.raises(BlobTruncated) as caught:
        async for piece in store.stream(KEY, chunk=100):
            if not received:
                os.truncate(root / files(root)[0], 350)
            received += len(piece)
    assert received == 350
    assert (caught.value.expected, caught.value.received) == (1000, 350)
    await store.close()


async def test_no_handle_stays_open(root: Path, clock: Clock) -> None:
    store = await FilesystemBlobStore.open(root, now=clock.now)
    await store.put(KEY, b"a" * 1000)
    before = len(os.listdir("/dev/fd"))
    stream = store.stream(KEY, chunk=10)
    await anext(stream)
    assert len(os.listdir("/dev/fd")) == before + 1
    await store.close()
    await stream.aclose()
    assert len(os.listdir("/dev/fd")) <= before


def test_a_file_closed_before_its_thread_came_to_it_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    before = len(os.listdir("/dev/fd"))
    file = BlobFile(Disk(), tmp_path / "file", KEY)
    file.close()
    assert file.begin(0, None, 10) == b""
    assert len(os.listdir("/dev/fd")) == before


@pytest.fixture
def clock() -> Clock:
    return Clock()
