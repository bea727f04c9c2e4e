"""Records read or written lately, so that a package with thousands of versions is not taken apart for each question."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from quarantine.examination import Examination
from quarantine.package import PackageName
from quarantine.record import PackageRecord

SIGHTINGS_KEPT = 4_000
"""How many sightings the kept records may have together; about 700 bytes each. Examinations count as so many more."""


class Recent:
    """Least recently used records first out. What it gives may be out of date: compare revisions with the database.

    A revision is never given to two states of a package, so equal revisions mean equal parts, whatever they are.
    Only what was committed may be put in here. Several threads use it.
    """

    def __init__(self, limit: int = SIGHTINGS_KEPT) -> None:
        self._limit = limit
        self._size = 0
        self._records: OrderedDict[PackageName, PackageRecord] = OrderedDict()
        self._lock = Lock()

    def get(self, name: PackageName) -> PackageRecord | None:
        """The record as this process last knew it."""
        with self._lock:
            record = self._records.get(name)
            if record is not None:
                self._records.move_to_end(name)
            return record

    def put(self, record: PackageRecord) -> None:
        """Keep a committed record, unless a later one is kept already or it would fill the room by itself."""
        with self._lock:
            kept = self._records.get(record.name)
            if kept is not None and kept.revision > record.revision:
                return
            self._size -= _weight(kept) if kept is not None else 0
            self._records.pop(record.name, None)
            if _weight(record) > self._limit:
                return
            self._records[record.name] = record
            self._size += _weight(record)
            while self._size > self._limit:
                _, oldest = self._records.popitem(last=False)
                self._size -= _weight(oldest)


def _weight(record: PackageRecord) -> int:
    return 1 + len(record.sightings) + sum(map(_heaviness, record.examinations.values()))


def _heaviness(examination: Examination) -> int:
    """Measured: about 1.5 kB, and 180 bytes for each dependency, of which there may be 2,000."""
    return 2 + (len(examination.contents.dependencies) // 4 if examination.contents is not None else 0)
