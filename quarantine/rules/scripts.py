"""Install scripts: what the operator wants done about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quarantine.candidate import NOTHING, Candidate
from quarantine.examination import Contents
from quarantine.ranges import Subject, satisfies
from quarantine.rules.words import listed
from quarantine.verdict import Effect, Finding

NAME = "install-scripts"


class Mode(StrEnum):
    """What is done about install scripts."""

    ALLOW = "allow"
    FLAG = "flag"
    STRIP = "strip"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class InstallScripts:
    """Tell of install scripts, or keep versions that have some from being served, untouched or at all."""

    mode: Mode
    trusted: tuple[Subject, ...] = ()

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """What the document says counts as much as what the tarball holds: some client runs either."""
        mode = mode_for(candidate.id.name, candidate.id.version, self.mode, self.trusted)
        contents = candidate.examination.contents if candidate.examination else None
        found = contents.scripts if contents else ()
        what = f"it runs {listed([each.words for each in found])} when installed" if found else "it has install scripts"
        if (
            mode is Mode.STRIP
            and candidate.rewrite is None
            and is_rewritten_first(candidate.scripted, candidate.bundling, contents)
        ):
            if not (found or candidate.scripted):
                what = "it brings packages along, of whose install scripts nothing is known yet"
            return Finding(NAME, f"{what}, and has yet to be rewritten without", Effect.HOLD, pending=True)
        if mode is Mode.ALLOW or not (found or candidate.scripted):
            return None
        if mode is Mode.FLAG:
            return Finding(NAME, what, Effect.NOTE)
        if mode is Mode.DENY:
            return Finding(NAME, f"{what}, and a person has to agree to that", Effect.REVIEW)
        if candidate.rewrite is not None:
            return Finding(NAME, f"served without {listed(candidate.rewrite.removed) or 'install scripts'}", Effect.NOTE)
        reason = f"{what}, of which its document says nothing; it was listed as it is, so it cannot be rewritten any more"
        return Finding(NAME, reason, Effect.REVIEW)


def is_rewritten_first(scripted: bool, bundling: bool, contents: Contents | None) -> bool:
    """Whether a version that is to be served without install scripts is rewritten before it is listed at all.

    So it is where its document tells of scripts, or of packages inside of the tarball, of whose scripts it cannot speak.
    """
    return scripted or (bundling and (contents is None or bool(contents.scripts)))


def mode_for(name: str, version: str, mode: Mode, trusted: tuple[Subject, ...]) -> Mode:
    """The mode for one version: scripts of what is trusted are allowed."""
    return Mode.ALLOW if any(each.name == name and _is_trusted(version, each) for each in trusted) else mode


def _is_trusted(version: str, trusted: Subject) -> bool:
    return version == trusted.versions if trusted.exact else trusted.versions == "*" or satisfies(version, trusted.versions)
