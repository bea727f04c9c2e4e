"""Which addresses we ever talk to. Redirects and `dist.tarball` are chosen by whoever published: only among these."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from proxy.npm.asks import tarball_file
from proxy.registry.errors import AddressRefused
from quarantine.errors import PratiqueError
from quarantine.package import PackageName

DEFAULT_PORTS = {"http": 80, "https": 443}


class BadUpstream(PratiqueError):
    """The configured upstream is no http(s) address."""


def origin_of(url: str) -> str:
    """Scheme, host and port in one spelling. Raises BadUpstream for anything but plain http(s) addresses."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUpstream(f"{url[:100]!a} is not an address") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise BadUpstream(f"{url[:100]!a} is not an http or https address, such as https://registry.example/")
    if parts.username is not None or parts.password is not None:
        raise BadUpstream("an upstream's credential goes into upstream.token_env, not into its address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or DEFAULT_PORTS[parts.scheme]}"


@dataclass(frozen=True, slots=True)
class Origins:
    """The upstream's base, and the other origins that may be fetched from."""

    base: str
    """The upstream's address without its trailing slash; may have a path (`https://nexus.example/repository/npm`)."""
    allowed: frozenset[str] = field(default_factory=frozenset)
    section: str = "upstream"
    """Where it was configured, for messages."""

    @classmethod
    def of(cls, url: str, allowed: tuple[str, ...] = (), section: str = "upstream") -> Origins:
        """Check and normalize what was configured; a bare host name means https."""
        origin_of(url)
        wide = frozenset(origin_of(each if "://" in each else f"https://{each}") for each in allowed)
        return cls(url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/"), wide, section)

    @property
    def origin(self) -> str:
        """The upstream's own origin: the only one that ever gets our credential, and what facts are keyed by."""
        return origin_of(self.base)

    @property
    def hosts(self) -> frozenset[str]:
        """The names of all hosts that may be fetched from."""
        return frozenset(urlsplit(each).hostname or "" for each in (*self.allowed, self.origin))

    def address(self, path: str) -> str:
        """A path below the upstream's base."""
        return f"{self.base}/{path}"

    def permits(self, url: str) -> bool:
        """Whether this address may be fetched, whatever DNS says about its host."""
        try:
            return origin_of(url) in self.allowed | {self.origin}
        except BadUpstream:
            return False

    def redirect(self, current: str, location: str) -> str:
        """The next hop; AddressRefused unless its origin is configured, or where https would become http."""
        try:
            target = urljoin(current, location)
        except ValueError:
            raise AddressRefused(f"the upstream redirects to {_shown(location)}") from None
        if not self.permits(target):
            raise AddressRefused(f"the upstream redirects to {_shown(target)}, which is not in {self.section}.allowed_hosts")
        if current.startswith("https:") and not target.startswith("https:"):
            raise AddressRefused(f"the upstream redirects from https to {_shown(target)}")
        return target

    def tarball(self, name: PackageName, version: str, listed: str) -> str:
        """Where to fetch a version: as the document says if that is permitted, else the conventional address of the upstream.

        Mirrors often leave the address of the registry they copied in their documents.
        """
        if listed and self.permits(listed):
            return listed
        path = f"{name}/-/{tarball_file(name, version)}"
        tail = unquote(_path_of(listed))
        if tail.endswith(".tgz") and f"/{name}/-/" in tail:
            below = tail[tail.index(f"/{name}/-/") + 1 :]
            path = below if not {"", ".", ".."} & set(below.split("/")) else path
        return self.address(quote(path, safe="/@-._~!*'()+"))


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _shown(url: str) -> str:
    """An address for a message: its origin only, so that no token in a query ends up in a log."""
    try:
        return origin_of(url)
    except BadUpstream:
        return "an address that is none"
