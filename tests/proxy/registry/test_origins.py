"""Which addresses may be fetched: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from proxy.registry.errors import AddressRefused
from proxy.registry.origins import BadUpstream, Origins, origin_of
from quarantine.package import PackageName

ORIGINS = Origins.of("https://registry.example/npm/", ("cdn.example", "http://plain.example:8080"))
LEFT_PAD = PackageName("left-pad")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://registry.example", "https://registry.example:443"),
        ("HTTPS://Registry.Example:443/a?b#c", "https://registry.example:443"),
        ("http://registry.example:8081/", "http://registry.example:8081"),
        ("http://[::1]:4873/", "http://[::1]:4873"),
    ],
)
def test_one_spelling_of_an_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    ["", "registry.example", "ftp://registry.example", "https://", "http://a:b@registry.example", "http://a:99999", "http://["],
)
def test_what_is_no_upstream(url: str) -> None:
    with pytest.raises(BadUpstream):
        origin_of(url)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(BadUpstream) as refused:
        origin_of("https://me:hunter2@registry.example")
    assert "hunter2" not in str(refused.value)


def test_paths_lie_below_the_base() -> None:
    assert ORIGINS.address("@acme%2fx") == "https://registry.example/npm/@acme%2fx"
    assert ORIGINS.origin == "https://registry.example:443"


@pytest.mark.parametrize(
    ("url", "permitted"),
    [
        ("https://registry.example/anything", True),
        ("https://cdn.example/x.tgz", True),
        ("http://plain.example:8080/x.tgz", True),
        ("http://cdn.example/x.tgz", False),
        ("https://plain.example:8080/x.tgz", False),
        ("https://registry.example:444/", False),
        ("https://registry.example.evil.example/", False),
        ("https://evil.example/registry.example/", False),
        ("https://registry.example@evil.example/", False),
        ("https://evil.example#@registry.example/", False),
        ("https://evil.example\\@registry.example/", False),
        ("//registry.example/", False),
    ],
)
def test_only_configured_origins_are_permitted(url: str, *, permitted: bool) -> None:
    assert ORIGINS.permits(url) is permitted


HOSTILE = st.text(alphabet=st.sampled_from("/\\@:#?.[] \t\nhtps%2f\x00é;evilregistry.example-"), max_size=40)


@given(HOSTILE, HOSTILE)
def test_what_is_permitted_is_what_the_client_then_connects_to(before: str, after: str) -> None:
    url = f"https://{before}registry.example{after}"
    if ORIGINS.permits(url):
        try:
            target = URL(url, encoded=True)
        except ValueError:
            return
        assert (target.scheme, target.host, target.port) == ("https", "registry.example", 443)


def test_redirects_among_the_configured() -> None:
    assert ORIGINS.redirect("https://registry.example/npm/a", "b") == "https://registry.example/npm/b"
    assert ORIGINS.redirect("https://registry.example/npm/a", "//cdn.example/b") == "https://cdn.example/b"


@pytest.mark.parametrize("location", ["https://evil.example/", "//evil.example/", "https://[", "file:///etc/passwd"])
def test_redirects_elsewhere_are_refused(location: str) -> None:
    with pytest.raises(AddressRefused):
        ORIGINS.redirect("https://registry.example/a", location)


def test_a_redirect_never_leaves_https_even_where_the_host_is_allowed() -> None:
    with pytest.raises(AddressRefused, match="https"):
        ORIGINS.redirect("https://registry.example/a", "http://plain.example:8080/a")
    assert ORIGINS.redirect("http://plain.example:8080/a", "b") == "http://plain.example:8080/b"


def test_a_refusal_names_the_origin_only() -> None:
    with pytest.raises(AddressRefused) as refused:
        ORIGINS.redirect("https://registry.example/a", "https://evil.example/path?token=hidden")
    assert "https://evil.example:443" in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("listed", "fetched"),
    [
        ("https://registry.example/odd/place.tgz", "https://registry.example/odd/place.tgz"),
        ("https://cdn.example/l.tgz", "https://cdn.example/l.tgz"),
        ("https://other.example/left-pad/-/left-pad-1.0.0.tgz", "https://registry.example/npm/left-pad/-/left-pad-1.0.0.tgz"),
        ("https://other.example/m/left-pad/-/odd.tgz", "https://registry.example/npm/left-pad/-/odd.tgz"),
        ("https://other.example/left-pad/-/../../x.tgz", "https://registry.example/npm/left-pad/-/left-pad-1.0.0.tgz"),
        ("https://other.example/elsewhere.tgz", "https://registry.example/npm/left-pad/-/left-pad-1.0.0.tgz"),
        ("https://other.example/left-pad/-/left-pad.zip", "https://registry.example/npm/left-pad/-/left-pad-1.0.0.tgz"),
        ("", "https://registry.example/npm/left-pad/-/left-pad-1.0.0.tgz"),
    ],
)
def test_where_a_tarball_is_fetched(listed: str, fetched: str) -> None:
    assert ORIGINS.tarball(LEFT_PAD, "1.0.0", listed) == fetched


@given(HOSTILE)
def test_whatever_a_document_lists_the_tarball_comes_from_a_configured_origin(listed: str) -> None:
    for address in (listed, f"https://evil.example/left-pad/-/{listed}.tgz", f"https://{listed}"):
        fetched = ORIGINS.tarball(LEFT_PAD, "1.0.0", address)
        assert ORIGINS.permits(fetched)
        if not ORIGINS.permits(address):
            assert fetched.startswith("https://registry.example/npm/left-pad/-/")
            assert ".." not in fetched.split("/")
