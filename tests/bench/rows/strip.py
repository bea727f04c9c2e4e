"""What it costs to take install scripts out of an archive, against unpacking and packing it without a look."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.archive.reading import read_archive
from proxy.npm.archive.writing import File, write_archive
from proxy.npm.deflate.gzipping import gzip
from proxy.npm.stripping.strip import strip
from tests.bench.bench import Bench
from tests.bench.corpus import Corpus
from tests.bench.ratios import Spread
from tests.bench.table import Found, Target

ROW = "strip"
SAMPLE = 48
MANIFEST = "package.json"


@dataclass
class Costs:
    """Seconds of one round, all archives together."""

    stripping: float = 0.0
    packing: float = 0.0


def measure(bench: Bench) -> Iterator[Found]:
    """Both by themselves, in one process, on the same archives in turns."""
    bench.say("stripping")
    archives = sample(bench.corpus)
    if not archives:
        yield Found(ROW, "stripping", None, None, "no tarball is recorded")
        return
    _round(archives[:1])
    rounds = [_round(archives) for _ in range(bench.options.rounds)]
    unpacked = sum(len(zlib.decompress(packed, 31)) for packed in archives)
    reached = Spread(tuple(each.stripping / each.packing for each in rounds))
    spent = Spread(tuple(each.stripping for each in rounds)).median
    why = f"{len(archives)} archives, {unpacked / 1e6:.0f} MB unpacked, {unpacked / spent / 1e6:.0f} MB/s"
    numbers = {"strip s": [each.stripping for each in rounds], "gunzip and gzip s": [each.packing for each in rounds]}
    yield Found(ROW, "stripping against gunzip and gzip", Target("<=", 2, "x"), reached, why, numbers)


def sample(corpus: Corpus) -> list[bytes]:
    """Recorded tarballs of all sizes, each with an install script, whether it had one or not."""
    every = sorted(corpus.index.tarballs, key=lambda each: each.size)
    count = min(SAMPLE, len(every))
    made = []
    for each in (every[len(every) * number // count] for number in range(count)):
        scripted = with_script(corpus.tarball_file(each.name, each.version).read_bytes())
        if scripted is not None:
            made.append(scripted)
    return made


def with_script(packed: bytes) -> bytes | None:
    """The archive with an install script; None where it is not one that could be stripped."""
    try:
        archive = read_archive(packed)
        manifest = json.loads(archive.read(MANIFEST) or b"")
    except (ArchiveRefused, ValueError):
        return None
    if archive.oddities or not isinstance(manifest, dict):
        return None
    changed = json.dumps({**manifest, "scripts": {"postinstall": "node install.js"}}, indent=2).encode()
    return write_archive(
        File(path, changed if path == MANIFEST else archive.view(member), bool(member.mode & 0o111))
        for path, member in archive.files.items()
    )


def _round(archives: Sequence[bytes]) -> Costs:
    costs = Costs()
    for packed in archives:
        begun = time.perf_counter()
        assert strip(read_archive(packed)) is not None
        between = time.perf_counter()
        gzip([zlib.decompress(packed, 31)])
        costs.packing += time.perf_counter() - between
        costs.stripping += between - begun
    return costs
