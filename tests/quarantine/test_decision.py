"""When a decision counts: until its expiry, while it is not withdrawn, for its audience and its versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.quarantine.decided import block
from tests.quarantine.examples import DAY, HOUR, MICRO, NOON

EXPIRING = block(1, expires=NOON + DAY)


def test_it_counts_until_the_instant_of_its_expiry() -> None:
    assert EXPIRING.active(NOON + DAY - MICRO)
    assert not EXPIRING.active(NOON + DAY)
    assert not EXPIRING.active(NOON + DAY + MICRO)
    assert block(1).active(NOON + 10000 * DAY)


def test_one_that_was_withdrawn_counts_no_more() -> None:
    withdrawn = replace(EXPIRING, withdrawn=NOON + HOUR)
    assert not withdrawn.active(NOON + HOUR)
    assert not withdrawn.applies("1.0.0", None, NOON + HOUR)


@pytest.mark.parametrize(
    ("meant", "asking", "applies"),
    [(None, None, True), (None, "research", True), ("research", "research", True), ("research", None, False), ("a", "b", False)],
)
def test_it_is_for_everybody_or_for_one_audience(meant: str | None, asking: str | None, applies: bool) -> None:
    assert block(1, audience=meant).applies("1.0.0", asking, NOON) is applies


def test_it_is_about_its_versions() -> None:
    wide = block(1, "left-pad@<2.0.0")
    assert [wide.applies(version, None, NOON) for version in ("1.9.0", "2.0.0-rc.1", "2.0.0")] == [True, True, False]
    assert not EXPIRING.applies("1.0.1", None, NOON)
    assert not EXPIRING.applies("1.0.0", None, NOON + DAY)
