"""Deciding through the API, and what the reference makes of it: taken or refused, and what a release lifts."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from tests.model.asking import Asker
from tests.model.ranges import MEANING
from tests.model.reference import Refused, View
from tests.model.stands import BY_HAND, Decided, in_force, stamp

SPANS = {"1h": timedelta(hours=1), "3d": timedelta(days=3), "30d": timedelta(days=30)}
PINNED = frozenset({"age", "new-package"})


def decide(asker: Asker, action: str, name: str, versions: str, audience: str | None, expires: str | None) -> None:
    """Release, block or hold."""
    reference = asker.reference
    body = {"action": action, "subject": f"{name}@{versions}", "reason": "a test", "audience": audience, "expires": expires}
    answer = asker.system.decide("POST", "decisions", body)
    view: View | Refused | None = None
    if action == "release":
        view = reference.view(name, audience)
        expected = _release(view, versions)
    else:
        ends = asker.reference.now + SPANS[expires] if expires else None
        expected = _shut(asker, action, name, versions, audience, ends)
    assert answer.status == expected or (expected == 503 and answer.status in {502, 503}), (expected, answer)
    if answer.status != 201:
        return
    told = answer.json["decision"]
    now = reference.now
    decided = Decided(told["id"], action, name, versions, now, now + SPANS[expires] if expires else None, audience)
    if action == "release":
        assert isinstance(view, View)
        found = [each for seen in _seen_by(asker, name, audience) for each in seen.stands[versions].found]
        decided.digests = view.facts.versions[versions].digests
        decided.lifts = frozenset(each.rule for each in found if each.effect != "note" or each.lifted) - BY_HAND
        assert told["lifts"] == sorted(decided.lifts)
    assert told["expires"] == stamp(decided.expires)
    assert all(each.number < decided.number for each in reference.decisions)
    reference.decisions.append(decided)


def _seen_by(asker: Asker, name: str, audience: str | None) -> list[View]:
    """The views that a decision is about: that of its audience, or all of them."""
    those = [audience] if audience is not None else list(asker.reference.terms)
    return [view for each in those if (view := asker.reference.known_view(name, each)) is not None]


def _release(view: View | Refused, version: str) -> int:
    if version in MEANING:
        return 400
    if isinstance(view, Refused):
        return 400 if view.status == 404 else 503
    if version not in view.stands:
        return 400
    stand = view.stands[version]
    if not stand.withheld:
        return 409
    return 400 if any(each.effect == "block" and each.rule not in BY_HAND for each in stand.found) else 201


def _shut(asker: Asker, action: str, name: str, versions: str, audience: str | None, ends: datetime | None) -> int:
    """A block or hold is refused only where the same, or more, was said already to all that it is for."""
    reference = asker.reference
    for each in reference.of(name):
        same = (each.action, each.versions, each.audience) == (action, versions, audience)
        longer = each.expires is not None and (ends is None or ends > each.expires)
        if same and each.active(reference.now) and not longer and not _outranked(asker, each):
            return 409
    stands = [stand for view in _seen_by(asker, name, audience) if (stand := view.stands.get(versions)) is not None]
    return 409 if action == "hold" and stands and all(stand.state == "blocked" for stand in stands) else 201


def _outranked(asker: Asker, decided: Decided) -> bool:
    return decided.versions not in MEANING and any(
        each.action == "release"
        and each.number > decided.number
        and each.versions == decided.versions
        and (decided.audience is None or each.audience in {None, decided.audience})
        and each.active(asker.reference.now)
        for each in asker.reference.of(decided.package)
    )


def withdraw(asker: Asker, which: int) -> None:
    """Take a decision back, or try to."""
    decisions = asker.reference.decisions
    if not decisions:
        assert asker.system.decide("DELETE", "decisions/1?reason=a+test").status == 404
        return
    decided = decisions[which % len(decisions)]
    now, frozen = asker.reference.now, asker.reference.frozen
    answer = asker.system.decide("DELETE", f"decisions/{decided.number}?reason=a+test")
    assert answer.status == (200 if in_force(decided, now, frozen) and not decided.withdrawn else 409), answer
    decided.withdrawn = decided.withdrawn or answer.status == 200


def freeze(asker: Asker, on: bool) -> None:
    """Stop all new admissions, or go on."""
    reference = asker.reference
    already = reference.frozen is not None
    answer = (
        asker.system.decide("POST", "freeze", {"reason": "a test"})
        if on
        else asker.system.decide("DELETE", "freeze?reason=a+test")
    )
    assert answer.status == ((201 if on else 200) if already is not on else 409), answer
    if already is not on:
        reference.frozen = reference.now if on else None


def adopt(asker: Asker, name: str, version: str, wrong: bool) -> None:
    """Admit what a lockfile pins: bytes that may be those of the upstream, or others."""
    reference = asker.reference
    entry = (asker.system.upstream.document(name) or {"versions": {}})["versions"].get(version, {})
    integrity = None if wrong else entry.get("dist", {}).get("integrity")
    integrity = integrity or "sha512-" + "B" * 85 + "A=="
    body = {"entries": [{"name": name, "version": version, "integrity": integrity}], "reason": "a test"}
    answer = asker.system.decide("POST", "adoptions", body)
    digests = {"sha512": integrity.removeprefix("sha512-")}
    known = any(
        each.action == "release" and each.versions == version and each.digests == digests and each.active(reference.now)
        for each in reference.of(name)
    )
    refused = reference.shut(name, version)
    told = answer.json
    assert (told["adopted"], told["known"], len(told["refused"])) == (not refused and not known, known and not refused, refused)
    if told["adopted"]:
        rows = asker.system.decide("GET", f"decisions?package={quote(name, safe='@')}").json["decisions"]
        number = rows[0]["id"]
        reference.decisions.append(Decided(number, "release", name, version, reference.now, None, None, digests, PINNED))
