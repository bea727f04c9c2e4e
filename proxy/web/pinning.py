"""Lockfiles that pin other bytes of a version than are served: npm says so with each tarball, and is told what to do at once.

Without that it takes the tarball three times, for more than a minute, and ends with EINTEGRITY. No other client says it.
"""

from __future__ import annotations

from proxy.npm.integrity import digests_of
from proxy.registry.errors import PinnedElsewhere
from proxy.registry.interface import Manifest
from proxy.registry.quarantined import Shown
from proxy.registry.scripts import rewrite_of
from quarantine.digests import Digests
from quarantine.verdict import Effect, Finding, Verdict

PINNED = "pacote-integrity"
"""The header: what the lockfile has, else what the document said."""

RULE = "integrity-pinned"

RELOCK = "run `pratique relock package-lock.json`"


def check_pinned(shown: Shown, version: str, header: str | None) -> None:
    """Raise PinnedElsewhere where the lockfile pins the upstream's bytes and rewritten ones are served, or the reverse."""
    other = _other_bytes(shown, version)
    if header is None or other is None:
        return
    words = {word.partition("?")[0] for word in header.split()}
    if words & _words(shown.manifest(version).digests) or not words & _words(other):
        return
    if shown.rewritten(version) is not None:
        reason = f"your lockfile pins the upstream's bytes, and here they are served without install scripts: {RELOCK}"
    else:
        reason = f"your lockfile pins it without its install scripts, and here it is served as the upstream has it: {RELOCK}"
    raise PinnedElsewhere(shown.name, version, Verdict((Finding(RULE, reason, Effect.BLOCK),)))


def has_other_bytes(shown: Shown, version: str) -> bool:
    """Whether some lockfile may pin other bytes than are served now."""
    return _other_bytes(shown, version) is not None


def _other_bytes(shown: Shown, version: str) -> Digests | None:
    """The digests of what is not served now, but was or is elsewhere."""
    if shown.rewritten(version) is not None:
        return Manifest.of(shown.packument, version).digests
    rewrite = rewrite_of(shown.packument, version)
    return digests_of(rewrite.integrity, rewrite.shasum) if rewrite is not None and not rewrite.untouched else None


def _words(digests: Digests) -> set[str]:
    return set(str(digests).split())
