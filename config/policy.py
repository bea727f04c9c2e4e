"""What an operator decides about versions: the quarantine, and the packages for which it differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from config.kinds import AudienceName, BaseUrl, Duration, Instant, Origins, Pattern, VariableName
from config.pattern import covers, matches

Enforce = Literal["enforce", "observe"]
"""observe records and reports what would be withheld; blocks always enforce."""


class QuarantineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The quarantine, either as a whole or as `Settings.for_package` resolves it for one package."""

    enforce: Enforce = "enforce"
    hold: Duration = timedelta(days=7)  # age at which a version is admitted; 0 switches the age rule off
    new_package_hold: Duration = timedelta(days=14)  # the same, while the package's first version is younger than this
    admit: Literal["age"] = "age"  # what lets a held version in
    baseline: Instant | None = None  # UTC; what was published before counts as admitted
    fresh_look: Duration = timedelta(minutes=10)  # admitted only if last looked at no earlier than `until` minus this


class PackageQuarantine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one `[[packages]]` entry changes. None inherits."""

    enforce: Enforce | None = None
    hold: Duration | None = None
    new_package_hold: Duration | None = None

    def keys(self) -> frozenset[str]:
        """The names of the keys that are set."""
        return frozenset(self._set())

    def _set(self) -> dict[str, Any]:
        return {key: value for key in self.__struct_fields__ if (value := getattr(self, key)) is not None}


class PackageEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[packages]]` entry: for the names that `match` matches, these keys."""

    match: Pattern
    quarantine: PackageQuarantine = PackageQuarantine()


class NamespaceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[namespaces]]` entry: packages of one's own, which only their own upstream is ever asked for."""

    match: Pattern
    upstream: BaseUrl
    token_env: VariableName = ""  # which environment variable holds the credential
    allowed_hosts: Origins = ()  # further origins of tarballs and redirects
    ca_file: str = ""  # path of a PEM file; empty: as for [upstream]
    quarantine: PackageQuarantine = PackageQuarantine()  # hold and new_package_hold are 0 unless set


class AudienceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[audiences]]` entry: for credentials of that audience, these keys in place of those of `[quarantine]`."""

    name: AudienceName
    quarantine: PackageQuarantine = PackageQuarantine()


OWN = PackageQuarantine(hold=timedelta(0), new_package_hold=timedelta(0))
"""Packages of a namespace do not wait: whoever publishes them is one's own company."""


def namespace_of(namespaces: tuple[NamespaceEntry, ...], name: str) -> NamespaceEntry | None:
    """The first namespace that the package belongs to; whichever way somebody writes the name, it is not the public one's."""
    lower = name.lower()
    return next((entry for entry in namespaces if matches(entry.match.lower(), lower)), None)


def resolve(
    base: QuarantineSettings,
    entries: tuple[PackageEntry, ...],
    name: str,
    namespace: NamespaceEntry | None = None,
    audience: AudienceEntry | None = None,
) -> QuarantineSettings:
    """The quarantine for one package, as one audience sees it: the first that sets a key wins that key.

    First come the entries that match, in order; then the audience; then `base`. For a package of a namespace only entries
    count that are about nothing else (`match` within the namespace's own), and the namespace stands in for the audience.
    """
    if namespace is not None:
        return _overlaid(base, (*_within(namespace, entries, name), namespace.quarantine, OWN))
    beyond = (audience.quarantine,) if audience is not None else ()
    overrides = (*(entry.quarantine for entry in entries if matches(entry.match, name)), *beyond)
    return _overlaid(base, overrides) if overrides else base


def _within(namespace: NamespaceEntry, entries: tuple[PackageEntry, ...], name: str) -> Iterator[PackageQuarantine]:
    """What is set for the package by entries about nothing beyond the namespace; case matters as little as there."""
    for entry in entries:
        narrow = entry.match.lower()
        if covers(namespace.match.lower(), narrow) and matches(narrow, name.lower()):
            yield entry.quarantine


@lru_cache(maxsize=1024)
def _overlaid(base: QuarantineSettings, overrides: tuple[PackageQuarantine, ...]) -> QuarantineSettings:
    # Few combinations are ever asked for, however many packages there are.
    changes: dict[str, Any] = {}
    for override in reversed(overrides):
        changes |= override._set()
    return replace(base, **changes) if changes else base
