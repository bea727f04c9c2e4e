"""What the operator said, in the words of each part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import asdict

from config.problem import ConfigError, Problem
from config.settings import NamespaceEntry, Settings
from proxy.examiner.refresh import Schedule
from proxy.registry.cached import Freshness
from proxy.registry.outbound import Egress
from proxy.registry.upstream import Patience
from proxy.web.services import Manners
from quarantine.package import PackageName
from quarantine.policy import Effects, Terms, TermsOf
from quarantine.ranges import Subject
from quarantine.rules.scripts import Mode
from quarantine.verdict import Effect


def terms_of(settings: Settings, audience: str | None = None, examined_since: datetime | None = None) -> TermsOf:
    """What was set for a package and an audience, in the gate's words. `examined_since`: see `quarantine.policy.Terms`."""
    known: dict[object, Terms] = {}

    def terms(name: PackageName) -> Terms:
        chosen, trusted = settings.for_package(name, audience), settings.trusted_versions(name)
        # Most packages have no name on that list.
        key = (chosen, name, trusted) if trusted else chosen
        if key not in known:
            known[key] = Terms(
                hold=chosen.hold,
                new_package_hold=chosen.new_package_hold,
                fresh_look=chosen.fresh_look,
                baseline=chosen.baseline,
                enforce=chosen.enforce == "enforce",
                examine=chosen.examine,
                examined_since=examined_since,
                effects=Effects(**{key: Effect(value) for key, value in asdict(chosen.rules).items()}),
                scripts=Mode(chosen.scripts_mode),
                trusted=tuple(Subject.parse(f"{name}@{versions}") for versions in trusted),
            )
        return known[key]

    return terms


def longest_hold(settings: Settings) -> timedelta:
    """The longest time that any version can wait by age."""
    holds = [settings.quarantine.hold, settings.quarantine.new_package_hold]
    entries = [*(each.quarantine for each in settings.packages), *(each.quarantine for each in settings.namespaces)]
    for entry in (*entries, *(each.quarantine for each in settings.audiences)):
        holds += [each for each in (entry.hold, entry.new_package_hold) if each is not None]
    return max(holds)


def egress(
    settings: Settings, instance: str, release: str, env: Mapping[str, str], own: tuple[str, NamespaceEntry] | None = None
) -> Egress:
    """How to get out, to the public upstream or to that of one namespace (its key path, and what was set).

    ConfigError where the variable that holds the credential is not set.
    """
    place, said = own or ("upstream", settings.upstream)
    credential = None
    if said.token_env:
        token = env.get(said.token_env, "").strip()
        if not token:
            text = f"the environment variable {said.token_env} is not set; it has to hold the upstream's credential"
            raise ConfigError([Problem("error", f"{place}.token_env", text)])
        # A bare token is what npm calls _authToken; anything with a scheme is sent as it is.
        credential = token if " " in token else f"Bearer {token}"
    return Egress(
        user_agent=f"pratique/{release}",
        via=f"1.1 {instance}",
        proxy=settings.upstream.proxy or None,
        ca_file=said.ca_file or settings.upstream.ca_file or None,
        credential=credential,
        connect_timeout=settings.upstream.connect_timeout.total_seconds(),
        read_timeout=settings.upstream.timeout.total_seconds(),
    )


def patience(settings: Settings) -> Patience:
    """How long and how often the upstream is tried."""
    upstream = settings.upstream
    return Patience(upstream.timeout.total_seconds(), upstream.retries, max_packument=upstream.max_packument)


def freshness(settings: Settings, *, own: bool = False) -> Freshness:
    """How long an answer counts, and the memory for documents: the registries of namespaces share a quarter of it."""
    upstream, memory, namespaces = settings.upstream, settings.storage.memory // 4, len(settings.namespaces)
    if namespaces:
        memory = memory // 4 // namespaces if own else memory * 3 // 4
    return Freshness(upstream.fresh, upstream.stale, upstream.slow.total_seconds(), upstream.negative, memory)


def manners(settings: Settings, instance: str) -> Manners:
    """How answers are given."""
    return Manners(
        same_for_all=settings.anonymous and not settings.audiences,
        audiences=bool(settings.audiences),
        desk_apart=settings.admin_listener is not None,
        instance=instance,
        fresh=settings.upstream.fresh,
        contact=settings.server.contact,
        rewrites=strips(settings),
        max_age=settings.server.max_age,
        longest_hold=longest_hold(settings),
    )


def strips(settings: Settings) -> bool:
    """Whether any package is to be served without its install scripts."""
    entries = [*(each.scripts for each in settings.packages), *(each.scripts for each in settings.namespaces)]
    return "strip" in {settings.scripts.mode, *(entry.mode for entry in entries)}


def schedule(settings: Settings) -> Schedule:
    """When packages in use are looked at again."""
    refresh = settings.refresh
    return Schedule(refresh.every, refresh.asked_within, longest_hold(settings))
