"""Everything that an operator may say, as one frozen value. `config.load` builds it; `Settings()` is the defaults."""

from __future__ import annotations

import msgspec

from config.policy import (
    AudienceEntry,
    NamespaceEntry,
    PackageEntry,
    PackagePolicy,
    PackageQuarantine,
    QuarantineSettings,
    base_policy,
    namespace_of,
    resolve,
)
from config.scripts import PackageRules, PackageScripts, RulesSettings, ScriptsSettings
from config.sections import Access, Admin, Examiner, Log, Refresh, Server, Signing, Storage, Upstream
from config.trusted import Trusted, all_trusted

__all__ = [
    "Access",
    "Admin",
    "AudienceEntry",
    "Examiner",
    "Log",
    "NamespaceEntry",
    "PackageEntry",
    "PackagePolicy",
    "PackageQuarantine",
    "PackageRules",
    "PackageScripts",
    "QuarantineSettings",
    "Refresh",
    "RulesSettings",
    "ScriptsSettings",
    "Server",
    "Settings",
    "Signing",
    "Storage",
    "Trusted",
    "Upstream",
]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field per section of the file; `packages`, `namespaces` and `audiences` hold their entries in order."""

    server: Server = Server()
    admin: Admin = Admin()
    upstream: Upstream = Upstream()
    storage: Storage = Storage()
    access: Access = Access()
    quarantine: QuarantineSettings = QuarantineSettings()
    scripts: ScriptsSettings = ScriptsSettings()
    rules: RulesSettings = RulesSettings()
    examiner: Examiner = Examiner()
    refresh: Refresh = Refresh()
    signing: Signing = Signing()
    log: Log = Log()
    packages: tuple[PackageEntry, ...] = ()
    namespaces: tuple[NamespaceEntry, ...] = ()
    audiences: tuple[AudienceEntry, ...] = ()

    def for_package(self, name: str, audience: str | None = None) -> PackagePolicy:
        """What applies to the package with this name (decoded, as npm prints it: `@scope/name`), for one audience.

        `None` is everybody who belongs to no audience. KeyError for an audience that there is none of.
        """
        return resolve(self.base, self.packages, name, self.namespace_of(name), self._audience(audience))

    @property
    def base(self) -> PackagePolicy:
        """What applies to a package of which no entry says anything, for everybody who belongs to no audience."""
        return base_policy(self.quarantine, self.scripts.mode, self.rules, self.examiner.enabled)

    @property
    def trusted(self) -> tuple[Trusted, ...]:
        """Whose install scripts are allowed whatever the mode."""
        return all_trusted(self.scripts.trusted)

    def trusted_versions(self, name: str) -> tuple[str, ...]:
        """Versions and ranges (`*`: all) of the package whose install scripts are allowed whatever the mode."""
        return tuple(entry.versions for entry in self.trusted if entry.names(name))

    def namespace_of(self, name: str) -> NamespaceEntry | None:
        """The namespace whose upstream alone is asked for the package; None: it comes from `[upstream]`."""
        return namespace_of(self.namespaces, name) if self.namespaces else None

    def _audience(self, name: str | None) -> AudienceEntry | None:
        if name is None:
            return None
        found = next((entry for entry in self.audiences if entry.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def admin_listener(self) -> tuple[str, int] | None:
        """Host (without brackets) and port of the administrators' own listener; None where they use the one there is."""
        if not self.admin.listen:
            return None
        host, _, port = self.admin.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def anonymous(self) -> bool:
        """Whether requests without a credential are answered: as said, else only when listening on loopback."""
        said = self.access.anonymous
        return is_loopback(self.server.host) if said is None else said


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on the host. A name other than `localhost` counts as reachable."""
    from ipaddress import ip_address

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
