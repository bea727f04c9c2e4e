"""What an archive that was read can be asked."""

from __future__ import annotations

import mmap
from io import BytesIO
from pathlib import Path

import pytest

from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.archive.oddities import Kind, Oddities, oddity, shown
from proxy.npm.archive.reading import read_archive
from proxy.npm.archive.spilled import Spilled
from tests.fakes.tars import folder, gz, header, member, tgz

MANIFEST = member("package/package.json", b"{}")


def test_bytes_views_maps_and_files_are_read_alike(tmp_path: Path) -> None:
    packed = tgz(MANIFEST, member("package/a.js", b"1"))
    file = tmp_path / "a.tgz"
    file.write_bytes(packed)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        every = [read_archive(each) for each in (packed, memoryview(packed), opened, BytesIO(packed), mapped)]
        assert {each.members for each in every} == {every[0].members}
        assert {each.read("a.js") for each in every} == {b"1"}
        assert {each.packed for each in every} == {len(packed)}


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").touch()
    with (tmp_path / "a.tgz").open("rb") as opened, pytest.raises(ArchiveRefused, match="no archive"):
        read_archive(opened)


@pytest.mark.parametrize(
    "data", [b"", b"\x1f", b"<html>not found</html>" * 100, b"PK\x03\x04" + bytes(600), b"\x28\xb5\x2f\xfd" * 200]
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveRefused, match="begins neither as gzip nor as tar"):
        read_archive(data)


def test_damaged_data_are_refused() -> None:
    packed = bytearray(gz(bytes(range(256)) * 20, level=9))
    packed[12:20] = b"\xff" * 8
    with pytest.raises(ArchiveRefused, match="damaged near byte"):
        read_archive(bytes(packed))


def test_a_compression_method_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="compression method 7"):
        read_archive(b"\x1f\x8b\x07" + bytes(20))


def test_modes_and_folders_are_told() -> None:
    archive = read_archive(tgz(MANIFEST, folder("package/lib/"), member("package/lib/run", b"x", mode=b"0000755\0")))
    assert archive.root == "package"
    assert [(each.path, each.mode, each.directory) for each in archive.members] == [
        ("package.json", 0o644, False),
        ("lib", 0o755, True),
        ("lib/run", 0o755, False),
    ]
    assert list(archive.files) == ["package.json", "lib/run"]


def test_the_last_of_two_files_is_the_one_that_is_read() -> None:
    archive = read_archive(tgz(MANIFEST, member("package/a", b"first"), member("package/a", b"second")))
    assert archive.read("a") == b"second"
    assert archive.read("b") is None


def test_bundled_packages_are_named() -> None:
    paths = ("node_modules/a", "node_modules/@s/b/node_modules/c", "lib/node_modules/x", "node_modules/a/test")
    archive = read_archive(tgz(MANIFEST, *(member(f"package/{path}/package.json", b"{}") for path in paths)))
    assert list(archive.packages()) == ["node_modules/a", "node_modules/@s/b/node_modules/c"]


@pytest.mark.parametrize("limit", [0, 5, 100])
def test_spilled_bytes_come_back_whole(limit: int) -> None:
    with Spilled(limit) as kept:
        for piece in (b"abc", b"", b"defg", b"h"):
            kept.write(piece)
        view = kept.view()
    assert bytes(view) == b"abcdefgh"
    assert kept.size == 8


def test_nothing_spilled_is_an_empty_view() -> None:
    assert bytes(Spilled().view()) == b""


def test_many_of_one_kind_are_counted() -> None:
    archive = read_archive(tgz(MANIFEST, *(header(f"package/{number}", kind=b"Z") for number in range(1500))))
    assert [each.kind for each in archive.oddities] == ["type"] * 3
    assert archive.oddities[0].reason == "package/0 (type Z) is neither a file nor a folder"
    assert archive.oddities[-1].reason == "package/2 (type Z) is neither a file nor a folder (and 1,497 more like it)"


def test_oddities_keep_the_order_in_which_they_were_met() -> None:
    odd = Oddities()
    odd.add(Kind.NO_END)
    odd.add(Kind.PATH, "a//b")
    odd.add(Kind.NO_END)
    assert [each.kind for each in odd.all()] == ["no-end", "no-end", "path"]


def test_a_path_in_a_sentence_cannot_pass_for_something_else() -> None:
    assert shown("a\n\u202eb") == r"a\n\u202eb"
    assert len(shown("x" * 5000)) < 120
    assert oddity(Kind.PATH, "{place}").reason == "the path {place} is not a plain one"
