"""Everything that an operator may say, as one frozen value. `config.load` builds it; `Settings()` is the defaults."""

from __future__ import annotations

import msgspec

from config.policy import (
    AudienceEntry,
    NamespaceEntry,
    PackageEntry,
    PackageQuarantine,
    QuarantineSettings,
    namespace_of,
    resolve,
)
from config.sections import Access, Admin, Log, Refresh, Server, Signing, Storage, Upstream

__all__ = [
    "Access",
    "Admin",
    "AudienceEntry",
    "Log",
    "NamespaceEntry",
    "PackageEntry",
    "PackageQuarantine",
    "QuarantineSettings",
    "Refresh",
    "Server",
    "Settings",
    "Signing",
    "Storage",
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
    refresh: Refresh = Refresh()
    signing: Signing = Signing()
    log: Log = Log()
    packages: tuple[PackageEntry, ...] = ()
    namespaces: tuple[NamespaceEntry, ...] = ()
    audiences: tuple[AudienceEntry, ...] = ()

    def for_package(self, name: str, audience: str | None = None) -> QuarantineSettings:
        """The quarantine of the package with this name (decoded, as npm prints it: `@scope/name`), for one audience.

        `None` is everybody who belongs to no audience. KeyError for an audience that there is none of.
        """
        return resolve(self.quarantine, self.packages, name, self.namespace_of(name), self._audience(audience))

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
