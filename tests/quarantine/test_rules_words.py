"""How lengths of time read in sentences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quarantine.rules.words import span


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "0"),
        (timedelta(seconds=1), "1s"),
        (timedelta(minutes=30), "30m"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=24), "1d"),
        (timedelta(hours=36), "1d12h"),
        (timedelta(days=7), "7d"),
        (timedelta(days=365, seconds=1), "365d1s"),
    ],
)
def test_a_span_reads_as_configuration_writes_it(length: timedelta, text: str) -> None:
    assert span(length) == text
