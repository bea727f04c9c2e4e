"""What has to be replaced at one place of a lockfile so that it pins other bytes, from another host."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from proxy.npm.asks import tarball_path
from proxy.npm.integrity import digests_of
from proxy.npm.lockfile.flags import Edit, flag_edit
from proxy.npm.lockfile.locked import Locked
from proxy.npm.lockfile.pins import Pin
from proxy.npm.lockfile.placed import Span
from quarantine.digests import Digests

_UNCLEAR = "cannot be told apart from the rest of the entry; write the lockfile anew with its client"
_NEITHER = "it pins neither the upstream's bytes nor any that are served in their place: find out why before you lock it anew"


class Left(Exception):
    """Why an entry is left as it is."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """One tarball that a version is, or was, served with."""

    digests: Digests
    scripts: bool
    """Whether documents say of it that it has install scripts."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a server knows of a version."""

    upstream: Bytes
    served: Bytes
    """What it serves now; the upstream's where it serves that."""
    rewritten: Bytes | None = None
    """What is on record as served in place of the upstream's, whether it is now or not."""

    @property
    def all(self) -> tuple[Bytes, ...]:
        """Every tarball that a lockfile may rightly pin."""
        return tuple(each for each in (self.upstream, self.served, self.rewritten) if each is not None)


def digest_edits(pin: Pin, known: Known, target: Bytes) -> list[Edit]:
    """In `integrity`, word by word, and in the sha1 behind the address. Raises Left."""
    entry = pin.entry
    if entry.digests is None or entry.digests.agrees(target.digests):
        return []
    if not any(entry.digests.agrees(each.digests) for each in known.all):
        raise Left(_NEITHER)
    edits: list[Edit] = []
    words = pin.integrity.value if pin.integrity is not None else None
    if pin.integrity is not None:
        edits.append((pin.integrity.span, " ".join(_word(word, target.digests) for word in pin.integrity.value.split(" "))))
    address, hash, fragment = (entry.resolved or "").partition("#")
    sha1 = fragment if hash and len(fragment) == 40 and pin.address is not None else None
    if sha1 is not None and pin.address is not None:
        start = pin.address.span.start + len(address) + 1
        edits.append((Span(start, start + 40), base64.b64decode(_of("sha1", target.digests)).hex()))
    if digests_of(words, sha1) != entry.digests:
        raise Left(f"its digest {_UNCLEAR}")
    return edits


def script_edits(text: str, pin: Pin, known: Known, target: Bytes) -> list[Edit]:
    """In npm's `hasInstallScript`, where rewriting changed what there is to say."""
    if pin.place is None or len({each.scripts for each in known.all}) == 1:
        return []
    digests = pin.entry.digests
    if (
        target.scripts
        and digests
        and digests.agrees(target.digests)
        and any(not digests.agrees(each.digests) for each in known.all)
    ):
        # It pins the very bytes that have scripts, and does not let them run: that is somebody's choice.
        return []
    edit = flag_edit(text, pin.place, target.scripts)
    return [edit] if edit is not None else []


def address_edits(pin: Pin, host: str | None) -> list[Edit]:
    """In the address. Raises Left."""
    entry, moved = pin.entry, moved_address(pin.entry, host)
    if moved == entry.resolved or moved is None or entry.resolved is None:
        return []
    if pin.address is None:
        raise Left(f"its address {_UNCLEAR}")
    span, new = pin.address.span, moved.partition("#")[0]
    if pin.encoded:
        return [(span, quote(new, safe=""))]
    return [(Span(span.start, span.start + len(entry.resolved.partition("#")[0])), new)]


def moved_address(entry: Locked, host: str | None) -> str | None:
    """The entry's address below another base; file names of yarn's offline mirror are no addresses."""
    if host is None or entry.resolved is None or not urlsplit(entry.resolved).netloc:
        return entry.resolved
    _, hash, fragment = entry.resolved.partition("#")
    return f"{host.rstrip('/')}{tarball_path(entry.name, entry.version)}{hash}{fragment}"


def _word(word: str, target: Digests) -> str:
    """One hash of an integrity, replaced by the target's of the same kind; its options stay."""
    digest, mark, options = word.partition("?")
    if digests_of(digest, None) is None:
        return word
    algorithm = digest.partition("-")[0]
    return f"{algorithm}-{_of(algorithm, target)}{mark}{options}"


def _of(algorithm: str, target: Digests) -> str:
    if algorithm not in target:
        raise Left(f"it is pinned by {algorithm}, which is not known of the bytes that it would be locked to; lock it anew")
    return target[algorithm]
