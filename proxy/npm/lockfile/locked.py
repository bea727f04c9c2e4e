"""What a lockfile comes down to: the versions that a registry is asked for, and what else there is, with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxy.npm.integrity import BadIntegrity, digests_of
from proxy.npm.lockfile.addresses import address_flaw, foreign
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import InvalidName, PackageName, is_version_text

_CREDENTIALS = re.compile(r"//[^/\s]*@")


class BadLockfile(PratiqueError):
    """The text is no lockfile that we can read; the message names the place and the mend."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One version that the lockfile pins. The name is the package's own, whatever alias it is installed under."""

    name: PackageName
    version: str
    digests: Digests | None
    """None where the lockfile says nothing about the tarball's bytes, or nothing that counts."""
    resolved: str | None
    """The address as written, sha1 fragment and host included; None where the client makes it up from its registry."""
    line: int | None
    """Where in the file, counted from 1."""


@dataclass(frozen=True, slots=True)
class Lockfile:
    """A lockfile that was read."""

    kind: str
    """The client's own format and its generation: `package-lock 3`, `pnpm-lock 9.0`, `yarn 4`."""
    entries: tuple[Locked, ...]
    """In the order of the file; what is installed in several places with the same digests and address is listed once."""
    skipped: tuple[str, ...]
    """What is in it that no registry serves, or that cannot be trusted to be what it says: one line each, ASCII."""


class Findings:
    """Gathers entries while a file is read, and refuses those that a registry would not serve under that name."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str, str | None], Locked] = {}
        self._skipped: dict[str, None] = {}

    def skip(self, where: str, line: int | None, reason: str) -> None:
        """Remember something that is not fetched from a registry."""
        place = f" (line {line})" if line else ""
        self._skipped[f"{shown(where)}{place}: {reason}"] = None

    def add(
        self,
        where: str,
        line: int | None,
        *,
        name: object,
        version: object,
        integrity: object = None,
        shasum: object = None,
        resolved: object = None,
    ) -> None:
        """Take an entry as the file has it, whatever its values are."""
        address = resolved if isinstance(resolved, str) and resolved else None
        if isinstance(version, str) and (reason := foreign(version)):
            return self.skip(where, line, reason)
        if not isinstance(name, str) or not isinstance(version, str) or not is_version_text(version) or ":" in version:
            # Folders and repositories have no version at times; their address tells more than its absence does.
            reason = foreign(address) if address else None
            return self.skip(where, line, reason or "it names no version that a registry could serve")
        try:
            package = PackageName.parse(name)
            digests = digests_of(integrity, shasum)
        except InvalidName:
            return self.skip(where, line, f"{shown(name)} is not the name of a package")
        except BadIntegrity as error:
            return self.skip(where, line, str(error))
        if address and (reason := address_flaw(address, package, version)):
            return self.skip(where, line, reason)
        entry = Locked(package, version, digests, address, line)
        self._entries.setdefault((package, version, str(digests or ""), address), entry)
        return self.took(entry, integrity=integrity, resolved=resolved, version=version)

    def took(self, entry: Locked, *, integrity: object, resolved: object, version: object) -> None:
        """Called for every place that pins a version, with what stands there: for those who want more than the entries."""

    def lockfile(self, kind: str) -> Lockfile:
        """All that was found."""
        return Lockfile(kind, tuple(self._entries.values()), tuple(self._skipped))


def shown(text: str) -> str:
    """A piece of the file for a message: ASCII, not too long, and without the credentials that an address may carry."""
    piece = text[:120] if text.isascii() and text.isprintable() else ascii(text[:60])
    return _CREDENTIALS.sub("//", piece)


def split_spec(text: str) -> tuple[str, str]:
    """`name@rest` at the at sign that is not a scope's; the rest is empty where there is none."""
    at = text.find("@", 1)
    return (text[:at], text[at + 1 :]) if at > 0 else (text, "")
