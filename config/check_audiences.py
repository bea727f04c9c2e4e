"""What is doubtful about `[[audiences]]` entries; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.check_packages import check_holds
from config.kinds import EVERYONE
from config.pattern import EVERYTHING
from config.policy import AudienceEntry, PackagePolicy, QuarantineSettings, resolve
from config.problem import Problem
from config.settings import Settings
from config.units import format_duration


def check_audiences(settings: Settings) -> Iterator[Problem]:
    """Audiences that set nothing, are named twice, or whose lockfiles would break in the hands of others."""
    seen: dict[str, int] = {}
    for number, entry in enumerate(settings.audiences):
        place = f"audiences[{number}]"
        if entry.name in seen:
            text = f"{entry.name!r} is already audiences[{seen[entry.name]}]: make them one"
            yield Problem("error", f"{place}.name", text)
            continue
        seen[entry.name] = number
        if not entry.quarantine.keys():
            text = f"(name = {entry.name!r}) sets nothing; only decisions for this audience will make a difference"
            yield Problem("warning", place, text)
        for key in sorted(entry.quarantine.keys() & _taken(settings)):
            text = "has no effect: a [[packages]] entry that matches everything sets it, and those go before audiences"
            yield Problem("warning", f"{place}.quarantine.{key}", text)
        yield from check_holds(entry.quarantine, f"{place}.quarantine")
    yield from _lockfiles(settings)


def _taken(settings: Settings) -> frozenset[str]:
    """The keys that entries for every package set, so that no audience can."""
    return frozenset().union(*(entry.quarantine.keys() for entry in settings.packages if entry.match == EVERYTHING))


def _lockfiles(settings: Settings) -> Iterator[Problem]:
    """Whoever resolves must be at least as strict as whoever installs: a lockfile pins what its author could have."""
    waits = {EVERYONE: _longest(_ordinary(settings, None))}
    for entry in settings.audiences:
        waits.setdefault(entry.name, _longest(_ordinary(settings, entry)))
    places = {entry.name: f"audiences[{number}]" for number, entry in reversed(list(enumerate(settings.audiences)))}
    for name, (hold, fresh) in waits.items():
        stricter = [other for other, (theirs, new) in waits.items() if theirs > hold or new > fresh]
        if stricter:
            waiting = (
                f"waits {format_duration(hold)} ({format_duration(fresh)} for new packages)" if fresh else "waits for nothing"
            )
            text = (
                f"{name} {waiting}, less than"
                f" {' and '.join(stricter)}: a lockfile made by {name} can pin versions that are withheld from"
                f" {' and '.join(stricter)}, whose installs then stop. Give such lockfiles to {name} only, or make them elsewhere"
            )
            yield Problem("warning", places.get(name, "quarantine.hold"), text)


def _ordinary(settings: Settings, audience: AudienceEntry | None) -> PackagePolicy:
    """What applies to a package that no narrower entry names; those give every audience the same."""
    entries = tuple(entry for entry in settings.packages if entry.match == EVERYTHING)
    return resolve(settings.base, entries, "", audience=audience)


def _longest(quarantine: QuarantineSettings) -> tuple[timedelta, timedelta]:
    """How long a version waits, and one of a new package; nothing waits where policy only observes."""
    if quarantine.enforce == "observe":
        return timedelta(0), timedelta(0)
    return quarantine.hold, max(quarantine.hold, quarantine.new_package_hold)
