"""npm, three majors. All read `~/.npmrc`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from tests.end_to_end.clients.client import Client, Order, npmrc


class Npm(Client):
    """npm audits on every install, and prints the notice of that answer."""

    lockfile_name = "package-lock.json"

    def configure(self, order: Order) -> None:
        """Retries are short: with npm's defaults a failing request costs 70 s."""
        settings: dict[str, str | int | bool | Path] = {
            "registry": order.registry,
            "cache": order.cache,
            "audit": order.audit,
            "fund": False,
            "update-notifier": False,
            "progress": False,
            "fetch-retries": 1,
            "fetch-retry-mintimeout": 100,
            "fetch-retry-maxtimeout": 500,
        }
        (self.home / ".npmrc").write_text(npmrc(settings) + order.credentials)

    def command(self, order: Order) -> list[str | Path]:
        """`npm ci` where the lockfile is to be kept to."""
        script = self.tools.file(self.name, "bin", "npm-cli.js")
        return [self.node, script, "ci" if order.frozen else "install", *order.add]


class Npm10(Npm):
    """The one that comes with node 20 and 22."""

    name: ClassVar[str] = "npm10"


class Npm11(Npm):
    """The newest for node 20 that has `min-release-age`."""

    name: ClassVar[str] = "npm11"


class Npm12(Npm):
    """Refuses tarballs from hosts other than the registry's, and runs no scripts by itself."""

    name: ClassVar[str] = "npm12"

    @property
    def node(self) -> Path:
        """It refuses to start on node 20."""
        return self.tools.newer_node
