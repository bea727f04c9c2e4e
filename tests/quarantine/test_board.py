"""The board: what was decided about a package, the same object until it changes."""

from __future__ import annotations

from dataclasses import replace

from quarantine.board import Board
from quarantine.package import PackageName
from tests.quarantine.decided import block, hold
from tests.quarantine.examples import NAME, NOON

OTHER = PackageName.parse("@acme/widget")


def test_decisions_are_found_by_package_and_by_number() -> None:
    board = Board([block(1), block(2, "@acme/widget"), hold(3)])
    assert [each.number for each in board.of(NAME)] == [1, 3]
    assert board.names() == [OTHER, NAME]
    assert board.find(2) == block(2, "@acme/widget")
    assert board.find(4) is None
    assert board.of(PackageName.parse("nobody")) == ()


def test_what_it_gives_stays_the_same_until_the_package_changes() -> None:
    board = Board([block(1), block(2, "@acme/widget")])
    before = board.of(NAME)
    board.put(block(3, "@acme/widget"))
    assert board.of(NAME) is before
    board.put(hold(4))
    assert board.of(NAME) is not before
    assert before == (block(1),)


def test_a_decision_of_the_same_number_replaces_it_in_its_place() -> None:
    board = Board([block(1), hold(2)])
    withdrawn = replace(block(1), withdrawn=NOON)
    board.put(withdrawn)
    assert board.of(NAME) == (withdrawn, hold(2))


def test_what_is_said_again_changes_nothing_and_what_was_withdrawn_stays_so() -> None:
    withdrawn = replace(block(1), withdrawn=NOON)
    board = Board([withdrawn, hold(2)])
    before = board.of(NAME)
    board.put(hold(2))
    board.put(withdrawn)
    board.put(block(1))
    assert board.of(NAME) is before


def test_filling_takes_over_the_book_and_forgets_the_rest() -> None:
    board = Board([block(1)], frozen=NOON)
    board.fill([block(2, "@acme/widget")])
    assert board.of(NAME) == ()
    assert board.names() == [OTHER]
    assert board.frozen == NOON
