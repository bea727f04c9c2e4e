"""What the stages counted, as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TypeVar

from proxy.access.store import AccessLog
from proxy.clock import TrustedTime
from proxy.examiner.refresh import Refresher
from proxy.registry.cached import Counts as Packuments
from proxy.registry.reading import Reader
from proxy.registry.routed import Source
from proxy.registry.tarballs import Counts as Tarballs
from proxy.web.hot import Hot
from proxy.web.metrics import Reading

Counts = TypeVar("Counts", Packuments, Tarballs)


def readings(
    sources: Sequence[Source], hot: Hot, reader: Reader, records: AccessLog, refresher: Refresher, time: TrustedTime
) -> Iterator[Reading]:
    """One reading a count, of all registries together, taken when Prometheus asks."""
    seen = _sum(Packuments(), [source.packuments.counts for source in sources])
    seen.oldest_stale = max(source.packuments.counts.oldest_stale for source in sources)
    bytes_ = _sum(Tarballs(), [source.tarballs.counts for source in sources])
    pulled = sum(source.upstream.brake.pulled for source in sources)
    yield "counter", "pratique_answers_at_hand", "Packuments and tarballs sent as they had been sent before.", hot.hits
    yield "counter", "pratique_packument_hits", "Packuments answered within the freshness window.", seen.hits
    yield "counter", "pratique_packument_looks", "Looks at the upstream's packuments.", seen.misses
    yield "counter", "pratique_packument_revalidated", "Looks answered with 304.", seen.revalidated
    yield "counter", "pratique_packument_stale", "Stale packuments served while the upstream was down or slow.", seen.stale
    yield "gauge", "pratique_packument_stale_age_seconds", "Age of the oldest stale copy served.", seen.oldest_stale
    yield "counter", "pratique_upstream_failures", "Looks that failed.", seen.failed
    yield "counter", "pratique_rollbacks", "Documents discarded as older than the stored one.", seen.rollbacks
    yield "counter", "pratique_integrity_changes", "Versions listed with other digests than before.", seen.altered
    yield "counter", "pratique_damaged_blobs", "Stored bytes found damaged, and forgotten.", seen.damaged + bytes_.damaged
    yield "counter", "pratique_tarball_hits", "Tarballs served from the store.", bytes_.hits
    yield "counter", "pratique_tarball_downloads", "Tarballs fetched.", bytes_.misses
    yield "counter", "pratique_tarball_mismatches", "Tarballs whose bytes were not the promised ones.", bytes_.mismatches
    yield "counter", "pratique_upstream_pauses", "Pauses that the upstream asked for (429, Retry-After).", pulled
    yield "counter", "pratique_reader_deaths", "Reading processes lost to a document.", reader.deaths
    yield "counter", "pratique_refresh_looks", "Looks taken in the background.", refresher.looks
    yield "counter", "pratique_access_dropped", "Access records lost because they came too fast.", records.dropped
    yield (
        "gauge",
        "pratique_clock_in_doubt",
        "1 while the clock is in doubt and nothing new is admitted.",
        float(time.alarm is not None),
    )


def _sum(into: Counts, counts: Sequence[Counts]) -> Counts:
    for field in fields(into):
        setattr(into, field.name, sum(getattr(each, field.name) for each in counts))
    return into
