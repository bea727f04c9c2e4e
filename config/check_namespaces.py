"""What is doubtful about `[[namespaces]]` entries; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from config.check_packages import check_holds
from config.pattern import EVERYTHING, covers
from config.policy import NamespaceEntry
from config.problem import Problem
from config.settings import Settings, is_loopback

PUBLIC_ALLOWED = (
    "holds the host of upstream.url: some registries send whoever asks for a package that they do not have there, and the answer"
    " would be the public package of that name; take it out, and switch such forwarding off"
)


def check_namespaces(settings: Settings, env: Mapping[str, str]) -> Iterator[Problem]:
    """Namespaces without an upstream or a credential, that can never apply, or that leave nothing for the public one."""
    for number, entry in enumerate(settings.namespaces):
        place = f"namespaces[{number}]"
        yield from _upstream(settings, entry, place, env)
        yield from _readers(settings, entry, place)
        if settings.upstream.url and _origin(settings.upstream.url) in set(entry.allowed_hosts) - {_origin(entry.upstream)}:
            yield Problem("error", f"{place}.allowed_hosts", PUBLIC_ALLOWED)
        if entry.match == EVERYTHING:
            text = 'is "*": every package would come from this upstream, and none from [upstream]; name a scope'
            yield Problem("warning", f"{place}.match", text)
        earlier = next((other for other in range(number) if _covers(settings.namespaces[other], entry)), None)
        if earlier is not None:
            by = f"namespaces[{earlier}] ({settings.namespaces[earlier].match!r})"
            text = f"(match = {entry.match!r}) can never apply: {by} matches all of it; move it up or out"
            yield Problem("warning", place, text)
        if entry.quarantine.hold:
            yield from check_holds(entry.quarantine, f"{place}.quarantine")


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _covers(wide: NamespaceEntry, narrow: NamespaceEntry) -> bool:
    return covers(wide.match.lower(), narrow.match.lower())


def _readers(settings: Settings, entry: NamespaceEntry, place: str) -> Iterator[Problem]:
    """Whoever may read here reads with the namespace's credential."""
    if entry.token_env and settings.anonymous and not is_loopback(settings.server.host):
        text = "lets everybody who reaches this server have these packages, since access.anonymous is true: set it to false"
        yield Problem("warning", f"{place}.token_env", text)


def _upstream(settings: Settings, entry: NamespaceEntry, place: str, env: Mapping[str, str]) -> Iterator[Problem]:
    if not entry.upstream:
        yield Problem("error", f"{place}.upstream", "is empty: write the address of the registry that has these packages")
        return
    if entry.upstream in settings.server.public_urls:
        text = "is one of server.public_urls: the server would ask itself; write the registry's"
        yield Problem("error", f"{place}.upstream", text)
    if entry.upstream.startswith("http://") and not is_loopback(urlsplit(entry.upstream).hostname or ""):
        secret = "the credential is sent in clear, and " if entry.token_env else ""
        text = f"is not encrypted: {secret}anybody on the way can change answers; write https"
        yield Problem("warning", f"{place}.upstream", text)
    if entry.token_env in {"PRATIQUE_TOKEN", "PRATIQUE_URL", "PRATIQUE_CONFIG"}:
        text = f"{entry.token_env} has another meaning: use a variable of its own"
        yield Problem("error", f"{place}.token_env", text)
    elif entry.token_env and entry.token_env == settings.access.admin_token_env:
        text = "names the admin's token: whoever runs that upstream could administer; use a variable of its own"
        yield Problem("error", f"{place}.token_env", text)
    elif entry.token_env and not env.get(entry.token_env):
        text = f"names {entry.token_env}, which is not set: set it, or leave the key out"
        yield Problem("error", f"{place}.token_env", text)
