"""The deflate stream that is made without zlib is the one that zlib makes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.deflate.gzipping import by_zlib
from proxy.npm.deflate.known import Compressor, is_known, samples
from proxy.npm.deflate.stream import Deflate

same = pytest.mark.skipif(not is_known(by_zlib), reason="what this Python has for zlib is another one")


def packed(compressor: Compressor, pieces: Sequence[bytes]) -> bytes:
    return b"".join([*(compressor.compress(piece) for piece in pieces), compressor.flush()])


@st.composite
def repeating(draw: st.DrawFn) -> list[bytes]:
    """Pieces that have much in common with what came before."""
    random = draw(st.randoms(use_true_random=True))
    words = [random.randbytes(random.randint(1, 40)) for _ in range(draw(st.sampled_from((2, 30, 3000))))]
    pieces = [b"".join(random.choices(words, k=random.randint(1, 2500))) for _ in range(draw(st.integers(1, 5)))]
    return [piece if random.random() < 0.7 else random.randbytes(len(piece) // 3 + 1) for piece in pieces]


@given(st.lists(st.binary(min_size=1, max_size=600), max_size=5))
def test_small_streams_come_back(pieces: list[bytes]) -> None:
    assert zlib.decompress(packed(Deflate(), pieces), -15) == b"".join(pieces)


@same
@given(st.lists(st.binary(min_size=1, max_size=600), max_size=5))
def test_small_streams_are_what_zlib_makes(pieces: list[bytes]) -> None:
    assert packed(Deflate(), pieces) == packed(by_zlib(), pieces)


@same
@settings(max_examples=25, deadline=None)
@given(repeating())
def test_large_streams_are_what_zlib_makes(pieces: list[bytes]) -> None:
    assert packed(Deflate(), pieces) == packed(by_zlib(), pieces)


@same
@pytest.mark.parametrize("size", [1, 261, 262, 263, 32_768])
def test_the_window_moves_on_when_zlibs_does(size: int) -> None:
    whole = b"".join(next(iter(samples())))[60_000:140_000]
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert packed(Deflate(), pieces) == packed(by_zlib(), pieces)


@same
def test_codes_that_would_be_too_long_are_shortened_as_zlib_does() -> None:
    counts = [1, 1]
    while sum(counts) < 12_000:
        counts.append(counts[-1] + counts[-2])
    # In turns, so that there is nothing to refer to: what is rare is told by itself.
    data = bytes(range(len(counts))) + b"".join(bytes([number]) * count for number, count in enumerate(counts))
    assert packed(Deflate(), [data]) == packed(by_zlib(), [data])


def test_nothing_is_an_empty_block() -> None:
    assert packed(Deflate(), []) == bytes.fromhex("0300")


def test_what_is_made_without_zlib_is_what_is_known() -> None:
    assert is_known(Deflate)
