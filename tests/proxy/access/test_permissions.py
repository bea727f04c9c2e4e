"""Roles: each gives only what there is, and those that install can do nothing else."""

from __future__ import annotations

import pytest

from proxy.access.permissions import ANONYMOUS, ROLES, Permission, permissions_of

INSTALLING = {Permission.READ, Permission.EXPLAIN}
CHANGING = {
    Permission.RELEASE,
    Permission.BLOCK,
    Permission.HOLD,
    Permission.WITHDRAW,
    Permission.ADOPT,
    Permission.FREEZE,
    Permission.TOKENS,
}


def test_the_roles_are_the_documented_ones() -> None:
    assert set(ROLES) == {"reader", "ci", "monitor", "reviewer", "admin"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_names_permissions_that_exist(role: str) -> None:
    assert ROLES[role] <= set(Permission)
    assert all(isinstance(permission, Permission) for permission in ROLES[role])


@pytest.mark.parametrize("role", ["reader", "ci"])
def test_whoever_installs_reads_and_asks_why_and_nothing_more(role: str) -> None:
    assert ROLES[role] == INSTALLING


def test_whoever_watches_sees_metrics_alone() -> None:
    assert ROLES["monitor"] == {Permission.METRICS}


def test_a_reviewer_decides_and_gives_no_tokens() -> None:
    assert ROLES["reviewer"] == set(Permission) - {Permission.TOKENS}


def test_an_admin_may_everything() -> None:
    assert ROLES["admin"] == set(Permission)


def test_anonymous_readers_change_nothing_and_learn_nothing_of_people() -> None:
    assert not ANONYMOUS & CHANGING
    assert not ANONYMOUS & {Permission.EXPOSURE, Permission.READ_LOG, Permission.READ_DECISIONS}
    assert ANONYMOUS >= INSTALLING


def test_every_permission_is_given_by_some_role() -> None:
    assert permissions_of(tuple(ROLES)) == set(Permission)


def test_roles_add_up_and_unknown_ones_give_nothing() -> None:
    assert permissions_of(()) == frozenset()
    assert permissions_of(("root", "Admin", "")) == frozenset()
    assert permissions_of(("reader", "monitor", "root")) == INSTALLING | {Permission.METRICS}
