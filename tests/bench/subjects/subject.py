"""What the harness asks of everything that it measures."""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.bench.places import free_port
from tests.bench.processes import Program, cpu_seconds

STARTS_WITHIN = 60.0


class Subject(ABC):
    """A proxy before an upstream, with an empty cache in `folder` at first, and what it kept there after a restart."""

    name: ClassVar[str]

    def __init__(self, folder: Path, upstream: str, workers: int = 2, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.upstream = upstream
        self.workers = workers
        self.settings = dict(settings or {})
        self.port = 0
        self.program: Program | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def memories(self) -> int:
        """How many processes keep what they serve to themselves."""
        return 1

    @property
    def pids(self) -> list[int]:
        """All its processes."""
        return self.program.pids if self.program else []

    def cpu(self) -> float:
        """Seconds so far."""
        return cpu_seconds(self.pids)

    def start(self) -> None:
        """Returns once it takes connections. Raises Unavailable where it is not installed."""
        self.port = free_port()
        self.program = self.launch()
        self.wait()

    @abstractmethod
    def launch(self) -> Program:
        """Begin to listen on `port`."""

    def wait(self) -> None:
        """Until it takes connections."""
        assert self.program is not None
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if (said := self.program.ended()) is not None:
                    raise RuntimeError(f"{self.name} ended: {said}") from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.002)
            else:
                return

    def stop(self) -> None:
        """End it; what it kept stays."""
        if self.program is not None:
            self.program.stop()
            self.program = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
