"""What the store in a directory does when the disk fails, is full, refuses, or loses power."""

import errno
import itertools
from pathlib import Path

import pytest

from proxy.storage.disk import Disk
from proxy.storage.errors import StorageFailed
from proxy.storage.filesystem import FilesystemBlobStore
from tests.contracts.blobstore_support import KEY, collect, keys
from tests.proxy.storage.disks import FailingDisk, FullDisk, RecordingDisk, SplitDisk, UnreadableDisk


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


async def put_once(root: Path, disk: Disk, data: bytes, source: Path | None = None) -> None:
    """Open, put (by way of a file when `source` names one), close."""
    if source is not None:
        write(source, data)
    store = await FilesystemBlobStore.open(root, disk=disk, threads=1)
    try:
        if source is None:
            await store.put(KEY, data)
        else:
            await store.put_file(KEY, source)
    finally:
        await store.close()


async def content(root: Path) -> bytes | None:
    store = await FilesystemBlobStore.open(root, threads=1)
    try:
        data = await store.read(KEY)
        assert await keys(store) == ([] if data is None else [KEY])
        return data
    finally:
        await store.close()


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.rglob(".tmp-*") if path.is_file()]


async def test_bytes_are_on_the_medium_before_the_name_is(tmp_path: Path) -> None:
    disk = RecordingDisk()
    await put_once(tmp_path, disk, b"data")
    operations = [operation for operation, _ in disk.done]
    temporary = next(name for operation, name in disk.done if operation == "create")
    assert temporary.startswith(".tmp-")
    order = [
        ("create", temporary),
        ("write", temporary),
        ("sync", temporary),
        ("rename", "cdef="),
        ("sync_directory", "ab"),
    ]
    assert [step for step in disk.done if step in order] == order
    assert operations[-2:] == ["rename", "sync_directory"]
    # Each new directory's own name, too.
    for above, directory in (("", "tarballs"), ("tarballs", "sha512"), ("sha512", "ab")):
        made = disk.done.index(("make_directory", directory))
        assert disk.done[made + 1] == ("sync_directory", above or tmp_path.name)


@pytest.mark.parametrize("split", [True, False])
async def test_a_file_is_on_the_medium_before_its_name_is(tmp_path: Path, split: bool) -> None:
    root = tmp_path / "blobs"
    disk = SplitDisk(root) if split else RecordingDisk()
    await put_once(root, disk, b"data", tmp_path / "download")
    renamed = disk.done.index(("rename", "cdef="))
    synced = next(name for operation, name in reversed(disk.done[:renamed]) if operation == "sync")
    assert synced.startswith(".tmp-" if split else "download")
    assert disk.done[renamed + 1 :] == [("sync_directory", "ab")]


@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("by_file", [False, True])
@pytest.mark.parametrize("old", [None, b"old content"])
async def test_whatever_fails_the_blob_is_whole(tmp_path: Path, dead: bool, by_file: bool, old: bytes | None) -> None:
    """Fails the first operation, then the second, and so on until the put succeeds."""
    source = tmp_path / "download" if by_file else None
    for failing in itertools.count():
        root = tmp_path / f"blobs{failing}"
        if old is not None:
            await put_once(root, Disk(), old)
        disk = FailingDisk(failing, dead=dead)
        failure = None
        try:
            await put_once(root, disk, b"new content", source)
        except StorageFailed as error:
            failure = error
        found = await content(root)
        if failure is None:
            assert found == b"new content"
            assert not disk.failed
            assert failing > 6
            break
        assert KEY in str(failure)
        assert found in (old, b"new content")
        if source is not None:
            assert source.exists() or found == b"new content"
        assert dead or not leftovers(root)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space is left; free some"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "permission denied; let the user"),
        (errno.EROFS, "read-only"),
        (errno.EMFILE, "ulimit"),
        (errno.EIO, "system log"),
    ],
)
async def test_a_refused_write_says_which_blob_and_what_to_do(tmp_path: Path, number: int, words: str) -> None:
    await put_once(tmp_path, Disk(), b"old content")
    with pytest.raises(StorageFailed) as caught:
        await put_once(tmp_path, FullDisk(number), b"new content")
    assert caught.value.key == KEY
    assert KEY in str(caught.value)
    assert words in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert await content(tmp_path) == b"old content"
    assert not leftovers(tmp_path)


async def test_a_full_disk_leaves_the_source_of_a_copy(tmp_path: Path) -> None:
    class FullSplitDisk(FullDisk, SplitDisk):
        def __init__(self, root: Path) -> None:
            SplitDisk.__init__(self, root)
            self._number = errno.ENOSPC
            self._started = False

    root, source = tmp_path / "blobs", tmp_path / "download"
    with pytest.raises(StorageFailed, match="no space"):
        await put_once(root, FullSplitDisk(root), b"new content", source)
    assert source.read_bytes() == b"new content"
    assert not leftovers(root)


async def test_an_unreadable_blob_is_a_failure_not_an_absence(tmp_path: Path) -> None:
    await put_once(tmp_path, Disk(), b"content")
    store = await FilesystemBlobStore.open(tmp_path, disk=UnreadableDisk(), threads=1)
    with pytest.raises(StorageFailed, match="cannot read"):
        await store.read(KEY)
    with pytest.raises(StorageFailed, match="cannot read"):
        await collect(store, KEY)
    await store.close()


async def test_a_root_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed, match="file/blobs"):
        await FilesystemBlobStore.open(tmp_path / "file" / "blobs")
