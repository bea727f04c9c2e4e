"""The sentences that reach a developer: in a denial, and in the one line on the audit answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from proxy.npm.rendering import Restrictions
from proxy.registry.errors import PinnedElsewhere, Withheld
from proxy.registry.quarantined import Shown
from quarantine.package import PackageName, order, semver
from quarantine.verdict import Verdict, stamp

NAMED = 3
"""How many versions one line names before it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that somebody could be surprised not to get."""

    id: str
    until: datetime | None

    def __str__(self) -> str:
        return f"{self.id} (until {stamp(self.until)})" if self.until else self.id


def more_address(base: str, subject: str, audience: str | None) -> str:
    """The page that explains one version, or a package, as the audience sees it: a browser has no token to say so."""
    return f"{base}/-/pratique/why/{quote(subject, safe='@/+')}" + (f"?audience={audience}" if audience else "")


def denial_notice(error: Withheld, more: str, contact: str, instead: str | None) -> str:
    """What to do about a withheld version; npm prints it beneath the error."""
    if isinstance(error, PinnedElsewhere):
        return ascii_line(f"pratique: {error}. Why: {more}")
    parts = [f"pratique withholds {error.subject}."]
    if instead:
        parts.append(f"Newest version you can have: {error.name}@{instead}.")
    if contact:
        parts.append(f"To have it earlier, ask {contact}.")
    parts.append(f"Why: {more}")
    return ascii_line(" ".join(parts))


def packument_notice(shown: Shown, base: str) -> str | None:
    """For `npm ci` without addresses in its lockfile, which would fail on a missing version with a bare ETARGET."""
    waiting = [Waiting(f"{shown.name}@{version}", verdict.until) for version, verdict in waiting_of(shown).items()]
    if not waiting:
        return None
    return ascii_line(f"pratique withholds {_listed(waiting)}. Why: {more_address(base, waiting[0].id, shown.standing.audience)}")


def restrictions_of(shown: Shown, base: str, contact: str) -> Restrictions | None:
    """What npm says where only withheld versions would do (`npm install axios@1.21.1`)."""
    if not shown.hidden:
        return None
    waiting = waiting_of(shown)
    ordered = [*waiting, *sorted(shown.hidden.keys() - waiting.keys(), key=order, reverse=True)]
    named = [str(Waiting(f"{shown.name}@{version}", shown.hidden[version].until)) for version in ordered[: NAMED * 2]]
    rest = f" and {len(ordered) - len(named)} more" if len(ordered) > len(named) else ""
    lines = [f"pratique withholds {', '.join(named)}{rest}."]
    if (instead := shown.tags.get("latest")) is not None:
        lines.append(f"Newest version you can have: {shown.name}@{instead}.")
    if contact:
        lines.append(f"To have it earlier, ask {contact}.")
    lines.append(f"Why: {more_address(base, shown.name, shown.standing.audience)}")
    return Restrictions(ascii_line(" ".join(lines)), tuple(ordered))


def audit_notice(tree: Mapping[PackageName, Iterable[str]], views: Mapping[PackageName, Shown], base: str) -> str | None:
    """One line for a whole tree: installed versions that are withheld, else newer ones that wait."""
    pinned: list[Waiting] = []
    newer: list[Waiting] = []
    for name, installed in tree.items():
        shown = views.get(name)
        if shown is None:
            continue
        versions = [version for version in installed if isinstance(version, str)]
        pinned += [Waiting(f"{name}@{version}", shown.hidden[version].until) for version in versions if version in shown.hidden]
        if versions and (best := _newest_waiting(shown, versions)):
            newer.append(best)
    pinned, newer = _in_order(pinned), _in_order(newer)
    audience = next((shown.standing.audience for shown in views.values()), None)
    if pinned:
        these = "this installed version" if len(pinned) == 1 else f"these {len(pinned)} installed versions"
        return ascii_line(f"pratique withholds {these}: {_listed(pinned)}. Why: {more_address(base, pinned[0].id, audience)}")
    if newer:
        what = "a newer version waits" if len(newer) == 1 else f"newer versions of {len(newer)} packages wait"
        return ascii_line(f"pratique: {what} in quarantine: {_listed(newer)}. Why: {more_address(base, newer[0].id, audience)}")
    return None


def waiting_of(shown: Shown) -> dict[str, Verdict]:
    """The hidden versions that time, or work of ours, can still bring; newest first. Broken documents are no news."""
    versions = [version for version, verdict in shown.hidden.items() if verdict.until or verdict.pending]
    return {version: shown.hidden[version] for version in sorted(versions, key=order, reverse=True)}


def _newest_waiting(shown: Shown, installed: list[str]) -> Waiting | None:
    """The highest waiting version that would have been chosen instead of what is installed.

    That is one above it in the same line, or upstream's `latest` where somebody got our stand-in for it: newer majors that no
    range of the tree asks for are no news on every install.
    """
    highest = max(installed, key=order)
    parsed = semver(highest)
    latest = shown.packument.document.tags.get("latest") if shown.tags.get("latest") == highest else None
    for version, verdict in waiting_of(shown).items():
        candidate = semver(version)
        if candidate is None or parsed is None or order(version) <= order(highest):
            continue
        if version == latest or (candidate.line == parsed.line and candidate.major == parsed.major):
            return Waiting(f"{shown.name}@{version}", verdict.until)
    return None


def _listed(waiting: list[Waiting]) -> str:
    """The ones that come first, and how many more there are."""
    named = ", ".join(str(each) for each in waiting[:NAMED])
    return f"{named} and {len(waiting) - NAMED} more" if len(waiting) > NAMED else named


def _in_order(waiting: list[Waiting]) -> list[Waiting]:
    """Those that come first, first; those without a date last."""
    return sorted(waiting, key=lambda each: (each.until is None, each.until, each.id))


def ascii_line(text: str) -> str:
    """Fit for a header: printable ASCII, one line, bounded."""
    cleaned = "".join(each if each.isascii() and each.isprintable() else "?" for each in text)
    return cleaned if len(cleaned) <= 900 else f"{cleaned[:897]}..."
