"""How people's decisions change what the rules found.

A block wins over everything except a newer release that names the version and its bytes. A release lifts what was seen when it
was given; it binds the bytes, and says nothing about findings of other rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.verdict import Effect, Finding, Verdict

BLOCKED = "blocked"
HELD = "held-by-hand"
OTHER_BYTES = "released-other-bytes"


def weigh(found: Verdict, decisions: Sequence[Decision], digests: Digests | None) -> Verdict:
    """The verdict after the decisions that apply to the version (any order), given the digests it is listed with now."""
    if not decisions:
        return found
    releases = sorted((each for each in decisions if each.action is Action.RELEASE), key=lambda each: -each.number)
    bound = [each for each in releases if _of_these(each, digests)]
    newest = bound[0].number if bound else 0
    by_hand = [_finding(each) for each in decisions if each.action is not Action.RELEASE and each.number > newest]
    findings = [_after(each, bound) for each in found.findings]
    if releases and not bound:
        # It lifts nothing here. Bytes that changed under a version are for the rule of integrity to shut out; a lockfile that
        # pins something else must not be able to do that.
        findings.append(Finding(OTHER_BYTES, "a release was given for other bytes than these", Effect.NOTE))
    return Verdict((*by_hand, *findings))


def _of_these(release: Decision, digests: Digests | None) -> bool:
    return release.digests is not None and digests is not None and release.digests.agrees(digests)


def _after(finding: Finding, releases: Sequence[Decision]) -> Finding:
    """Lifted by the newest release that names its rule; a later release, of other rules, takes nothing back."""
    release = next((each for each in releases if finding.rule in each.lifts), None)
    return finding if release is None or not finding.withholds else _lifted(finding, release)


def _finding(decision: Decision) -> Finding:
    if decision.action is Action.BLOCK:
        return Finding(BLOCKED, f"blocked: {decision.reason}", Effect.BLOCK, decision.expires)
    return Finding(HELD, f"held by hand: {decision.reason}", Effect.HOLD, decision.expires)


def _lifted(finding: Finding, release: Decision) -> Finding:
    """Still shown, but it withholds no longer."""
    reason = f"{finding.reason} (released: {release.reason})"
    return replace(finding, reason=reason, effect=Effect.NOTE, needs_look=False, lifted_by=release.number)
