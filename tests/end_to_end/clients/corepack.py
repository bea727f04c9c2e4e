"""pnpm as corepack starts it: the package manager itself comes from the registry as well."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from functools import cache
from pathlib import Path
from typing import ClassVar

from tests.end_to_end.clients.client import Order
from tests.end_to_end.clients.pnpm import Pnpm10
from tests.fakes.simulator import Simulator


class CorepackPnpm(Pnpm10):
    """Asks for `/pnpm/-/pnpm-<version>.tgz`, unpacks it below its home and runs it."""

    name: ClassVar[str] = "corepack_pnpm"

    @property
    def version(self) -> str:
        """The pnpm that it is told to run."""
        version: str = json.loads(self.tools.file("pnpm10", "package.json").read_text())["version"]
        return version

    @property
    def node(self) -> Path:
        """Current corepack does not start on node 20."""
        return self.tools.newer_node

    def environment(self, order: Order) -> dict[str, str]:
        """No signatures to check: the test registry has no key that corepack knows."""
        return {
            "COREPACK_HOME": str(order.cache / "corepack"),
            "COREPACK_NPM_REGISTRY": order.registry.rstrip("/"),
            "COREPACK_INTEGRITY_KEYS": "0",
            "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
            "COREPACK_ENABLE_AUTO_PIN": "0",
            **({"COREPACK_NPM_TOKEN": order.token} if order.token else {}),
        }

    def program(self) -> list[str | Path]:
        """The version on the command line, so that the project's package.json stays as the test wrote it."""
        return [self.node, self.tools.file("corepack", "dist", "corepack.js"), f"pnpm@{self.version}"]

    def provision(self, upstream: Simulator) -> None:
        """The installed pnpm, packed again."""
        folder = self.tools.file("pnpm10", "package.json").parent
        own = json.loads((folder / "package.json").read_text())
        upstream.publish("pnpm", self.version, manifest={"bin": own["bin"]}, tarball=_packed(folder))


@cache
def _packed(folder: Path) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.add(folder, arcname="package")
    return gzip.compress(raw.getvalue(), compresslevel=1)
