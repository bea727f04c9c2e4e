"""What is doubtful about a registry that packages come from, the public one or that of a namespace; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.problem import Problem
from config.settings import Settings, is_loopback

_TAKEN = frozenset({"PRATIQUE_TOKEN", "PRATIQUE_URL", "PRATIQUE_CONFIG"})
"""Variables that mean something else."""


def check_source(
    settings: Settings, url: tuple[str, str], token_env: tuple[str, str], env: Mapping[str, str]
) -> Iterator[Problem]:
    """Its address and its credential, each as key path and value; an address that is empty is not looked at."""
    yield from _address(settings, *url, secret=bool(token_env[1]))
    yield from _credential(settings, *token_env, env)


def _address(settings: Settings, place: str, url: str, *, secret: bool) -> Iterator[Problem]:
    from urllib.parse import urlsplit

    if url and url in settings.server.public_urls:
        yield Problem("error", place, "is one of server.public_urls: the server would ask itself; write the registry's")
    if url.startswith("http://") and not is_loopback(urlsplit(url).hostname or ""):
        clear = "the credential is sent in clear, and " if secret else ""
        yield Problem("warning", place, f"is not encrypted: {clear}anybody on the way can change answers; write https")


def _credential(settings: Settings, place: str, variable: str, env: Mapping[str, str]) -> Iterator[Problem]:
    if variable in _TAKEN:
        yield Problem("error", place, f"{variable} has another meaning: use a variable of its own")
    elif variable and variable == settings.access.admin_token_env:
        text = "names the admin's token too: whoever runs that registry could administer; use a variable of its own"
        yield Problem("error", place, text)
    elif variable and not env.get(variable):
        yield Problem("error", place, f"names {variable}, which is not set: set it, or leave the key out")
