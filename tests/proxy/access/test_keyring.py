"""The keyring: whose token it is, and whether it counts from here, now, and for this package."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.access.errors import NotAllowed, NotPermitted
from proxy.access.keyring import ANYBODY, NOBODY, Keyring
from proxy.access.permissions import ROLES, Permission
from proxy.access.tokens import digest_of, new_token
from quarantine.credentials import Credential

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
TOKEN = new_token()
BEARER = f"Bearer {TOKEN}"
HERE = "192.0.2.7"


def credential(**facts: Any) -> Credential:
    """A reader's, made at nine; and what differs from it."""
    ordinary = {"id": "c1", "digest": digest_of(TOKEN), "label": "builds", "roles": ("reader",), "created": NOW}
    return Credential(**{**ordinary, **facts})


def keyring(**facts: Any) -> Keyring:
    return Keyring([credential(**facts)])


# Who it is


@pytest.mark.parametrize(
    "header", [BEARER, "Basic " + base64.b64encode(f"any:{TOKEN}".encode()).decode()], ids=["bearer", "basic"]
)
def test_a_token_is_its_owners(header: str) -> None:
    identity = keyring(audience="research", packages=("@acme/*",)).identify(header, HERE, NOW)
    assert (identity.actor, identity.label, identity.audience) == ("c1", "builds", "research")
    assert identity.permissions == ROLES["reader"]
    assert identity.packages == ("@acme/*",)


@pytest.mark.parametrize("header", ["Digest abc", "garbage", "Basic !!!", f"Token {TOKEN}", TOKEN, "Bearer"])
def test_a_header_without_a_token_is_refused_where_nobody_is_anonymous(header: str) -> None:
    with pytest.raises(NotAllowed, match="no token"):
        keyring().identify(header, HERE, NOW)


@pytest.mark.parametrize("token", [new_token(), TOKEN[:-1], TOKEN.lower(), "\udcff", "é"])
def test_a_token_that_nobody_has_is_refused(token: str) -> None:
    with pytest.raises(NotAllowed, match="not one of this registry"):
        keyring().identify(f"Bearer {token}", HERE, NOW)


@given(st.text(), st.text(), st.booleans())
def test_whatever_comes_is_answered(header: str, address: str, anonymous: bool) -> None:
    ring = Keyring([credential(networks=("10.0.0.0/8",))], anonymous=anonymous)
    for each in (header, f"Bearer {header}", BEARER):
        with contextlib.suppress(NotAllowed):
            assert ring.identify(each, address, NOW).actor in {"anonymous", "c1"}


# Whether it counts


def test_an_expiry_ends_a_token_at_its_instant() -> None:
    ring = keyring(expires=NOW)
    assert ring.identify(BEARER, HERE, NOW - MICRO).actor == "c1"
    for late in (NOW, NOW + MICRO):
        with pytest.raises(NotAllowed, match="expired"):
            ring.identify(BEARER, HERE, late)


def test_a_revoked_token_ends_with_the_next_request() -> None:
    ring = keyring()
    assert ring.identify(BEARER, HERE, NOW).actor == "c1"
    ring.put(credential(revoked=NOW))
    with pytest.raises(NotAllowed, match="revoked"):
        ring.identify(BEARER, HERE, NOW)


def test_a_refusal_never_repeats_the_token() -> None:
    for ring in (Keyring(), keyring(revoked=NOW), keyring(networks=("10.0.0.0/8",))):
        with pytest.raises(NotAllowed) as refusal:
            ring.identify(BEARER, HERE, NOW)
        assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize(
    ("networks", "address", "inside"),
    [
        (("192.0.2.0/24",), "192.0.2.7", True),
        (("192.0.2.7",), "192.0.2.7", True),
        (("192.0.2.9/24",), "192.0.2.7", True),
        (("192.0.2.0/24",), "192.0.3.7", False),
        (("192.0.2.0/24",), "::ffff:192.0.2.7", True),
        (("2001:db8::/32",), "2001:db8::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("2001:db8::/32",), "192.0.2.7", False),
        (("2001:db8::/32", "192.0.2.0/24"), "192.0.2.7", True),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("0.0.0.0/0", "::/0"), "unknown", False),
        (("0.0.0.0/0", "::/0"), "", False),
        ((), "unknown", True),
    ],
)
def test_a_token_counts_inside_its_networks(networks: tuple[str, ...], address: str, inside: bool) -> None:
    ring = keyring(networks=networks)
    if inside:
        assert ring.identify(BEARER, address, NOW).actor == "c1"
        return
    with pytest.raises(NotAllowed, match="may not be used from"):
        ring.identify(BEARER, address, NOW)
    assert ring.take_used() == {}


# What it may do


def test_patterns_tell_which_packages_it_is_for() -> None:
    identity = keyring(packages=("@acme/*", "left-pad")).identify(BEARER, HERE, NOW)
    identity.require(Permission.READ)
    for inside in ("@acme/widget", "left-pad"):
        identity.require(Permission.READ, inside)
    for outside in ("@acmes/widget", "left-pads", "Left-Pad", "@acme", "x/@acme/widget"):
        with pytest.raises(NotPermitted, match="only"):
            identity.require(Permission.READ, outside)


def test_what_a_role_does_not_give_is_refused_by_name() -> None:
    with pytest.raises(NotPermitted, match="builds may not release"):
        keyring().identify(BEARER, HERE, NOW).require(Permission.RELEASE)


# Anonymous readers


def test_without_a_token_nobody_reads_unless_it_is_allowed() -> None:
    assert Keyring().identify(None, HERE, NOW) is NOBODY
    assert Keyring(anonymous=True).identify(None, HERE, NOW) is ANYBODY
    ANYBODY.require(Permission.READ, "left-pad")
    for identity, permission in ((NOBODY, Permission.READ), (ANYBODY, Permission.RELEASE)):
        with pytest.raises(NotAllowed, match="takes a token"):
            identity.require(permission)


@pytest.mark.parametrize("header", ["Bearer npm_of_another_registry", "Digest abc", "Basic !!!", "Bearer \udcff"])
def test_what_is_left_over_from_another_registry_takes_nothing_away(header: str) -> None:
    assert Keyring(anonymous=True).identify(header, HERE, NOW) is ANYBODY


@pytest.mark.parametrize("facts", [{"digest": digest_of("another")}, {"revoked": NOW}, {"expires": NOW}, {"networks": ("::/0",)}])
def test_a_token_of_ours_that_does_not_count_is_no_anonymous_reader(facts: dict[str, Any]) -> None:
    ring = Keyring([credential(**facts)], anonymous=True)
    with pytest.raises(NotAllowed):
        ring.identify(BEARER, HERE, NOW)


# What it remembers


def test_a_last_use_is_taken_once() -> None:
    ring = keyring()
    ring.identify(BEARER, HERE, NOW - MICRO)
    ring.identify(BEARER, HERE, NOW)
    assert ring.take_used() == {"c1": NOW}
    assert ring.take_used() == {}


def test_credentials_are_found_by_id_and_replaced_by_secret() -> None:
    ring = keyring()
    ring.put(replace(credential(), label="renamed"))
    assert [each.label for each in ring.all()] == ["renamed"]
    assert ring.find("c1") == replace(credential(), label="renamed")
    assert ring.find("c2") is None
    ring.fill([])
    assert ring.all() == []
