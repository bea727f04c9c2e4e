"""Where a dependency's spec leads, as npm-package-arg and hosted-git-info read it; pnpm, yarn and bun know a few schemes more."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

GIT = "git"
HTTP = "http"
FILE = "file"
ALIAS = "alias"
UNKNOWN = "unknown"

HOSTED = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com"}
"""The words for known hosts of repositories, as npm has them."""

_HOSTS = {host: word for word, host in HOSTED.items()}
_SHORTHAND = re.compile(
    r"(?:(github|gitlab|bitbucket):)?(?:[^/@:#\s]*@)?([^/@:#\s.~][^/@:#\s]*)/([^/@:#\s]+?)(?:\.git)?(?:#(.*))?", re.I
)
_GIST = re.compile(r"gist:(?:[^/#\s]+/)?([0-9a-f]+)(?:\.git)?(?:#(.*))?", re.I)
_SCP = re.compile(r"(?:git\+)?(?:ssh://)?[^@/:#\s]+@([^/:#\s]+):(?!\d+/)([^#\s]+?)(?:\.git)?(?:#(.*))?", re.I)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.I)
_PATH = re.compile(r"\.{1,2}(?:[/\\]|$)|~[/\\]|[/\\]|[a-z]:[/\\]", re.I)
_ARCHIVE = re.compile(r"[^\s]*\.(?:tgz|tar\.gz|tar)", re.I)
# What ranges and dist-tags are made of: nothing here leads out of a registry.
_RANGE = re.compile(r"[A-Za-z0-9\s.*^~<>=|+\-_!'(),&]*")
_SPACE = re.compile(r"\s+")

_FILES = frozenset({"file", "link", "portal", "workspace"})
_GITS = frozenset({"git", "ssh", "github", "gitlab", "bitbucket", "gist"})


def kind_of(spec: str) -> str | None:
    """`git`, `http`, `file`, `alias` or `unknown`; None for a range or tag of the package of that name in the registry."""
    spec = spec.strip()
    if _PATH.match(spec):
        return FILE
    if scheme := _SCHEME.match(spec):
        return _by_scheme(scheme[1].lower(), spec)
    if _SCP.fullmatch(spec) or _SHORTHAND.fullmatch(spec):
        return GIT
    if "/" in spec or _ARCHIVE.fullmatch(spec):
        return FILE
    return None if _RANGE.fullmatch(spec) else UNKNOWN


def canonical(spec: str) -> str:
    """The same text for specs that lead to the same thing: what publishing rewrites of repositories, and white space."""
    spec = _SPACE.sub(" ", spec.strip())
    return (_hosted(spec) if kind_of(spec) == GIT else None) or spec or "*"


def alias_target(spec: str) -> tuple[str, str] | None:
    """Name and range that an alias stands for; None where it is no alias."""
    spec = spec.strip()
    if spec[:4].lower() != "npm:":
        return None
    at = spec.find("@", 5)
    return (spec[4:at], spec[at + 1 :]) if at > 0 else (spec[4:], "*")


def _by_scheme(scheme: str, spec: str) -> str:
    if scheme == "npm":
        target = alias_target(spec)
        # Of an alias npm takes only packages of the registry.
        return ALIAS if target and kind_of(target[1]) is None else UNKNOWN
    if scheme in _FILES:
        return FILE
    if scheme in _GITS or scheme.startswith("git+"):
        return GIT
    if scheme in {"http", "https"}:
        return GIT if _hosted(spec) or spec.partition("#")[0].lower().endswith(".git") else HTTP
    return UNKNOWN


def _hosted(spec: str) -> str | None:
    """`github:user/repository#commit` for all ways of writing one at a known host."""
    if match := _GIST.fullmatch(spec):
        return _joined("gist", match[1], match[2])
    if match := _SHORTHAND.fullmatch(spec):
        return _joined((match[1] or "github").lower(), f"{match[2]}/{match[3]}", match[4])
    if match := _SCP.fullmatch(spec):
        word = _HOSTS.get(match[1].lower())
        return _joined(word, match[2].strip("/"), match[3]) if word else None
    if not _SCHEME.match(spec) or "://" not in spec:
        return None
    try:
        parts = urlsplit(spec.removeprefix("git+"))
        word = _HOSTS.get((parts.hostname or "").removeprefix("www.").lower()) if parts.port is None else None
    except ValueError:
        return None
    path = parts.path.strip("/").removesuffix(".git")
    if word is None or path.count("/") > 1 or ("/" not in path and word != "gist") or parts.query:
        return None
    return _joined(word, path.rpartition("/")[2] if word == "gist" else path, parts.fragment)


def _joined(host: str, path: str, commit: str | None) -> str:
    return f"{host}:{path}" + (f"#{commit}" if commit else "")
