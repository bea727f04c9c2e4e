"""What must be answered: an independent and slow reading of DESIGN.md, out of the looks that the upstream was asked for.

It knows nothing of the proxy but what was decided through it. Each question is worked out anew from the whole history.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from tests.model.facts import Digests, Facts, facts_of
from tests.model.looks import Fetch, Look, successful
from tests.model.stands import Decided, Mismatch, Stand, Terms, in_force, stand
from tests.model.tags import served_tags
from tests.model.upstream import Upstream

FRESH = timedelta(minutes=5)
STALE = timedelta(days=30)
BELIEVED = timedelta(seconds=10)
MISMATCH = timedelta(minutes=5)
LINGERS = timedelta(days=1)
"""So long after its hold a version that waits for a look is still found in lists."""


@dataclass(frozen=True)
class View:
    """A package as one audience sees it."""

    facts: Facts
    stands: Mapping[str, Stand]
    """Of every version that is listed."""
    served: Sequence[str]
    tags: Mapping[str, str]

    @property
    def hidden(self) -> list[str]:
        """The versions that are listed upstream and not here."""
        return [version for version in self.stands if version not in self.served]

    @property
    def until(self) -> datetime | None:
        """When the first of them can be had."""
        return min((each for version in self.hidden if (each := self.stands[version].until) is not None), default=None)

    def version(self, selector: str) -> str | None:
        """The version that a version or tag names, be it served or not; None for nothing at all."""
        if selector in self.stands:
            return selector
        target = self.tags.get(selector, self.facts.tags.get(selector))
        return target if target in self.stands else None


@dataclass(frozen=True)
class Refused:
    """Nothing can be said of the package: 404, or an error of the upstream (5xx)."""

    status: int


@dataclass
class Reference:
    """Everything that was seen and decided."""

    upstream: Upstream
    terms: Mapping[str | None, Terms]
    decisions: list[Decided] = field(default_factory=list)
    frozen: datetime | None = None

    @property
    def now(self) -> datetime:
        """The one clock."""
        return self.upstream.clock.now()

    def facts(self, name: str, looks: int | None = None) -> Facts | None:
        """After all looks, or after so many."""
        return facts_of(name, successful(self.upstream.looks[:looks], name))

    def view(self, name: str, audience: str | None) -> View | Refused:
        """After the looks that there were, now."""
        attempts = self.attempts(name)
        facts = self.facts(name)
        if facts is None:
            # Nothing was ever seen of it, so that the last attempt says why.
            return Refused(404 if attempts and attempts[-1].status == 404 else 503)
        if not facts.listed:
            return Refused(404)
        if self.now - facts.last_look > STALE:
            return Refused(503)
        return self.known(facts, audience)

    def known(self, facts: Facts, audience: str | None) -> View:
        """By what is known, however old that is."""
        terms = self.terms[audience]
        decisions = [each for each in self.decisions if each.package == facts.name]
        spoiled = self.mismatches(facts.name)
        stands = {
            version: stand(facts, facts.versions[version], terms, self.now, audience, decisions, self.frozen, spoiled)
            for version in facts.listed
        }
        served = [version for version, each in stands.items() if not (each.withheld if terms.enforce else each.blocked)]
        deprecated = {version for version in facts.listed if facts.versions[version].manifest.get("deprecated")}
        return View(facts, stands, served, served_tags(facts.tags, facts.earlier, served, deprecated))

    def known_view(self, name: str, audience: str | None) -> View | None:
        """The same by name; None where nothing is known."""
        facts = self.facts(name)
        return self.known(facts, audience) if facts is not None else None

    def attempts(self, name: str) -> list[Look]:
        """Every question for the packument, answered or not."""
        return [look for look in self.upstream.looks if look.package == name]

    def is_fresh(self, name: str) -> bool:
        """Whether the proxy may have answered without another look: one is fresh, or the upstream has just failed."""
        facts, attempts = self.facts(name), self.attempts(name)
        lately = bool(attempts) and self.now - attempts[-1].at < BELIEVED
        return lately or (facts is not None and self.now - facts.last_look < FRESH)

    def has_looked_now(self, name: str) -> bool:
        """Whether the upstream was asked at this instant, whatever it said."""
        attempts = self.attempts(name)
        return bool(attempts) and self.now - attempts[-1].at < BELIEVED

    def is_found(self, name: str) -> bool:
        """Whether lists of all packages go by it: those where something is young, came spoiled, or was decided about.

        What is withheld for good in an old package, since its bytes or its document are no good, is not found so.
        """
        facts = self.facts(name)
        longest = max(max(terms.hold, terms.new_package_hold) for terms in self.terms.values()) + LINGERS
        young = facts is not None and any(self.now - each.clock <= longest for each in facts.versions.values())
        return young or bool(self.mismatches(name) or self.of(name))

    # --- bytes

    def mismatches(self, name: str) -> list[Mismatch]:
        """Downloads that were not what was promised when they came."""
        found = []
        for fetch in self.upstream.fetches:
            facts = self.facts(name, fetch.looks) if fetch.package == name and fetch.status == 200 else None
            version = facts.versions.get(fetch.version) if facts is not None else None
            if version is not None and not keeps(fetch.body, version.digests):
                found.append(Mismatch(fetch.version, fetch.at + MISMATCH))
        return found

    def is_stored(self, digests: Digests) -> bool:
        """Whether such bytes came at some time, listed as they are now: they are kept under all that was promised of them."""
        return any(
            fetch.status == 200 and keeps(fetch.body, digests) and self._promised(fetch) == digests
            for fetch in self.upstream.fetches
        )

    def _promised(self, fetch: Fetch) -> Digests | None:
        facts = self.facts(fetch.package, fetch.looks)
        version = facts.versions.get(fetch.version) if facts is not None else None
        return version.digests if version is not None else None

    def last_fetch(self, name: str, version: str) -> Fetch | None:
        """The last download of a version."""
        found = [each for each in self.upstream.fetches if (each.package, each.version) == (name, version)]
        return found[-1] if found else None

    # --- decisions

    def of(self, name: str) -> list[Decided]:
        """What was decided about a package."""
        return [each for each in self.decisions if each.package == name]

    def shut(self, name: str, version: str) -> bool:
        """Whether somebody blocks or holds it, for anybody."""
        from tests.model.ranges import covers

        return any(
            each.action != "release" and in_force(each, self.now, self.frozen) and covers(each.versions, version)
            for each in self.of(name)
        )


def keeps(body: bytes, digests: Digests) -> bool:
    """Whether bytes are those that the digests promise."""
    made = made_of(body)
    return bool(digests) and all(made[algorithm] == value for algorithm, value in digests.items())


@lru_cache(maxsize=64)
def made_of(body: bytes) -> Digests:
    """All digests of these bytes."""
    return {
        "sha512": base64.b64encode(hashlib.sha512(body).digest()).decode(),
        "sha1": hashlib.sha1(body, usedforsecurity=False).hexdigest(),
    }
