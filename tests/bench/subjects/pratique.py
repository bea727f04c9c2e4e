"""`pratique serve`, as it is installed beside the Python that runs this."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import ClassVar

from tests.bench.processes import Program
from tests.bench.subjects.subject import Subject

PROGRAM = Path(sys.executable).with_name("pratique")
SETTINGS = {
    "PRATIQUE_QUARANTINE__HOLD": "0",
    "PRATIQUE_QUARANTINE__NEW_PACKAGE_HOLD": "0",
    "PRATIQUE_UPSTREAM__FRESH": "6h",
    "PRATIQUE_LOG__LEVEL": "warning",
}
"""Nothing waits, so that the same documents are served as by the others; and what is warm stays so while it is measured."""


class Pratique(Subject):
    """The first administrator's token is in `token` after the first start."""

    name: ClassVar[str] = "pratique"
    token = ""

    @property
    def memories(self) -> int:
        """Each worker has its own."""
        return self.workers

    def launch(self) -> Program:
        """All of its own: no setting of the caller's reaches it."""
        env = {"HOME": str(self.folder), "PATH": os.defpath, "LANG": "C.UTF-8", **SETTINGS, **self.settings}
        command: list[str | Path] = [PROGRAM, "serve", "--port", str(self.port), "--data-dir", self.folder / "data"]
        command += ["--upstream", self.upstream, "--workers", str(self.workers)]
        return Program(command, env, self.folder, piped=True)

    def greeted(self) -> None:
        """Read what it prints once it listens."""
        assert self.program is not None
        while not (line := self.program.line()).endswith("pratique held"):
            if found := re.search(r"PRATIQUE_TOKEN=(\S+)$", line):
                self.token = found[1]

    def start(self) -> None:
        """Ready once it has said so."""
        super().start()
        self.greeted()
