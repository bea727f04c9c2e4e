"""Access records as a company makes them, and how long it takes to write them and to ask who had a version.

    python -m tests.bench.access_records --records 10000000 --place /var/tmp/access.db

90 days, 500 clients with 150 credentials, 5,000 packages of which a few are in everything, and audits of 1,300-package
trees that change a little every day. Records are made in the order in which they would come.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from proxy.access.records import Access, Kind, Outcome
from proxy.access.store import AccessLog
from quarantine.package import PackageName
from quarantine.ranges import Subject

START = datetime(2026, 8, 1, tzinfo=UTC)
SPAN = timedelta(days=90)

Tree = dict[str, list[str]]


@dataclass(frozen=True)
class Company:
    """How large it is. Audits come on top of the records."""

    records: int = 10_000_000
    clients: int = 500
    credentials: int = 150
    packages: int = 5_000
    projects: int = 150
    tree: int = 1_300
    """Packages in the tree of a project."""
    audits: int = 200_000
    seed: int = 7

    def stream(self) -> Iterator[tuple[Access, Tree | None]]:
        """Its records, the oldest first, with a tree where one is an audit."""
        random = Random(self.seed)
        names = [f"package-{n}" if n % 4 else f"@scope-{n % 97}/package-{n}" for n in range(self.packages)]
        weights = list(accumulate(1 / (n + 1) for n in range(self.packages)))
        clients = [f"10.{n // 250}.{n % 7}.{n % 250}" for n in range(self.clients)]
        agents = [f"npm/11.{n % 8}.{n % 5} node/v{20 + n % 5}.{n % 13}.0 linux x64 workspaces/false" for n in range(60)]
        projects = [self._tree(random, names, weights) for _ in range(self.projects)]
        total = self.records + self.audits
        step, change = SPAN / total, max(1, round(total / 90 / self.projects))
        every = total / self.audits if self.audits else 0.0
        due = every
        for n in range(total):
            at = START + step * n
            if n % change == 0:
                self._bump(random, projects[n // change % self.projects])
            who = random.randrange(self.clients)
            credential = f"c{who % self.credentials}" if who % 5 else None
            agent, command = agents[who * 7 % 60], "ci" if who % 3 else "install"
            if self.audits and n + 1 >= due:
                due += every
                tree = projects[who * 31 % self.projects]
                yield Access(at, "audit", None, None, "served", clients[who], agent, command, credential), dict(tree)
                continue
            rank = bisect(weights, random.random() * weights[-1])
            version, kind, outcome, rules = _version(random, rank), *_what(random)
            if kind == "packument":
                version = None
            yield Access(at, kind, names[rank], version, outcome, clients[who], agent, command, credential, rules), None

    def _tree(self, random: Random, names: list[str], weights: list[float]) -> Tree:
        tree: Tree = {}
        while len(tree) < min(self.tree, self.packages * 2 // 3):
            rank = bisect(weights, random.random() ** 0.3 * weights[-1])
            tree[names[rank]] = sorted({_version(random, rank) or "" for _ in range(1 + (random.random() < 0.1))})
        return tree

    def _bump(self, random: Random, tree: Tree) -> None:
        """Another version of three of its packages."""
        for name in random.sample(sorted(tree), 3):
            rank = int(name.rpartition("-")[2])
            tree[name] = [_version(random, rank) or ""]


def _version(random: Random, rank: int) -> str | None:
    """Four of ten ask for the newest of twelve."""
    n = 11 if random.random() < 0.4 else random.randrange(12)
    return f"{1 + rank % 5}.{n}.{rank % 3}"


def _what(random: Random) -> tuple[Kind, Outcome, str]:
    draw = random.random()
    kind: Kind = "tarball" if draw < 0.55 else "packument" if draw < 0.95 else "manifest"
    if random.random() < 0.01:
        return kind, "withheld" if random.random() < 0.5 else "would-withhold", "age"
    return kind, "served", ""


def subjects(company: Company) -> dict[str, Subject]:
    """A version that nearly nobody asks for, the one that most ask for, and all of a package that everybody has."""
    rare = company.packages - 3
    rare_name = f"package-{rare}" if rare % 4 else f"@scope-{rare % 97}/package-{rare}"
    first = PackageName.parse("@scope-0/package-0")
    return {
        "a rare version": Subject(PackageName.parse(rare_name), f"{1 + rare % 5}.3.{rare % 3}", exact=True),
        "the most popular version": Subject(first, "1.11.0", exact=True),
        "half of the most popular package": Subject.parse("@scope-0/package-0@<1.6.0"),
        "all of the most popular package": Subject.parse("@scope-0/package-0"),
    }


def forget(place: Path) -> None:
    """Let the system forget what it holds of the files, as far as it does when asked."""
    for path in place.parent.glob(place.name + "*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def fill(log: AccessLog, company: Company) -> float:
    """Write all records; the seconds that took, without those for making them."""
    seconds = 0.0
    chunk: list[tuple[Access, Tree | None]] = []
    for each in company.stream():
        chunk.append(each)
        if len(chunk) == 20_000:
            seconds += await _write(log, chunk)
            chunk = []
    return seconds + await _write(log, chunk)


async def _write(log: AccessLog, chunk: list[tuple[Access, Tree | None]]) -> float:
    begun = time.perf_counter()
    for access, tree in chunk:
        if tree is None:
            log.note(access)
        else:
            log.note_tree(access, tree)
    await log.flush()
    return time.perf_counter() - begun


async def write_all(company: Company, place: Path) -> None:
    """Make the file."""
    log = await AccessLog.open(place)
    seconds = await fill(log, company)
    told(f"wrote {company.records:,} records and {company.audits:,} audits in {seconds:.0f} s")
    told(f"{(company.records + company.audits) / seconds:,.0f} a second; {log.dropped} dropped")
    await log.close()


async def ask_all(company: Company, place: Path) -> None:
    """Ask who had a version, and what was withheld."""
    ends = {"": None, " of the last 30 days": START + SPAN - timedelta(days=30)}
    for name, subject in subjects(company).items():
        for when, since in ends.items():
            forget(place)
            log = await AccessLog.open(place)
            begun = time.perf_counter()
            found = await log.exposure(subject, since)
            cold = time.perf_counter() - begun
            begun = time.perf_counter()
            await log.exposure(subject, since)
            warm = time.perf_counter() - begun
            await log.close()
            count = sum(each.fetched + each.installed + each.withheld + each.seen for each in found.versions)
            told(f"{name}{when}: {cold:.2f} s cold, {warm:.2f} s warm; {count:,} records, {len(found.who)} to act")
    log = await AccessLog.open(place)
    begun = time.perf_counter()
    report = await log.withheld_since(START + SPAN - timedelta(days=7))
    told(f"withheld in a week: {time.perf_counter() - begun:.2f} s; {report.versions} versions, {report.clients} clients")
    await log.close()


def told(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--place", type=Path, required=True)
    asked = parser.parse_args()
    company = Company(records=asked.records, audits=asked.records // 50)
    if not asked.place.exists():
        asyncio.run(write_all(company, asked.place))
    told(f"{asked.place.stat().st_size / 2**20:,.0f} MiB")
    asyncio.run(ask_all(company, asked.place))


if __name__ == "__main__":
    main()
