"""Generated versions, looks and candidates; small ranges, so that things collide and cross boundaries."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from quarantine.candidate import Candidate
from quarantine.digests import Digests
from quarantine.examination import Contents, Examination, Exotic, Oddity, Script, YoungDependency, compare
from quarantine.package import PackageVersion
from quarantine.policy import Effects, Terms
from quarantine.record import Look, Mismatch, Seen, Sighting
from quarantine.rewrite import Rewrite
from quarantine.rules.scripts import Mode
from quarantine.verdict import Effect
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


effects = st.sampled_from(Effect)
terms = st.builds(
    Terms,
    hold=spans,
    new_package_hold=spans,
    fresh_look=spans,
    baseline=st.none() | instants,
    examine=st.booleans(),
    effects=st.builds(Effects, effects, effects, effects, effects, effects),
    scripts=st.sampled_from(Mode),
)

_scripts = st.lists(st.sampled_from([Script("postinstall", "a"), Script("postinstall", "b"), Script("install")]), max_size=1)
_exotic = st.lists(st.sampled_from([Exotic("dependencies", "x", "github:a/b", "git")]), max_size=1)
contents = st.builds(
    Contents,
    files=st.just(1),
    unpacked=st.just(2),
    packed=st.just(1),
    oddities=st.lists(st.just(Oddity("links", "a link")), max_size=1).map(tuple),
    scripts=_scripts.map(tuple),
    mismatches=st.lists(st.just("its name differs"), max_size=1).map(tuple),
    exotic=_exotic.map(tuple),
)
examinations = st.builds(
    Examination,
    digest=st.sampled_from(["sha512-AAAA", "sha512-BBBB"]),
    examiner=st.just(1),
    at=instants,
    contents=st.none() | contents,
    failed=st.none() | st.just("too large"),
    since=st.none() | st.builds(compare, contents, contents, st.just("0.9.0")),
    alone=st.booleans(),
    young=st.lists(st.builds(YoungDependency, st.just("dep"), st.just("^1"), instants, st.booleans()), max_size=1).map(tuple),
)
rewrites = st.builds(
    Rewrite,
    of=st.sampled_from(["sha512-AAAA", "sha512-BBBB"]),
    recipe=st.just(1),
    integrity=st.just("sha512-CCCC"),
    shasum=st.just("cc"),
    size=st.just(1),
    unpacked=st.just(1),
    files=st.just(1),
    removed=st.just(()),
    at=instants,
)

candidates = st.builds(
    Candidate,
    id=st.just(PackageVersion(NAME, "1.0.0")),
    sighting=st.none() | sightings(),
    digests=st.none() | digests,
    last_look=st.none() | instants,
    package_since=st.none() | instants,
    flaw=st.sampled_from([None, None, None, "its name is another's"]),
    mismatch=st.none() | st.builds(Mismatch, st.just("its bytes are not the listed ones"), instants),
    scripted=st.booleans(),
    examination=st.none() | examinations,
    rewrite=st.none() | rewrites,
)
