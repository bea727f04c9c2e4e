"""What an operator decides about versions: the quarantine, and the packages for which it differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from config.kinds import AudienceName, BaseUrl, Duration, Instant, Origins, Pattern, VariableName
from config.override import Override, said
from config.pattern import covers, matches
from config.scripts import PackageRules, PackageScripts, RulesSettings, ScriptsMode

Enforce = Literal["enforce", "observe"]
"""observe records and reports what would be withheld; blocks always enforce."""


class QuarantineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a version may enter."""

    enforce: Enforce = "enforce"
    hold: Duration = timedelta(days=7)  # age at which a version is admitted; 0 switches the age rule off
    new_package_hold: Duration = timedelta(days=14)  # the same, while the package's first version is younger than this
    admit: Literal["age"] = "age"  # what lets a held version in
    baseline: Instant | None = None  # UTC; what was published before counts as admitted
    fresh_look: Duration = timedelta(minutes=10)  # admitted only if last looked at no earlier than `until` minus this


class PackagePolicy(QuarantineSettings, frozen=True, forbid_unknown_fields=True):
    """Everything that applies to one package, as `Settings.for_package` resolves it: the quarantine's keys, and these."""

    scripts_mode: ScriptsMode = "flag"  # whom `Settings.trusted` names is allowed to whatever this says
    rules: RulesSettings = RulesSettings()
    examine: bool = True  # False: nobody looks into tarballs, so no rule about what is in them applies


class PackageQuarantine(Override, frozen=True, forbid_unknown_fields=True):
    """What one entry changes of `[quarantine]`."""

    enforce: Enforce | None = None
    hold: Duration | None = None
    new_package_hold: Duration | None = None


class PackageEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[packages]]` entry: for the names that `match` matches, these keys."""

    match: Pattern
    quarantine: PackageQuarantine = PackageQuarantine()
    scripts: PackageScripts = PackageScripts()
    rules: PackageRules = PackageRules()


class NamespaceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[namespaces]]` entry: packages of one's own, which only their own upstream is ever asked for."""

    match: Pattern
    upstream: BaseUrl
    token_env: VariableName = ""  # which environment variable holds the credential
    allowed_hosts: Origins = ()  # further origins of tarballs and redirects
    ca_file: str = ""  # path of a PEM file; empty: as for [upstream]
    quarantine: PackageQuarantine = PackageQuarantine()  # hold and new_package_hold are 0 unless set
    scripts: PackageScripts = PackageScripts()  # mode is allow unless set
    rules: PackageRules = PackageRules()  # note unless set, but for ambiguous_archive


class AudienceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[audiences]]` entry: for credentials of that audience, these keys in place of those of `[quarantine]`.

    Never scripts: one version has one set of bytes, whoever asks.
    """

    name: AudienceName
    quarantine: PackageQuarantine = PackageQuarantine()


Entry = PackageEntry | NamespaceEntry | AudienceEntry

OWN = PackageEntry(
    match="*",
    quarantine=PackageQuarantine(hold=timedelta(0), new_package_hold=timedelta(0)),
    scripts=PackageScripts(mode="allow"),
    rules=PackageRules(
        install_script_added="note",
        exotic_dependency="note",
        young_dependency="note",
        manifest_mismatch="note",
        ambiguous_archive="review",
    ),
)
"""Packages of a namespace do not wait: whoever publishes them is one's own company. An archive that could be read in two ways
is a fault all the same."""


def namespace_of(namespaces: tuple[NamespaceEntry, ...], name: str) -> NamespaceEntry | None:
    """The first namespace that the package belongs to; whichever way somebody writes the name, it is not the public one's."""
    lower = name.lower()
    return next((entry for entry in namespaces if matches(entry.match.lower(), lower)), None)


@lru_cache(maxsize=64)
def base_policy(quarantine: QuarantineSettings, scripts_mode: ScriptsMode, rules: RulesSettings, examine: bool) -> PackagePolicy:
    """What applies where no entry says otherwise."""
    of_quarantine = {key: getattr(quarantine, key) for key in QuarantineSettings.__struct_fields__}
    return PackagePolicy(**of_quarantine, scripts_mode=scripts_mode, rules=rules, examine=examine)


def resolve(
    base: PackagePolicy,
    entries: tuple[PackageEntry, ...],
    name: str,
    namespace: NamespaceEntry | None = None,
    audience: AudienceEntry | None = None,
) -> PackagePolicy:
    """What applies to one package, as one audience sees it: the first that sets a key wins that key.

    First come the entries that match, in order; then the audience; then `base`. For a package of a namespace only entries
    count that are about nothing else (`match` within the namespace's own), and the namespace stands in for the audience.
    """
    if namespace is not None:
        return _overlaid(base, (*_within(namespace, entries, name), namespace, OWN))
    beyond = (audience,) if audience is not None else ()
    overrides = (*(entry for entry in entries if matches(entry.match, name)), *beyond)
    return _overlaid(base, overrides) if overrides else base


def _within(namespace: NamespaceEntry, entries: tuple[PackageEntry, ...], name: str) -> Iterator[PackageEntry]:
    """Entries for the package that are about nothing beyond the namespace; case matters as little as there."""
    for entry in entries:
        narrow = entry.match.lower()
        if covers(namespace.match.lower(), narrow) and matches(narrow, name.lower()):
            yield entry


@lru_cache(maxsize=1024)
def _overlaid(base: PackagePolicy, overrides: tuple[Entry, ...]) -> PackagePolicy:
    # Few combinations are ever asked for, however many packages there are.
    changes: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for override in reversed(overrides):
        for key, value in said(override).items():
            section, _, word = key.partition(".")
            if section == "rules":
                rules[word] = value
            else:
                changes["scripts_mode" if section == "scripts" else word] = value
    if rules:
        changes["rules"] = replace(base.rules, **rules)
    return replace(base, **changes) if changes else base
