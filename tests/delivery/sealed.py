"""Runs a program as the image's user, on a file system that it can only read; as far as this machine allows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

UID = 10001


@cache
def becomes_user() -> bool:
    """Whether programs can be run as the image's user: only root can become another."""
    return os.geteuid() == 0 and shutil.which("setpriv") is not None


@cache
def seals() -> bool:
    """Whether the whole file system can be made read-only for one program."""
    tried = ["unshare", "--mount", "--propagation", "private", "mount", "-o", "remount,ro,bind", "/"]
    return becomes_user() and subprocess.run(tried, capture_output=True, timeout=20, check=False).returncode == 0


def python() -> Path:
    """A Python that the image's user can run: this one, unless it lies in somebody's home."""
    for candidate in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        probe = "import ensurepip, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))"
        path = Path(candidate).resolve()
        # By way of env: setpriv itself still may go where the user may not.
        tried = [*_as_user(), "env", path, "-c", probe]
        if path.exists() and subprocess.run(tried, capture_output=True, timeout=20, check=False).returncode == 0:
            return path
    raise FileNotFoundError("no Python 3.11 with venv that another user can run; on Debian: apt-get install python3-venv")


def command(arguments: Sequence[str | Path], env: Mapping[str, str], writable: Sequence[Path]) -> list[str]:
    """The arguments with everything around them; the process that results is the program itself."""
    inner = ["env", "-i", *(f"{key}={value}" for key, value in env.items()), *map(str, arguments)]
    inner = [*map(str, _as_user()), *inner]
    if not seals():
        return inner
    binds = [f"mount --bind {shlex.quote(str(each))} {shlex.quote(str(each))}" for each in writable]
    script = " && ".join([*binds, "mount -o remount,ro,bind /", f"exec {shlex.join(inner)}"])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]


def _as_user() -> list[str]:
    if not becomes_user():
        return []
    ids = [f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
    return ["setpriv", *ids, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]
