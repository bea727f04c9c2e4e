"""pnpm: the last major in JavaScript settings of `.npmrc`, the newest with a configuration file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from tests.end_to_end.clients.client import Client, Order, npmrc


class Pnpm(Client):
    """What both have in common: the command line."""

    lockfile_name = "pnpm-lock.yaml"

    def program(self) -> list[str | Path]:
        """How pnpm is started."""
        raise NotImplementedError

    def command(self, order: Order) -> list[str | Path]:
        """`add` where there is something to add."""
        if order.add:
            return [*self.program(), "add", *order.add]
        return [*self.program(), "install", "--frozen-lockfile" if order.frozen else "--no-frozen-lockfile"]


class Pnpm10(Pnpm):
    """Reads everything from `~/.npmrc`; its age gate is off unless asked for."""

    name: ClassVar[str] = "pnpm10"

    def configure(self, order: Order) -> None:
        """The store is a cache too: what lies in it is not fetched again."""
        settings: dict[str, str | int | bool | Path] = {
            "registry": order.registry,
            "store-dir": order.cache / "store",
            "cache-dir": order.cache / "metadata",
            "state-dir": self.home / "state",
            "update-notifier": False,
            "fetch-retries": 1,
            "fetch-retry-mintimeout": 100,
            "fetch-retry-maxtimeout": 500,
        }
        (self.home / ".npmrc").write_text(npmrc(settings) + order.credentials)

    def program(self) -> list[str | Path]:
        """A script for node."""
        return [self.node, self.tools.file("pnpm10", "bin", "pnpm.cjs")]


class Pnpm12(Pnpm):
    """A native program. `.npmrc` gives it the registry and credentials, its own file the rest."""

    name: ClassVar[str] = "pnpm12"

    def configure(self, order: Order) -> None:
        """Its age gate is one day by default, and looks at lockfiles too."""
        (self.home / ".npmrc").write_text(npmrc({"registry": order.registry}) + order.credentials)
        settings = {
            "storeDir": order.cache / "store",
            "cacheDir": order.cache / "metadata",
            "stateDir": self.home / "state",
            "updateNotifier": "false",
            "fetchRetries": 1,
            "fetchRetryMintimeout": 100,
            "fetchRetryMaxtimeout": 500,
        }
        if not order.age_gate:
            settings["minimumReleaseAge"] = 0
        file = self.home / ".config" / "pnpm" / "config.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))

    def program(self) -> list[str | Path]:
        """The executable of this platform: the package's own launcher is put in place by an install script."""
        return [self.tools.binary("@pnpm/exe.*/pnpm")]
