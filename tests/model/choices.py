"""What the machine chooses among, and the configurations that it runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.model.ranges import VERSIONS
from tests.model.stands import DAY

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOLDS = {None: (7, 14), "research": (3, 7), "careful": (14, 30)}
"""By audience the days of `hold` and `new_package_hold`."""

NAMES = ["lib", "@s/p"]
AUDIENCES = [None, None, "research", "careful"]
"""Those of the four who ask, the first of them without a token."""

names = st.sampled_from(NAMES)
versions = st.sampled_from(VERSIONS)
unheard = st.sampled_from([*VERSIONS, "9.9.9"])
audiences = st.sampled_from(AUDIENCES)
spellings = st.integers(0, 2)
tags = st.sampled_from(["latest", "next", "beta"])
ages = st.one_of(
    st.sampled_from([3, 7, 14, 30]).flatmap(
        lambda days: st.sampled_from([days * DAY - 9 * MINUTE, days * DAY, days * DAY + MINUTE])
    ),
    st.sampled_from([400 * DAY, 400 * DAY, 60 * DAY, DAY, timedelta(0), -3 * MINUTE, -2 * DAY]),
)
troubles = st.sampled_from(["", "", "", "", "", "no time", "naive time", "sha1 only", "no digest", "other name", "other bytes"])
spans = st.sampled_from(
    [MINUTE, 2 * MINUTE, 4 * MINUTE, 6 * MINUTE, 20 * MINUTE, timedelta(hours=2), DAY]
    + [days * DAY - MINUTE for days in (3, 7, 14)]
    + [days * DAY for days in (3, 7, 14, 31)]
)
conditions = st.none() | st.integers(0, 5)


def sections(enforce: bool, baseline: datetime | None, apart: Iterable[str | None]) -> dict[str, Any]:
    """A configuration, with these audiences."""
    quarantine = {"hold": "7d", "new_package_hold": "14d", "enforce": "enforce" if enforce else "observe"}
    if baseline is not None:
        quarantine["baseline"] = baseline.isoformat()
    return {
        "quarantine": quarantine,
        "audiences": [
            {"name": name, "quarantine": {"hold": f"{HOLDS[name][0]}d", "new_package_hold": f"{HOLDS[name][1]}d"}}
            for name in apart
            if name is not None
        ],
        "upstream": {"retries": 0},
        "access": {"admin_token_env": "MODEL_ADMIN"},
    }
