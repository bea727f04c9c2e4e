"""What was asked, kept for tests to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from multidict import CIMultiDictProxy


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived. The body is already decompressed."""

    method: str
    path: str
    """Raw, with the client's own encoding and query."""
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def plain_path(self) -> str:
        """The path decoded and without its query."""
        return unquote(self.path.split("?", 1)[0])

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)
