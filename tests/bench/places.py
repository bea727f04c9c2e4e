"""Where recordings and tools are kept between runs: outside of the repository."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def home() -> Path:
    """`PRATIQUE_BENCH_DIR`, or a folder in the user's cache."""
    given = os.environ.get("PRATIQUE_BENCH_DIR")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pratique-bench"
    base.mkdir(parents=True, exist_ok=True)
    return base


def free_port() -> int:
    """A port on loopback that was free a moment ago, for programs that cannot choose one themselves."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
