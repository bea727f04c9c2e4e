"""The one parser of request targets: a raw path in, a typed ask out, before anything is decided or looked up.

aiohttp hands encoded slashes to handlers decoded, so no handler reads `match_info`; this reads the raw target, decodes it once
and matches it against an allow-list grammar. Whatever does not fit is a NotAnAsk, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from quarantine.errors import PratiqueError
from quarantine.package import PackageName, PackageVersion, is_version_text

MAX_TARGET = 4096
"""The longest request target we read, in characters."""

OWN = "pratique"

_FILE = "-._~!*'()+"
_NAME = "@/-._~!*()'"
"""What stays as it is in an address."""


class NotAnAsk(PratiqueError):
    """The path is none that an npm registry has."""


class MalformedTarget(PratiqueError):
    """The target cannot be read at all: bad escapes, control characters, no path."""


@dataclass(frozen=True, slots=True)
class PackumentAsk:
    name: PackageName


@dataclass(frozen=True, slots=True)
class ManifestAsk:
    """`/<name>/<version-or-tag>`."""

    name: PackageName
    selector: str


@dataclass(frozen=True, slots=True)
class TarballAsk:
    name: PackageName
    file: str


@dataclass(frozen=True, slots=True)
class DistTagsAsk:
    """All tags of a package; with `all` false one of them, which only setting and deleting address."""

    name: PackageName
    all: bool = True


@dataclass(frozen=True, slots=True)
class AttestationsAsk:
    id: PackageVersion


@dataclass(frozen=True, slots=True)
class SearchAsk:
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AuditAsk:
    """A POST that describes an installed tree; `path` is the upstream's, relative to its base."""

    path: str


@dataclass(frozen=True, slots=True)
class KeysAsk:
    """The registry's signing keys."""


@dataclass(frozen=True, slots=True)
class PingAsk:
    """`npm ping`."""


@dataclass(frozen=True, slots=True)
class WhoamiAsk:
    """`npm whoami`."""


@dataclass(frozen=True, slots=True)
class LoginAsk:
    """`npm login`, the web one and the legacy one."""


@dataclass(frozen=True, slots=True)
class OwnAsk:
    """One of our own routes: what follows `/-/pratique/`, decoded, and the query."""

    path: str
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HomeAsk:
    """The root of the registry."""


Ask = (
    PackumentAsk
    | ManifestAsk
    | TarballAsk
    | DistTagsAsk
    | AttestationsAsk
    | SearchAsk
    | AuditAsk
    | KeysAsk
    | PingAsk
    | WhoamiAsk
    | LoginAsk
    | OwnAsk
    | HomeAsk
)

AUDITS = ("npm/v1/security/advisories/bulk", "npm/v1/security/audits", "npm/v1/security/audits/quick")

_FIXED: dict[str, Ask] = {
    "ping": PingAsk(),
    "whoami": WhoamiAsk(),
    "npm/v1/keys": KeysAsk(),
    "v1/login": LoginAsk(),
    **{path: AuditAsk(f"-/{path}") for path in AUDITS},
}


def parse_target(target: str, prefix: str = "") -> Ask:
    """Read a raw request target (`/@s%2fn?x=1`; the absolute form is accepted, its host ignored).

    `prefix` is the path of our public base (`/npm`), taken off when present, as some fronts keep it. Raises MalformedTarget,
    NotAnAsk or InvalidName.
    """
    path, query = _split(target)
    if prefix and path.startswith(prefix + "/"):
        path = path[len(prefix) :]
    elif prefix and path == prefix:
        path = "/"
    if path == "/":
        return HomeAsk()
    segments = path[1:].split("/")
    if "" in segments:
        raise NotAnAsk(f"{path[:80]!a} has an empty part; registry addresses have none")
    # There is a package called `-`, too: its tarballs are at `/-/-/`.
    if segments[0] == "-" and len(segments) > 1 and segments[1] != "-":
        return _under_dash(segments[1:], query)
    return _package(segments)


def _split(target: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Decode the path, once, and the query."""
    if len(target) > MAX_TARGET:
        raise MalformedTarget(f"the request target is longer than {MAX_TARGET} characters")
    path, _, query = target.partition("#")[0].partition("?")
    if "://" in path and not path.startswith("/"):
        path = "/" + path.partition("://")[2].partition("/")[2]
    if not path.startswith("/"):
        raise MalformedTarget("the request target has no path")
    try:
        decoded = unquote_to_bytes(path).decode("utf-8")
        pairs = tuple(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        raise MalformedTarget("the request target is not valid UTF-8 once decoded") from None
    if not decoded.isprintable() or "\\" in decoded or "%" in decoded:
        raise NotAnAsk("the path holds characters that no registry address has")
    return decoded, pairs


def _under_dash(segments: list[str], query: tuple[tuple[str, str], ...]) -> Ask:
    """Routes under `/-/`."""
    rest = "/".join(segments)
    if fixed := _FIXED.get(rest):
        return fixed
    if rest == "v1/search":
        return SearchAsk(query)
    if segments[0] == OWN:
        return OwnAsk("/".join(segments[1:]), query)
    if segments[0] == "user":
        return LoginAsk()
    if segments[:3] == ["npm", "v1", "attestations"] and len(segments) in {4, 5}:
        return AttestationsAsk(PackageVersion.parse("/".join(segments[3:])))
    if segments[0] == "package" and "dist-tags" in segments[2:4]:
        end = segments.index("dist-tags", 2)
        if len(segments) <= end + 2:
            return DistTagsAsk(PackageName.parse("/".join(segments[1:end])), segments[end + 1 :] == [])
    raise NotAnAsk(f"/-/{rest[:80]} is no route of this registry")


def _package(segments: list[str]) -> Ask:
    """`name`, `name/version-or-tag` and `name/-/file.tgz`, scoped or not."""
    taken = 2 if segments[0].startswith("@") and len(segments) > 1 else 1
    name = PackageName.parse("/".join(segments[:taken]))
    match segments[taken:]:
        case []:
            return PackumentAsk(name)
        case ["-", file] if _is_tarball_file(name, file):
            return TarballAsk(name, file)
        case [selector] if selector != "-" and is_version_text(selector):
            return ManifestAsk(name, selector)
        case _:
            raise NotAnAsk(f"/{'/'.join(segments)[:120]} is neither a package, a version nor a tarball of this registry")


def _is_tarball_file(name: PackageName, file: str) -> bool:
    stem = f"{name.basename}-"
    return file.startswith(stem) and file.endswith(".tgz") and is_version_text(file[len(stem) : -len(".tgz")])


def tarball_path(name: PackageName, version: str) -> str:
    """The conventional path of a version's tarball, from its slash on."""
    return f"/{quote(name, safe=_NAME)}/-/{quote(tarball_file(name, version), safe=_FILE)}"


def tarball_file(name: PackageName, version: str) -> str:
    """The conventional file name of a version's tarball."""
    return f"{name.basename}-{version}.tgz"


def version_in(ask: TarballAsk) -> str:
    """The version that a conventional file name carries."""
    return ask.file[len(ask.name.basename) + 1 : -len(".tgz")]


def packument_path(name: PackageName) -> str:
    """How npm addresses a packument below a registry's base."""
    return name.replace("/", "%2f") if name.scope else str(name)
