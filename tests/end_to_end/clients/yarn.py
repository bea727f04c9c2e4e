"""yarn: classic and modern share a name and little else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from tests.end_to_end.clients.client import Client, Order, npmrc


class Yarn1(Client):
    """Reads the registry and credentials from `~/.npmrc`. It repeats a 5xx five times, which cannot be set."""

    name: ClassVar[str] = "yarn1"
    lockfile_name = "yarn.lock"

    def configure(self, order: Order) -> None:
        """`always-auth`: otherwise a token goes along with scoped packages only."""
        settings: dict[str, str | int | bool | Path] = {"registry": order.registry, "always-auth": True}
        (self.home / ".npmrc").write_text(npmrc(settings) + order.credentials)
        rc = f'registry "{order.registry}"\ncache-folder "{order.cache}"\ndisable-self-update-check true\n'
        (self.home / ".yarnrc").write_text(rc)

    def command(self, order: Order) -> list[str | Path]:
        """The lock records the address of each tarball."""
        start: list[str | Path] = [self.node, self.tools.file("yarn1", "bin", "yarn.js")]
        verb = ["add", *order.add] if order.add else ["install"]
        flags = ["--non-interactive", "--no-progress", *(["--frozen-lockfile"] if order.frozen else [])]
        return [*start, *verb, *flags]


class Yarn4(Client):
    """Reads `~/.yarnrc.yml` and no `.npmrc`. Its age gate is one day by default."""

    name: ClassVar[str] = "yarn4"
    lockfile_name = "yarn.lock"

    def configure(self, order: Order) -> None:
        """JSON is YAML."""
        settings: dict[str, Any] = {
            "npmRegistryServer": order.registry.rstrip("/"),
            "unsafeHttpWhitelist": ["127.0.0.1"],
            "nodeLinker": "node-modules",
            "enableTelemetry": False,
            "enableProgressBars": False,
            "enableGlobalCache": True,
            "globalFolder": str(order.cache),
            "httpRetry": 1,
        }
        if not order.age_gate:
            settings["npmMinimalAgeGate"] = 0
        if order.token:
            settings |= {"npmAuthToken": order.token, "npmAlwaysAuth": True}
        (self.home / ".yarnrc.yml").write_text(json.dumps(settings, indent=2) + "\n")
        # Without a lockfile of its own a project is taken for a part of whatever lies above it.
        if not order.frozen and not self.lockfile(order.project).exists():
            self.lockfile(order.project).touch()

    def command(self, order: Order) -> list[str | Path]:
        """`--immutable` is its word for frozen."""
        start: list[str | Path] = [self.node, self.tools.file("yarn4", "bin", "yarn.js")]
        if order.add:
            return [*start, "add", *order.add]
        return [*start, "install", "--immutable" if order.frozen else "--no-immutable"]
