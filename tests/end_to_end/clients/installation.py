"""Where the pinned clients are: installed once from the registry that npm is configured for, then shared by all runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MANIFEST = Path(__file__).parent / "package.json"
NPM_INSTALL = [
    "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--no-update-notifier",
    "--fetch-retries=2", "--fetch-retry-factor=3", "--fetch-retry-mintimeout=200", "--fetch-retry-maxtimeout=5000",
]  # fmt: skip
UNREACHABLE = re.compile(
    r"npm error (?:code |errno )?(ENOTFOUND|EAI_AGAIN|ECONN\w+|E?TIMEDOUT|ERR_SOCKET_TIMEOUT|E(?:NET|HOST)UNREACH|"
    r"EIDLETIMEOUT|FETCH_ERROR|ENOTCACHED|E5\d\d|E40[13])\b"
)


class Unavailable(Exception):
    """The clients cannot be had on this machine now; the text says why."""


@dataclass(frozen=True)
class Installation:
    """The folder with the clients' packages."""

    root: Path

    def file(self, *parts: str) -> Path:
        """A file of an installed package."""
        path = self.root.joinpath("node_modules", *parts)
        if not path.exists():
            raise Unavailable(f"{'/'.join(parts)} is not installed: the package has none for this platform")
        return path

    def binary(self, pattern: str) -> Path:
        """The native executable that the package manager chose for this platform."""
        found = sorted(self.root.glob(f"node_modules/{pattern}"))
        if not found:
            raise Unavailable(f"no package matches {pattern} on {sys.platform} {platform.machine()}")
        return found[0]

    @property
    def node(self) -> Path:
        """The node of this machine."""
        found = shutil.which("node")
        if found is None:
            raise Unavailable("there is no node")
        return Path(found)

    @property
    def newer_node(self) -> Path:
        """A node that the newest clients accept: the packaged one, else that of this machine if it is new enough."""
        packaged = sorted(self.root.glob("node_modules/node-linux-*/bin/node"))
        if packaged:
            return packaged[0]
        asked = subprocess.run([self.node, "--version"], capture_output=True, text=True, timeout=20, check=True)
        major, minor = map(int, asked.stdout.strip().removeprefix("v").split(".")[:2])
        if (major, minor) < (24, 15):
            raise Unavailable(f"node {asked.stdout.strip()} is too old, and there is no packaged one for this platform")
        return self.node


def installation() -> Installation:
    """The clients, installed now if nobody has done so. Raises Unavailable where that is not possible."""
    base = Path(os.environ.get("PRATIQUE_TEST_CACHE") or Path.home() / ".cache" / "pratique-tests")
    digest = hashlib.sha256(MANIFEST.read_bytes() + f"{sys.platform} {platform.machine()}".encode()).hexdigest()[:16]
    root = base / f"clients-{digest}"
    if not root.exists():
        base.mkdir(parents=True, exist_ok=True)
        with _locked(base / f"{root.name}.lock"):
            if not root.exists():  # another run may have been faster
                _install(root)
    return Installation(root)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(root: Path) -> None:
    """Into a folder beside it, then renamed: `root` is complete or absent."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("there is no npm to install the clients with")
    scratch = Path(tempfile.mkdtemp(dir=root.parent, prefix=f"{root.name}."))
    try:
        shutil.copy(MANIFEST, scratch)
        done = subprocess.run([npm, *NPM_INSTALL], cwd=scratch, capture_output=True, text=True, timeout=280, check=False)
        if done.returncode == 0:
            scratch.rename(root)
            return
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"the clients could not be installed within {late.timeout} s") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    reason = UNREACHABLE.search(done.stderr)
    if reason:
        raise Unavailable(f"the clients could not be installed: the registry did not deliver them ({reason[1]})")
    raise RuntimeError(f"npm could not install the clients:\n{done.stderr}")
