"""Which requests a fault or a gate is about."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from tests.fakes.simulator.recording import Recorded

Where = str | Callable[[Recorded], bool]


def plain(path: str) -> str:
    """One spelling for `/@s%2fn`, `/@s%2Fn` and `/@s/n`, without the query."""
    return unquote(path.split("?", 1)[0])


def matcher(where: Where) -> Callable[[Recorded], bool]:
    """A string that ends in `/` is a prefix; any other is one exact path (so `/a` is not `/a/-/a-1.0.0.tgz`)."""
    if callable(where):
        return where
    wanted = plain(where)
    if wanted.endswith("/"):
        return lambda request: request.plain_path.startswith(wanted)
    return lambda request: request.plain_path == wanted


def packument_of(name: str) -> Callable[[Recorded], bool]:
    """The document of one package, full or abbreviated, however its name is encoded."""
    return matcher(f"/{name}")


def tarball_of(name: str, version: str | None = None) -> Callable[[Recorded], bool]:
    """Conventional tarball addresses of a package: of one version, or of all."""
    if version is None:
        return matcher(f"/{name}/-/")
    return matcher(f"/{name}/-/{name.rsplit('/', 1)[-1]}-{version}.tgz")
