"""The one clock: what it stamps is never too early, what it judges by is never too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from proxy.clock import TOLERANCE, SystemClock, TrustedTime
from tests.fakes.clock import FakeClock

REAL = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPANS = st.timedeltas(timedelta(days=-400), timedelta(days=400))
SLIGHT = st.timedeltas(-TOLERANCE, TOLERANCE)
AGES = st.timedeltas(timedelta(0), timedelta(days=400))


def trusted(ours: timedelta = timedelta(0), last_entry: datetime | None = None) -> tuple[FakeClock, TrustedTime]:
    clock = FakeClock(REAL + ours)
    return clock, TrustedTime(clock, last_entry)


def test_a_clock_that_agrees_is_trusted() -> None:
    clock, time = trusted()
    time.observe(REAL + TOLERANCE)
    assert time.alarm is None
    assert time.stamping() == time.judging() == time.now() == clock.now()


def test_a_clock_that_is_ahead_raises_the_alarm() -> None:
    _, time = trusted(HOUR)
    time.observe(REAL)
    assert time.alarm is not None
    assert "60 minutes ahead of" in time.alarm
    assert (time.stamping(), time.judging()) == (REAL + HOUR, REAL)


def test_a_clock_that_is_behind_raises_the_alarm() -> None:
    _, time = trusted(-HOUR)
    time.observe(REAL)
    assert time.alarm is not None
    assert "60 minutes behind" in time.alarm
    assert (time.stamping(), time.judging()) == (REAL - HOUR + TOLERANCE, REAL - HOUR)
    assert time.behind


def test_what_was_read_before_the_answer_came_is_stamped_by_what_the_answer_showed() -> None:
    clock, time = trusted(-HOUR)
    began = time.now()
    clock.advance(timedelta(seconds=3))
    time.observe(REAL + timedelta(seconds=3))
    assert time.stamping(began) == REAL - HOUR + TOLERANCE


@given(ours=SPANS, theirs=SPANS)
def test_no_date_of_an_upstream_is_stamped_far_ahead_of_our_clock(ours: timedelta, theirs: timedelta) -> None:
    clock, time = trusted(ours)
    time.observe(REAL + theirs)
    assert time.stamping() <= clock.now() + TOLERANCE


def test_a_clock_behind_the_last_entry_raises_the_alarm() -> None:
    _, time = trusted(-HOUR, last_entry=REAL)
    assert time.alarm is not None
    assert "ledger" in time.alarm
    assert (time.stamping(), time.judging()) == (REAL, REAL - HOUR)
    assert time.behind


def test_an_upstream_that_agrees_does_not_silence_the_ledger() -> None:
    _, time = trusted(-HOUR, last_entry=REAL)
    time.observe(REAL - HOUR)
    assert time.alarm is not None


def test_the_alarm_ends_with_its_cause() -> None:
    _, time = trusted()
    time.observe(REAL + HOUR)
    assert time.alarm is not None
    time.observe(REAL)
    assert time.alarm is None


def test_a_little_behind_the_ledger_is_nothing() -> None:
    _, time = trusted(last_entry=REAL + TOLERANCE)
    assert time.alarm is None


@given(ours=SPANS, passed=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_with_an_upstream_that_is_right_nothing_is_stamped_early_or_judged_late(ours: timedelta, passed: timedelta) -> None:
    clock, time = trusted(ours)
    time.observe(REAL)
    clock.advance(passed)
    real = REAL + passed
    assert time.stamping() >= real - TOLERANCE or time.behind
    assert time.judging() <= real + TOLERANCE


@given(theirs=SPANS)
def test_with_a_clock_that_is_right_no_upstream_makes_it_so(theirs: timedelta) -> None:
    _, time = trusted()
    time.observe(REAL + theirs)
    assert time.stamping() >= REAL
    assert time.judging() <= REAL


@given(ours=SPANS, entries=st.lists(SPANS, max_size=4), dates=st.lists(st.tuples(SPANS, AGES), max_size=4))
def test_stamps_are_never_before_and_verdicts_never_after_the_own_clock(
    ours: timedelta, entries: list[timedelta], dates: list[tuple[timedelta, timedelta]]
) -> None:
    clock, time = trusted(ours, REAL)
    for entry in entries:
        time.entered(REAL + entry)
    for date, age in dates:
        time.observe(REAL + date, age)
    assert time.judging() <= clock.now() <= time.stamping()
    if time.alarm is None:
        assert time.judging() == clock.now() == time.stamping()


def test_a_clock_that_is_ahead_or_agrees_is_not_behind() -> None:
    for off in (-TOLERANCE, timedelta(0), HOUR):
        _, time = trusted(off)
        time.observe(REAL)
        assert not time.behind


@given(age=AGES, off=SLIGHT, kept=st.booleans())
def test_an_answer_out_of_a_cache_raises_no_false_alarm(age: timedelta, off: timedelta, *, kept: bool) -> None:
    """Caches either keep the Date of the origin, or write their own beside the same Age."""
    _, time = trusted(off)
    time.observe(REAL - age if kept else REAL, age)
    assert time.alarm is None


@given(age=AGES, behind=st.timedeltas(TOLERANCE + timedelta(seconds=1), timedelta(days=400)))
def test_an_answer_with_a_date_ahead_of_us_counts_whatever_its_age(age: timedelta, behind: timedelta) -> None:
    _, time = trusted(-behind)
    time.observe(REAL, age)
    assert time.alarm is not None


def test_an_old_answer_does_not_silence_the_alarm() -> None:
    _, time = trusted(HOUR)
    time.observe(REAL)
    time.observe(REAL, timedelta(days=30))
    assert time.alarm is not None


def test_a_jump_of_the_wall_clock_moves_nothing() -> None:
    walls = iter([REAL.timestamp()])
    clock = SystemClock(lambda: next(walls))
    first, second = clock.now(), clock.now()
    assert REAL <= first <= second < REAL + HOUR
    assert clock.elapsed() <= clock.elapsed()


def test_once_trusted_it_stands_still_while_in_doubt_and_goes_on_afterwards() -> None:
    clock = FakeClock(REAL)
    time = TrustedTime(clock)
    time.observe(REAL)
    clock.advance(HOUR)
    assert time.judging() == REAL + HOUR
    time.observe(REAL - 365 * 24 * HOUR)
    clock.advance(HOUR)
    assert time.alarm is not None
    assert time.judging() == REAL + HOUR
    time.observe(clock.now())
    assert time.judging() == REAL + 2 * HOUR
