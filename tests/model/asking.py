"""Asking on npm's routes, and comparing each answer with the reference."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.fakes.clock import FakeClock
from tests.model.reference import Reference, Refused, View, keeps
from tests.model.stands import Stand, stamp
from tests.model.system import Answer, System

SHORT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
MANNERS: dict[str, dict[str, str]] = {"usual": {}, "ci": {"npm-command": "ci"}, "plain": {"Accept-Encoding": "identity"}}
"""How npm asks, how `npm ci` does, and others that take nothing packed."""

BULK = "/-/npm/v1/security/advisories/bulk"


@dataclass
class Caller:
    """Somebody with a token, or without one."""

    audience: str | None = None
    token: str | None = None
    id: str | None = None
    until: datetime | None = None
    revoked: bool = False
    clock: FakeClock | None = None

    @property
    def live(self) -> bool:
        """Whether the token counts."""
        return not self.revoked and (self.until is None or self.clock is None or self.clock.now() < self.until)


@dataclass
class Asker:
    """Asks, and never believes an answer."""

    system: System
    reference: Reference
    kept: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    """By path the ETags that were given out, to whomever, with what they stand for."""

    # --- npm's routes

    def packument(
        self, caller: Caller, name: str, spelling: int, short: bool, condition: int | None, manner: str = "usual"
    ) -> None:
        """`GET /<name>`, full or abbreviated."""
        headers = {"Accept": SHORT if short else "application/json", **MANNERS[manner]}
        answer = self._get(caller, f"/{spelled(name, spelling)}", headers, condition)
        view = self._seen(caller, name, answer, whole=True)
        if view is None:
            return
        if manner != "ci" or not view.hidden:
            assert "npm-notice" not in answer.headers
        document = answer.json
        served = list(view.served)
        assert document["name"] == name
        assert list(document["versions"]) == served
        assert document["dist-tags"] == dict(view.tags)
        assert set(document["dist-tags"].values()) <= set(served)
        assert "latest" in document["dist-tags"]
        assert set(document["time"]) - {"created", "modified"} == set(served)
        for version in served:
            self._is_manifest(view, version, document["versions"][version], short=short)
            facts = view.facts.versions[version]
            if facts.published is None or facts.published.tzinfo is None:
                continue
            assert document["time"][version] == facts.told

    def manifest(self, caller: Caller, name: str, spelling: int, selector: str, condition: int | None) -> None:
        """`GET /<name>/<version-or-tag>`."""
        answer = self._get(caller, f"/{spelled(name, spelling)}/{selector}", {}, condition)
        view = self._seen(caller, name, answer, selector)
        if view is not None:
            version = view.version(selector)
            assert version is not None
            self._is_manifest(view, version, answer.json, short=False)

    def tarball(self, caller: Caller, name: str, version: str, how: str, condition: int | None) -> None:
        """`GET /<name>/-/<file>`, whole or a part of it, or only its headers."""
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        if how == "HEAD":
            answer = self._ask(caller, "HEAD", path, {})
        else:
            answer = self._get(caller, path, {"Range": "bytes=0-9"} if how == "range" else {}, condition)
        view = self._seen(caller, name, answer, version, bytes_of=version if how != "HEAD" else None)
        if view is None:
            return
        digests = view.facts.versions[version].digests
        if how == "range" and answer.status == 206:
            part, answer = answer.body, self._ask(caller, "GET", path, {})
            assert part == answer.body[:10]
        if how == "HEAD":
            stored = self.reference.is_stored(digests)
            assert not stored or int(answer.headers["Content-Length"]) > 0
        else:
            assert keeps(answer.body, digests)

    def dist_tags(self, caller: Caller, name: str, spelling: int) -> None:
        """`GET /-/package/<name>/dist-tags`."""
        answer = self._ask(caller, "GET", f"/-/package/{spelled(name, spelling)}/dist-tags", {})
        view = self._seen(caller, name, answer, whole=True)
        if view is not None:
            assert answer.json == dict(view.tags)

    def attestations(self, caller: Caller, name: str, spelling: int, version: str) -> None:
        """`GET /-/npm/v1/attestations/<name>@<version>`."""
        answer = self._ask(caller, "GET", f"/-/npm/v1/attestations/{spelled(name, spelling)}@{version}", {})
        if self.system.upstream.down and answer.status in {502, 503}:
            return
        view = self._seen(caller, name, answer, version)
        if view is not None:
            assert answer.json == {"attestations": [{"of": version}]}

    def search(self, caller: Caller) -> None:
        """`GET /-/v1/search`: hits that may be seen, at the version that `latest` is here."""
        answer = self._ask(caller, "GET", "/-/v1/search?text=", {})
        if not caller.live:
            return
        if self.system.upstream.down:
            assert answer.status in {404, 502, 503}
            return
        assert answer.status == 200
        expected = {}
        for name in self.system.upstream.hits():
            view = self.reference.view(name, caller.audience)
            if isinstance(view, View) and "latest" in view.tags:
                expected[name] = view.tags["latest"]
        assert {hit["package"]["name"]: hit["package"]["version"] for hit in answer.json["objects"]} == expected

    def audit(self, caller: Caller, tree: dict[str, list[str]]) -> None:
        """`POST security/advisories/bulk`: the one line about the whole tree."""
        answer = self._ask(caller, "POST", BULK, {}, json.dumps(tree).encode())
        if not caller.live:
            return
        assert answer.status == (404 if self.system.upstream.down else 200)
        notice = answer.headers.get("npm-notice", "")
        found = filter(self.reference.is_found, tree)
        views = {name: view for name in found if (view := self.reference.known_view(name, caller.audience)) is not None}
        pinned = [f"{name}@{version}" for name, view in views.items() for version in tree[name] if version in view.hidden]
        hidden = [f"{name}@{version}" for name, view in views.items() for version in view.hidden]
        if pinned:
            these = "this installed version" if len(pinned) == 1 else f"these {len(pinned)} installed versions"
            assert notice.startswith(f"pratique withholds {these}: "), (notice, pinned)
        else:
            assert not notice or any(each in notice for each in hidden), (notice, hidden)
            assert "installed version" not in notice
        for name, view in views.items():
            assert not any(f"{name}@{version} " in notice for version in view.served), notice

    # --- what every answer has in common

    def _get(self, caller: Caller, path: str, headers: dict[str, str], condition: int | None) -> Answer:
        """A GET, conditional where asked; the whole answer, be it that a 304 stood for it."""
        kept = self.kept.setdefault(f"{path} {headers.get('Accept')}", [])
        given = kept[condition % len(kept)] if condition is not None and kept else None
        if given is not None:
            asked = self._ask(caller, "GET", path, {**headers, "If-None-Match": given[0]})
            if asked.status == 304:
                whole = {key: value for key, value in headers.items() if key != "Range"}
                answer = self._ask(caller, "GET", path, whole)
                assert answer.status == 200, (path, answer)
                assert opaque(answer.headers["ETag"]) == opaque(given[0])
                assert answer.body == given[1]
                return answer
            assert opaque(asked.headers.get("ETag", "")) != opaque(given[0])
            answer = asked
        else:
            answer = self._ask(caller, "GET", path, headers)
        if answer.status == 200 and "ETag" in answer.headers:
            kept.append((answer.headers["ETag"], answer.body))
        return answer

    def _ask(self, caller: Caller, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
        answer = self.system.request(method, path, token=caller.token, headers=headers, body=body)
        if not caller.live:
            assert answer.status == 401, (path, answer)
        return answer

    def _seen(
        self,
        caller: Caller,
        name: str,
        answer: Answer,
        selector: str | None = None,
        *,
        whole: bool = False,
        bytes_of: str | None = None,
    ) -> View | None:
        """The view that the answer must show; None where it rightly refuses."""
        if not caller.live:
            return None
        view = self.reference.view(name, caller.audience)
        self.looked(name, view, selector)
        if isinstance(view, Refused):
            assert answer.status == view.status or (view.status == 503 and answer.status in {502, 503}), (view, answer)
            return None
        if whole:
            if view.served:
                assert answer.status == 200, answer
                return view
            assert answer.status == 403, answer
            self._tells(answer, name, None, view.until)
            return None
        assert selector is not None
        version = view.version(selector)
        if version is None:
            assert answer.status == 404, answer
            return None
        if version not in view.served:
            assert answer.status == 403, answer
            self._tells(answer, name, version, view.stands[version].until, view.stands[version])
            return None
        if bytes_of is not None and not self.reference.is_stored(view.facts.versions[version].digests):
            fetch = self.reference.last_fetch(name, version)
            assert fetch is not None
            assert fetch.at == self.reference.now
            assert fetch.status != 200
            assert answer.status == fetch.status, answer
            return None
        assert answer.status in {200, 206}, answer
        return view

    def looked(self, name: str, view: View | Refused, selector: str | None) -> None:
        """Whether the upstream was asked as it should have been."""
        assert self.reference.is_fresh(name)
        if isinstance(view, View):
            if any(each.waits_for_look for each in view.stands.values()):
                assert self.reference.has_looked_now(name)
            if selector is not None and view.version(selector) is None and selector not in view.facts.tags:
                assert self.reference.has_looked_now(name)

    def _tells(self, answer: Answer, name: str, version: str | None, until: datetime | None, stand: Stand | None = None) -> None:
        """A denial, in full."""
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["npm-notice"].startswith("pratique withholds ")
        subject = name if version is None else f"{name}@{version}"
        assert answer.reason == f"{subject} withheld" + (f" until {stamp(until)}" if until else "")
        if not answer.body:
            return
        told = answer.json
        assert (told["code"], told["package"], told["version"]) == ("withheld", name, version)
        assert told["until"] == stamp(until), told
        if stand is not None:
            assert sorted(shown(told["findings"]), key=str) == sorted((each.shown for each in stand.found), key=str)

    def _is_manifest(self, view: View, version: str, manifest: dict[str, Any], *, short: bool) -> None:
        facts = view.facts.versions[version]
        assert manifest["version"] == version
        assert manifest["dist"]["tarball"].startswith(self.system.url + "/")
        theirs = {key: value for key, value in facts.manifest["dist"].items() if key != "tarball"}
        assert {key: value for key, value in manifest["dist"].items() if key != "tarball"} == theirs
        assert manifest.get("deprecated") == facts.manifest.get("deprecated")
        if not short:
            assert manifest.keys() == facts.manifest.keys()


def shown(findings: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Findings as answers give them, without their words."""
    return [(each["rule"], each["effect"], each["until"]) for each in findings]


def spelled(name: str, spelling: int) -> str:
    """A name as clients write it into paths."""
    forms = [name, quote(name, safe="@"), quote(name, safe="").replace("%2F", "%2f")]
    return forms[spelling % len(forms)]


def opaque(etag: str) -> str:
    """Without the mark of weakness, which fronts add."""
    return etag.removeprefix("W/")
