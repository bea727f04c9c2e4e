"""What is doubtful about holds and about `[[packages]]` entries; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.override import said
from config.pattern import covers
from config.policy import PackageEntry, PackageQuarantine, QuarantineSettings
from config.problem import Problem
from config.settings import Settings
from config.units import format_duration

_ZERO, _DAY = timedelta(0), timedelta(hours=24)


def check_holds(quarantine: QuarantineSettings | PackageQuarantine, place: str) -> Iterator[Problem]:
    """Holds that are off, too short to help, or the wrong way round. `place` is the key path of the table."""
    hold = quarantine.hold
    if hold == _ZERO:
        yield Problem("warning", f"{place}.hold", "is 0, which switches the age rule off: new versions enter at once")
    elif hold is not None and hold < _DAY:
        yield Problem(
            "warning",
            f"{place}.hold",
            f"{format_duration(hold)} is shorter than 24h: bad versions are often noticed only after a day or more,"
            " so they would be admitted before anybody warns; 7d is usual",
        )
    if isinstance(quarantine, QuarantineSettings) and _ZERO < quarantine.hold <= quarantine.fresh_look:
        yield Problem(
            "warning",
            f"{place}.fresh_look",
            f"{format_duration(quarantine.fresh_look)} is not shorter than hold: the look that found a version would"
            " also admit it",
        )


def check_packages(settings: Settings) -> Iterator[Problem]:
    """Entries that set nothing, that can never apply, or whose holds are doubtful."""
    for number, entry in enumerate(settings.packages):
        place = f"packages[{number}]"
        if not said(entry):
            yield Problem("warning", place, f"(match = {entry.match!r}) sets nothing: give it a key, or remove it")
            continue
        yield from _shadowed(settings.packages, number, place)
        yield from check_holds(entry.quarantine, f"{place}.quarantine")


def _shadowed(entries: tuple[PackageEntry, ...], number: int, place: str) -> Iterator[Problem]:
    """The first entry that matches and sets a key wins it: so one that covers this entry takes its keys away."""
    entry = entries[number]
    taken: dict[str, int] = {}
    for earlier, other in enumerate(entries[:number]):
        if covers(other.match, entry.match):
            for key in said(entry).keys() & said(other).keys():
                taken.setdefault(key, earlier)
    if not taken:
        return
    by = ", ".join(f"packages[{earlier}] ({entries[earlier].match!r})" for earlier in sorted(set(taken.values())))
    if len(taken) == len(said(entry)):
        text = f"(match = {entry.match!r}) can never apply: {by} matches all of it and sets the same; move it up or out"
        yield Problem("warning", place, text)
    else:
        keys = ", ".join(sorted(taken))
        yield Problem("warning", place, f"(match = {entry.match!r}): {keys} has no effect, since {by} comes before it")
