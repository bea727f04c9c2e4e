"""Whatever is sent is a grammatical ask or one of three errors; and what we write into documents is read back as the same."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st

from proxy.npm import asks
from proxy.npm.asks import MalformedTarget, NotAnAsk, packument_path, parse_target, tarball_file, tarball_path, version_in
from quarantine.package import InvalidName, PackageName, is_version_text

# fmt: off
_pieces = st.sampled_from([
    "/", "-", "@", "%2f", "%2F", "%252f", "..", ".", "%2e", "%00", "%ff", "%5c", ";", "?", "#", "://", "a", "lodash", "1.0.0",
    ".tgz", "lodash-1.0.0.tgz", "-/", "npm/v1/attestations/", "package/", "dist-tags", "pratique/", "é", "\u202e", "\ud800",
    " ", "\t",
])
# fmt: on
targets = st.one_of(
    st.text(max_size=60), st.lists(_pieces, max_size=14).map("".join), st.lists(_pieces, max_size=10).map("/".join)
)

_letters = "abcXYZ019-._~!*'()"
_words = st.text(_letters, min_size=1, max_size=12)
names = st.one_of(
    _words.filter(lambda word: word[0] not in "._" and word.lower() not in {"node_modules", "favicon.ico"}),
    st.builds("@{}/{}".format, _words.filter(lambda word: word[0] != "."), _words.filter(lambda word: word[0] != ".")),
).map(PackageName.parse)
versions = st.one_of(
    st.builds(
        "{}.{}.{}{}{}".format, *[st.integers(0, 99)] * 3, st.sampled_from(["", "-rc.1", "-0"]), st.sampled_from(["", "+build.7"])
    ),
    st.text([chr(code) for code in range(33, 127)], min_size=1, max_size=12).filter(is_version_text),
)


@given(targets, st.sampled_from(["", "/npm", "/a/b"]))
@example("http://[", "")
@example("://", "")
@example("a://b?c#d", "")
def test_any_target_is_an_ask_or_one_of_three_errors(target: str, prefix: str) -> None:
    try:
        ask = parse_target(target, prefix)
    except (MalformedTarget, NotAnAsk, InvalidName):
        return
    match ask:
        case asks.PackumentAsk(name) | asks.DistTagsAsk(name):
            assert PackageName.parse(name) == name
        case asks.ManifestAsk(name, selector):
            assert PackageName.parse(name) == name
            assert is_version_text(selector)
        case asks.TarballAsk(name, file):
            assert PackageName.parse(name) == name
            assert "/" not in file
            assert file == tarball_file(name, version_in(ask))
        case asks.AttestationsAsk(id):
            assert PackageName.parse(id.name) == id.name
            assert is_version_text(id.version)
        case asks.OwnAsk(path):
            assert path.isprintable()


@given(names, st.sampled_from(["", "?x=1", "?write=true"]))
def test_the_address_we_give_a_packument_is_read_as_that_packument(name: PackageName, query: str) -> None:
    assert parse_target(f"/{packument_path(name)}{query}") == asks.PackumentAsk(name)


@given(names, versions, st.sampled_from(["", "/npm"]))
@example(PackageName("-"), "0.0.1", "")
@example(PackageName("@s/-"), "-", "")
@example(PackageName("a"), "1.0.0+build", "")
def test_the_address_we_write_into_a_document_is_read_as_that_tarball(name: PackageName, version: str, prefix: str) -> None:
    address = f"http://registry.example{prefix}{tarball_path(name, version)}"
    assert address.isascii()
    path = address.removeprefix("http://registry.example")
    ask = parse_target(path, prefix)
    assert isinstance(ask, asks.TarballAsk)
    assert (ask.name, version_in(ask)) == (name, version)
    # yarn 4 encodes the scope's slash, and some fronts encode everything.
    encoded = parse_target(path.replace(f"/{name}/", "/" + quote(name, safe="") + "/"), prefix)
    assert encoded == ask


@given(names, versions)
def test_versions_and_attestations_are_found_under_their_own_names(name: PackageName, version: str) -> None:
    if version == "-" or name == "-":
        return  # those words mark a tarball, and our own routes
    assert parse_target(f"/{packument_path(name)}/{quote(version, safe='')}") == asks.ManifestAsk(name, version)
    ask = parse_target(f"/-/npm/v1/attestations/{quote(name, safe='@')}@{quote(version, safe='')}")
    assert isinstance(ask, asks.AttestationsAsk)
    assert str(ask.id) == f"{name}@{version}"
