"""What is doubtful about `[[namespaces]]` entries; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.check_packages import check_holds
from config.check_source import check_source
from config.pattern import EVERYTHING, covers
from config.policy import NamespaceEntry
from config.problem import Problem
from config.settings import Settings, is_loopback
from config.urls import origin_of

PUBLIC_ALLOWED = (
    "holds the host of upstream.url: some registries send whoever asks for a package that they do not have there, and the answer"
    " would be the public package of that name; take it out, and switch such forwarding off"
)

SHARED = (
    "names the variable of upstream.token_env too, and the registries are not one: the public one would be sent this credential;"
    " use a variable of its own"
)


def check_namespaces(settings: Settings, env: Mapping[str, str]) -> Iterator[Problem]:
    """Namespaces without an upstream or a credential, that can never apply, or that leave nothing for the public one."""
    for number, entry in enumerate(settings.namespaces):
        place = f"namespaces[{number}]"
        yield from _upstream(settings, entry, place, env)
        yield from _readers(settings, entry, place)
        yield from _allowed(settings, entry, place)
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


def _allowed(settings: Settings, entry: NamespaceEntry, place: str) -> Iterator[Problem]:
    public = settings.upstream.url and origin_of(settings.upstream.url)
    if public in entry.allowed_hosts and not (entry.upstream and origin_of(entry.upstream) == public):
        yield Problem("error", f"{place}.allowed_hosts", PUBLIC_ALLOWED)


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
    yield from check_source(settings, (f"{place}.upstream", entry.upstream), (f"{place}.token_env", entry.token_env), env)
    shared = entry.token_env and entry.token_env == settings.upstream.token_env
    if shared and not (settings.upstream.url and origin_of(settings.upstream.url) == origin_of(entry.upstream)):
        yield Problem("error", f"{place}.token_env", SHARED)
