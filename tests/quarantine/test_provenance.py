"""Repositories in all spellings, and what speaks against a build."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarantine.provenance import Build, objections, place

BUILD = Build("https://issuer.example", "someone", "https://github.com/acme/widget", runner="github-hosted")


@pytest.mark.parametrize(
    "spelling",
    [
        "https://github.com/acme/widget",
        "https://github.com/acme/widget/",
        "https://GitHub.com/Acme/Widget.git",
        "git+https://github.com/acme/widget.git",
        "git+https://github.com/acme/widget@refs/tags/v1.0.0",
        "git://github.com/acme/widget.git#main",
        "git+ssh://git@github.com/acme/widget.git",
        "ssh://git@github.com:22/acme/widget",
        "git@github.com:acme/widget.git",
        "https://user:secret@github.com/acme/widget",
        "https://github.com/acme/widget/tree/main/packages/one",
        "https://github.com/acme/widget?tab=readme",
        "github:acme/widget",
        "acme/widget",
    ],
)
def test_every_spelling_of_a_repository_is_one_place(spelling: str) -> None:
    assert place(spelling) == "github.com/acme/widget"
    assert objections(BUILD, spelling) == ()


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("https://gitlab.com/group/sub/widget", "gitlab.com/group/sub/widget"),
        ("https://gitlab.com/acme/widget/-/tree/main", "gitlab.com/acme/widget"),
        ("gitlab:acme/widget", "gitlab.com/acme/widget"),
        ("https://github.com@evil.example/acme/widget", "evil.example/acme/widget"),
        ("https://github.com.evil.example/acme/widget", "github.com.evil.example/acme/widget"),
        ("https://evil.example/github.com/acme/widget", "evil.example/github.com/acme/widget"),
    ],
)
def test_other_places_are_other_places(spelling: str, expected: str) -> None:
    assert place(spelling) == expected


@pytest.mark.parametrize(
    "text", [None, "", "widget", "https://github.com", "https://github.com/acme", "file:///acme/widget", "a b/c", "\n"]
)
def test_what_is_no_repository_is_none(text: str | None) -> None:
    assert place(text) is None


@given(st.text(alphabet="aA/:@.#?- \n+", max_size=60))
def test_any_text_is_a_place_or_none(text: str) -> None:
    found = place(text)
    assert found is None or found == place(f"https://{found}")


def test_another_repository_speaks_against_a_build() -> None:
    assert objections(BUILD, "https://github.com/acme/gadget") == (
        "it was built from https://github.com/acme/widget, not from https://github.com/acme/gadget",
    )
    assert len(objections(replace(BUILD, repository=None), "acme/widget")) == 1


def test_an_expected_repository_that_cannot_be_read_is_not_matched_by_none() -> None:
    assert len(objections(replace(BUILD, repository=None), "widget")) == 1


def test_a_machine_of_the_publishers_own_speaks_against_a_build() -> None:
    assert objections(replace(BUILD, runner="self-hosted"), None) == (
        "it was built on a machine of the publisher's own (self-hosted runner)",
    )
    assert objections(replace(BUILD, runner=None), None) == ("its certificate does not say on what kind of machine it was built",)
    assert objections(replace(BUILD, runner="self-hosted"), None, hosted=False) == ()
    assert objections(replace(BUILD, runner="gitlab-hosted"), None) == ()
