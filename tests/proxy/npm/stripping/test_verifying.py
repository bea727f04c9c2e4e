"""What was made is read again before anybody gets it."""

from __future__ import annotations

import pytest

from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.archive.writing import File, write_archive
from proxy.npm.stripping.verifying import Unstrippable, verify
from tests.fakes.tars import folder, member, tgz

FILES = [File("package.json", b"{}"), File("a.js", b"1"), File("run", b"2", executable=True)]
LARGE = bytes(3 * 2**20)


def test_what_was_meant_passes() -> None:
    verify(write_archive(FILES), FILES)


def test_views_and_large_files_pass() -> None:
    files = [FILES[0], File("large", memoryview(LARGE)), File("x" * 2000 + "/" + "y/" * 200 + "z", b"")]
    with pytest.raises(Unstrippable, match="more than one way"):  # a name of more than 255 bytes
        verify(write_archive(files), files)
    verify(write_archive(files[:2]), files[:2])


@pytest.mark.parametrize(
    "made",
    [
        FILES[:2],
        [*FILES, File("more", b"")],
        [FILES[0], File("A.js", b"1"), FILES[2]],
    ],
)
def test_other_files_do_not(made: list[File]) -> None:
    with pytest.raises(Unstrippable, match="does not list the files"):
        verify(write_archive(made), FILES)


def test_a_folder_is_no_file_that_was_meant() -> None:
    packed = tgz(member("package/package.json", b"{}"), folder("package/a"))
    with pytest.raises(Unstrippable, match="does not list the files"):
        verify(packed, FILES[:1])


@pytest.mark.parametrize(
    "file", [File("a.js", b"3"), File("a.js", b""), File("a.js", b"11"), File("a.js", b"1", executable=True)]
)
def test_other_content_does_not(file: File) -> None:
    with pytest.raises(Unstrippable, match=r"^a\.js is not what it should be"):
        verify(write_archive([FILES[0], file, FILES[2]]), FILES)


def test_a_difference_at_the_end_of_a_large_file_is_seen() -> None:
    with pytest.raises(Unstrippable, match="large is not what"):
        verify(write_archive([FILES[0], File("large", LARGE[:-1] + b"1")]), [FILES[0], File("large", LARGE)])


def test_what_can_be_read_in_two_ways_does_not() -> None:
    with pytest.raises(Unstrippable, match="more than one way"):
        verify(write_archive(FILES) + b"x", FILES)


def test_what_is_no_archive_does_not() -> None:
    with pytest.raises(ArchiveRefused):
        verify(b"no archive", FILES)
