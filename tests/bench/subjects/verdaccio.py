"""Verdaccio 6, the registry that teams run today."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import ClassVar

from tests.bench.processes import Program
from tests.bench.subjects.subject import Subject
from tests.delivery.fetched import Unavailable, cached, fetch

CONFIGURATION = """
storage: {folder}/storage
auth: {{ htpasswd: {{ file: {folder}/htpasswd, max_users: -1 }} }}
web: {{ enable: false }}
uplinks:
  upstream: {{ url: "{upstream}/", maxage: 6h, timeout: 60s, max_fails: 1000, cache: true }}
packages:
  "@*/*": {{ access: $all, proxy: upstream }}
  "**": {{ access: $all, proxy: upstream }}
server: {{ keepAliveTimeout: 75 }}
middlewares: {{ audit: {{ enabled: true }} }}
log: {{ type: stdout, format: json, level: fatal }}
"""


class Verdaccio(Subject):
    """One process, as it comes."""

    name: ClassVar[str] = "verdaccio"

    def launch(self) -> Program:
        """Installed from npm's registry first, once, into the tests' cache."""
        node = shutil.which("node")
        if node is None or shutil.which("npm") is None:
            raise Unavailable("Verdaccio needs node and npm: apt-get install nodejs npm")
        root = cached("verdaccio-6", _install)
        file = self.folder / "config.yaml"
        file.write_text(CONFIGURATION.format(folder=self.folder, upstream=self.upstream))
        script = root / "node_modules" / "verdaccio" / "bin" / "verdaccio"
        env = {"HOME": str(self.folder), "PATH": os.environ.get("PATH", os.defpath), "NODE_ENV": "production"}
        return Program([node, script, "--config", file, "--listen", f"127.0.0.1:{self.port}"], env, self.folder)


def _install(folder: Path) -> None:
    # A mirror may know no tag but `latest`, and Verdaccio asks for node-fetch@cjs.
    manifest = {"private": True, "overrides": {"node-fetch": "^2.6.7"}}
    (folder / "package.json").write_text(json.dumps(manifest))
    fetch("npm", "install", "verdaccio@6", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", cwd=folder)
