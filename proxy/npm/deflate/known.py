"""Whether a compressor is the one that it passes for: it packs samples, and the outcome is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Protocol

KNOWN = "4669fffe09e6e68a04847516a7e1969d10b69a8b33cb3bd6abbd79a960c0684f"
"""sha256 of what zlib 1.2.13 makes of the samples at level 6."""


class Compressor(Protocol):
    """Makes a deflate stream of pieces."""

    def compress(self, data: bytes | memoryview, /) -> bytes: ...

    def flush(self) -> bytes: ...


def is_known(make: Callable[[], Compressor]) -> bool:
    """Whether those that are made pack as zlib does. Takes zlib about 30 ms."""
    digest = hashlib.sha256()
    for stream in samples():
        compressor = make()
        for piece in stream:
            digest.update(compressor.compress(piece))
        digest.update(compressor.flush())
    return digest.hexdigest() == KNOWN


def samples() -> Iterator[list[bytes]]:
    """What compressors differ on: text, noise, runs, few symbols and many, repeats of all lengths near and far."""
    noise = hashlib.shake_256(b"sample").digest(200_000)
    words = [noise[at * 7 : at * 7 + 2 + noise[at] % 11] for at in range(600)]
    places = zip(noise[5_000:65_000:2], noise[5_001:65_001:2], strict=True)
    text = b" ".join(words[one * other % 600] for one, other in places)
    few = bytes(byte % 5 for byte in noise[:60_000])
    yield [text[:100_000], noise[:40_000], bytes(1000), few, text[60_000:90_000]]
    skewed = bytes(one & -one | two & 3 for one, two in pairwise(noise[:40_001]))
    yield [_copied(noise), b"ab" * 40_000, skewed, _far(noise), *_long(noise)]
    yield [text[:200]]


def _copied(noise: bytes) -> bytes:
    """Repeats of repeats, so that there are several to choose from."""
    made = bytearray(noise[:300])
    for at in range(300, 12_000, 4):
        length = 3 + noise[at] % (200 if noise[at + 1] % 8 == 0 else 24)
        begin = len(made) - 1 - int.from_bytes(noise[at + 1 : at + 3], "big") % min(len(made), 33_000)
        made += made[begin : begin + length]
        made += noise[at + 3 : at + 3 + noise[at] % 2]
    return bytes(made)


def _long(noise: bytes) -> Iterator[bytes]:
    """Repeats that are just long enough to be taken without a look at the next byte, or at older ones; and just not."""
    for number, length in enumerate((14, 15, 16, 17, 126, 127, 128, 129, 257, 258, 259)):
        again, more = noise[number * 400 :][:length], noise[number * 400 + 300 :][:30]
        older = again + more if length > 100 else again[1:] + more
        yield older + b"?" + again + b"!" + again + more


def _far(noise: bytes) -> bytes:
    """Repeats where zlib just takes them, and where it no longer does."""
    parts = []
    for number, distance in enumerate((4095, 4096, 4097, 32_505, 32_506, 32_507)):
        again = noise[number * 10 : number * 10 + (3 if distance < 5000 else 9)]
        parts += [again, noise[40_000 + number * 20_000 :][: distance - len(again)], again, noise[30_000:30_020]]
    return b"".join(parts)
