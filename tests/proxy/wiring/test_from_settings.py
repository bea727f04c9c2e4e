"""What the operator said, in the words of each part."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.problem import ConfigError
from config.settings import Settings
from proxy.wiring.from_settings import egress, freshness, longest_hold, manners, patience, schedule, terms_of
from quarantine.package import PackageName
from tests.fakes.proxy import settings_for

DAY = timedelta(days=1)


def settings(tmp_path: Path, **sections: Any) -> Settings:
    return settings_for(tmp_path, sections)


def test_a_bare_token_is_a_bearer_token(tmp_path: Path) -> None:
    said = settings(tmp_path, upstream={"token_env": "T"})
    assert egress(said, "i", "1", {"T": " abc\n"}).credential == "Bearer abc"
    assert egress(said, "i", "1", {"T": "Basic abc"}).credential == "Basic abc"
    assert egress(settings(tmp_path), "i", "1", {"T": "abc"}).credential is None


@pytest.mark.parametrize("env", [{}, {"T": ""}, {"T": "  "}])
def test_a_credential_that_is_not_there_is_an_error_and_not_left_out(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="T is not set"):
        egress(settings(tmp_path, upstream={"token_env": "T"}), "i", "1", env)


def test_the_way_out(tmp_path: Path) -> None:
    out = egress(settings(tmp_path, upstream={"proxy": "http://proxy.example:3128", "ca_file": "/ca.pem"}), "inst", "1.2", {})
    assert (out.proxy, out.ca_file) == ("http://proxy.example:3128", "/ca.pem")
    assert (out.user_agent, out.via) == ("pratique/1.2", "1.1 inst")
    assert egress(settings(tmp_path), "i", "1", {}).proxy is None


def test_patience_and_freshness(tmp_path: Path) -> None:
    said = settings(
        tmp_path,
        upstream={"timeout": "7s", "retries": 4, "fresh": "1m", "stale": "2d", "slow": "3s", "negative": "4s"},
        storage={"memory": "100MiB"},
    )
    assert (patience(said).deadline, patience(said).retries) == (7.0, 4)
    taken = freshness(said)
    assert (taken.fresh, taken.stale, taken.slow, taken.negative) == (60 * DAY / 86400, 2 * DAY, 3.0, 4 * DAY / 86400)
    assert taken.memory == 25 * 2**20


def test_terms_are_those_of_the_package_and_made_once(tmp_path: Path) -> None:
    entries = [{"match": "@types/*", "quarantine": {"hold": "1d"}}]
    terms = terms_of(settings(tmp_path, quarantine={"hold": "7d", "enforce": "observe"}, packages=entries))
    assert terms(PackageName("@types/node")).hold == DAY
    assert terms(PackageName("left-pad")).hold == 7 * DAY
    assert terms(PackageName("left-pad")) is terms(PackageName("right-pad"))
    assert not terms(PackageName("left-pad")).enforce


def test_the_longest_hold_of_all(tmp_path: Path) -> None:
    assert longest_hold(settings(tmp_path, quarantine={"hold": "3d", "new_package_hold": "2d"})) == 3 * DAY
    entries = [{"match": "x", "quarantine": {"new_package_hold": "30d"}}]
    said = settings(tmp_path, packages=entries, refresh={"every": "5m"})
    assert longest_hold(said) == 30 * DAY
    assert (schedule(said).every, schedule(said).longest_hold) == (timedelta(minutes=5), 30 * DAY)


def test_each_audience_has_terms_of_its_own(tmp_path: Path) -> None:
    said = settings(
        tmp_path,
        quarantine={"hold": "7d", "baseline": "2020-01-01"},
        audiences=[
            {"name": "research", "quarantine": {"hold": "3d", "enforce": "observe"}},
            {"name": "bank", "quarantine": {"new_package_hold": "40d"}},
        ],
        packages=[{"match": "@types/*", "quarantine": {"hold": "1d"}}],
    )
    everyone, research, bank = (terms_of(said, name)(PackageName("left-pad")) for name in (None, "research", "bank"))
    assert (everyone.hold, everyone.new_package_hold, everyone.enforce) == (7 * DAY, 14 * DAY, True)
    assert (research.hold, research.new_package_hold, research.enforce) == (3 * DAY, 14 * DAY, False)
    assert (bank.hold, bank.new_package_hold, bank.enforce) == (7 * DAY, 40 * DAY, True)
    assert everyone.baseline == research.baseline == bank.baseline
    assert {terms_of(said, name)(PackageName("@types/node")).hold for name in (None, "research", "bank")} == {DAY}
    # What the strictest waits for is still looked at, and listed.
    assert longest_hold(said) == schedule(said).longest_hold == manners(said, "i").longest_hold == 40 * DAY


def test_answers_are_shared_only_where_everybody_gets_the_same(tmp_path: Path) -> None:
    assert manners(settings(tmp_path), "i").same_for_all
    assert not manners(settings(tmp_path, audiences=[{"name": "research"}]), "i").same_for_all
    assert not manners(settings(tmp_path, access={"anonymous": False}), "i").same_for_all
