"""First sight of a document by a proxy inside this process: what reading it costs, and how long the event loop stood still.

    python -m tests.bench.heartbeat UPSTREAM FOLDER NAME WARM_UP

The whole proxy runs here, on the loop that `serve` uses. A heartbeat notes the longest pause between two beats, by the clock
and by this thread's processor time, which does not count what other programs took. The question is asked from a thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

from proxy.clock import SystemClock
from proxy.logs import set_up_logs
from tests.bench.processes import cpu_seconds, tree
from tests.bench.wire import NPM_ACCEPT, Wire
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy

BEAT = 0.001


class Heart:
    """Beats until it is told to stop."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.busiest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Heart:
        self._task = asyncio.create_task(self._run())
        await asyncio.sleep(0.05)
        self.longest = self.busiest = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        wall, busy = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(BEAT)
            now, spent = time.perf_counter(), time.thread_time()
            self.longest = max(self.longest, now - wall - BEAT)
            self.busiest = max(self.busiest, spent - busy)
            wall, busy = now, spent


async def measure(upstream: str, folder: Path, name: str, warm_up: str) -> dict[str, float]:
    """Seconds of everything."""
    set_up_logs("warning", "json")
    clock = cast("FakeClock", SystemClock())  # time passes here
    async with running_proxy(upstream, folder, clock, quarantine={"hold": "0", "new_package_hold": "0"}) as proxy:
        # The reading process is started by the first large document.
        await asyncio.to_thread(_ask, proxy.url, warm_up)
        readers = tree(os.getpid())[1:]
        async with Heart() as heart:
            before, own = cpu_seconds(readers), time.process_time()
            seconds = await asyncio.to_thread(_ask, proxy.url, name)
            own = time.process_time() - own
            spent = cpu_seconds(readers) - before
    return {"wall": seconds, "reader": spent, "own": own, "lag": heart.longest, "busy": heart.busiest}


def _ask(url: str, name: str) -> float:
    with Wire(url) as wire:
        answer = wire.get("/" + name.replace("/", "%2f"), {"Accept": NPM_ACCEPT, "Accept-Encoding": "gzip"})
    if answer.status != 200:
        raise RuntimeError(f"{name} was answered with {answer.status}: {answer.content[:300]!r}")
    return answer.seconds


def run(work: Coroutine[Any, Any, dict[str, float]]) -> dict[str, float]:
    """On the loop that `serve` uses."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


if __name__ == "__main__":
    upstream, folder, name, warm_up = sys.argv[1:]
    sys.stdout.write(json.dumps(run(measure(upstream, Path(folder), name, warm_up))) + "\n")
