"""What the parsers of single values accept and refuse, seen through `load`."""

from typing import Any

import pytest

from config.load import load
from config.problem import ConfigError
from config.shown import shown


def said(key: str, value: Any) -> Any:
    section, name = key.split(".")
    return shown(load(env={}, overrides={section: {name: value}}).settings)[key]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("upstream.url", "HTTPS://Registry.Example:443/npm//"[:-1], "https://registry.example/npm"),
        ("upstream.url", "http://[::1]:8080", "http://[::1]:8080"),
        ("upstream.url", "", ""),
        ("server.public_urls", ["https://a.example/", "https://a.example"], ["https://a.example"]),
        ("upstream.allowed_hosts", ["https://CDN.example:443/"], ["https://cdn.example"]),
        ("upstream.proxy", "http://me:pw@proxy.example:3128/", "http://me:***@proxy.example:3128"),
        ("server.trusted_proxies", ["10.0.0.7", "fd00::/8", "10.0.0.0/8"], ["10.0.0.7/32", "fd00::/8", "10.0.0.0/8"]),
        ("storage.blobs", "file:/srv/blobs", "file:/srv/blobs"),
        ("storage.database_url", "postgresql+psycopg://db.example/x", "postgresql+psycopg://db.example/x"),
        ("upstream.token_env", "NPM_TOKEN", "NPM_TOKEN"),
        ("server.contact", "Frag das Büro", "Frag das Büro"),
        ("server.port", 0, 0),
        ("upstream.max_tarball", 0, "0"),
        ("quarantine.hold", 0, "0"),
    ],
)
def test_accepts(key: str, value: Any, expected: Any) -> None:
    assert said(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value", "mend"),
    [
        ("upstream.url", "registry.example", "http or https"),
        ("upstream.url", "ftp://registry.example", "http or https"),
        ("upstream.url", "https://", "http or https"),
        ("upstream.url", "https://registry.example:99999", "http or https"),
        ("upstream.url", "https://registry.example:0", "port 0"),
        ("upstream.url", "https://registry.example/?a=b", "only a path"),
        ("upstream.url", "https://registry.example/a/../b", "only a path"),
        ("upstream.url", "https://registry.example/a b", "plain characters"),
        ("upstream.url", "https://régistry.example", "plain characters"),
        ("upstream.url", "https://me:hush@registry.example", "holds credentials"),
        ("upstream.url", "ftp://me:hush@registry.example", "http or https"),
        ("upstream.proxy", "socks5://me:hush@proxy.example", "http or https"),
        ("upstream.proxy", "http://me:hush@proxy.example/path", "nothing may follow"),
        ("upstream.allowed_hosts", ["https://cdn.example/path"], "'https://cdn.example'"),
        ("upstream.allowed_hosts", ["cdn.example"], "http or https"),
        ("upstream.token_env", "npm_hush-hush", "not the credential"),
        ("server.public_urls", 3, "write a list"),
        ("server.trusted_proxies", ["10.0.0.1/8"], "10.0.0.0/8"),
        ("server.trusted_proxies", ["proxy.example"], "no IP address"),
        ("server.trusted_proxies", ["fe80::1%eth0"], "zone"),
        ("server.contact", "a\nb", "line break"),
        ("server.contact", 3, "in quotes"),
        ("server.port", True, "whole number"),
        ("server.port", 1.5, "whole number"),
        ("server.port", 2**70, "too large"),
        ("storage.blobs", "s3://bucket", "this version knows no other"),
        ("storage.blobs", "file:", "a folder"),
        ("storage.blobs", "file://host/x", "names a host"),
        ("storage.database_url", "mysql://me:hush@db.example/x", "postgresql://"),
        ("storage.memory", 5, "with a unit"),
        ("storage.memory", True, "with a unit"),
        ("quarantine.hold", False, "with a unit"),
        ("quarantine.enforce", "off", '"enforce", "observe"'),
        ("refresh.enabled", 1, "true or false"),
    ],
)
def test_refuses_with_the_mend_and_without_credentials(key: str, value: Any, mend: str) -> None:
    with pytest.raises(ConfigError) as error:
        said(key, value)
    (problem,) = error.value.problems
    assert problem.place == f"{key} (command line)"
    assert mend in problem.text
    assert "hush" not in problem.text
