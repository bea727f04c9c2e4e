"""Asking our own routes what is held and why, and comparing with the reference."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.model.asking import Asker, Caller, shown
from tests.model.reference import Refused, View
from tests.model.stands import stamp
from tests.model.system import V1


def show(asker: Asker, caller: Caller, name: str, version: str, words: bool) -> None:
    """`why` and `show`: the verdict of one version, with its reasons and facts."""
    own = f"/-/pratique/why/{name}@{version}" if words else f"{V1}/packages/{quote(name, safe='@')}/versions/{version}"
    answer = asker.system.request("GET", own, token=caller.token, headers={"Accept": "application/json"})
    if not caller.live:
        assert answer.status == 401
        return
    view = asker.reference.view(name, caller.audience)
    assert asker.reference.is_fresh(name)
    if isinstance(view, Refused):
        assert answer.status == view.status or (view.status == 503 and answer.status in {502, 503}), answer
        return
    if version not in view.stands:
        assert answer.status == 404, answer
        return
    assert answer.status == 200, answer
    told = answer.json
    _is_row(view, version, told)
    facts = view.facts.versions[version]
    assert told["audience"] == (caller.audience or "everyone")
    assert told["served_instead"] == view.tags.get("latest")
    assert told["facts"]["first_seen"] == stamp(facts.first_seen)
    assert told["facts"]["clock_start"] == stamp(facts.clock)
    assert told["facts"]["last_look"] == stamp(view.facts.last_look)


def held(asker: Asker, caller: Caller, name: str | None) -> None:
    """`held`: of one package, or of all. It asks nobody, so that it tells what is known."""
    query = f"?package={quote(name, safe='@')}" if name is not None else ""
    answer = asker.system.request("GET", f"{V1}/held{query}", token=caller.token)
    if not caller.live:
        assert answer.status == 401
        return
    assert answer.status == 200, answer
    rows = answer.json["held"]
    seen = {look.package for look in asker.system.upstream.looks}
    names = [name] if name is not None else [each for each in seen if asker.reference.is_found(each)]
    views = {each: view for each in names if (view := asker.reference.known_view(each, caller.audience)) is not None}
    for row in rows:
        _is_row(views[row["package"]], row["version"], row)
    told = {(row["package"], row["version"]) for row in rows}
    waiting = {(each, version) for each, view in views.items() for version, stand in view.stands.items() if stand.withheld}
    assert told == waiting, told ^ waiting
    assert len(rows) == len(told)


def _is_row(view: View, version: str, row: dict[str, Any]) -> None:
    stand = view.stands[version]
    verdict = "withheld" if version not in view.served else "observed" if stand.withheld else "admitted"
    assert (row["verdict"], row["state"]) == (verdict, stand.state), (row, stand)
    assert row["until"] == stamp(stand.until)
    assert sorted(shown(row["findings"]), key=str) == sorted((each.shown for each in stand.found), key=str)
