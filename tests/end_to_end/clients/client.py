"""What the tests ask of every package manager, and what is the same for all of them."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from tests.end_to_end.clients.installation import Installation
from tests.end_to_end.clients.process import Result, run
from tests.end_to_end.clients.project import installed
from tests.fakes.simulator import Simulator


@dataclass(frozen=True)
class Order:
    """One install as a test asks for it."""

    project: Path
    registry: str
    """With a slash at the end."""
    cache: Path
    frozen: bool = False
    add: Sequence[str] = ()
    token: str | None = None
    age_gate: bool = False
    """Leaves the client's own age gate at its default; otherwise it is switched off."""
    audit: bool = True
    extra_args: Sequence[str] = field(default=())

    @property
    def credentials(self) -> str:
        """The line that an `.npmrc` needs for the token: bound to host and path, without a scheme."""
        where = urlsplit(self.registry)
        return f"//{where.netloc}{where.path}:_authToken={self.token}\n" if self.token else ""


class Client(ABC):
    """A package manager with a home, caches and configuration of its own below `home`.

    Settings go into the *user's* configuration, so that a test's own `.npmrc` or `.yarnrc.yml` in the project wins.
    """

    name: ClassVar[str]
    lockfile_name: ClassVar[str]

    def __init__(self, tools: Installation, home: Path) -> None:
        self.tools = tools
        self.home = home

    async def install(
        self,
        project: Path,
        registry: str,
        *,
        frozen: bool = False,
        add: Sequence[str] = (),
        token: str | None = None,
        age_gate: bool = False,
        audit: bool = True,
        extra_env: Mapping[str, str] | None = None,
        extra_args: Sequence[str] = (),
        fresh_cache: bool = True,
        cache: Path | None = None,
        timeout: float = 120,
    ) -> Result:
        """Installs the project, or adds packages to it. `fresh_cache` forgets what earlier installs left in the cache."""
        where = cache or self.home / "cache"
        if fresh_cache:
            shutil.rmtree(where, ignore_errors=True)
        for folder in (self.home, where, self.home / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        registry = registry.rstrip("/") + "/"
        order = Order(project, registry, where, frozen, add, token, age_gate, audit, extra_args)
        self.configure(order)
        env = {**self.clean_environment(), **self.environment(order), **(extra_env or {})}
        return await run([*self.command(order), *extra_args], project, env, timeout)

    def clean_environment(self) -> dict[str, str]:
        """Nothing of the caller's: no CI variables, no npm configuration, no proxies."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.node.parent}{os.pathsep}{os.defpath}",
            "TMPDIR": str(self.home / "tmp"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "DO_NOT_TRACK": "1",
        }

    @property
    def node(self) -> Path:
        """The node that runs the client and its scripts."""
        return self.tools.node

    @abstractmethod
    def command(self, order: Order) -> list[str | Path]:
        """The program and its arguments."""

    @abstractmethod
    def configure(self, order: Order) -> None:
        """Writes the user's configuration files."""

    def environment(self, order: Order) -> dict[str, str]:
        """Variables on top of the clean environment."""
        return {}

    def provision(self, upstream: Simulator) -> None:  # noqa: B027 - most clients need nothing
        """Publishes what the client itself fetches from the registry before it can start."""

    def check(self) -> None:
        """Raises Unavailable where this platform cannot run the client."""
        nowhere = Order(self.home, "http://127.0.0.1/", self.home)
        self.command(nowhere)
        _ = self.node

    def lockfile(self, project: Path) -> Path:
        """Where the lockfile is, or would be."""
        return project / self.lockfile_name

    def installed(self, project: Path) -> dict[str, str]:
        """name -> version of all that is in node_modules."""
        return installed(project)


def npmrc(settings: Mapping[str, str | int | bool | Path]) -> str:
    """The lines of an `.npmrc`."""
    texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in settings.items()}
    return "".join(f"{key}={text}\n" for key, text in texts.items())
