"""Versions that are served without install scripts: which they are, which are still to be rewritten, and in what order.

Rewriting itself is `proxy.registry.rewriting`'s; this says what the quarantined stage wants of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.npm.packument import SplitPackument
from proxy.registry.interface import Manifest, Packument, Tarball
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.examination import Contents
from quarantine.package import order, semver
from quarantine.policy import Terms
from quarantine.rewrite import Rewrite
from quarantine.rules.scripts import NAME, Mode, is_rewritten_first, mode_for
from quarantine.tags import LATEST, repair
from quarantine.verdict import Effect, Finding, Verdict

FRONT = 12
"""So many versions of a package are rewritten while somebody waits for its document."""

NEXT = 50
"""So many more of them are waiting for their turn at a time."""


class Unrewritable(PratiqueError):
    """A version cannot be served without its install scripts; says why. It is withheld for that."""


class BeingRewritten(PratiqueError):
    """Nothing of a package is ready yet. Unlike what policy withholds it is worth asking again soon."""


class Rewriter(Protocol):
    """Takes install scripts out of versions, and keeps what came of it."""

    async def rewrite(self, manifest: Manifest) -> Rewrite:
        """What is served in place of the version, on record from now on. Raises Unrewritable, and what fetching raises."""
        ...

    async def vouch(self, manifest: Manifest) -> None:
        """Put on record that a version has no install script. Raises Unrewritable where it has one, and what fetching raises."""
        ...

    async def prepare(self, first: Sequence[Manifest], later: Sequence[Manifest]) -> bool:
        """Rewrite the first ones within some seconds, the others when there is time; whether any of the first is done."""
        ...

    async def tarball(self, manifest: Manifest, rewrite: Rewrite) -> Tarball:
        """The served bytes, and never others. Raises Unrewritable where they are lost and cannot be made again."""
        ...

    def refused(self, manifest: Manifest) -> str | None:
        """Why the version could not be rewritten lately."""
        ...

    def document(self, packument: Packument, rewrites: Mapping[str, Rewrite]) -> SplitPackument:
        """The document as it is served with these versions rewritten. May be called in any thread."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What stripping means for one document."""

    rewrites: Mapping[str, Rewrite]
    """Versions that are served rewritten."""
    waiting: frozenset[str]
    """Versions that may not be listed before they are."""


NO_PLAN = Plan({}, frozenset())


def plan_of(packument: Packument, terms: Terms) -> Plan:
    """What is served rewritten, and what has yet to be; nothing at all unless scripts are to be stripped."""
    record, document = packument.record, packument.document
    if terms.scripts is not Mode.STRIP:
        return NO_PLAN
    told = [version for version, entry in document.versions.items() if entry.scripted or entry.bundling]
    rewrites: dict[str, Rewrite] = {}
    waiting: set[str] = set()
    for version in {*told, *record.rewrites}:
        entry = document.versions.get(version)
        if entry is None or entry.position < 0 or not is_stripped(packument, version, terms):
            continue
        rewrite = rewrite_of(packument, version)
        if rewrite is not None:
            rewrites[version] = rewrite
        elif is_rewritten_first(entry.scripted, entry.bundling, contents_of(packument, version)):
            waiting.add(version)
    return Plan(rewrites, frozenset(waiting))


def is_stripped(packument: Packument, version: str, terms: Terms) -> bool:
    """Whether the version is to be served without install scripts."""
    return mode_for(packument.name, version, terms.scripts, terms.trusted) is Mode.STRIP


def rewrite_of(packument: Packument, version: str) -> Rewrite | None:
    """The rewrite on record of the very bytes that are listed."""
    rewrite = packument.record.rewrites.get(version)
    return rewrite if rewrite is not None and _is_of(rewrite.of, packument, version) else None


def contents_of(packument: Packument, version: str) -> Contents | None:
    """What was found in the very bytes that are listed."""
    examination = packument.record.examinations.get(version)
    return examination.contents if examination is not None and _is_of(examination.digest, packument, version) else None


def _is_of(digest: str, packument: Packument, version: str) -> bool:
    return Digests.parse(packument.document.versions[version].digests).agrees(Digests.parse(digest))


def hidden_of(verdicts: Mapping[str, Verdict], waiting: frozenset[str], *, enforce: bool) -> dict[str, Verdict]:
    """What policy hides; of versions that wait to be rewritten, what it would hide all the same."""

    def hides(finding: Finding, version: str) -> bool:
        if finding.rule == NAME and version in waiting:
            return False
        return finding.withholds if enforce else finding.effect is Effect.BLOCK

    return {
        version: verdict
        for version, verdict in verdicts.items()
        if verdict.findings and any(hides(finding, version) for finding in verdict.findings)
    }


def unready(verdict: Verdict) -> Verdict:
    """The verdict on a version that waits to be rewritten. Not even a release makes it served as it is: whoever came later
    would get other bytes than whoever came first."""
    if any(finding.rule == NAME and finding.withholds for finding in verdict.findings):
        return verdict
    reason = "it has yet to be rewritten without its install scripts"
    return Verdict((*verdict.findings, Finding(NAME, reason, Effect.HOLD, pending=True)))


def unrewritable(verdict: Verdict, reason: str) -> Verdict:
    """The same once that has failed."""
    others = tuple(finding for finding in verdict.findings if finding.rule != NAME)
    return Verdict((*others, Finding(NAME, reason, Effect.REVIEW)))


def in_order(packument: Packument, served: frozenset[str], due: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of the versions that are due come first, at most `FRONT`, and which next, at most `NEXT`.

    First the highest of each line (of each minor while the major is 0) and what tags point at: what is installed by ranges.
    """
    if not due:
        return (), ()
    document = packument.document
    tags = repair(document.tags, packument.record.tags, served | due, document.deprecated)
    latest = [tags[LATEST]] if LATEST in tags else []
    newest = sorted(served | due, key=order, reverse=True)
    stable = [version for version in newest if (parsed := semver(version)) is not None and not parsed.prerelease]
    wanted = [*latest, *_highest(stable, minors=False), *tags.values(), *_highest(newest, minors=True), *newest]
    ordered = [version for version in dict.fromkeys(wanted) if version in due]
    return tuple(ordered[:FRONT]), tuple(ordered[FRONT : FRONT + NEXT])


def _highest(newest: Iterable[str], *, minors: bool) -> list[str]:
    """The first of each line among versions that come highest first; with `minors`, of each minor."""
    found: dict[object, str] = {}
    for version in newest:
        parsed = semver(version)
        if parsed is not None:
            found.setdefault((parsed.line, parsed.major, parsed.minor if minors or not parsed.major else None), version)
    return list(found.values())
