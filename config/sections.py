"""The sections of the configuration that say how pratique runs: frozen, typed, every default beside its unit.

What decides about versions is in `config.policy`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import msgspec

from config.kinds import (
    BaseUrl,
    BaseUrls,
    BlobsUrl,
    DatabaseUrl,
    Duration,
    ListenAddress,
    Networks,
    Origins,
    ProxyUrl,
    Size,
    VariableName,
)

KIB, MIB, GIB = 2**10, 2**20, 2**30


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where clients connect."""

    host: str = "127.0.0.1"  # address or name to listen on
    port: int = 4873  # 0: any free one
    workers: int = 1  # processes that answer
    public_urls: BaseUrls = ()  # how clients reach us; empty: as the request says
    tls_cert: str = ""  # path of a PEM file; empty: plain http
    tls_key: str = ""  # path of a PEM file
    trusted_proxies: Networks = ()  # whose X-Forwarded-* headers count
    max_age: Duration = timedelta(seconds=60)  # how long a client may reuse a packument without asking
    contact: str = ""  # text or URL, shown in denials
    drain: Duration = timedelta(seconds=20)  # how long running answers may take after a stop signal


class Admin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where administrators connect."""

    listen: ListenAddress = ""  # a listener for decisions, tokens and the log alone; empty: with everything else


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registry that is asked, and how patiently."""

    url: BaseUrl = ""  # empty: the stored one, else what npm says
    ca_file: str = ""  # path of a PEM file; empty: the system's
    proxy: ProxyUrl = ""  # for everything outbound
    allowed_hosts: Origins = ()  # further origins of tarballs and redirects
    token_env: VariableName = ""  # which environment variable holds the credential
    fresh: Duration = timedelta(minutes=5)  # how long a packument is served without asking again
    timeout: Duration = timedelta(seconds=30)  # deadline of one answer, retries included
    connect_timeout: Duration = timedelta(seconds=5)  # deadline of one connection
    retries: int = 2  # further attempts after the first
    negative: Duration = timedelta(seconds=10)  # how long "there is no such package" is remembered
    stale: Duration = timedelta(days=30)  # how old a copy may be served while upstream is down
    slow: Duration = timedelta(seconds=5)  # after this a stale copy is served while upstream is still asked
    max_packument: Size = 64 * MIB  # bytes, decompressed
    max_tarball: Size = 2 * GIB  # bytes, as downloaded


class Storage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things are kept. `config.places` resolves what is empty."""

    data_dir: str = ""  # empty: $XDG_DATA_HOME/pratique or ~/.local/share/pratique
    database_url: DatabaseUrl = ""  # empty: SQLite under data_dir
    blobs: BlobsUrl = ""  # empty: data_dir/blobs
    memory: Size = 64 * MIB  # bytes, for parsed and rendered documents


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may ask, and how long it is remembered who did."""

    anonymous: bool | None = None  # None: only when listening on loopback
    admin_token_env: VariableName = ""  # which environment variable holds an admin's token; empty: none
    retention: Duration = timedelta(days=90)  # how long access records are kept


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Looking again at packages in use, asked or not: a clock starts when a version appears, not when one asks."""

    enabled: bool = True
    asked_within: Duration = timedelta(days=30)  # a package is in use when it was asked for this lately
    every: Duration = timedelta(minutes=30)  # how often a package in use is looked at again
    budget: int = 60  # looks per minute, all packages together


class Examiner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Looking into tarballs, in a process of its own that may die of what it reads."""

    enabled: bool = True
    budget: int = 30  # examinations per minute that nobody waits for
    timeout: Duration = timedelta(seconds=60)  # deadline of one archive
    memory: Size = 1 * GIB  # bytes, of the examining process
    max_unpacked: Size = 1 * GIB  # bytes, of all that one archive unpacks to
    max_entries: int = 200_000  # files, folders and records of one archive
    max_ratio: int = 200  # unpacked bytes for each byte of the archive


class Signing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What this installation signs with."""

    key_file: str = ""  # path of a PEM file; empty: a key that the first start makes under data_dir


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console", "auto"] = "auto"  # auto: console on a terminal, else json
