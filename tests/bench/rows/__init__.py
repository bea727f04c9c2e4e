"""The rows of the table, one module each; a row measures and yields what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench.bench import Bench
from tests.bench.rows import first_sight, install, memory, packuments, rerender, stampede, startup, strip, tarballs, versions
from tests.bench.table import Found

ROWS: dict[str, Callable[[Bench], Iterator[Found]]] = {
    "packuments": packuments.measure,
    "versions": versions.measure,
    "tarballs": tarballs.measure,
    "rerender": rerender.measure,
    "first-sight": first_sight.measure,
    "install": install.measure,
    "stampede": stampede.measure,
    "memory": memory.measure,
    "startup": startup.measure,
    "strip": strip.measure,
}
