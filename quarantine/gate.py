"""The gate: rules, facts and an instant in, verdicts out. The one place that says whether a version may be served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from quarantine.candidate import Candidate, Fact
from quarantine.decision import Decision
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import PackageVersion
from quarantine.record import PackageRecord
from quarantine.rules import Rule
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict, earliest, stamp
from quarantine.weighing import weigh


class EmptyPolicy(PratiqueError):
    """A gate without rules would let everything in."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the document says of one version, as far as the gate cares."""

    digests: Digests | None
    flaw: str | None = None
    scripted: bool = False
    """Whether the document says that it has install scripts."""
    bundling: bool = False
    """Whether the document says that whole packages are inside of its tarball."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts behind verdicts, and what the rules alone said: spares asking again about versions that nothing was said of."""

    record: PackageRecord
    listed: Mapping[str, Listed]
    found: Mapping[str, Verdict]
    at: datetime
    since: datetime | None
    frozen: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on every version of one document at one instant."""

    verdicts: Mapping[str, Verdict]
    """Every version that the document lists."""
    at: datetime
    changes_at: datetime | None
    """From this instant on the verdicts must be asked for again; None: only new facts change them."""
    needs_look: bool
    """Some version waits only for a fresh look at the upstream."""
    unconfirmed: bool = False
    """Some finding, be it beside others, would lapse with a fresh look."""
    basis: Basis | None = field(default=None, repr=False, compare=False)
    """What it was judged by, for the next time."""

    @property
    def admitted(self) -> frozenset[str]:
        """The versions that may be served."""
        return frozenset(version for version, verdict in self.verdicts.items() if not verdict.withheld)

    @property
    def withheld(self) -> dict[str, Verdict]:
        """The versions that may not, with their verdicts."""
        return {version: verdict for version, verdict in self.verdicts.items() if verdict.withheld}


@dataclass(frozen=True, slots=True)
class Standing:
    """What people decided about a package, for one audience."""

    decisions: tuple[Decision, ...] = ()
    audience: str | None = None
    frozen: datetime | None = None
    """Since when all new admissions are stopped."""
    at: datetime | None = None
    """The instant at which decisions are active or expired; None: the same as the verdict's."""


