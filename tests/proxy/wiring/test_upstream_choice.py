"""Which registry is the upstream."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.registry.origins import BadUpstream
from proxy.wiring.upstream_choice import choose_upstream, is_ourselves, npm_says

HERE = ("127.0.0.1", 4873)


def never() -> str:
    raise AssertionError("npm was asked")


def test_what_is_named_counts_and_npm_is_not_asked(tmp_path: Path) -> None:
    assert choose_upstream("https://registry.example", tmp_path, HERE, never) == "https://registry.example"


def test_what_npm_says_at_the_first_start_is_kept(tmp_path: Path) -> None:
    assert choose_upstream("", tmp_path, HERE, lambda: "https://registry.example/") == "https://registry.example/"
    # From now on npm points at us, and that changes nothing.
    assert choose_upstream("", tmp_path, HERE, never) == "https://registry.example/"


def test_a_different_one_has_to_be_named_and_is_kept(tmp_path: Path) -> None:
    choose_upstream("", tmp_path, HERE, lambda: "https://registry.example")
    assert choose_upstream("https://other.example", tmp_path, HERE, never) == "https://other.example"
    assert choose_upstream("", tmp_path, HERE, never) == "https://other.example"


@pytest.mark.parametrize("url", ["http://127.0.0.1:4873/", "http://localhost:4873", "http://[::1]:4873/npm"])
def test_ourselves_is_refused_with_the_mend_and_not_kept(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadUpstream, match="--upstream"):
        choose_upstream("", tmp_path, HERE, lambda: url)
    assert list(tmp_path.iterdir()) == []
    assert choose_upstream("", tmp_path, HERE, lambda: "https://registry.example") == "https://registry.example"


@pytest.mark.parametrize("url", ["", "registry.example", "ftp://registry.example", "https://me:secret@registry.example"])
def test_what_is_no_address_is_refused_and_not_kept(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadUpstream):
        choose_upstream("", tmp_path, HERE, lambda: url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "listening", "same"),
    [
        ("http://127.0.0.1:4873/", ("127.0.0.1", 4873), True),
        ("http://localhost:4873/", ("0.0.0.0", 4873), True),
        ("http://npm.example:4873/", ("npm.example", 4873), True),
        ("http://localhost/", ("127.0.0.1", 80), True),
        ("https://localhost/", ("127.0.0.1", 443), True),
        ("http://localhost/", ("127.0.0.1", 4873), False),
        ("http://localhost:4874/", ("127.0.0.1", 4873), False),
        ("http://registry.example:4873/", ("127.0.0.1", 4873), False),
        ("http://127.0.0.1:4873/", ("127.0.0.1", 0), False),
    ],
)
def test_whether_an_address_is_ours(url: str, listening: tuple[str, int], *, same: bool) -> None:
    assert is_ourselves(url, listening) is same


def fake_npm(folder: Path, script: str) -> dict[str, str]:
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    return {"PATH": str(folder)}


def test_npm_is_asked_for_its_registry(tmp_path: Path) -> None:
    env = fake_npm(tmp_path / "bin", 'echo "a warning"; [ "$*" = "config get registry" ] && echo "https://registry.example/"')
    assert npm_says(env, tmp_path) == "https://registry.example/"


@pytest.mark.parametrize("script", ["exit 1", "true"])
def test_an_npm_that_does_not_say_is_told_with_the_mend(tmp_path: Path, script: str) -> None:
    with pytest.raises(BadUpstream, match="--upstream"):
        npm_says(fake_npm(tmp_path / "bin", script), tmp_path)


def test_no_npm_at_all_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(BadUpstream, match="not installed"):
        npm_says({"PATH": str(tmp_path)}, tmp_path)
