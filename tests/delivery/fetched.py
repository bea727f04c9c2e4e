"""Tools that are fetched once and shared by all runs: each is complete in its folder, or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

UNREACHABLE = re.compile(
    # npm's words, then pip's
    r"ENOTFOUND|EAI_AGAIN|ECONN\w+|E?TIMEDOUT|ERR_SOCKET_TIMEOUT|E(?:NET|HOST)UNREACH|EIDLETIMEOUT|FETCH_ERROR"
    r"|\bE5\d\d\b|\bE40[134]\b"
    r"|No matching distribution found|Could not fetch URL|Max retries exceeded|Read timed out"
    r"|Connection(?:Error| refused| reset| broken)|Temporary failure in name resolution"
)


class Unavailable(Exception):
    """A tool cannot be had on this machine now; the text says why."""


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache. `make` fills a folder beside it, which is renamed when it is complete."""
    base = Path(os.environ.get("PRATIQUE_TEST_CACHE") or Path.home() / ".cache" / "pratique-tests")
    root = base / name
    if root.exists():
        return root
    base.mkdir(parents=True, exist_ok=True)
    with _locked(base / f"{name}.lock"):
        if not root.exists():  # another run may have been faster
            scratch = Path(tempfile.mkdtemp(dir=base, prefix=f"{name}."))
            try:
                make(scratch)
                scratch.rename(root)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return root


def fetch(*command: str | Path, cwd: Path | None = None) -> None:
    """Run what downloads. Raises Unavailable when the other side does not answer."""
    try:
        done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    except FileNotFoundError as missing:
        raise Unavailable(f"there is no {command[0]}") from missing
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"{Path(command[0]).name} was not done within {late.timeout} s") from late
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    if reason := UNREACHABLE.search(output):
        raise Unavailable(f"{Path(command[0]).name}: the registry did not deliver ({reason[0]})")
    raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{output}")


def npm_package(name: str, version: str, sha256: str, into: Path) -> Path:
    """The archive of an npm package, checked against the digest that was looked at."""
    fetch("npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", into, cwd=into)
    (archive,) = into.glob("*.tgz")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert found == sha256, f"{name}@{version} has other bytes than expected: {found}"
    return archive


def python_tools(requirements: Path) -> Path:
    """The bin folder of an environment with these packages: never the product's own, with whose modules names could collide."""
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cached(f"{requirements.parent.name}-{requirements.stem}-{digest}", lambda to: _environment(to, requirements))
    return folder / "bin"


def _environment(root: Path, requirements: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", root], check=True, timeout=120)
    python = root / "bin" / "python"
    options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
    fetch(python, "-m", "pip", "install", *options, "-r", requirements)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
