"""What waits to be examined: each version once, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from proxy.examiner.waiting import FIRST_PAUSE, LONGEST_PAUSE, Waiting, in_order
from quarantine.digests import Digests
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Look, PackageRecord, Seen, absorb

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def id_of(text: str) -> PackageVersion:
    return PackageVersion.parse(text)


A, B, C = id_of("a@1.0.0"), id_of("b@1.0.0"), id_of("c@1.0.0")


def test_each_waits_once_in_the_order_in_which_it_came() -> None:
    waiting = Waiting()
    for each in (A, B, A):
        waiting.missed(each)
    assert [waiting.next_missed(NOW) for _ in range(3)] == [A, B, None]


def test_what_is_missed_does_not_wait_among_what_was_served() -> None:
    waiting = Waiting()
    for each in (A, B):
        waiting.served(each)
    waiting.missed(A)
    waiting.served(A)
    assert len(waiting) == 2
    assert (waiting.next_missed(NOW), waiting.next_served(NOW), waiting.next_served(NOW)) == (A, B, None)


def test_there_is_an_end_to_how_many_wait() -> None:
    waiting = Waiting(most=2)
    for each in (A, B, C):
        waiting.served(each)
    assert len(waiting) == 2
    assert [waiting.next_served(NOW) for _ in range(3)] == [A, B, None]


def test_what_is_postponed_is_passed_over_and_comes_again() -> None:
    waiting = Waiting()
    for each in (A, B):
        waiting.served(each)
    waiting.postpone(A, NOW)
    assert waiting.is_postponed(A, NOW + FIRST_PAUSE - MINUTE / 60)
    assert [waiting.next_served(NOW) for _ in range(2)] == [B, None]
    assert waiting.next_served(NOW + FIRST_PAUSE) == A


def test_each_pause_is_longer_than_the_last_up_to_an_hour() -> None:
    waiting, now, pauses = Waiting(), NOW, []
    for _ in range(9):
        waiting.postpone(A, now)
        pause = next(n for n in range(1, 100) if not waiting.is_postponed(A, now + n * MINUTE))
        pauses.append(pause)
        now += pause * MINUTE
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert LONGEST_PAUSE == 60 * MINUTE


def test_success_forgets_the_pauses() -> None:
    waiting = Waiting()
    for _ in range(3):
        waiting.postpone(A, NOW)
    waiting.done(A)
    assert not waiting.is_postponed(A, NOW)
    waiting.postpone(A, NOW)
    assert not waiting.is_postponed(A, NOW + FIRST_PAUSE)


def record(name: str, days: dict[str, float], tags: dict[str, str]) -> PackageRecord:
    seen = {version: Seen(NOW - timedelta(days=age), Digests()) for version, age in days.items()}
    return absorb(PackageName(name), None, Look(NOW, seen, tags)).record


def test_what_is_chosen_by_tags_and_ranges_comes_first_and_then_what_is_oldest() -> None:
    days = {"1.0.0": 9, "1.0.1": 8, "2.0.0": 5, "2.0.1": 4, "3.0.0-rc.1": 3, "3.0.0-rc.2": 2, "2.0.2-dev": 1}
    known = record("a", days, {"latest": "2.0.1", "old": "2.0.0"})
    due = [PackageVersion(PackageName("a"), version) for version in reversed(days)]
    ordered = [each.version for each in in_order(due, {"a": known})]
    assert ordered == ["1.0.1", "2.0.0", "2.0.1", "3.0.0-rc.2", "2.0.2-dev", "1.0.0", "3.0.0-rc.1"]


def test_a_version_that_nothing_is_known_of_comes_last() -> None:
    known = record("a", {"1.0.0": 1}, {})
    assert in_order([B, A], {"a": known}) == [A, B]


@given(st.lists(st.sampled_from([A, B, C]), max_size=6))
def test_nothing_is_lost_by_ordering(due: list[PackageVersion]) -> None:
    assert sorted(in_order(due, {}), key=str) == sorted(due, key=str)
