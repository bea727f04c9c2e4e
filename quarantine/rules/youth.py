"""Whether a version came under our eyes while it was still young: what is new is doubted, what is old was looked at by others."""

from __future__ import annotations

from datetime import datetime, timedelta

from quarantine.record import Sighting
from quarantine.rules.age import before_baseline
from quarantine.verdict import Effect


def came_young(sighting: Sighting | None, hold: timedelta, baseline: datetime | None = None) -> bool:
    """Whether its first sight lies within its hold. The same for ever, so that rules may rely on it."""
    if sighting is None:
        return True
    return not before_baseline(sighting, baseline) and sighting.first_seen - sighting.clock_start < hold


def if_young(effect: Effect, sighting: Sighting | None, hold: timedelta, baseline: datetime | None = None) -> Effect:
    """The effect for a version that came young; what others have used for long is told of and not taken from them."""
    return effect if came_young(sighting, hold, baseline) else Effect.NOTE
