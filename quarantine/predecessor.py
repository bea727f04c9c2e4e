"""Which version another one is compared with: what it has that this one had not is new."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from quarantine.package import order, semver
from quarantine.record import Sighting

APART = timedelta(days=7)
"""How much earlier the clock of a predecessor started: whoever can publish a version today can publish two in a row, and the
first of them would vouch for what is in the second."""


def predecessor_of(version: str, sightings: Mapping[str, Sighting], fit: Collection[str]) -> str | None:
    """The version among `fit` that was there before, and is nearest; None where there is no other at all.

    In this order: the highest below in the same line that started at least `APART` earlier; the highest below that did, of
    whatever line; the lowest above that did. Of a package so young that none did, the version that started first.
    """
    mine = sightings.get(version)
    others = [each for each in fit if each != version and each in sightings]
    if mine is None or not others:
        return None
    settled = [each for each in others if mine.clock_start - sightings[each].clock_start >= APART]
    if not settled:
        return _first(version, sightings, others)
    below = [each for each in settled if order(each) < order(version)]
    if not below:
        return min(settled, key=order)
    return max([each for each in below if _line(each) == _line(version)] or below, key=order)


def _first(version: str, sightings: Mapping[str, Sighting], others: Collection[str]) -> str | None:
    """What started first, and before this one did; the lowest of several. None: this is it."""
    started = sightings[version].clock_start
    earlier = [each for each in others if (sightings[each].clock_start, order(each)) < (started, order(version))]
    return min(earlier, key=lambda each: (sightings[each].clock_start, order(each)), default=None)


def _line(version: str) -> str | None:
    parsed = semver(version)
    return parsed.line if parsed is not None else None
