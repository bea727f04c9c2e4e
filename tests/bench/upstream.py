"""The replay as the harness sees it: started, slowed, counted, ended."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.bench.processes import Program
from tests.bench.wire import Wire

ROOT = Path(__file__).parents[2]


class Upstream:
    """A replay in a process of its own."""

    def __init__(self, corpus: Path, folder: Path, *, plain: bool = False) -> None:
        command: list[str | Path] = [sys.executable, "-m", "tests.bench.replay", corpus, *(["--plain"] if plain else [])]
        self._program = Program(command, {**os.environ, "PYTHONPATH": str(ROOT)}, folder, piped=True)
        self.url = self._program.line()

    def reset(self) -> None:
        """Count from nought."""
        self._control("reset")

    def slow(self, milliseconds: float) -> None:
        """How long each answer takes from now on."""
        self._control(f"latency?ms={milliseconds}")

    def counts(self) -> dict[str, int]:
        """path -> how often it was asked for."""
        counted: dict[str, int] = json.loads(self._control("counts"))["counts"]
        return counted

    def stop(self) -> None:
        """End it."""
        self._program.stop()

    def _control(self, what: str) -> bytes:
        with Wire(self.url) as wire:
            return wire.get(f"/-/replay/{what}").body
