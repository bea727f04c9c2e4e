"""Archives made to exhaust their reader are refused at a cap, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from random import Random

import pytest

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.archive.reading import read_archive
from tests.fakes.tars import END, gz, header, member, pax, tar, tgz

MANIFEST = member("package/package.json", b"{}")
MIB = 2**20


def zeros(size: int) -> bytes:
    """A gzip stream of that many zeros, a thousandth of their size."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(deflate.compress(bytes(MIB)) for _ in range(size // MIB)) + deflate.flush()


def test_a_thousandfold_archive_is_refused_by_its_ratio() -> None:
    packed = zeros(64 * MIB)
    assert len(packed) < MIB
    with pytest.raises(ArchiveRefused, match="more than 200 times its size"):
        read_archive(packed)


def test_a_small_archive_of_a_high_ratio_is_read() -> None:
    archive = read_archive(tgz(MANIFEST, member("package/zeros", bytes(8 * MIB))))
    assert archive.oddities == ()
    assert len(archive.unpacked) > 200 * archive.packed


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="unpacks to more than 1,048,576 bytes"):
        read_archive(zeros(2 * MIB), Caps(unpacked=MIB))


def test_an_archive_that_is_itself_too_large_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="at most 100 are read"):
        read_archive(BytesIO(tgz(MANIFEST) + bytes(100)), Caps(packed=100))


def test_gzip_in_gzip_is_no_archive_of_two_layers() -> None:
    inner = gz(tar(MANIFEST))
    archive = read_archive(gz(inner))
    assert not archive.files
    assert archive.oddities


def test_too_many_headers_are_refused() -> None:
    many = header("package/a") * 1001
    with pytest.raises(ArchiveRefused, match="more than 1,000 headers"):
        read_archive(tgz(MANIFEST, many), Caps(entries=1000))


def test_blocks_that_are_no_headers_count_as_such() -> None:
    with pytest.raises(ArchiveRefused, match="more than 1,000 headers"):
        read_archive(tgz(MANIFEST, (b"x" * 512) * 1001), Caps(entries=1000))


def test_ten_gigabytes_that_are_only_claimed_are_not_looked_for() -> None:
    archive = read_archive(tgz(MANIFEST, header("package/big", 8 * 2**30 - 1), b"x" * 512))
    assert [each.kind for each in archive.oddities] == ["truncated"]
    assert set(archive.files) == {"package.json"}


def test_a_huge_extended_header_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="extended header of 100,"):
        read_archive(tgz(pax({"path": "a" * 100_000}), MANIFEST))


def test_an_endless_path_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="a path of 2,008 bytes"):
        read_archive(tgz(pax({"path": "package/" + "ab/" * 666 + "cc"}), MANIFEST))


def test_a_path_of_too_many_folders_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="more than 64 folders"):
        read_archive(tgz(pax({"path": "package/" + "a/" * 64 + "b"}), MANIFEST))


def test_a_million_tiny_gzip_members_are_left_alone() -> None:
    tiny = gz(b"")
    archive = read_archive(gz(tar(MANIFEST)) + tiny * 200_000)
    kinds = {each.kind for each in archive.oddities}
    assert kinds == {"gzip-members", "gzip-trailing"}


def test_a_large_stream_is_read_from_a_file_and_not_from_memory(tmp_path: Path) -> None:
    """128 MiB unpacked, by a process that may have 90 MiB of memory of its own."""
    file = tmp_path / "large.tgz"
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    with file.open("wb") as out:
        out.write(deflate.compress(MANIFEST + header("package/large", 128 * MIB)))
        noise = Random(1).randbytes(MIB // 2) + bytes(MIB // 2)  # worth compressing, and no bomb
        for _ in range(128):
            out.write(deflate.compress(noise))
        out.write(deflate.compress(END) + deflate.flush())
    code = (
        "import resource, sys\n"
        "from proxy.npm.archive.reading import read_archive\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({90 * MIB}, {90 * MIB}))\n"
        f"archive = read_archive(open({str(file)!r}, 'rb'))\n"
        "large = archive.files['large']\n"
        "sys.exit(0 if not archive.oddities and archive.view(large).nbytes == 128 * 2**20 else 3)\n"
    )
    here = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], cwd=here, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
