"""The facts of a version that rules judge; None always means "not known", never "fine"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quarantine.digests import Digests
from quarantine.examination import Examination
from quarantine.package import PackageVersion
from quarantine.record import Mismatch, Sighting
from quarantine.rewrite import Rewrite


class Fact(StrEnum):
    """What a rule may need to know before it can judge."""

    SIGHTING = "when it was first seen"
    INTEGRITY = "a digest of its bytes that can be checked"
    """Both as listed now and as first listed: with only one of them a change could not be noticed."""
    PACKAGE_AGE = "when its package first appeared"


NOTHING: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version that somebody may ask for."""

    id: PackageVersion
    sighting: Sighting | None = None
    digests: Digests | None = None
    """The digests the document lists now; None where it lists none that can be used."""
    last_look: datetime | None = None
    """Our last complete look at the upstream at which this version was shown."""
    package_since: datetime | None = None
    """Where the clock of the package's first version starts."""
    flaw: str | None = None
    """Why this version's part of the document cannot be passed on."""
    mismatch: Mismatch | None = None
    scripted: bool = False
    """Whether its document says that it has install scripts."""
    bundling: bool = False
    """Whether its document says that whole packages are inside of its tarball, of whose scripts it cannot speak."""
    examination: Examination | None = None
    """What was found in the bytes that are listed now; None while nobody has looked into them."""
    rewrite: Rewrite | None = None
    """What is served in place of them; None where nothing was rewritten."""

    @property
    def missing(self) -> frozenset[Fact]:
        """The facts that are not known."""
        if self.sighting is not None and self.digests and self.sighting.digests and self.package_since is not None:
            return NOTHING
        absent = set()
        if self.sighting is None:
            absent.add(Fact.SIGHTING)
        if not self.digests or (self.sighting is not None and not self.sighting.digests):
            absent.add(Fact.INTEGRITY)
        if self.package_since is None:
            absent.add(Fact.PACKAGE_AGE)
        return frozenset(absent)
