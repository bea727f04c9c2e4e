"""The canonical archive: one for the same files, and every reader sees just these in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.archive.reading import read_archive
from proxy.npm.archive.writing import MTIME, File, Unwritable, write_archive
from tests.proxy.npm.archive.drawn import drawn

FILES = [
    File("package.json", b'{"name":"a"}'),
    File("b/index.js", b"module.exports = 1\n" * 100),
    File("B/index.js", b""),
    File("bin/run", b"#!/bin/sh\n", executable=True),
    File("d" * 90 + "/" + "e" * 90, b"in two parts"),
    File("f" * 180, b"in no parts"),
    File("Grüße.md", b"not ASCII"),
]


def opened(packed: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return archive.getmembers()


def test_the_bytes_are_these_for_ever() -> None:
    assert hashlib.sha512(write_archive(FILES)).hexdigest() == (
        "6b303f70f18d1c37e64b4f7689a4edf8ec139f7257953dc8ba1a13fdef28c207"
        "4756f97ce7c3aecb74fedf7a268bc4ff93ef3829533c851f38145fce3b282c7a"
    )


@given(st.permutations(FILES))
def test_the_order_in_which_files_come_does_not_count(files: list[File]) -> None:
    assert write_archive(files) == write_archive(FILES)


def test_package_json_comes_first_and_the_rest_in_byte_order() -> None:
    paths = [member.name.removeprefix("package/") for member in opened(write_archive(reversed(FILES)))]
    assert paths == ["package.json", "B/index.js", "Grüße.md", "b/index.js", "bin/run", f"{'d' * 90}/{'e' * 90}", "f" * 180]


def test_nothing_tells_who_wrote_it_or_when() -> None:
    for member in opened(write_archive(FILES)):
        assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", MTIME)
        assert member.mode == (0o755 if member.name == "package/bin/run" else 0o644)
        assert member.isreg()


def test_it_ends_after_two_blocks_of_zeros() -> None:
    stream = gzip.decompress(write_archive([File("package.json", b"{}")]))
    assert len(stream) == 512 + 512 + 1024
    assert stream[-1024:] == bytes(1024)
    assert stream[512:514] == b"{}"


def test_an_extended_header_is_there_only_where_it_must_be() -> None:
    stream = gzip.decompress(write_archive(FILES))
    assert stream.count(b"PaxHeader\0") == 2
    assert b"191 path=package/" + b"f" * 180 not in stream
    assert b"198 path=package/" + b"f" * 180 + b"\n" in stream


@pytest.mark.parametrize("size", [91, 92, 93, 99, 100, 101, 130, 154, 155, 156, 162, 163, 248, 249, 255])
@pytest.mark.parametrize("cut", [0, 60, 100, 147, 148])
def test_paths_of_every_length_come_back(size: int, cut: int) -> None:
    path = f"{'x' * cut}/{'y' * (size - cut - 1)}" if 0 < cut < size - 1 else "x" * size
    archive = read_archive(write_archive([File("package.json", b"{}"), File(path, b"here")]))
    assert archive.oddities == ()
    assert archive.read(path) == b"here"
    assert [member.name for member in opened(write_archive([File("package.json", b"{}"), File(path, b"here")]))][
        1
    ] == f"package/{path}"


@given(st.integers(0, 2**32))
def test_whatever_was_read_is_written_so_that_it_reads_the_same(seed: int) -> None:
    packed, contents = drawn(Random(seed), b"{}")
    before = read_archive(packed)
    files = [File(path, before.view(member), bool(member.mode & 0o111)) for path, member in before.files.items()]
    after = read_archive(write_archive(files))
    assert after.oddities == ()
    assert {path: after.read(path) for path in after.files} == contents
    assert {file.path for file in files if file.executable} == {path for path, each in after.files.items() if each.mode == 0o755}
    assert after.root == "package"


def test_a_path_that_is_there_twice_is_refused() -> None:
    with pytest.raises(Unwritable, match=r"'a\.js' is there twice"):
        write_archive([File("a.js", b"1"), File("package.json", b"{}"), File("a.js", b"2")])


def test_a_file_without_a_path_is_refused() -> None:
    with pytest.raises(Unwritable, match="no place"):
        write_archive([File("", b"1")])
