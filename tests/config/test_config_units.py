from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.units import LARGEST, LONGEST, format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7d", timedelta(days=7)),
        ("36h", timedelta(hours=36)),
        ("15m", timedelta(minutes=15)),
        ("30s", timedelta(seconds=30)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1d 12h", timedelta(days=1, hours=12)),
        (" 2w ", timedelta(weeks=2)),
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
        ("500ms", timedelta(milliseconds=500)),
        ("36500d", LONGEST),
    ],
)
def test_reads_durations(text: str, value: timedelta) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("7", "write one of 7d, 7h"),
        ("-7d", "cannot be negative"),
        ("1.5h", "1h30m"),
        ("7D", "lower case"),
        ("12h1d", "largest first"),
        ("1d1d", "once"),
        ("36501d", "at most 36500d"),
        ("999999999999999999w", "at most 36500d"),
        ("9" * 40 + "d", "no duration"),
        ("7 d", "no duration"),
        ("7days", "no duration"),
        ("", "no duration"),
        ("forever", "no duration"),
        ("٧d", "no duration"),
    ],
)
def test_refuses_what_is_no_duration_and_says_what_to_write(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=LONGEST))
def test_durations_survive_being_written(value: timedelta) -> None:
    assert parse_duration(format_duration(value)) == value


@given(st.text(max_size=30) | st.from_regex(r"([0-9]{1,20}[wdhmsu]{1,2} ?){0,4}", fullmatch=True))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        value = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) <= value <= LONGEST


@pytest.mark.parametrize("value", [timedelta(days=-1), LONGEST + timedelta(seconds=1)])
def test_writes_no_duration_that_it_would_not_read(value: timedelta) -> None:
    with pytest.raises(ValueError, match="no duration"):
        format_duration(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("10GiB", 10 * 2**30), ("512MiB", 512 * 2**20), ("64 MB", 64_000_000), ("0", 0), ("1kB", 1000), ("7B", 7)],
)
def test_reads_sizes(text: str, value: int) -> None:
    assert parse_size(text) == value


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("64", "write 64B, 64MiB"),
        ("-1B", "negative"),
        ("1.5GiB", "1536MiB"),
        ("10G", "write 10GiB"),
        ("10mib", "write 10MiB"),
        ("10Gb", "write 10G"),
        ("9999999TiB", "too large"),
        ("lots", "no size"),
        ("", "no size"),
    ],
)
def test_refuses_what_is_no_size_and_says_what_to_write(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        parse_size(text)


@given(st.integers(min_value=0, max_value=LARGEST) | st.integers(0, 2000).map(lambda n: n * 2**20))
def test_sizes_survive_being_written(value: int) -> None:
    assert parse_size(format_size(value)) == value


@pytest.mark.parametrize(("value", "text"), [(2**26, "64MiB"), (64_000_000, "64MB"), (0, "0"), (1023, "1023B")])
def test_writes_the_shortest_exact_size(value: int, text: str) -> None:
    assert format_size(value) == text


@pytest.mark.parametrize("value", [-1, LARGEST + 1])
def test_writes_no_size_that_it_would_not_read(value: int) -> None:
    with pytest.raises(ValueError, match="no size"):
        format_size(value)
