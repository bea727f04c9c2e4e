"""What the registry means to say, before it is put on the wire (where a fault may spoil it)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """Status, headers and the whole body: small enough here to hold in memory."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    reason: str | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        """A JSON document, compact as registries send it."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": "application/json", **headers})

    @classmethod
    def missing(cls) -> Answer:
        """npm's words for a package that it does not have."""
        return cls.json({"error": "Not found"}, 404)
