"""How the strict reader takes to the tarballs of a folder: `python -m tests.live.archives FOLDER`.

Prints how many are odd and why, and what reading costs beside unpacking alone. A rule that honest packages trip is a bad rule.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections import Counter
from pathlib import Path

from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.archive.reading import read_archive


def main(folder: Path) -> None:
    """Reads all `*.tgz` in it and below."""
    kinds: Counter[str] = Counter()
    odd = packed = unpacked = members = 0
    reading = inflating = 0.0
    files = sorted(folder.rglob("*.tgz"))
    for file in files:
        data = file.read_bytes()
        started = time.process_time()
        try:
            archive = read_archive(data)
        except ArchiveRefused as refused:
            kinds["refused"] += 1
            say(f"{file.name}: refused: {refused}")
            continue
        between = time.process_time()
        unpacked += len(gzip.decompress(data))
        inflating += time.process_time() - between
        reading += between - started
        packed += len(data)
        members += len(archive.members)
        if archive.oddities:
            odd += 1
            kinds.update({each.kind for each in archive.oddities})
            say(f"{file.name}: " + "; ".join(each.reason for each in archive.oddities))
    say(f"{len(files):,} tarballs, {members:,} members, {packed / 2**20:.1f} MiB packed, {unpacked / 2**20:.1f} MiB unpacked")
    say(f"{odd} odd: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common()) or 'none'}")
    cost = reading / unpacked * 2**20 * 1000
    say(f"CPU {reading:.2f} s, {cost:.2f} ms a MiB unpacked: {reading / inflating:.2f} x gunzip alone")


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
