"""A document that is packed in parts is one gzip member of the same bytes, wherever its parts were packed first."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.rendering import Stretch
from proxy.web.packing import pack, pack_parts

texts = st.binary(max_size=3000) | st.binary(min_size=1, max_size=20).map(lambda each: each * 5000)


def keyed(text: bytes) -> Stretch:
    return Stretch((text,), lambda: text)


def loose(text: bytes) -> Stretch:
    return Stretch(None, lambda: text)


def unpacked_at_once(body: bytes) -> bytes:
    """By a reader that wants exactly one member and nothing behind it."""
    reader = zlib.decompressobj(wbits=31)
    found = reader.decompress(body)
    assert reader.eof
    assert reader.unused_data == b""
    return found


@given(st.lists(st.tuples(texts, st.booleans()), max_size=6))
def test_one_member_with_everything_in_it(parts: list[tuple[bytes, bool]]) -> None:
    packed = pack_parts([keyed(text) if known else loose(text) for text, known in parts])
    assert unpacked_at_once(packed.body) == b"".join(text for text, _ in parts)


@given(st.lists(texts, min_size=1, max_size=6, unique=True), st.lists(texts, max_size=6, unique=True))
def test_what_was_packed_before_is_taken_over_wherever_it_stands(before: list[bytes], others: list[bytes]) -> None:
    earlier = pack_parts([keyed(text) for text in before])
    mixed = list(dict.fromkeys([*before[::2], *others, *before[1::2]]))
    again = pack_parts([keyed(text) for text in mixed], earlier)
    assert again == pack_parts([keyed(text) for text in mixed])
    assert unpacked_at_once(again.body) == b"".join(mixed)


def test_what_is_known_is_not_made_again() -> None:
    made = []

    def make() -> bytes:
        made.append(1)
        return b"versions"

    first = pack_parts([loose(b"{"), Stretch(("a",), make), loose(b"}")])
    second = pack_parts([loose(b"[["), Stretch(("a",), make), loose(b"]]")], first)
    assert (len(made), unpacked_at_once(second.body)) == (1, b"[[versions]]")


def test_parts_and_the_whole_unpack_to_the_same() -> None:
    text = b"0123456789" * 100_000
    parts = [keyed(text[at : at + 300_000]) for at in range(0, len(text), 300_000)]
    assert gzip.decompress(pack_parts(parts).body) == gzip.decompress(pack(text)) == text
