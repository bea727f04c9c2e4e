"""The registries of namespaces beside the public one: memory is shared, credentials and facts are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.problem import ConfigError
from config.settings import Settings
from proxy.wiring.from_settings import egress, freshness, longest_hold
from tests.fakes.proxy import running_proxy, settings_for
from tests.fakes.simulator import Simulator

PUBLIC = "https://registry.example"
OWN = {"match": "@acme/*", "upstream": "https://npm.acme.example"}


def settings(tmp_path: Path, *namespaces: dict[str, Any], **more: Any) -> Settings:
    return settings_for(tmp_path, {"namespaces": list(namespaces), **more})


@pytest.mark.parametrize("count", [1, 2, 7])
def test_namespaces_take_no_more_memory_than_there_is(tmp_path: Path, count: int) -> None:
    alone = freshness(settings(tmp_path)).memory
    said = settings(tmp_path, *({**OWN, "match": f"@acme{number}/*"} for number in range(count)))
    shares = [freshness(said).memory, *[freshness(said, own=True).memory] * count]
    assert sum(shares) <= alone
    assert min(shares) > 0


def test_each_has_its_own_way_out(tmp_path: Path) -> None:
    entry = {**OWN, "token_env": "ACME"}
    said = settings(tmp_path, entry, upstream={"token_env": "PUBLIC", "ca_file": "/etc/ca.pem"})
    env = {"ACME": "Basic abc", "PUBLIC": "xyz"}
    own = ("namespaces[0]", said.namespaces[0])
    assert egress(said, "i", "1", env).credential == "Bearer xyz"
    assert egress(said, "i", "1", env, own).credential == "Basic abc"
    assert egress(said, "i", "1", env, own).ca_file == "/etc/ca.pem"
    with pytest.raises(ConfigError, match=r"namespaces\[0\]\.token_env"):
        egress(said, "i", "1", {"PUBLIC": "xyz"}, own)


def test_one_without_a_credential_does_not_get_the_public_ones(tmp_path: Path) -> None:
    said = settings(tmp_path, OWN, upstream={"token_env": "PUBLIC"})
    assert egress(said, "i", "1", {"PUBLIC": "xyz"}, ("namespaces[0]", said.namespaces[0])).credential is None


def test_lists_look_back_as_far_as_the_longest_hold_of_a_namespace(tmp_path: Path) -> None:
    assert longest_hold(settings(tmp_path, {**OWN, "quarantine": {"hold": "60d"}})) == timedelta(days=60)


async def test_the_public_registrys_facts_are_not_anothers_on_the_same_host(tmp_path: Path) -> None:
    """The public upstream below a path, the own one at the root of the same host: that is its origin."""
    async with Simulator() as host:
        host.publish("@acme/ui", "1.0.0", at=datetime(2026, 1, 1, tzinfo=UTC))
        entry = {"match": "@acme/*", "upstream": host.url}
        async with running_proxy(f"{host.url}/public", tmp_path, namespaces=[entry]) as proxy:
            public, own = (source.ledger for source in proxy.built.services.routed.all())
            async with proxy.get("/@acme%2fui") as response:
                assert response.status == 200
            name = next(iter(await own.young(datetime(2025, 1, 1, tzinfo=UTC))))
            assert await own.record(name) is not None
            assert await public.record(name) is None
