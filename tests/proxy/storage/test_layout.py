"""Keys are spelled on disk so that no two meet on any file system."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.storage.blobs import KEY_LIMIT
from proxy.storage.layout import decode, encode, may_hold

part = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,8}", fullmatch=True),
    st.builds(lambda length, tail: "b" * length + tail, st.integers(136, 150), st.text(alphabet=".C", max_size=4)),
)
key = st.builds(
    lambda top, below: "/".join([top, *below]),
    st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True),
    st.lists(part, min_size=1, max_size=4),
).filter(lambda text: len(text) <= KEY_LIMIT)


def test_spelling() -> None:
    assert encode("tarballs/sha512/ab/cdef") == ("tarballs", "sha512", "ab", "cdef=")
    assert encode("packuments/JSONStream") == ("packuments", "!j!s!o!n!stream=")
    assert encode("a/" + "b" * 140 + "../c") == ("a", "b" * 140, "+..", "c=")


@given(key)
def test_a_key_comes_back(text: str) -> None:
    names = encode(text)
    assert decode(names) == text
    for name in names:
        assert len(name) <= 143
        assert name == name.lower()
        assert not name.startswith(".")


@given(key, key)
def test_no_file_is_another_keys_directory_or_file(one: str, other: str) -> None:
    if one != other:
        first, second = encode(one), encode(other)
        assert first[: len(second)] != second
        assert second[: len(first)] != first


@given(key, st.integers(0, KEY_LIMIT))
def test_a_listing_by_prefix_skips_no_directory_of_the_key(text: str, length: int) -> None:
    names = encode(text)
    for depth in range(1, len(names)):
        assert may_hold(names[:depth], text[:length])


def test_a_listing_skips_directories_of_others() -> None:
    assert not may_hold(("lost+found",), "")
    assert not may_hold(("tarballs", ".snapshots"), "")
    assert not may_hold(("tarballs", "a=b"), "")
    assert not may_hold(("tarballs", "sha1"), "tarballs/sha512")
    assert not may_hold(("packuments",), "tarballs/")


@given(st.lists(st.text(alphabet="aA!=+./", max_size=5), min_size=1, max_size=4).map(tuple))
def test_a_file_that_no_key_names_holds_none(names: tuple[str, ...]) -> None:
    found = decode(names)
    assert found is None or encode(found) == names
