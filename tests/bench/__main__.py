"""`python -m tests.bench`: measure, and print the table of docs/performance.md.

Everything happens on 127.0.0.1, against a replay of what `python -m tests.bench.record DIR` has recorded. wrk and nginx come
from the distribution, Verdaccio from npm; a row says what it misses, and the rest goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.bench import Bench, Options
from tests.bench.corpus import INDEX, Corpus
from tests.bench.places import home
from tests.bench.rows import ROWS
from tests.bench.synthetic import small_corpus
from tests.bench.table import Found, markdown


def corpus_at(folder: Path, *, quick: bool) -> Corpus:
    """The recording; for a quick run a small one is made up where there is none. Raises FileNotFoundError."""
    if not (folder / INDEX).exists() and quick:
        folder = home() / "made-up"
        if not (folder / INDEX).exists():
            shutil.rmtree(folder, ignore_errors=True)
            small_corpus(Corpus.create(folder))
    return Corpus.open(folder)


def run(names: list[str], options: Options, corpus: Corpus) -> list[Found]:
    """One row after the other; one that fails says why and does not stop the others."""
    found: list[Found] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pratique-bench-", ignore_cleanup_errors=True)))
        bench = Bench(options, corpus, folder, stack)
        for name in names:
            sys.stderr.write(f"{name}\n")
            try:
                for each in ROWS[name](bench):
                    found.append(each)
            except Exception as error:
                found.append(Found(name, name, None, None, f"{type(error).__name__}: {str(error)[:300]}"))
    return found


def machine(options: Options, corpus: Corpus) -> dict[str, Any]:
    """What has to be known beside the numbers."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "load before": [round(each, 2) for each in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": len(corpus.recorded),
        "tarballs": len(corpus.index.tarballs),
        "workers": options.workers,
        "rounds": options.rounds,
        "seconds": options.seconds,
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: to see that it works, not to be quoted")
    parser.add_argument("--only", nargs="+", choices=sorted(ROWS), metavar="ROW", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=None, help="5, or 1 with --quick")
    parser.add_argument("--workers", type=int, default=2, help="of nginx and of the proxy")
    parser.add_argument("--without", nargs="+", choices=["verdaccio"], default=[], help="what not to compare with")
    parser.add_argument("--seconds", type=float, default=None, help="of one run of wrk: 5, or 1 with --quick")
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="what tests.bench.record has recorded")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="all numbers")
    asked = parser.parse_args()
    options = Options(
        quick=asked.quick,
        rounds=asked.rounds or (1 if asked.quick else 5),
        workers=asked.workers,
        seconds=asked.seconds or (1.0 if asked.quick else 5.0),
        without=tuple(asked.without),
    )
    try:
        corpus = corpus_at(asked.corpus or home() / "corpus", quick=asked.quick)
    except FileNotFoundError:
        parser.error("nothing is recorded there; record with `python -m tests.bench.record DIR`, or try --quick")
    # Ended from outside, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    about, begun = machine(options, corpus), time.monotonic()
    found = run([name for name in ROWS if asked.only is None or name in asked.only], options, corpus)
    sys.stdout.write(markdown(found) + "\n")
    if asked.json:
        about["minutes"] = round((time.monotonic() - begun) / 60, 1)
        asked.json.write_text(json.dumps({"machine": about, "rows": [each.value() for each in found]}, indent=1) + "\n")
    sys.exit(1 if any(each.passed is False for each in found) and not asked.quick else 0)


if __name__ == "__main__":
    main()
