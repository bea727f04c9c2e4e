"""Looks and everything else that a ledger is told, one by one and generated."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from quarantine.digests import Digests
from quarantine.examination import Bundled, Contents, Examination, Exotic, Oddity, Script, Since, YoungDependency
from quarantine.ledger import Ledger
from quarantine.package import PackageName
from quarantine.record import Absorbed, Look, Mismatch, Seen, Source
from quarantine.rewrite import Rewrite

Value = TypeVar("Value")

T = datetime(2026, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAME = PackageName("@acme/widget")
OTHER = PackageName("JSONStream")
EXAMINATION = Examination(
    "sha512-AA==",
    1,
    T,
    Contents(2, 10, 5, scripts=(Script("postinstall", "node steal.js"),), dependencies=(("a", "^1"),)),
    since=Since("0.9.0", scripts=(Script("postinstall", "node steal.js"),)),
    young=(YoungDependency("a", "^1", T - HOUR),),
)
REWRITE = Rewrite("sha512-AA==", 1, "sha512-CC==", "ab" * 20, 100, 200, 3, ("scripts.postinstall",), T)


def digests(text: str) -> Digests:
    """The digests of some bytes, as the registry lists them today."""
    return Digests(
        {
            kind: base64.b64encode(hashlib.new(kind, text.encode(errors="replace")).digest()).decode()
            for kind in ("sha1", "sha512")
        }
    )


def look(at: datetime, *versions: str, published: datetime | None = T - 30 * DAY, **more: object) -> Look:
    """A look that finds these versions, all of the same age."""
    return replace(Look(at, {version: Seen(published, digests(version)) for version in versions}), **more)  # type: ignore[arg-type]


def comparable(outcome: Absorbed) -> Absorbed:
    """The outcome without the order of what was written, which no ledger promises."""
    return replace(
        outcome,
        written=tuple(sorted(outcome.written, key=lambda sighting: sighting.version)),
        fresh=tuple(sorted(outcome.fresh)),
        altered=tuple(sorted(outcome.altered)),
    )


@dataclass(frozen=True)
class Confirm:
    at: datetime


@dataclass(frozen=True)
class Broken:
    version: str
    mismatch: Mismatch


@dataclass(frozen=True)
class Asked:
    at: datetime


@dataclass(frozen=True)
class Examined:
    version: str
    examination: Examination


@dataclass(frozen=True)
class Rewritten:
    version: str
    rewrite: Rewrite


instants = st.integers(0, 12).map(lambda minutes: T + minutes * MINUTE)
versions = st.sampled_from(["1.0.0", "1.0.1", "2.0.0-beta.1", "not semver"])
seen = st.builds(
    Seen,
    published=st.none() | st.integers(-20, 20).map(lambda minutes: T + minutes * MINUTE),
    digests=st.sampled_from([Digests(), digests("a"), digests("b"), Digests(sha1=digests("a")["sha1"]), Digests(sha512="AA==")]),
)
looks = st.builds(
    Look,
    at=instants,
    versions=st.dictionaries(versions, seen),
    tags=st.dictionaries(st.sampled_from(["latest", "next", 'a "tag"', "\u2603"]), versions),
    modified=st.none() | instants,
    source=st.none() | st.builds(Source, st.sampled_from(["blob/1", "blob/2"]), st.none() | st.just('W/"1"')),
)
words = st.text(max_size=8)


def several(each: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Value, ...]]:
    """None, one or two of them."""
    return st.lists(each, max_size=2).map(tuple)


texts = several(words)
scripts = several(st.builds(Script, words, words, words))
exotic = several(st.builds(Exotic, words, words, words, words, words))
sizes = st.integers(0, 2**40)
contents = st.builds(
    Contents,
    files=sizes,
    unpacked=sizes,
    packed=sizes,
    oddities=several(st.builds(Oddity, words, words)),
    scripts=scripts,
    mismatches=texts,
    dependencies=several(st.tuples(words, words)),
    exotic=exotic,
    bundled=several(st.builds(Bundled, words, words, words)),
    foreign=texts,
    native=texts,
    dense=texts,
    mentions=texts,
    cut=texts,
)
since = st.builds(Since, words, scripts, scripts, texts, exotic, texts, texts, texts, sizes)
examinations = st.builds(
    Examination,
    digest=words,
    examiner=st.integers(1, 3),
    at=instants,
    contents=st.none() | contents,
    failed=st.none() | words,
    since=st.none() | since,
    alone=st.booleans(),
    young=several(st.builds(YoungDependency, words, words, instants, st.booleans())),
)
# What a digest is written in: a database may refuse other characters in text that is not JSON.
letters = st.text("0123456789abcdef", max_size=8)
rewrites = st.builds(
    Rewrite,
    of=st.just(""),
    recipe=st.integers(1, 2),
    integrity=letters,
    shasum=letters,
    size=sizes,
    unpacked=sizes,
    files=st.integers(0, 2**20),
    removed=texts,
    at=instants,
)
Step = Look | Confirm | Broken | Asked | Examined | Rewritten
steps: st.SearchStrategy[Step] = st.one_of(
    looks,
    st.builds(Confirm, instants),
    st.builds(Asked, instants),
    st.builds(Broken, versions, st.builds(Mismatch, st.sampled_from(["short", "other bytes"]), instants)),
    st.builds(Examined, versions, examinations),
    st.builds(Rewritten, versions, rewrites),
)


async def take(ledger: Ledger, name: PackageName, step: Step) -> object:
    """Do one step; what it answered."""
    match step:
        case Look():
            return comparable(await ledger.absorb(name, step))
        case Confirm(at):
            return await ledger.confirm(name, at)
        case Broken(version, mismatch):
            return await ledger.remember_mismatch(name, version, mismatch)
        case Examined(version, examination):
            return await ledger.examined(name, version, examination)
        case Rewritten(version, rewrite):
            return await ledger.rewritten(name, version, rewrite)
        case Asked(at):
            await ledger.asked([name, OTHER], at)
            return None
