"""Addresses, networks and names, checked and brought into one spelling. Texts of errors never repeat credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # both are imported where they are used: most settings are not addresses
    from urllib.parse import SplitResult

_HOST = re.compile(r"[a-z0-9]([a-z0-9\-_.]*[a-z0-9])?\.?|[0-9a-f:.]+")
_PATH = re.compile(r"(/[A-Za-z0-9\-._~!$&'()*+,;=:@%]+)*")
_PORTS = {"http": 80, "https": 443}


def base_url(text: str) -> str:
    """`https://host[:port][/prefix]`, lower-case host, no default port, no trailing slash."""
    split = _split(text)
    if split.username is not None or split.password is not None:
        raise ValueError("holds credentials: take them out of the address (upstream.token_env names a credential)")
    path = split.path.rstrip("/")
    if split.query or split.fragment or not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError(f'{text!r}: after the host only a path may follow, such as "https://npm.example/prefix"')
    return _origin(split) + path


def origin(text: str) -> str:
    """`https://host[:port]` and nothing behind it."""
    url = base_url(text)
    if url.count("/") > 2:
        raise ValueError(f"{text!r}: write the origin alone: {'/'.join(url.split('/')[:3])!r}")
    return url


def origin_of(url: str) -> str:
    """The origin of a base URL, in the same spelling."""
    return _origin(_split(url))


def proxy_url(text: str) -> str:
    """`http://[user:password@]host[:port]`, as written but for a trailing slash."""
    split = _split(text)
    if split.path.rstrip("/") or split.query or split.fragment:
        raise ValueError('nothing may follow the port: write "http://proxy.example:3128"')
    _origin(split)
    return text.rstrip("/")


def database_url(text: str) -> str:
    """Left as it is, if it names a database that this version knows."""
    if not re.match(r"(sqlite|postgresql)(\+[a-z0-9_]+)?://", text):
        raise ValueError('write "sqlite:////path/of/file" or "postgresql://user@host/name"')
    return text


def blobs_url(text: str) -> str:
    """`file:` and a path; an absolute one may have `//` before it."""
    path = text.removeprefix("file:")
    if path == text or not path:
        raise ValueError('write "file:" and a folder, such as "file:/srv/pratique/blobs"; this version knows no other')
    if path.startswith("//") and not path.startswith("///"):
        raise ValueError('names a host: write "file:/folder" or "file:///folder"')
    return text


def network(text: str) -> str:
    """An address or a network in CIDR notation, as a network."""
    from ipaddress import ip_interface

    try:
        found = ip_interface(text.strip())
    except ValueError:
        raise ValueError(f'{text!r} is no IP address or network: write "10.0.0.7", "10.0.0.0/8" or "fd00::/8"') from None
    if "%" in text:
        raise ValueError(f"{text!r}: write the address without its zone")
    if "/" in text and found.ip != found.network.network_address:
        raise ValueError(f"{text!r} is an address inside a network: write {str(found.network)!r} or {str(found.ip)!r}")
    return str(found.network)


def listen_address(text: str) -> str:
    """`host:port`, where the host is an address or name of this machine."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not _HOST.fullmatch(bare.lower()) or (":" in bare) != host.startswith("["):
        raise ValueError(f'{text!r}: write an address and a port to listen on, such as "127.0.0.1:4874" or "[::1]:4874"')
    if not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or int(port) > 65535:
        raise ValueError(f"{port!r} is no port: write 1 to 65535, or 0 for any free one")
    return f"{host.lower()}:{int(port)}"


def variable_name(text: str) -> str:
    """A name that an environment variable can have. Not repeated when wrong: it may be the credential itself."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", text):
        raise ValueError("write the name of the environment variable that holds the credential, not the credential")
    return text


def without_password(url: str) -> str:
    """The address for people to see: whatever stands where a password can stand is `***`."""
    url = re.sub(r"(?<=//)([^/@:]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&](?:password|passfile|sslpassword)=)[^&#]*", r"\1***", url, flags=re.IGNORECASE)


def _split(text: str) -> SplitResult:
    from urllib.parse import urlsplit

    shown = "the address" if "@" in text else repr(text)
    mend = f'{shown}: write an http or https address such as "https://registry.example"'
    if not text.isascii() or re.search(r"[\s\\]", text):
        raise ValueError(f"{mend}, in plain characters (xn--… for others, %20 for a space)")
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError:
        raise ValueError(mend) from None
    if split.scheme not in _PORTS or not split.hostname or not _HOST.fullmatch(split.hostname):
        raise ValueError(mend)
    if port == 0:
        raise ValueError(f"{shown}: port 0 cannot be connected to; write the real one")
    return split


def _origin(split: SplitResult) -> str:
    host = split.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if split.port in {None, _PORTS[split.scheme]} else f":{split.port}"
    return f"{split.scheme}://{host}{port}"
