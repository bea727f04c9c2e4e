"""gzip whose bytes lockfiles pin."""

from __future__ import annotations

import gzip as standard
import hashlib
import zlib

import pytest
from isal import isal_zlib

from proxy.npm.deflate.gzipping import gzip
from proxy.npm.deflate.known import is_known, samples
from proxy.npm.deflate.stream import Deflate

PIECES = [b"module.exports = 1\n" * 400, hashlib.shake_256(b"").digest(5000), bytes(1024)]


def test_what_is_packed_comes_back() -> None:
    assert standard.decompress(gzip(PIECES)) == b"".join(PIECES)


def test_the_bytes_are_these_for_ever() -> None:
    assert hashlib.sha512(gzip(PIECES)).hexdigest() == (
        "cecd77c708d712360e827ae74cd20d37ff86caca3ed52c27df4ea31b86c313da"
        "b4d76ff393f8dfd232f0d3f143ad76e6f0b59737fdb2e77455560790418ba4a1"
    )


def test_they_are_the_same_without_zlib() -> None:
    assert gzip(PIECES, Deflate()) == gzip(PIECES)


def test_empty_pieces_change_nothing() -> None:
    assert gzip([b"", PIECES[0], b"", *PIECES[1:], b""]) == gzip(PIECES)


@pytest.mark.parametrize("level", [1, 4, 5, 7, 9])
def test_other_levels_are_not_taken_for_it(level: int) -> None:
    assert not is_known(lambda: zlib.compressobj(level, zlib.DEFLATED, -15))


@pytest.mark.parametrize("memory", [7, 9])
def test_other_lengths_of_blocks_are_not_taken_for_it(memory: int) -> None:
    assert not is_known(lambda: zlib.compressobj(6, zlib.DEFLATED, -15, memory))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_another_compressor_is_not_taken_for_it(level: int) -> None:
    assert not is_known(lambda: isal_zlib.compressobj(level, isal_zlib.DEFLATED, -15))


def test_the_samples_are_the_same_each_time() -> None:
    assert list(samples()) == list(samples())
