"""What holds for any archive: honest ones come back whole, and no change of a byte goes unnoticed."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.archive.members import Archive, ArchiveRefused, Caps
from proxy.npm.archive.reading import read_archive
from tests.fakes.tars import gz, member, tgz
from tests.proxy.npm.archive.drawn import drawn
from tests.proxy.npm.archive.mutated import mutate, nudge
from tests.proxy.npm.archive.rows import ROWS

MANIFEST = b'{"name": "it", "version": "1.0.0"}'
SMALL = Caps(packed=2**20, unpacked=2**20, entries=2000, pax=4096)
SEEDS = st.integers(0, 2**32)


def attempt(packed: bytes) -> Archive | None:
    """Read with small caps; None where it is refused. Nothing else may be raised."""
    try:
        return read_archive(packed, SMALL)
    except ArchiveRefused:
        return None


def seen(archive: Archive) -> list[tuple[str, int, int, int, bool]]:
    return [(each.path, each.size, each.mode, each.offset, each.directory) for each in archive.members]


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_an_honest_archive_comes_back_whole(seed: int) -> None:
    packed, files = drawn(Random(seed), MANIFEST)
    archive = read_archive(packed)
    assert archive.oddities == ()
    assert {path: archive.read(path) for path in archive.files} == files
    assert archive.packed == len(packed)


@given(SEEDS, st.data())
@settings(max_examples=300, deadline=None)
def test_a_flipped_bit_of_the_download_is_noticed_or_changes_nothing(seed: int, data: st.DataObject) -> None:
    packed, _ = drawn(Random(seed), MANIFEST)
    before = read_archive(packed)
    at, bit = data.draw(st.integers(0, len(packed) - 1)), data.draw(st.integers(0, 7))
    after = attempt(packed[:at] + bytes((packed[at] ^ 1 << bit,)) + packed[at + 1 :])
    if after is not None and not after.oddities:
        assert seen(after) == seen(before)
        assert after.unpacked == before.unpacked


@given(SEEDS, st.data())
@settings(max_examples=500, deadline=None)
def test_a_flipped_bit_of_a_header_is_noticed_or_changes_nothing(seed: int, data: st.DataObject) -> None:
    packed, _ = drawn(Random(seed), MANIFEST)
    before = read_archive(packed)
    stream = bytes(before.unpacked)
    # Only headers: that file content changes is the digest's matter. Long names in extended headers are content of a header.
    starts = [each.offset - 512 for each in before.members]
    at = data.draw(st.sampled_from(starts)) + data.draw(st.integers(0, 511))
    after = attempt(gz(stream[:at] + bytes((stream[at] ^ 1 << data.draw(st.integers(0, 7)),)) + stream[at + 1 :]))
    if after is not None and not after.oddities:
        assert seen(after) == seen(before)


@given(SEEDS, st.data())
@settings(max_examples=200, deadline=None)
def test_an_archive_that_is_cut_off_is_never_fine(seed: int, data: st.DataObject) -> None:
    packed, _ = drawn(Random(seed), MANIFEST)
    after = attempt(packed[: data.draw(st.integers(0, len(packed) - 1))])
    assert after is None or after.oddities


@given(SEEDS, st.binary(min_size=1, max_size=2000))
@settings(max_examples=100, deadline=None)
def test_an_archive_with_something_behind_it_is_never_fine(seed: int, more: bytes) -> None:
    packed, _ = drawn(Random(seed), MANIFEST)
    after = attempt(packed + more)
    assert after is None or after.oddities or not any(more)


@given(st.binary(max_size=5000))
@settings(max_examples=300, deadline=None)
def test_bytes_that_are_no_archive_are_refused_or_odd(data: bytes) -> None:
    for packed in (data, gz(data)):
        archive = attempt(packed)
        assert archive is None or archive.oddities


def test_whatever_is_done_to_archives_is_refused_or_read() -> None:
    random = Random(7)
    streams = [bytes(read_archive(row.build(MANIFEST, b"{}")).unpacked) for row in ROWS]
    outcomes = {"read": 0, "odd": 0, "refused": 0}
    for _ in range(4000):
        stream = bytearray(random.choice(streams))
        for _ in range(random.randint(1, 6)):
            if random.random() < 0.5:
                nudge(stream, random)
            else:
                mutate(stream, streams, random)
        archive = attempt(gz(bytes(stream), level=1))
        outcomes["refused" if archive is None else "odd" if archive.oddities else "read"] += 1
    assert outcomes["read"] + outcomes["odd"] > 2000  # the fuzz reached the walk
    assert outcomes["odd"] > 1000


@given(st.lists(SEEDS, min_size=2, max_size=4))
@settings(max_examples=50, deadline=None)
def test_gzip_members_that_follow_each_other_are_always_odd(seeds: list[int]) -> None:
    packed = b"".join(drawn(Random(seed), MANIFEST)[0] for seed in seeds)
    archive = attempt(packed)
    assert archive is not None
    assert "gzip-members" in {each.kind for each in archive.oddities}


def test_a_member_that_claims_nothing_is_still_listed() -> None:
    archive = read_archive(tgz(member("package/package.json", MANIFEST), member("package/empty")))
    assert archive.read("empty") == b""
