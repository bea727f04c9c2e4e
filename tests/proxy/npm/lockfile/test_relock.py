"""Lockfiles written anew for other bytes: exactly the entries that need it, there and back, in every format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.npm.integrity import digests_of
from proxy.npm.lockfile import BadLockfile, read_lockfile
from proxy.npm.lockfile.edits import Bytes, Known
from proxy.npm.lockfile.rewriting import relock, versions_in
from tests.proxy.npm.lockfile.examples import ALL, HOST, LEAF, LEAF_SHA1, NPM, NPM_OLD, YARN_1, YARN_4
from tests.proxy.npm.lockfile.written import FORMATS, Package, package_lock, packages, sha1, sha512

STRIPPED = b"stripped"
TWIG = ("@acme/twig", "2.0.0-rc.1")


def known_of(found: list[Package]) -> dict[tuple[str, str], Known]:
    return {each.id: each.known for each in found}


def one(upstream: bytes = b"leaf", served: bytes = STRIPPED, *, on_record: bool = True, scripts: bool = True) -> Known:
    def of(data: bytes, scripts: bool) -> Bytes:
        digests = digests_of(f"{sha1(data)} {sha512(data)}", None)
        assert digests is not None
        return Bytes(digests, scripts)

    return Known(of(upstream, scripts), of(served, False), of(served, False) if on_record else None)


def pinned(name: str, text: str) -> dict[tuple[str, str], set[str]]:
    """Which digests the lockfile pins of each version, as the reader tells."""
    found: dict[tuple[str, str], set[str]] = {}
    for entry in read_lockfile(name, text).entries:
        found.setdefault((str(entry.name), entry.version), set()).update((entry.digests or {}).values())
    return found


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60, deadline=None)
@given(found=packages, ends=st.sampled_from(["\n", "\r\n"]), mark=st.sampled_from(["", "\ufeff"]))
def test_there_and_back_gives_the_same_bytes(kind: str, found: list[Package], ends: str, mark: str) -> None:
    name, write = FORMATS[kind]
    text = mark + write(found).replace("\n", ends)
    assert read_lockfile(name, text).kind == kind
    known = known_of(found)
    there = relock(name, text, known)
    assert relock(name, there.text, known).text == there.text
    back = relock(name, there.text, known, to="upstream")
    assert back.text == text
    assert relock(name, text, known, to="upstream").text == text

    for id, values in pinned(name, there.text).items():
        (each,) = (each for each in found if each.id == id)
        expected = sha512(b"other bytes") if each.pinned == "other" else sha512(each.served)
        allowed = {expected, sha1(each.served), sha1(b"other bytes") if each.pinned == "other" else sha1(each.served)}
        assert values <= {word.partition("-")[2] for word in allowed}, (id, values)
    untouched = [each for each in found if not each.rewritten or each.pinned == "other"]
    assert not {f"{each.name}@{each.version}" for each in untouched} & set(there.changed)
    strange = {each.id for each in found if each.pinned == "other"}
    assert {tuple(line.partition(" ")[0].removesuffix(":").rsplit("@", 1)) for line in there.left} == strange
    # Whatever was not to be replaced is there, line by line, but for npm's flag.
    if not there.changed:
        assert there.text == text
    lines = there.text.split(ends)
    assert all(line in lines for line in text.split(ends) if "sha" not in line and "#" not in line and "Install" not in line) or (
        kind == "npm-shrinkwrap 3"
    )


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=30, deadline=None)
@given(found=packages)
def test_addresses_move_to_another_base_and_keep_their_digests(kind: str, found: list[Package]) -> None:
    name, write = FORMATS[kind]
    text = write(found)
    moved = relock(name, text, known_of(found), host="https://npm.example/base/", to="upstream")
    assert pinned(name, moved.text) == pinned(name, text)
    kept = {each.id for each in found if each.pinned == "other"}
    for entry in read_lockfile(name, moved.text).entries:
        if entry.resolved is not None:
            (each,) = (each for each in found if each.id == (entry.name, entry.version))
            base = "https://registry.example/npm" if each.id in kept else "https://npm.example/base"
            path = each.address.removeprefix("https://registry.example/npm")
            assert entry.resolved.partition("#")[0] in {base + path, (base + path).replace("+", "%2B")}
    again = relock(name, moved.text, known_of(found), host="https://npm.example/base", to="upstream")
    assert again.text == moved.text


def test_every_place_of_a_version_is_written_and_what_is_unknown_is_not() -> None:
    found = [Package("leaf", "1.0.0", "both", True, True, False), Package("twig", "1.0.0", "both", True, True, True)]
    text = package_lock(2, found)
    done = relock("package-lock.json", text, {found[0].id: found[0].known})
    assert done.changed == ("leaf@1.0.0",)
    assert done.text.count(sha512(found[0].served)) == 3
    assert sha512(found[0].upstream) not in done.text
    assert done.text.count(sha512(found[1].upstream)) == 2
    document = json.loads(done.text)["packages"]
    assert "hasInstallScript" not in document["node_modules/leaf"]
    assert document["node_modules/twig"]["hasInstallScript"] is True


def test_a_script_that_only_the_document_tells_of_changes_the_flag_alone() -> None:
    each = Package("leaf", "1.0.0", "both", False, True, False)
    same = each.known.upstream
    known = {each.id: Known(same, Bytes(same.digests, False), Bytes(same.digests, False))}
    text = package_lock(3, [each])
    done = relock("package-lock.json", text, known)
    assert done.changed == ("leaf@1.0.0",)
    assert done.text == text.replace('      "hasInstallScript": true,\n', "")
    assert relock("package-lock.json", done.text, known, to="upstream").text == text


def test_once_nothing_is_stripped_any_more_what_was_pinned_goes_back() -> None:
    each = Package("leaf", "1.0.0", "both", True, True, False)
    there = relock("package-lock.json", package_lock(3, [each]), {each.id: each.known})
    now = Known(each.known.upstream, each.known.upstream, each.known.rewritten)
    assert relock("package-lock.json", there.text, {each.id: now}).text == package_lock(3, [each])


@pytest.mark.parametrize("place", ["first", "last", "alone"])
def test_the_flag_wherever_it_stands(place: str) -> None:
    entry: dict[str, Any] = {"version": "1.0.0", "integrity": sha512(b"leaf")}
    flag = {"hasInstallScript": True}
    entry = {"first": {**flag, **entry}, "last": {**entry, **flag}, "alone": {"version": "1.0.0", **flag}}[place]
    for indent in (None, 2, "\t"):
        text = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/leaf": entry}}, indent=indent)
        done = json.loads(relock("package-lock.json", text, {("leaf", "1.0.0"): one()}).text)["packages"]["node_modules/leaf"]
        assert "hasInstallScript" not in done
        assert list(done) == [key for key in entry if key != "hasInstallScript"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"version": "1.0.0"}, ["version", "hasInstallScript"]),
        ({"license": "MIT", "version": "1.0.0"}, ["license", "version", "hasInstallScript"]),
        ({"version": "1.0.0", "dev": True, "license": "MIT"}, ["version", "dev", "hasInstallScript", "license"]),
        ({"version": "1.0.0", "hasInstallScript": False}, ["version", "hasInstallScript"]),
        ({"version": "1.0.0", "bin": {}, "dependencies": {}}, ["version", "hasInstallScript", "bin", "dependencies"]),
    ],
)
def test_the_flag_comes_back_where_npm_writes_it(before: dict[str, Any], after: list[str]) -> None:
    for indent in (None, 2):
        text = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/leaf": before}}, indent=indent)
        done = relock("package-lock.json", text, {("leaf", "1.0.0"): one()}, to="upstream")
        entry = json.loads(done.text)["packages"]["node_modules/leaf"]
        assert entry["hasInstallScript"] is True
        assert list(entry) == after
        assert done.text == json.dumps(json.loads(done.text), indent=indent)


def test_a_lockfile_that_does_not_let_scripts_run_is_left_so() -> None:
    known = {("leaf", "1.0.0"): one()}
    assert relock("package-lock.json", NPM, known, to="upstream").text == NPM
    there = relock("package-lock.json", NPM, known)
    assert "hasInstallScript" in relock("package-lock.json", there.text, known, to="upstream").text


def test_yarn_1_has_a_sha1_behind_the_address_too() -> None:
    known = {("leaf", "1.0.0"): one(), TWIG: one()}
    done = relock("yarn.lock", YARN_1, known)
    assert done.changed == ("@acme/twig@2.0.0-rc.1", "leaf@1.0.0")
    assert LEAF_SHA1 not in done.text
    assert LEAF not in done.text
    moved = relock("yarn.lock", done.text, known, to="upstream", host="http://127.0.0.1:4873")
    assert moved.text == YARN_1.replace(HOST, "http://127.0.0.1:4873")


def test_yarn_4_pins_bytes_of_its_own_and_is_told_what_to_do() -> None:
    known = {("leaf", "1.0.0"): one(), TWIG: one(served=b"leaf", on_record=False)}
    done = relock("yarn.lock", YARN_4, known)
    assert (done.text, done.changed) == (YARN_4, ())
    (line,) = done.left
    assert line.startswith("leaf@1.0.0 (line 16): ")
    assert "YARN_CHECKSUM_BEHAVIOR=update yarn install" in line
    moved = relock("yarn.lock", YARN_4, known, host="https://npm.example")
    assert "__archiveUrl=https%3A%2F%2Fnpm.example%2F%40acme%2Ftwig%2F-%2Ftwig-2.0.0-rc.1.tgz" in moved.text


@pytest.mark.parametrize(
    ("pinned_by", "words"),
    [
        (f"{sha512(b'leaf')}?x=1", f"{sha512(STRIPPED)}?x=1"),
        (f"{sha1(b'leaf')} {sha512(b'leaf')}", f"{sha1(STRIPPED)} {sha512(STRIPPED)}"),
        (f"md5-AAAA {sha512(b'leaf')}", f"md5-AAAA {sha512(STRIPPED)}"),
    ],
)
def test_an_integrity_of_several_words(pinned_by: str, words: str) -> None:
    text = NPM.replace(LEAF, pinned_by)
    assert relock("package-lock.json", text, {("leaf", "1.0.0"): one()}).text == text.replace(pinned_by, words)


def test_what_cannot_be_said_of_the_other_bytes_is_left() -> None:
    text = NPM.replace(LEAF, "sha384-" + "A" * 64 + " " + LEAF)
    done = relock("package-lock.json", text, {("leaf", "1.0.0"): one()})
    assert done.text == text
    assert "pinned by sha384" in done.left[0]


def test_a_digest_of_nobody_is_left_and_told() -> None:
    text = NPM_OLD.replace(LEAF, sha512(b"something else"))
    done = relock("npm-shrinkwrap.json", text, {("@acme/leaf", "1.0.0"): one()}, host="https://npm.example")
    assert (done.text, done.changed) == (text, ())
    assert done.left[0].startswith("@acme/leaf@1.0.0 (line 9): it pins neither the upstream's bytes nor any that are served")


@pytest.mark.parametrize("escaped", [LEAF.replace("/", "\\/", 1), LEAF.replace("s", "\\u0073", 1)])
def test_what_is_written_with_escapes_is_left(escaped: str) -> None:
    assert escaped != LEAF
    text = NPM.replace(LEAF, escaped)
    done = relock("package-lock.json", text, {("leaf", "1.0.0"): one()})
    assert done.text == text
    assert "cannot be told apart" in done.left[0]


def test_a_place_that_is_there_twice_is_left() -> None:
    text = f"""lockfileVersion: '9.0'
packages:
  leaf@1.0.0:
    resolution: {{integrity: {LEAF}}}
    deprecated: 'integrity: {LEAF}'
"""
    done = relock("pnpm-lock.yaml", text, {("leaf", "1.0.0"): one()})
    assert done.text == text
    assert "cannot be told apart" in done.left[0]


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_known_and_nothing_changes(name: str) -> None:
    done = relock(name, ALL[name], {}, host="https://npm.example")
    assert (done.text, done.changed, done.left) == (ALL[name], (), ())


def test_versions_are_asked_for_once() -> None:
    found = [Package("leaf", "1.0.0", "both", True, True, False), Package("@s/p", "1.0.0", "nothing", True, True, True)]
    assert versions_in(read_lockfile("package-lock.json", package_lock(3, found))) == [("leaf", "1.0.0"), ("@s/p", "1.0.0")]


def test_what_is_no_lockfile_is_refused() -> None:
    with pytest.raises(BadLockfile, match="none of the lockfiles"):
        relock("notes.txt", "hello", {})
