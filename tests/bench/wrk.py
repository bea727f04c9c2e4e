"""wrk, with a script that goes through a list of requests."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.asks import Ask
from tests.bench.wire import request_bytes
from tests.delivery.fetched import Unavailable

SCRIPT = """
local requests = {
%s
}
local started = 0
function setup(thread)
  thread:set("number", started)
  started = started + 1
end
function init(args)
  at = math.floor(#requests * number / %d)
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("MEASURED %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What came of a run."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    """Milliseconds."""
    p99: float
    cpu: float = 0.0
    """Milliseconds of the subject's processor time a request."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def throughput(self) -> float:
        """Megabytes a second."""
        return self.bytes / self.seconds / 1e6


class Failed(Exception):
    """Some requests were not answered, or not with what was asked for."""


def require() -> str:
    """Raises Unavailable."""
    found = shutil.which("wrk")
    if found is None:
        raise Unavailable("wrk is missing: apt-get install wrk")
    return found


def run(url: str, asks: Sequence[Ask], folder: Path, *, seconds: float, connections: int = 32, threads: int = 2) -> Load:
    """Raises Failed where an answer was an error, or none came."""
    host, threads = urlsplit(url).netloc, min(threads, connections)
    script = folder / "wrk.lua"
    lines = ",\n".join(_lua(request_bytes(host, ask.path, ask.headers)) for ask in asks)
    script.write_bytes((SCRIPT % (lines, threads)).encode())
    options = [f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(script), url]
    done = subprocess.run([require(), *options], capture_output=True, text=True, timeout=seconds * 2 + 60, check=False)
    found = re.search(r"^MEASURED ([\d ]+)$", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        raise Failed(f"wrk: {(done.stderr or done.stdout)[-500:]}")
    requests, micros, received, lost, bad, p50, p99 = map(int, found[1].split())
    if lost or bad or not requests:
        raise Failed(f"{bad} of {requests} requests were answered with an error, {lost} not at all")
    return Load(requests, micros / 1e6, received, p50 / 1000, p99 / 1000)


def _lua(data: bytes) -> str:
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in data) + '"'
