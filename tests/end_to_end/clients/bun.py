"""bun: a native program with its own configuration file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from tests.end_to_end.clients.client import Client, Order


class Bun(Client):
    """Its age gate is off unless asked for."""

    name: ClassVar[str] = "bun"
    lockfile_name = "bun.lock"

    def configure(self, order: Order) -> None:
        """JSON strings are TOML strings."""
        registry = f"url = {json.dumps(order.registry)}"
        if order.token:
            registry += f", token = {json.dumps(order.token)}"
        lines = ["telemetry = false", "[install]", f"registry = {{ {registry} }}"]
        lines += ["[install.cache]", f"dir = {json.dumps(str(order.cache))}"]
        (self.home / ".bunfig.toml").write_text("\n".join(lines) + "\n")

    def environment(self, order: Order) -> dict[str, str]:
        """Its user configuration is looked for under XDG_CONFIG_HOME first."""
        return {"BUN_CONFIG_HTTP_RETRY_COUNT": "1", "XDG_CONFIG_HOME": str(self.home), "BUN_INSTALL": str(self.home)}

    def command(self, order: Order) -> list[str | Path]:
        """`add` where there is something to add."""
        start: list[str | Path] = [self.tools.binary("@oven/bun-*/bin/bun")]
        if order.add:
            return [*start, "add", *order.add]
        return [*start, "install", *(["--frozen-lockfile"] if order.frozen else [])]
