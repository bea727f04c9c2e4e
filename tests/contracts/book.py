"""What every book promises: tests of one derive from a class here, with a fixture `book`: an empty one, closed by it."""

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarantine.audit import GENESIS, Checkpoint, digest
from quarantine.book import Book, Freeze, UnknownDecision
from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.lifecycle import IllegalTransition
from quarantine.ranges import Subject
from tests.contracts.book_support import (
    BLOCK,
    DAY,
    FULL,
    HOLD,
    MINUTE,
    OTHER,
    RELEASE,
    WHO,
    Step,
    T,
    credential,
    everything,
    log_of,
    steps,
    take,
)
from tests.fakes.book import MemoryBook


class BookContract:
    """What holds for a book while it is open."""

    async def fresh(self, book: Book) -> Book:
        """An empty book for one of many examples; it is not closed by them."""
        raise NotImplementedError

    async def test_an_empty_book_holds_nothing_and_is_sound(self, book: Book) -> None:
        assert await everything(book) == ([], [], [], None, [None] * 4, [], None)
        assert list(await book.verify()) == []

    async def test_decisions_are_numbered_in_their_order_and_kept_whole(self, book: Book) -> None:
        first = await book.decide([RELEASE, BLOCK], "adopt", WHO, T)
        (second,) = await book.decide([HOLD], "hold", OTHER, T + MINUTE)
        fields = (RELEASE.expires, RELEASE.audience, RELEASE.digests, RELEASE.lifts)
        assert list(first) == [
            Decision(1, Action.RELEASE, RELEASE.subject, RELEASE.reason, WHO, T, *fields),
            Decision(2, Action.BLOCK, BLOCK.subject, BLOCK.reason, WHO, T),
        ]
        assert second == Decision(3, Action.HOLD, HOLD.subject, HOLD.reason, OTHER, T + MINUTE, digests=Digests())
        assert list(await book.decisions()) == [*first, second]
        assert [(entry.number, entry.kind, entry.actor, entry.at) for entry in await log_of(book)] == [
            (1, "adopt", WHO, T),
            (2, "hold", OTHER, T + MINUTE),
        ]

    async def test_no_drafts_make_no_entry(self, book: Book) -> None:
        assert list(await book.decide([], "adopt", WHO, T)) == []
        assert await book.head() is None

    async def test_a_withdrawn_decision_stays_on_record(self, book: Book) -> None:
        made, other = await book.decide([RELEASE, BLOCK], "adopt", WHO, T)
        withdrawn = await book.withdraw(1, "wrong version", OTHER, T + DAY)
        assert withdrawn == replace(made, withdrawn=T + DAY)
        assert list(await book.decisions()) == [other]
        assert list(await book.decisions(withdrawn=True)) == [withdrawn, other]
        (entry,) = await log_of(book, 1)
        assert (entry.kind, entry.actor, entry.at) == ("withdraw", OTHER, T + DAY)
        said = json.loads(entry.payload)
        assert (said["number"], said["reason"], said["withdrawn"]) == (1, "wrong version", "2026-11-02T09:00:00.123456Z")

    async def test_changes_are_what_whoever_knew_the_rest_does_not_know(self, book: Book) -> None:
        assert list(await book.changes(0)) == []
        one, two = await book.decide([RELEASE, BLOCK], "adopt", WHO, T)
        (three,) = await book.decide([HOLD], "hold", WHO, T)
        assert list(await book.changes(0)) == [one, two, three]
        assert list(await book.changes(2)) == [three]
        assert list(await book.changes(3)) == []
        withdrawn = await book.withdraw(1, "wrong", WHO, T)
        assert list(await book.changes(3)) == [withdrawn]
        assert list(await book.changes(1)) == [withdrawn, two, three]

    async def test_what_cannot_be_withdrawn_leaves_no_trace(self, book: Book) -> None:
        await book.decide([RELEASE, BLOCK], "adopt", WHO, T)
        await book.withdraw(2, "wrong", WHO, T)
        before = await everything(book)
        with pytest.raises(UnknownDecision, match="no decision 3"):
            await book.withdraw(3, "why", WHO, T)
        with pytest.raises(IllegalTransition, match="2 was withdrawn already"):
            await book.withdraw(2, "again", WHO, T)
        with pytest.raises(IllegalTransition, match="1 has expired"):
            await book.withdraw(1, "late", WHO, T + 7 * DAY)
        assert await everything(book) == before

    async def test_a_freeze_holds_until_it_is_lifted(self, book: Book) -> None:
        freeze = Freeze(T, WHO, "a worm")
        await book.set_freeze(freeze, "a worm", WHO, T)
        assert await book.freeze() == freeze
        wider = Freeze(T + MINUTE, OTHER, "two worms")
        await book.set_freeze(wider, "two worms", OTHER, T + MINUTE)
        assert await book.freeze() == wider
        assert list(await book.verify()) == []
        await book.set_freeze(None, "over", OTHER, T + DAY)
        assert await book.freeze() is None
        assert [(entry.kind, json.loads(entry.payload)["reason"]) for entry in await log_of(book)] == [
            ("freeze", "a worm"),
            ("freeze", "two worms"),
            ("thaw", "over"),
        ]

    async def test_credentials_are_kept_whole_and_revoked_once(self, book: Book) -> None:
        await book.issue(FULL, "Ann", WHO, T)
        await book.issue(credential(), None, WHO, T)
        assert list(await book.credentials()) == [credential(), FULL]
        revoked = await book.revoke("c-2", "lost", OTHER, T + DAY)
        assert revoked == replace(FULL, revoked=T + DAY)
        assert list(await book.credentials()) == [credential(), revoked]
        before = await everything(book)
        with pytest.raises(IllegalTransition, match="c-2 was revoked already"):
            await book.revoke("c-2", "again", WHO, T)
        with pytest.raises(UnknownDecision, match="no credential c-9"):
            await book.revoke("c-9", "why", WHO, T)
        assert await everything(book) == before
        assert [entry.kind for entry in await log_of(book)] == ["token-created", "token-created", "token-revoked"]

    async def test_an_id_or_a_secret_is_taken_once(self, book: Book) -> None:
        await book.issue(credential(), "Ann", WHO, T)
        before = await everything(book)
        for again in (credential(secret="ef"), credential("c-3")):
            with pytest.raises(IllegalTransition, match="already"):
                await book.issue(again, "Bob", WHO, T)
        assert await everything(book) == before

    async def test_use_moves_forwards_and_is_no_event(self, book: Book) -> None:
        await book.issue(credential(), None, WHO, T)
        for moment, wanted in ((T + DAY, T + DAY), (T, T + DAY), (T + 2 * DAY, T + 2 * DAY)):
            await book.used({"c-1": moment, "c-unknown": moment})
            assert [each.last_used for each in await book.credentials()] == [wanted]
        await book.used({})
        assert len(await log_of(book)) == 1
        assert list(await book.verify()) == []

    async def test_a_name_is_forgotten_and_the_log_stays_whole(self, book: Book) -> None:
        await book.issue(credential(), "Ann Example", WHO, T)
        await book.issue(FULL, None, WHO, T)
        assert [await book.actor_name(id) for id in ("c-1", "c-2", "c-9")] == ["Ann Example", None, None]
        assert not any("Ann" in entry.payload for entry in await log_of(book))
        head = await book.head()
        assert [await book.erase_actor(id) for id in ("c-1", "c-1", "c-2", "c-9")] == [True, False, False, False]
        assert await book.actor_name("c-1") is None
        assert list(await book.verify(head)) == []

    async def test_an_entry_that_changes_nothing_cannot_pass_for_a_change(self, book: Book) -> None:
        entry = await book.log("policy-loaded", {"b": [1, None], "a": "☃"}, WHO, T)
        assert entry.payload == '{"a":"\\u2603","b":[1,null]}'
        assert await log_of(book) == [entry]
        with pytest.raises(ValueError, match="'change'"):
            await book.log("decide", {"change": "decide", "decisions": []}, WHO, T)
        with pytest.raises(ValueError, match="JSON compliant"):
            await book.log("odd", {"a": float("nan")}, WHO, T)
        assert await log_of(book) == [entry]

    async def test_entries_are_chained_and_the_head_is_the_last(self, book: Book) -> None:
        for n in range(5):
            await book.log("note", {"n": n}, WHO, T + n * MINUTE)
        log = await log_of(book)
        assert [entry.number for entry in log] == [1, 2, 3, 4, 5]
        assert [entry.previous for entry in log] == [GENESIS, *(entry.hash for entry in log[:-1])]
        for e in log:
            assert e.hash == digest(e.number, e.at, e.actor, e.kind, e.payload, e.previous)
        assert await book.head() == Checkpoint(5, log[-1].hash)
        assert await log_of(book, 3) == log[3:]
        assert await log_of(book, 5) == []

    async def test_a_log_longer_than_a_page_is_read_whole(self, book: Book) -> None:
        for n in range(450):
            await book.log("note", {"n": n}, WHO, T)
        assert [entry.number for entry in await log_of(book, 7)] == list(range(8, 451))
        assert list(await book.verify(await book.head())) == []

    async def test_a_checkpoint_is_held_against_the_log(self, book: Book) -> None:
        for n in range(3):
            await book.log("note", {"n": n}, WHO, T)
        second = (await log_of(book))[1]
        assert list(await book.verify(Checkpoint(2, second.hash))) == []
        assert [each.number for each in await book.verify(Checkpoint(2, GENESIS))] == [2]
        assert [each.number for each in await book.verify(Checkpoint(4, GENESIS))] == [4]

    async def test_an_instant_is_the_same_in_every_zone_and_never_naive(self, book: Book) -> None:
        far = timezone(timedelta(hours=9))
        (made,) = await book.decide([replace(BLOCK, expires=(T + DAY).astimezone(far))], "block", WHO, T.astimezone(far))
        assert list(await book.decisions()) == [made]
        assert list(await book.verify()) == []
        with pytest.raises(ValueError, match="no time zone"):
            await book.decide([replace(BLOCK, expires=T.replace(tzinfo=None))], "block", WHO, T)
        assert len(await log_of(book)) == 1

    async def test_text_that_cannot_be_written_down_is_refused_whole(self, book: Book) -> None:
        await book.decide([BLOCK], "block", WHO, T)
        before = await everything(book)
        half = "half \ud83d"
        for step in (
            ("decide", [BLOCK, replace(BLOCK, reason=half)], "block", WHO, T),
            ("decide", [BLOCK], half, WHO, T),
            ("withdraw", 1, half, WHO, T),
            ("withdraw", 1, "why", half, T),
            ("log", "note", {"a": [half]}, WHO, T),
            ("issue", credential(label=half), None, WHO, T),
        ):
            answer = await take(book, step)
            assert isinstance(answer, type), step
            assert issubclass(answer, PratiqueError), step
        assert await everything(book) == before

    async def test_a_lockfile_is_one_entry(self, book: Book) -> None:
        many = [replace(RELEASE, subject=Subject.parse(f"package-{n}@1.0.{n}")) for n in range(1300)]
        made = await book.decide(many, "adopt", WHO, T)
        assert [each.number for each in made] == list(range(1, 1301))
        assert list(await book.decisions()) == list(made)
        assert len(await log_of(book)) == 1
        assert list(await book.verify()) == []

    # The fixture is shared by all examples; each takes an empty book of its own out of it.
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(script=st.lists(steps, max_size=8))
    async def test_any_sequence_leaves_what_the_memory_book_has(self, book: Book, script: list[Step]) -> None:
        subject, reference = await self.fresh(book), MemoryBook()
        for step in script:
            assert await take(subject, step) == await take(reference, step)
        # The log too: payloads, and so hashes, depend on nothing but what was done.
        assert await everything(subject) == await everything(reference)
        assert list(await subject.verify(await reference.head())) == []


class PersistentBookContract(BookContract):
    """And what holds for one that is closed and opened again."""

    async def open_again(self, book: Book) -> Book:
        """Close it, and open what it left."""
        raise NotImplementedError

    async def test_everything_is_still_there(self, book: Book) -> None:
        await book.decide([RELEASE, BLOCK, HOLD], "adopt", WHO, T)
        await book.withdraw(2, "wrong", WHO, T)
        await book.issue(FULL, "Ann", WHO, T)
        await book.revoke("c-2", "lost", WHO, T)
        await book.used({"c-2": T})
        await book.set_freeze(Freeze(T, WHO, "worm"), "worm", WHO, T)
        before = await everything(book)
        again = await self.open_again(book)
        assert await everything(again) == before
        assert list(await again.verify(before[-1])) == []  # type: ignore[arg-type]
        assert (await again.decide([BLOCK], "block", WHO, T))[0].number == 4
