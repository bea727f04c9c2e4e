"""Which registry is the upstream: what was named, else what the first start found, else what npm is configured for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from proxy.registry.origins import DEFAULT_PORTS, BadUpstream, origin_of

STORED = "upstream"
"""The file in the data folder that holds the address."""

AskNpm = Callable[[], str]


def choose_upstream(named: str, home: Path, listening: tuple[str, int], ask_npm: AskNpm) -> str:
    """The upstream's address; what is found is stored, so that npm may be pointed at us afterwards.

    Raises BadUpstream, with the mend, where there is none or where it is ourselves.
    """
    stored = home / STORED
    if named:
        chosen = named
    elif stored.exists():
        return stored.read_text("utf-8").strip()
    else:
        chosen = ask_npm()
    origin_of(chosen)
    if is_ourselves(chosen, listening):
        raise BadUpstream(
            "npm is already configured for this proxy, so it cannot say which registry is behind it; "
            "name that with --upstream https://registry.example/"
        )
    stored.write_text(f"{chosen}\n", "utf-8")
    return chosen


def is_ourselves(url: str, listening: tuple[str, int]) -> bool:
    """Whether an address is the one we listen on, as far as its spelling tells."""
    parts = urlsplit(url)
    host, port = listening
    local = {"localhost", "127.0.0.1", "::1", host}
    return port != 0 and (parts.port or DEFAULT_PORTS.get(parts.scheme)) == port and (parts.hostname or "") in local


def npm_says(env: Mapping[str, str], where: Path) -> str:
    """What `npm config get registry` answers, asked outside any project. Raises BadUpstream."""
    npm = shutil.which("npm", path=env.get("PATH"))
    if npm is None:
        raise BadUpstream("npm is not installed, so nobody says which registry to use; name it with --upstream")
    try:
        asked = subprocess.run(  # noqa: S603
            [npm, "config", "get", "registry"], capture_output=True, text=True, timeout=60, cwd=where, env=dict(env), check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadUpstream(f"npm did not say which registry to use ({type(error).__name__}); name it with --upstream") from error
    answer = asked.stdout.strip().splitlines()
    if asked.returncode != 0 or not answer:
        raise BadUpstream("npm did not say which registry to use; name it with --upstream")
    return answer[-1].strip()
