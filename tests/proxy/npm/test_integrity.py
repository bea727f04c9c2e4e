"""What a `dist` promises about its bytes, and whether bytes keep it."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.npm.integrity import BadIntegrity, Check, IntegrityMismatch, blob_key, check_bytes, digests_in, digests_of
from quarantine.digests import Digests

DATA = b"some bytes of a tarball"
ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")


def sri(algorithm: str, data: bytes = DATA) -> str:
    """One word of an integrity string."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


SHASUM = hashlib.sha1(DATA).hexdigest()


@pytest.mark.parametrize(
    ("integrity", "shasum", "kept"),
    [
        (sri("sha512"), None, {"sha512"}),
        (sri("sha512"), SHASUM, {"sha512", "sha1"}),
        (None, SHASUM, {"sha1"}),
        (None, SHASUM.upper(), {"sha1"}),
        (f"{sri('sha1')} {sri('sha512')}", SHASUM, {"sha512", "sha1"}),
        (f"{sri('sha256')} {sri('sha384')}", None, {"sha384"}),
        (f"  {sri('sha512')}?opt=1\n{sri('sha512')} ", None, {"sha512"}),
        (f"md5-{'A' * 22}== {sri('sha256')}", None, {"sha256"}),
        ("sha512-AAAA", SHASUM, {"sha1"}),
        ("sha512-" + "*" * 88, SHASUM, {"sha1"}),
        (["sha512-x"], SHASUM, {"sha1"}),
    ],
)
def test_what_counts_is_the_strongest_digest_and_the_sha1(integrity: object, shasum: object, kept: set[str]) -> None:
    digests = digests_of(integrity, shasum)
    assert digests is not None
    assert digests == {algorithm: sri(algorithm).partition("-")[2] for algorithm in kept}
    check_bytes(DATA, digests)


@pytest.mark.parametrize("integrity", [None, "", " ", "md5-abc", "sha512", "sha512-", "SHA512-" + "A" * 86 + "==", 7, {"a": 1}])
@pytest.mark.parametrize("shasum", [None, "", "abc", 7, "a" * 39, "a" * 41])
def test_nothing_usable_is_no_digest_at_all(integrity: object, shasum: object) -> None:
    assert digests_of(integrity, shasum) is None


@pytest.mark.parametrize(
    ("integrity", "shasum"),
    [
        (f"{sri('sha512')} {sri('sha512', b'other')}", None),
        (sri("sha1"), hashlib.sha1(b"other").hexdigest()),
        (sri("sha512"), "z" * 40),
        (sri("sha512"), "aa " * 13 + "a"),
        (sri("sha512"), " " * 40),
        (sri("sha512"), "٣" * 40),
    ],
)
def test_digests_that_contradict_each_other_or_are_no_digits_are_refused(integrity: object, shasum: object) -> None:
    with pytest.raises(BadIntegrity):
        digests_of(integrity, shasum)


@given(st.lists(st.binary(max_size=30), max_size=5), st.sets(st.sampled_from(ALGORITHMS), min_size=1))
def test_bytes_pass_in_any_pieces_and_only_when_every_digest_is_theirs(chunks: list[bytes], chosen: set[str]) -> None:
    data = b"".join(chunks)
    right = Digests({algorithm: sri(algorithm, data).partition("-")[2] for algorithm in chosen})
    check = Check(right)
    for chunk in chunks:
        check.update(chunk)
    check.finish()
    for algorithm in chosen:
        wrong = Digests({**right, algorithm: sri(algorithm, data + b"!").partition("-")[2]})
        with pytest.raises(IntegrityMismatch, match=algorithm):
            check_bytes(data, wrong)


def test_without_a_digest_nothing_can_be_checked_or_kept() -> None:
    with pytest.raises(BadIntegrity):
        Check(Digests())
    with pytest.raises(BadIntegrity):
        blob_key(Digests())


@given(st.binary(), st.sets(st.sampled_from(ALGORITHMS), min_size=1))
def test_the_address_of_bytes_says_which_bytes_they_are(data: bytes, chosen: set[str]) -> None:
    digests = Digests({algorithm: sri(algorithm, data).partition("-")[2] for algorithm in chosen})
    key = blob_key(digests)
    assert digests_in(key) == digests
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789/.-")
    assert ".." not in key


@given(st.one_of(st.text(), st.text("tarbls/sha5120123456789abcdef.- ").map("tarballs/sha512/".__add__)))
def test_other_keys_promise_nothing(key: str) -> None:
    found = digests_in(key)
    assert found is None or blob_key(found) == key


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key.replace("sha512/", "sha512/x"),
        lambda key: key.upper(),
        lambda key: key + ".sha1-00",
        lambda key: key + "." + key.rpartition("/")[2],
        lambda key: key[:-2],
        lambda key: key + ".gz",
        lambda key: "tarballs/sha512/ab/",
        lambda key: "packuments/ab/abcd.gz",
    ],
)
def test_a_key_that_was_bent_is_none(change: object) -> None:
    key = blob_key(Digests({"sha512": sri("sha512").partition("-")[2]}))
    assert callable(change)
    assert digests_in(change(key)) is None
