"""Everything that an operator may say, as one frozen value. `config.load` builds it; `Settings()` is the defaults."""

from __future__ import annotations

import msgspec

from config.policy import PackageEntry, PackageQuarantine, QuarantineSettings, resolve
from config.sections import Access, Log, Refresh, Server, Storage, Upstream

__all__ = [
    "Access",
    "Log",
    "PackageEntry",
    "PackageQuarantine",
    "QuarantineSettings",
    "Refresh",
    "Server",
    "Settings",
    "Storage",
    "Upstream",
]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field per section of the file; `packages` holds the `[[packages]]` entries in order."""

    server: Server = Server()
    upstream: Upstream = Upstream()
    storage: Storage = Storage()
    access: Access = Access()
    quarantine: QuarantineSettings = QuarantineSettings()
    refresh: Refresh = Refresh()
    log: Log = Log()
    packages: tuple[PackageEntry, ...] = ()

    def for_package(self, name: str) -> QuarantineSettings:
        """The quarantine of the package with this name (decoded, as npm prints it: `@scope/name`)."""
        return resolve(self.quarantine, self.packages, name)

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
