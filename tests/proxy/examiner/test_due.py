"""Which packages are looked at next: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from proxy.examiner.refresh import due, jitter
from quarantine.ledger import InUse
from quarantine.package import PackageName

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
EVERY = timedelta(minutes=30)
NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True).map(PackageName)


def row(name: str, minutes: float) -> InUse:
    return InUse(PackageName(name), NOW - timedelta(minutes=minutes), NOW)


def test_the_most_overdue_comes_first() -> None:
    assert due([row("a", 50), row("b", 300), row("c", 1)], EVERY, NOW) == ["b", "a"]


@given(NAMES)
def test_each_package_has_a_moment_of_its_own_within_a_quarter_of_the_time(name: PackageName) -> None:
    assert 0.75 <= jitter(name) < 1.25
    assert jitter(name) == jitter(PackageName(str(name)))
    moment = 30 * jitter(name)
    assert due([row(name, moment + 0.001)], EVERY, NOW) == [name]
    assert due([row(name, moment - 0.001)], EVERY, NOW) == []


def test_packages_looked_at_together_do_not_come_due_together() -> None:
    rows = [row(f"package-{number}", 30) for number in range(1000)]
    assert 400 < len(due(rows, EVERY, NOW)) < 600
    assert len(due(rows, EVERY, NOW + EVERY / 4)) == 1000


@given(st.dictionaries(NAMES, st.floats(0, 1000), max_size=20))
def test_nothing_is_invented_or_named_twice(looked: dict[PackageName, float]) -> None:
    found = due([row(name, minutes) for name, minutes in looked.items()], EVERY, NOW)
    assert len(set(found)) == len(found)
    assert set(found) <= looked.keys()
