"""The routed stage: which registry has a package. A name that belongs to a namespace is asked of no other, come what may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from proxy.registry.cached import CachedPackuments
from proxy.registry.interface import Manifest, Packument, Tarball
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.troubles import Trouble
from proxy.registry.upstream import Upstream
from proxy.registry.verified_file import VerifiedFile
from quarantine.ledger import Ledger
from quarantine.package import InvalidName, PackageName
from quarantine.record import PackageRecord

_NAMELIKE = re.compile(r"@?[A-Za-z0-9\-_.!~*'()]+(?:/[A-Za-z0-9\-_.!~*'()]+)*")
_SCOPE = re.compile(r"(?:@|scope:@?)([A-Za-z0-9\-_.!~*'()]+)", re.IGNORECASE)
_ODD = re.compile(r"[!~*'()]+")
_EDGES = "-_.!~*'()"
_LONGEST = 4096
"""Longer texts are not looked through: whatever is meant by them, it is no name, version or digest."""

NamespaceOf = Callable[[PackageName], str | None]
"""The key of the namespace that a package belongs to; None: the public upstream has it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One registry with everything that we keep of it."""

    upstream: Upstream
    packuments: CachedPackuments
    tarballs: CachedTarballs
    ledger: Ledger


class Routed:
    """Answers for every package out of the one registry that has it."""

    def __init__(
        self,
        public: Source,
        own: Mapping[str, Source],
        namespace_of: NamespaceOf,
        is_own_scope: Callable[[str], bool] = lambda scope: False,
    ) -> None:
        """`is_own_scope`: whether everything of a scope (without its `@`) belongs to namespaces."""
        self.public = public
        self._own = dict(own)
        self._namespace_of = namespace_of
        self._is_own_scope = is_own_scope

    def of(self, name: PackageName) -> Source:
        """The registry that has this package, and no other."""
        namespace = self._namespace_of(name) if self._own else None
        return self.public if namespace is None else self._own[namespace]

    def is_own(self, name: PackageName) -> bool:
        """Whether the package belongs to a namespace, so that its name must not leave for the public upstream."""
        return bool(self._own) and self._namespace_of(name) is not None

    def is_own_text(self, text: str) -> bool:
        """The same of a text that may be no name at all."""
        try:
            return self.is_own(PackageName.parse(text))
        except InvalidName:
            return False

    def names_own(self, text: str) -> bool:
        """Whether a text of any kind gives away a name of a namespace, or a scope: better one too many than one too few.

        A scope is what an `@` or `scope:` stands before, or a slash and a name behind; a bare word (`acme`) is not taken for one.
        """
        if not self._own:
            return False
        if len(text) > _LONGEST:
            return True
        for each in {text, unquote(text), unquote(unquote(text))}:
            if any(self._is_own_scope(scope) for match in _SCOPE.finditer(each) for scope in _readings(match[1])):
                return True
            if any(map(self._tells, _NAMELIKE.findall(each))):
                return True
        return False

    def _tells(self, word: str) -> bool:
        first, *rest = word.split("/")
        if not first.startswith("@"):
            # `acme/ui` for `@acme/ui`, or a part of an address.
            pairs = zip([first, *rest], rest, strict=False)
            return any(map(self._is_own_word, [first, *rest])) or any(self._is_own_word(f"@{a}/{b}") for a, b in pairs)
        return bool(rest) and self._is_own_word(f"{first}/{rest[0]}")

    def _is_own_word(self, word: str) -> bool:
        scope = word.partition("/")[0].removeprefix("@") if word.startswith("@") else ""
        return bool(scope and self._is_own_scope(scope)) or any(map(self.is_own_text, _readings(word)))

    def place(self, name: PackageName) -> str:
        """Where the registry that has this package was configured."""
        return (self._namespace_of(name) if self._own else None) or "upstream"

    def all(self) -> Iterator[Source]:
        """Every registry, the public one first."""
        yield self.public
        yield from self._own.values()

    @property
    def has_own(self) -> bool:
        """Whether there are namespaces at all."""
        return bool(self._own)

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """See proxy.registry.cached.CachedPackuments; and so the following."""
        return await self.of(name).packuments.packument(name, newer_than)

    async def known(self, name: PackageName) -> Packument | None:
        """What is cached, however old; never asks an upstream."""
        return await self.of(name).packuments.known(name)

    def replace_record(self, name: PackageName, record: PackageRecord) -> None:
        """The ledger's record changed beside a look."""
        self.of(name).packuments.replace_record(name, record)

    def trouble(self, name: PackageName) -> Trouble | None:
        """What went wrong with the last look."""
        return self.of(name).packuments.trouble(name)

    async def tarball(self, manifest: Manifest) -> Tarball:
        """The bytes of a version; see proxy.registry.tarballs.CachedTarballs."""
        return await self.of(manifest.id.name).tarballs.tarball(manifest)

    async def verified(self, manifest: Manifest) -> VerifiedFile | None:
        """The stored bytes as an open file."""
        return await self.of(manifest.id.name).tarballs.verified(manifest)

    async def size(self, manifest: Manifest) -> int | None:
        """Length in bytes of what is stored."""
        return await self.of(manifest.id.name).tarballs.size(manifest)


def _readings(word: str) -> set[str]:
    """A word as it stands, without punctuation around it, and its parts between signs that few names have."""
    return {word, word.strip(_EDGES), word.rstrip(_EDGES), *_ODD.split(word), *(part.strip(_EDGES) for part in _ODD.split(word))}
