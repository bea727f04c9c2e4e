"""Nothing between the client and the upstream."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from tests.bench.processes import Program
from tests.bench.subjects.subject import Subject


class Direct(Subject):
    """The upstream itself."""

    name: ClassVar[str] = "direct"

    def start(self) -> None:
        """It runs already."""
        port = urlsplit(self.upstream).port
        assert port
        self.port = port

    def launch(self) -> Program:
        """Never called."""
        raise NotImplementedError
