"""What policy and people make of a version: the design's sentences, one after the other, at one instant for one audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.model.facts import Digests, Facts, Version, agree
from tests.model.ranges import covers

FRESH_LOOK = timedelta(minutes=10)
BY_HAND = {"blocked", "held-by-hand"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """What the operator set for one audience."""

    hold: timedelta
    new_package_hold: timedelta
    enforce: bool = True
    baseline: datetime | None = None


@dataclass
class Decided:
    """A decision."""

    number: int
    action: str
    package: str
    versions: str
    at: datetime
    expires: datetime | None
    audience: str | None
    digests: Digests = field(default_factory=dict)
    lifts: frozenset[str] = frozenset()
    withdrawn: bool = False

    def active(self, now: datetime) -> bool:
        """Whether it counts, were there no freeze."""
        return not self.withdrawn and (self.expires is None or now < self.expires)


@dataclass(frozen=True)
class Mismatch:
    """Bytes came that were not the promised ones."""

    version: str
    until: datetime


@dataclass(frozen=True)
class Found:
    """One reason, as far as it shows in an answer."""

    rule: str
    effect: str
    until: datetime | None = None
    looks: bool = False
    """It waits for a look only."""
    lifted: bool = False

    @property
    def shown(self) -> tuple[str, str, str | None]:
        """As answers give it."""
        return self.rule, self.effect, stamp(self.until)


@dataclass(frozen=True)
class Stand:
    """Everything that is to be said of one version."""

    found: tuple[Found, ...]

    @property
    def withholding(self) -> list[Found]:
        """The reasons that keep it."""
        return [each for each in self.found if each.effect != "note"]

    @property
    def withheld(self) -> bool:
        """Whether policy keeps it."""
        return bool(self.withholding)

    @property
    def blocked(self) -> bool:
        """Whether it is kept where policy merely observes, too."""
        return any(each.effect == "block" for each in self.found)

    @property
    def waits_for_look(self) -> bool:
        """Whether a look is all that it waits for."""
        return self.withheld and all(each.looks for each in self.withholding)

    @property
    def until(self) -> datetime | None:
        """The earliest instant at which it can be had, where there is one to name."""
        dates = [each.until for each in self.withholding if not each.looks]
        known = [each for each in dates if each is not None]
        return max(known) if known and len(known) == len(dates) else None

    @property
    def state(self) -> str:
        """In the words of the desk."""
        if any(each.rule == "blocked" for each in self.found):
            return "blocked"
        if self.withheld:
            return "held"
        return "released" if any(each.lifted for each in self.found) else "admitted"


def stamp(moment: datetime | None) -> str | None:
    """Minutes and `Z`, rounded up."""
    if moment is None:
        return None
    whole = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return (whole if whole == moment else whole + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%MZ")


def stand(
    facts: Facts,
    version: Version,
    terms: Terms,
    now: datetime,
    audience: str | None,
    decisions: Sequence[Decided],
    frozen: datetime | None,
    mismatches: Sequence[Mismatch],
) -> Stand:
    """One version now."""
    rules = [*_bytes(version, now, mismatches), *_age(facts, version, terms, min(now, frozen or now))]
    if frozen is not None and version.first_seen > frozen:
        rules.append(Found("freeze", "hold"))
    for_it = [each for each in decisions if each.audience in {None, audience} and covers(each.versions, version.version)]
    releases = [each for each in for_it if each.action == "release" and each.active(now)]
    bound = [each for each in releases if agree(each.digests, version.digests)]
    newest = max((each.number for each in bound), default=0)
    by_hand = []
    for each in for_it:
        if each.action != "release" and each.number > newest and in_force(each, now, frozen):
            rule, effect = ("blocked", "block") if each.action == "block" else ("held-by-hand", "hold")
            until = each.expires if not lasts(each, frozen) else None
            by_hand.append(Found(rule, effect, until))
    weighed = [
        replace(each, effect="note", looks=False, lifted=True)
        if each.effect != "note" and any(each.rule in release.lifts for release in bound)
        else each
        for each in rules
    ]
    if releases and not bound:
        weighed.append(Found("released-other-bytes", "note"))
    return Stand((*by_hand, *weighed))


def lasts(decided: Decided, frozen: datetime | None) -> bool:
    """A block or hold that was in force when the freeze began lasts as long as it does."""
    return frozen is not None and decided.action != "release" and decided.at <= frozen and decided.active(frozen)


def in_force(decided: Decided, now: datetime, frozen: datetime | None) -> bool:
    """Whether it counts."""
    return decided.active(now) or lasts(decided, frozen)


def _bytes(version: Version, now: datetime, mismatches: Sequence[Mismatch]) -> list[Found]:
    found = [Found("malformed-document", "block")] if version.flawed else []
    if not version.digests or not version.known:
        return [*found, Found("unknown-fact", "block")]
    if version.altered:
        return [*found, Found("integrity", "block")]
    spoiled = [each.until for each in mismatches if each.version == version.version and now < each.until]
    if spoiled:
        return [*found, Found("integrity", "block", max(spoiled))]
    return [*found, Found("weak-integrity", "note")] if set(version.digests) == {"sha1"} else found


def _age(facts: Facts, version: Version, terms: Terms, now: datetime) -> list[Found]:
    if terms.baseline is not None and version.published is not None and version.clock < terms.baseline:
        return []
    assert facts.since is not None
    found = []
    for rule, start, hold in (("age", version.clock, terms.hold), ("new-package", facts.since, terms.new_package_hold)):
        if hold <= timedelta(0):
            continue
        if now < start + hold:
            found.append(Found(rule, "hold", start + hold))
        elif version.last_shown < start + hold - (timedelta(0) if version.missing else FRESH_LOOK):
            found.append(Found(rule, "hold", looks=True))
    return found