class Gate:
    """Applies a fixed list of rules; holds no state, so that asking twice gives the same answer."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        if not rules:
            raise EmptyPolicy("the list of rules is empty, and nothing can be admitted by no rule at all")
        self._rules = tuple(rules)

    def judge(self, candidate: Candidate, now: datetime) -> Verdict:
        """Ask every rule; a rule that lacks a fact it needs withholds, whatever the others say."""
        missing = candidate.missing
        if not missing:
            found = tuple(finding for rule in self._rules if (finding := rule.judge(candidate, now)) is not None)
            return Verdict(found) if found else ADMITTED
        findings: list[Finding] = []
        for fact in sorted(missing & frozenset().union(*(rule.needs for rule in self._rules))):
            # Bytes that nothing vouches for are not served in observe mode either.
            effect = Effect.BLOCK if fact is Fact.INTEGRITY else Effect.HOLD
            findings.append(Finding("unknown-fact", f"not known: {fact}", effect))
        said = (rule.judge(candidate, now) for rule in self._rules if not rule.needs & missing)
        findings = [*(finding for finding in said if finding is not None), *findings]
        return Verdict(tuple(findings)) if findings else ADMITTED

    def judge_package(
        self,
        record: PackageRecord,
        listed: Mapping[str, Listed],
        now: datetime,
        standing: Standing = Standing(),
        earlier: Basis | None = None,
    ) -> Judged:
        """Judge every version that the document lists, each by itself: first by the rules, then by what people decided.

        With the basis of earlier verdicts of this gate, versions of which the rules had nothing to say are not asked about
        again unless a fact of theirs has changed (see `quarantine.rules.Rule`); the outcome is the same without it.
        """
        at = standing.at or now
        decisions = [each.outlasting(standing.frozen) for each in standing.decisions]
        active = [each for each in decisions if each.active(at)]
        decided = _Decided(active, standing.audience)
        stopped = standing.frozen is not None and standing.frozen <= now
        # A freeze is about what is new: bytes that did not match are fetched again after a while as ever.
        mismatches = {version: each for version, each in record.mismatches.items() if now < each.until}
        if standing.frozen is not None:
            now = min(now, standing.frozen)
        since = earlier.since if earlier is not None and earlier.record is record else package_since(record)
        reusable = earlier if earlier is not None and _reaches(earlier, since, standing.frozen, now) else None
        same = reusable is not None and reusable.record is record and reusable.listed is listed
        founds: dict[str, Verdict] = {}
        verdicts: dict[str, Verdict] = {}
        for version, entry in listed.items():
            if reusable is not None and (
                reusable.found.get(version) is ADMITTED if same else _is_settled(reusable, version, entry, record)
            ):
                founds[version] = ADMITTED
                verdicts[version] = weigh(ADMITTED, applying, entry.digests) if (applying := decided.of(version)) else ADMITTED
                continue
            examination, rewrite = record.examinations.get(version), record.rewrites.get(version)
            candidate = Candidate(
                id=PackageVersion(record.name, version),
                sighting=record.sightings.get(version),
                digests=entry.digests,
                last_look=record.last_shown(version),
                package_since=since,
                flaw=entry.flaw,
                mismatch=mismatches.get(version),
                scripted=entry.scripted,
                bundling=entry.bundling,
                examination=examination if examination and _is_of(examination.digest, entry.digests) else None,
                rewrite=rewrite if rewrite and _is_of(rewrite.of, entry.digests) else None,
            )
            found = founds[version] = _while_frozen(self.judge(candidate, now), candidate, standing.frozen)
            verdicts[version] = weigh(found, decided.of(version), entry.digests)
        # Most versions of an old package have no finding, and so nothing that could change.
        told = [verdict for verdict in verdicts.values() if verdict.findings]
        # While the instant at which rules judge stands still, only decisions and mismatches change anything.
        changes = [each.until for each in mismatches.values()] if stopped else [verdict.changes_at for verdict in told]
        return Judged(
            verdicts=verdicts,
            at=now,
            changes_at=earliest([*changes, *(decision.expires for decision in active)]),
            needs_look=any(verdict.needs_look for verdict in told),
            unconfirmed=any(finding.needs_look for verdict in told for finding in verdict.findings),
            basis=Basis(record, listed, founds, now, since, standing.frozen),
        )


class _Decided:
    """Decisions by what they are about: hundreds of versions may have one of their own."""

    def __init__(self, active: Sequence[Decision], audience: str | None) -> None:
        self._exact: dict[str, list[Decision]] = {}
        self._ranges: list[Decision] = []
        for each in active:
            if each.audience not in {None, audience}:
                continue
            if each.subject.exact:
                self._exact.setdefault(each.subject.versions, []).append(each)
            else:
                self._ranges.append(each)

    def of(self, version: str) -> Sequence[Decision]:
        """Those that count for a version, in no order."""
        exact = self._exact.get(version, ())
        return [*exact, *(each for each in self._ranges if each.subject.covers(version))] if self._ranges else exact


def _reaches(earlier: Basis, since: datetime | None, frozen: datetime | None, now: datetime) -> bool:
    """Whether what was found then can say anything about now."""
    return earlier.since == since and earlier.frozen is None and frozen is None and earlier.at <= now


def _is_settled(earlier: Basis, version: str, entry: Listed, record: PackageRecord) -> bool:
    """Whether the rules had nothing to say of the version, and still know the same of it."""
    if earlier.found.get(version) is not ADMITTED:
        return False
    before, sighting = earlier.listed[version], record.sightings.get(version)
    return (
        (before is entry or before == entry)
        and sighting is not None
        and sighting is earlier.record.sightings.get(version)
        and version not in record.mismatches
        and version not in earlier.record.mismatches
        and record.examinations.get(version) is earlier.record.examinations.get(version)
        and record.rewrites.get(version) is earlier.record.rewrites.get(version)
        and sighting.missing_since is None
        and record.last_look >= earlier.record.last_look
    )


def _while_frozen(found: Verdict, candidate: Candidate, frozen: datetime | None) -> Verdict:
    """Under a freeze, what was first seen after its beginning waits, however old it says it is."""
    if frozen is None or candidate.sighting is None or candidate.sighting.first_seen <= frozen:
        return found
    return Verdict((Finding("freeze", f"all new admissions are stopped since {stamp(frozen)}", Effect.HOLD), *found.findings))


def _is_of(digest: str, digests: Digests | None) -> bool:
    """Whether something is known of the very bytes that are listed now."""
    return digests is not None and digests.agrees(Digests.parse(digest))


def package_since(record: PackageRecord) -> datetime | None:
    """Where the clock of the oldest version starts, versions that have since gone included."""
    return earliest(sighting.clock_start for sighting in record.sightings.values())
