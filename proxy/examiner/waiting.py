"""Versions that wait to be examined: each once, in the order in which somebody is likely to miss them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from quarantine.package import PackageVersion, order, semver
from quarantine.record import PackageRecord

MOST = 20_000
"""How many versions wait; more are passed over, and come again when somebody asks for them again."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


class Waiting:
    """What was asked for here, and what has to be left alone for a while."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._missed: dict[PackageVersion, None] = {}
        self._served: dict[PackageVersion, None] = {}
        self._pauses: dict[PackageVersion, tuple[datetime, timedelta]] = {}

    def __len__(self) -> int:
        return len(self._missed) + len(self._served)

    def missed(self, id: PackageVersion) -> None:
        """Nothing else keeps it from being served."""
        self._served.pop(id, None)
        self._put(self._missed, id)

    def served(self, id: PackageVersion) -> None:
        """Somebody has it, and nobody has looked into it."""
        if id not in self._missed:
            self._put(self._served, id)

    def next_missed(self, now: datetime) -> PackageVersion | None:
        """What comes first. It waits no longer."""
        return self._first(self._missed, now)

    def next_served(self, now: datetime) -> PackageVersion | None:
        """What comes last. It waits no longer."""
        return self._first(self._served, now)

    def postpone(self, id: PackageVersion, now: datetime, pause: timedelta | None = None) -> None:
        """Leave it alone, wherever it waits: for `pause`, or for twice as long each time."""
        if len(self._pauses) >= self._most:
            self._pauses = {each: known for each, known in self._pauses.items() if known[0] > now}
        _, last = self._pauses.get(id, (now, timedelta(0)))
        span = pause or min(max(FIRST_PAUSE, last * 2), LONGEST_PAUSE)
        self._pauses[id] = (now + span, span)

    def is_postponed(self, id: PackageVersion, now: datetime) -> bool:
        """Whether it is left alone for now."""
        until, _ = self._pauses.get(id, (now, None))
        return now < until

    def done(self, id: PackageVersion) -> None:
        """It was examined."""
        self._pauses.pop(id, None)

    def _put(self, queue: dict[PackageVersion, None], id: PackageVersion) -> None:
        if len(self) < self._most:
            queue.setdefault(id)

    def _first(self, queue: dict[PackageVersion, None], now: datetime) -> PackageVersion | None:
        id = next((each for each in queue if not self.is_postponed(each, now)), None)
        if id is not None:
            del queue[id]
        return id


def in_order(due: Iterable[PackageVersion], records: Mapping[str, PackageRecord]) -> list[PackageVersion]:
    """What tags point at and the highest of each line first, since that is what ranges choose; among equals what is oldest, since
    its hold ends first. Versions of packages without a record come last."""
    chosen = {name: _chosen(record) for name, record in records.items()}

    def rank(id: PackageVersion) -> tuple[bool, float, str, str]:
        record = records.get(id.name)
        sighting = record.sightings.get(id.version) if record is not None else None
        started = sighting.clock_start.timestamp() if sighting is not None else float("inf")
        return (id.version not in chosen.get(id.name, ()), started, id.name, id.version)

    return sorted(due, key=rank)


def _chosen(record: PackageRecord) -> Collection[str]:
    highest: dict[str, str] = {}
    for version in sorted((each for each, sighting in record.sightings.items() if not sighting.gone), key=order):
        parsed = semver(version)
        if parsed is not None:
            highest[parsed.line] = version
    return {*highest.values(), *(targets[0] for targets in record.tags.values() if targets)}
