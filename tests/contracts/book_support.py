"""What the tests of books share: drafts, credentials, and steps that are drawn at random."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from quarantine.audit import Entry
from quarantine.book import Book, Draft, Freeze
from quarantine.credentials import Credential
from quarantine.decision import Action
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.ranges import Subject

T = datetime(2026, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WHO = "a-1f3c"
OTHER = "a-77aa"

RELEASE = Draft(
    Action.RELEASE,
    Subject.parse("@acme/widget@1.2.3"),
    "read the diff ☃",
    expires=T + 7 * DAY,
    audience="research",
    digests=Digests(sha1="AAAA", sha512="BBBB=="),
    lifts=frozenset({"young", "new-package"}),
)
BLOCK = Draft(Action.BLOCK, Subject.parse("JSONStream@<1.8.2 || ^3"), 'it "phones" home')
HOLD = Draft(Action.HOLD, Subject.parse("left-pad"), "wait", digests=Digests())


def credential(id: str = "c-1", secret: str = "ab", **more: object) -> Credential:
    """A credential of its own secret."""
    return replace(Credential(id, secret * 32, "build server", ("ci", "reader"), T), **more)  # type: ignore[arg-type]


FULL = credential(
    "c-2",
    "cd",
    packages=("@acme/*", "left-pad"),
    networks=("10.0.0.0/8", "2001:db8::/32"),
    expires=T + 30 * DAY,
    audience="research",
)


async def log_of(book: Book, after: int = 0) -> list[Entry]:
    """The log at once."""
    return [entry async for entry in book.entries(after)]


instants = st.integers(0, 3).map(lambda days: T + days * DAY)
drafts = st.builds(
    Draft,
    action=st.sampled_from(Action),
    subject=st.sampled_from(["left-pad", "@acme/widget@1.2.3", "axios@^1 || <0.3"]).map(Subject.parse),
    reason=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    expires=st.none() | instants,
    audience=st.none() | st.just("research"),
    digests=st.none() | st.just(Digests(sha512="AAAA")),
    lifts=st.frozensets(st.sampled_from(["young", "new-package", "scripts"])),
)
Step = tuple[object, ...]

ids = st.sampled_from(["c-1", "c-2", "c-3"])
numbers = st.integers(1, 4)
steps = st.one_of(
    st.tuples(st.just("decide"), st.lists(drafts, max_size=3), st.sampled_from(["release", "adopt"]), st.just(WHO), instants),
    st.tuples(st.just("withdraw"), numbers, st.just("wrong"), st.just(OTHER), instants),
    st.tuples(
        st.just("set_freeze"),
        st.none() | st.builds(Freeze, instants, st.just(WHO), st.just("worm")),
        st.just("worm"),
        st.just(WHO),
        instants,
    ),
    st.tuples(
        st.just("issue"),
        st.builds(credential, ids, st.sampled_from(["ab", "cd", "ef"])),
        st.none() | st.just("Ann"),
        st.just(WHO),
        instants,
    ),
    st.tuples(st.just("revoke"), ids, st.just("lost"), st.just(WHO), instants),
    st.tuples(st.just("used"), st.dictionaries(ids, instants)),
    st.tuples(st.just("log"), st.just("export"), st.dictionaries(st.text("ab☃"), st.integers()), st.just(WHO), instants),
    st.tuples(st.just("erase_actor"), ids),
)


async def take(book: Book, step: Step) -> object:
    """Do one step; what it answered, or the kind of its refusal."""
    name, *arguments = step
    try:
        answer = await getattr(book, str(name))(*arguments)
    except PratiqueError as error:
        return type(error)
    return tuple(answer) if name == "decide" else answer


async def everything(book: Book) -> tuple[object, ...]:
    """All that can be asked of a book."""
    names = [await book.actor_name(id) for id in ("c-1", "c-2", "c-3", WHO)]
    decisions = list(await book.decisions()), list(await book.decisions(withdrawn=True))
    return *decisions, list(await book.credentials()), await book.freeze(), names, await log_of(book), await book.head()
