"""The gate: rules, facts and an instant in, verdicts out. The one place that says whether a version may be served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from quarantine.candidate import Candidate, Fact
from quarantine.decision import Action, Decision
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
        findings: list[Finding] = []
        missing = candidate.missing
        for fact in sorted(missing & frozenset().union(*(rule.needs for rule in self._rules))):
            # Bytes that nothing vouches for are not served in observe mode either.
            effect = Effect.BLOCK if fact is Fact.INTEGRITY else Effect.HOLD
            findings.append(Finding("unknown-fact", f"not known: {fact}", effect))
        found = (rule.judge(candidate, now) for rule in self._rules if not rule.needs & missing)
        findings = [*(finding for finding in found if finding is not None), *findings]
        return Verdict(tuple(findings)) if findings else ADMITTED

    def judge_package(
        self, record: PackageRecord, listed: Mapping[str, Listed], now: datetime, standing: Standing = Standing()
    ) -> Judged:
        """Judge every version that the document lists, each by itself: first by the rules, then by what people decided."""
        at = standing.at or now
        decisions = [_outlasting(each, standing.frozen) for each in standing.decisions]
        active = [each for each in decisions if each.active(at)]
        stopped = standing.frozen is not None and standing.frozen <= now
        if standing.frozen is not None:
            now = min(now, standing.frozen)
        since = package_since(record)
        verdicts: dict[str, Verdict] = {}
        for version, entry in listed.items():
            candidate = Candidate(
                id=PackageVersion(record.name, version),
                sighting=record.sightings.get(version),
                digests=entry.digests,
                last_look=record.last_shown(version),
                package_since=since,
                flaw=entry.flaw,
                mismatch=record.mismatches.get(version),
            )
            found = _while_frozen(self.judge(candidate, now), candidate, standing.frozen)
            applying = [each for each in active if each.applies(version, standing.audience, at)]
            verdicts[version] = weigh(found, applying, entry.digests)
        # While the instant at which rules judge stands still, only decisions change anything.
        changes = [] if stopped else [verdict.changes_at for verdict in verdicts.values()]
        return Judged(
            verdicts=verdicts,
            at=now,
            changes_at=earliest([*changes, *(decision.expires for decision in active)]),
            needs_look=any(verdict.needs_look for verdict in verdicts.values()),
        )


def _while_frozen(found: Verdict, candidate: Candidate, frozen: datetime | None) -> Verdict:
    """Under a freeze, what was first seen after its beginning waits, however old it says it is."""
    if frozen is None or candidate.sighting is None or candidate.sighting.first_seen <= frozen:
        return found
    return Verdict((Finding("freeze", f"all new admissions are stopped since {stamp(frozen)}", Effect.HOLD), *found.findings))


def _outlasting(decision: Decision, frozen: datetime | None) -> Decision:
    """Under a freeze, a block or hold that was in force at its beginning does not lapse: that would admit something."""
    if frozen is None or decision.action is Action.RELEASE or decision.at > frozen or not decision.active(frozen):
        return decision
    return replace(decision, expires=None)


def package_since(record: PackageRecord) -> datetime | None:
    """Where the clock of the oldest version starts, versions that have since gone included."""
    return earliest(sighting.clock_start for sighting in record.sightings.values())
