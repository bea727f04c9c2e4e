"""Generated versions, looks and candidates; small ranges, so that things collide and cross boundaries."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from quarantine.candidate import Candidate
from quarantine.digests import Digests
from quarantine.package import PackageVersion
from quarantine.policy import Terms
from quarantine.record import Look, Mismatch, Seen, Sighting
from tests.quarantine.examples import MINUTE, NAME, NOON

instants = st.integers(-60, 60).map(lambda minutes: NOON + minutes * MINUTE)
spans = st.sampled_from([0, 1, 10, 30]).map(lambda minutes: timedelta(minutes=minutes))

_numbers = st.sampled_from(["0", "1", "2", "10", "9007199254740991"])
_identifiers = st.one_of(
    st.sampled_from(["alpha", "beta", "rc", "Beta", "-", "--1", "0a", "1e3"]),
    st.integers(0, 12).map(str),
    st.sampled_from(["9007199254740991", "9007199254740993", "20260301120000000", "100000000000000000000"]),
    st.from_regex(r"(0|[1-9][0-9]{0,2}|[0-9]{0,2}[A-Za-z-][0-9A-Za-z-]{0,2})", fullmatch=True),
)
_dotted = st.lists(_identifiers, min_size=1, max_size=3).map(".".join)


@st.composite
def semvers(draw: st.DrawFn) -> str:
    """A version that npm's semver takes as it stands."""
    text = ".".join(draw(_numbers) for _ in range(3))
    if draw(st.booleans()):
        text += "-" + draw(_dotted)
    if draw(st.integers(0, 4)) == 0:
        text += "+" + draw(_dotted)
    return text


version_texts = st.one_of(semvers(), st.text(max_size=12), st.sampled_from(["", "v1.0.0", "1.0", "01.0.0", "latest"]))

listed_versions = st.builds(
    "{}.{}.{}{}".format,
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 1),
    st.sampled_from(["", "", "-beta.1", "-beta.2", "-rc.1", "-0"]),
)

digests = st.dictionaries(st.sampled_from(["sha1", "sha512"]), st.sampled_from(["AAAA", "BBBB"])).map(Digests)

_few_versions = st.sampled_from(["1.0.0", "1.1.0", "2.0.0"])
looks = st.builds(
    Look,
    at=instants,
    versions=st.dictionaries(_few_versions, st.builds(Seen, st.none() | instants, digests)),
    tags=st.dictionaries(st.sampled_from(["latest", "next"]), _few_versions),
    modified=st.none() | instants,
)


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    """A sighting that `absorb` can have made, apart from the few minutes of skew that it forgives."""
    first_seen = draw(instants)
    earlier = st.integers(0, 60).map(lambda minutes: first_seen - minutes * MINUTE)
    return Sighting("1.0.0", first_seen, draw(st.none() | earlier), draw(st.none() | earlier), draw(digests))


candidates = st.builds(
    Candidate,
    id=st.just(PackageVersion(NAME, "1.0.0")),
    sighting=st.none() | sightings(),
    digests=st.none() | digests,
    last_look=st.none() | instants,
    package_since=st.none() | instants,
    flaw=st.sampled_from([None, None, None, "its name is another's"]),
    mismatch=st.none() | st.builds(Mismatch, st.just("its bytes are not the listed ones"), instants),
)

terms = st.builds(Terms, hold=spans, new_package_hold=spans, fresh_look=spans, baseline=st.none() | instants)
