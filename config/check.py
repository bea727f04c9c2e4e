"""What is doubtful about settings that are well formed: the rules behind `pratique config check`.

Errors are what the server refuses to start with; warnings are legal but seldom meant. Each is one small function, here or
in a `config.check_…` of its own, and yields problems whose place is a key path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from config.check_audiences import check_audiences
from config.check_examiner import check_examiner
from config.check_namespaces import check_namespaces
from config.check_packages import check_holds, check_packages
from config.check_source import check_source
from config.check_trusted import check_trusted
from config.places import data_dir
from config.problem import ConfigError, Problem
from config.settings import Settings, is_loopback
from config.units import format_duration

_ZERO = timedelta(0)

MOST_WORKERS = 64


def check(settings: Settings, *, env: Mapping[str, str], now: datetime) -> list[Problem]:
    """All problems, errors first. Looks at the environment and `now` as given, and at files that the settings name."""
    found = [
        *_listener(settings),
        *_files(settings),
        *_upstream(settings, env),
        *_times(settings),
        *_counts(settings),
        *_storage(settings, env),
        *check_holds(settings.quarantine, "quarantine"),
        *_baseline(settings, now),
        *check_examiner(settings),
        *check_trusted(settings),
        *check_packages(settings),
        *check_namespaces(settings, env),
        *check_audiences(settings),
    ]
    return sorted(found, key=lambda problem: problem.level != "error")


def _error(place: str, text: str) -> Problem:
    return Problem("error", place, text)


def _warning(place: str, text: str) -> Problem:
    return Problem("warning", place, text)


def _listener(settings: Settings) -> Iterator[Problem]:
    server = settings.server
    if not server.host.strip("[] "):
        yield _error("server.host", 'is empty: write "127.0.0.1", or "0.0.0.0" for all interfaces')
    elif "[" in server.host or "//" in server.host:
        yield _error("server.host", f"{server.host!r}: write a bare address or name, without brackets or scheme")
    if not 0 <= server.port <= 65535:
        yield _error("server.port", f"{server.port} is no port: write 1 to 65535, or 0 for any free one")
    if not is_loopback(server.host) and not server.public_urls:
        yield _warning(
            "server.public_urls",
            "is empty, so addresses of tarballs follow whatever Host header a request carries: list the addresses"
            " under which clients reach this server",
        )
    for network in server.trusted_proxies:
        if network.endswith("/0"):
            yield _warning(
                "server.trusted_proxies",
                f"{network} trusts everybody, so any client can claim any address: list your own proxies alone",
            )
    if not 1 <= server.workers <= MOST_WORKERS:
        yield _error("server.workers", f"{server.workers}: write 1 to {MOST_WORKERS}")
    if settings.admin_listener == (server.host, server.port) and server.port:
        yield _error("admin.listen", "is where server.host and server.port listen already: choose another port")
    if server.max_age > timedelta(hours=1):
        yield _warning(
            "server.max_age",
            f"{format_duration(server.max_age)}: so long may a client go on without hearing of a block; 60s is usual",
        )


def _files(settings: Settings) -> Iterator[Problem]:
    server = settings.server
    for place, path in (
        ("server.tls_cert", server.tls_cert),
        ("server.tls_key", server.tls_key),
        ("upstream.ca_file", settings.upstream.ca_file),
        ("signing.key_file", settings.signing.key_file),
        *((f"namespaces[{number}].ca_file", entry.ca_file) for number, entry in enumerate(settings.namespaces)),
    ):
        if not path:
            continue
        if not Path(path).exists():
            yield _error(place, f"{path!r} does not exist: write the path of a PEM file")
        elif not Path(path).is_file():
            yield _error(place, f"{path!r} is not a file: write the path of a PEM file")
        elif not os.access(path, os.R_OK):
            yield _error(place, f"{path!r} cannot be read by this user: change its permissions or its owner")
    key_file = settings.signing.key_file
    if key_file and Path(key_file).is_file() and Path(key_file).stat().st_mode & 0o007:
        yield _warning("signing.key_file", f"{key_file!r} is open to every user of this machine: chmod o= it, or make a new key")
    if bool(server.tls_cert) != bool(server.tls_key):
        missing = "server.tls_key" if server.tls_cert else "server.tls_cert"
        yield _error(missing, "is missing: TLS needs both server.tls_cert and server.tls_key")


def _upstream(settings: Settings, env: Mapping[str, str]) -> Iterator[Problem]:
    upstream = settings.upstream
    yield from check_source(settings, ("upstream.url", upstream.url), ("upstream.token_env", upstream.token_env), env)


def _times(settings: Settings) -> Iterator[Problem]:
    upstream, refresh = settings.upstream, settings.refresh
    for place, value in (
        ("upstream.timeout", upstream.timeout),
        ("upstream.connect_timeout", upstream.connect_timeout),
        ("refresh.every", refresh.every),
        ("refresh.asked_within", refresh.asked_within),
    ):
        if value == _ZERO:
            yield _error(place, "must be more than 0")
    for place, value, than, other, why in (
        ("upstream.connect_timeout", upstream.connect_timeout, upstream.timeout, "upstream.timeout", "has no effect"),
        ("upstream.slow", upstream.slow, upstream.timeout, "upstream.timeout", "has no effect"),
        ("upstream.fresh", upstream.fresh, upstream.stale, "upstream.stale", "a copy would be too old while fresh"),
        (
            "upstream.fresh",
            upstream.fresh,
            settings.quarantine.hold,
            "quarantine.hold",
            "looks would be rarer than holds",
        ),
        ("refresh.every", refresh.every, refresh.asked_within, "refresh.asked_within", "few would be looked at twice"),
    ):
        if than != _ZERO and value > than:
            yield _warning(place, f"{format_duration(value)} is longer than {other} {format_duration(than)}: {why}")


def _counts(settings: Settings) -> Iterator[Problem]:
    upstream, refresh = settings.upstream, settings.refresh
    if not 0 <= upstream.retries <= 10:
        yield _error("upstream.retries", f"{upstream.retries}: write 0 to 10")
    if refresh.budget < 0:
        yield _error("refresh.budget", f"{refresh.budget}: write 0 or more looks per minute")
    elif refresh.enabled and refresh.budget == 0:
        yield _warning("refresh.budget", "is 0, so nothing is looked at again: say refresh.enabled = false if meant")
    for place, size in (
        ("upstream.max_packument", upstream.max_packument),
        ("upstream.max_tarball", upstream.max_tarball),
    ):
        if size == 0:
            yield _error(place, "is 0, so every answer is too large: write a size such as 64MiB")


def _storage(settings: Settings, env: Mapping[str, str]) -> Iterator[Problem]:
    try:
        path = data_dir(settings.storage, env)
    except ConfigError as wrong:
        yield from wrong.problems
        return
    if path.exists() and not path.is_dir():
        yield _error("storage.data_dir", f"{str(path)!r} is not a folder")


def _baseline(settings: Settings, now: datetime) -> Iterator[Problem]:
    baseline, hold = settings.quarantine.baseline, settings.quarantine.hold
    if baseline is None:
        return
    if baseline > now:
        yield _error(
            "quarantine.baseline",
            "lies in the future: until then everything new would count as admitted. Write a day that is over",
        )
    elif baseline > now - hold:
        yield _warning(
            "quarantine.baseline",
            f"is younger than quarantine.hold {format_duration(hold)}: what was published shortly before it is admitted"
            " without having aged",
        )
