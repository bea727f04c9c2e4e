"""The machine: an upstream that changes, people who decide, time that passes, and questions in between."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes.clock import FakeClock
from tests.model import deciding, explaining
from tests.model.asking import MANNERS, Asker, Caller
from tests.model.choices import (
    AUDIENCES,
    HOLDS,
    MINUTE,
    NAMES,
    START,
    ages,
    audiences,
    conditions,
    names,
    sections,
    spans,
    spellings,
    tags,
    troubles,
    unheard,
    versions,
)
from tests.model.ranges import MEANING, VERSIONS
from tests.model.reference import Reference
from tests.model.stands import DAY, Terms
from tests.model.system import InProcess, System


class Machine(RuleBasedStateMachine):
    """Every answer equals the reference; `drive` says what is driven."""

    drive: Callable[..., System] = InProcess

    @initialize(
        enforce=st.sampled_from([True, True, True, False]),
        baseline=st.sampled_from([None, None, START - 5 * DAY]),
        apart=st.sampled_from([True, True, False]),
        undated=st.sampled_from([None, "lib", "@s/p"]),
        seed=st.integers(0, 1000),
        first=st.lists(st.tuples(names, versions, ages, troubles, tags | st.none()), max_size=8, unique_by=lambda each: each[:2]),
    )
    def begin(
        self,
        enforce: bool,
        baseline: datetime | None,
        apart: bool,
        undated: str | None,
        seed: int,
        first: list[tuple[str, str, timedelta, str, str | None]],
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="model-"))
        there = list(HOLDS) if apart else [None]
        self.system = type(self).drive(
            self.folder, FakeClock(START), sections(enforce, baseline, there), chance=random.Random(seed)
        )
        self.system.start()
        terms = {name: Terms(HOLDS[name][0] * DAY, HOLDS[name][1] * DAY, enforce, baseline) for name in there}
        self.upstream = self.system.upstream
        self.upstream.undated = {undated} if undated is not None else set()
        self.asker = Asker(self.system, Reference(self.upstream, terms))
        self.turn = 0
        self.callers = [Caller(), self._issued(None), self._issued("research"), self._issued("careful")]
        for name, version, age, trouble, tag in first or [("lib", "1.0.0", 400 * DAY, "", "latest")]:
            self.upstream.publish(name, version, age, trouble, tag)

    def teardown(self) -> None:
        if not hasattr(self, "system"):
            return
        try:
            if hasattr(self, "asker"):
                self.log_is_whole()
        finally:
            self.system.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    @invariant()
    def every_third_step(self) -> None:
        """All routes about one package; not after every step, so that much may happen between two looks."""
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps % 3 == 0 and hasattr(self, "asker"):
            turn = self.steps // 3
            self.everything(turn % 4, NAMES[turn // 2 % 2], turn % 5)

    @contextmanager
    def watched(self, name: str, version: str = "1.0.0", who: int = 0) -> Iterator[None]:
        """What was asked for just before something happens is asked for again just after it: by several, with conditions."""
        version = version if version in VERSIONS else VERSIONS[self.turn % len(VERSIONS)]
        self.turn += 1
        callers = dict.fromkeys([who, self.turn % 4])
        for caller in callers:
            self.asker.packument(self.callers[caller], name, 0, self.turn % 2 == 0, None)
            self.asker.tarball(self.callers[caller], name, version, "GET", None)
        yield
        for caller in callers:
            self.asker.tarball(self.callers[caller], name, version, "GET", -1)
            self.asker.packument(self.callers[caller], name, 0, self.turn % 2 == 0, -1 if caller == who else None)
            self.asker.tarball(self.callers[caller], name, version, "GET", None)

    def _audience(self, name: str | None) -> str | None:
        return name if name in self.asker.reference.terms else None

    # --- the upstream

    @rule(name=names, version=versions, age=ages, trouble=troubles, tag=tags | st.none())
    def publish(self, name: str, version: str, age: timedelta, trouble: str, tag: str | None) -> None:
        if version not in self.upstream.listed(name):
            self.upstream.publish(name, version, age, trouble, tag)

    @rule(
        name=names,
        which=st.integers(0, 6),
        how=st.sampled_from(["publish again", "exchange", "mend", "deprecate", "unpublish", "miss"]),
    )
    def change(self, name: str, which: int, how: str) -> None:
        listed = self.upstream.listed(name)
        if not listed:
            return
        version = listed[which % len(listed)]
        match how:
            case "publish again":
                self.upstream.publish_again(name, version)
            case "exchange":
                self.upstream.exchange(name, version)
            case "mend":
                self.upstream.mend(name, version)
            case "deprecate":
                self.upstream.deprecate(name, version)
            case "unpublish":
                self.upstream.unpublish(name, version)
            case _:
                with self.watched(name, version):
                    self.upstream.unpublish(name, version)
                    self.system.advance(6 * MINUTE)

    @rule(name=names)
    def vanish(self, name: str) -> None:
        if self.upstream.document(name) is not None:
            self.upstream.vanish(name)

    @rule(name=names)
    def put_back(self, name: str) -> None:
        self.upstream.put_back(name)

    @rule(name=names, tag=tags, which=st.none() | st.integers(0, 6))
    def move_tag(self, name: str, tag: str, which: int | None) -> None:
        listed = self.upstream.listed(name)
        if listed:
            self.upstream.tag(name, tag, listed[which % len(listed)] if which is not None else None)

    @rule(name=names, tag=st.sampled_from(["next", "beta"]), which=st.integers(0, 6))
    def waver(self, name: str, tag: str, which: int) -> None:
        """A tag of what is withheld that moves and comes back: the same document as before, with another history."""
        view, listed = self.asker.reference.known_view(name, None), self.upstream.listed(name)
        hidden = [version for version in view.hidden if version in listed] if view is not None else []
        served = [version for version in view.served if version in listed] if view is not None else []
        if not hidden or not served:
            return
        self.upstream.undated.add(name)
        for target in (hidden[which % len(hidden)], served[which % len(served)], hidden[which % len(hidden)]):
            self.upstream.tag(name, tag, target)
            self.system.advance(6 * MINUTE)
            self.asker.packument(self.callers[0], name, 0, False, None)

    @rule(down=st.booleans())
    def fail(self, down: bool) -> None:
        self.upstream.down = down

    # --- time, and the proxy itself

    @rule(span=spans, name=names, version=versions, who=st.integers(0, 3))
    def pass_by(self, span: timedelta, name: str, version: str, who: int) -> None:
        with self.watched(name, version, who):
            self.system.advance(span)

    @rule(span=spans)
    def pass_again(self, span: timedelta) -> None:
        self.system.advance(span)

    @rule()
    def restart(self) -> None:
        self.system.stop()
        self.system.start()

    @rule(name=names)
    def refresh(self, name: str) -> None:
        with self.watched(name):
            self.system.refresh()

    @rule()
    def log_is_whole(self) -> None:
        assert self.system.decide("GET", "log/verify").json["sound"] is True

    # --- people

    @rule(action=st.sampled_from(["release", "release", "block", "hold"]), name=names, version=unheard, audience=audiences,
          expires=st.sampled_from([None, None, "1h", "3d", "30d"]), lapses=st.booleans(),
          aim=st.none() | st.integers(0, 6))  # fmt: skip
    def decide(
        self, action: str, name: str, version: str, audience: str | None, expires: str | None, lapses: bool, aim: int | None
    ) -> None:
        """About any version, or one that the decision will change something about."""
        audience = self._audience(audience)
        view = self.asker.reference.known_view(name, audience)
        if aim is not None and view is not None and (those := view.hidden if action == "release" else view.served):
            version = those[aim % len(those)]
        with self.watched(name, version, AUDIENCES.index(audience)):
            deciding.decide(self.asker, action, name, version, audience, expires)
        if expires is not None and lapses:
            with self.watched(name, version, AUDIENCES.index(audience)):
                self.system.advance(deciding.SPANS[expires])

    @rule(action=st.sampled_from(["release", "block", "block", "hold"]), name=names, bounds=st.sampled_from(list(MEANING)),
          audience=audiences, expires=st.sampled_from([None, "1h", "3d"]))  # fmt: skip
    def decide_range(self, action: str, name: str, bounds: str, audience: str | None, expires: str | None) -> None:
        audience = self._audience(audience)
        with self.watched(name, who=AUDIENCES.index(audience)):
            deciding.decide(self.asker, action, name, bounds, audience, expires)

    @rule(which=st.integers(0, 20))
    def withdraw(self, which: int) -> None:
        decisions = self.asker.reference.decisions
        decided = decisions[which % len(decisions)] if decisions else None
        name, version, audience = (decided.package, decided.versions, decided.audience) if decided else ("lib", "*", None)
        with self.watched(name, version, AUDIENCES.index(audience)):
            deciding.withdraw(self.asker, which)

    @rule(on=st.booleans(), name=names, thaws=st.none() | spans)
    def freeze(self, on: bool, name: str, thaws: timedelta | None) -> None:
        with self.watched(name):
            deciding.freeze(self.asker, on)
        if on and thaws is not None:
            self.system.advance(thaws)
            with self.watched(name):
                deciding.freeze(self.asker, on=False)

    @rule(name=names, version=versions, wrong=st.sampled_from([False, False, True]))
    def adopt(self, name: str, version: str, wrong: bool) -> None:
        with self.watched(name, version):
            deciding.adopt(self.asker, name, version, wrong)

    @rule(which=st.integers(1, 3), name=names, expires=st.sampled_from(["1h", "3d", "30d"]), ends=st.booleans())
    def credit(self, which: int, name: str, expires: str, ends: bool) -> None:
        """Another token, which is used until it expires, or for as long as nobody revokes it."""
        self.callers[which] = self._issued(AUDIENCES[which], expires if ends else None)
        if ends:
            self.system.advance(deciding.SPANS[expires] - MINUTE)
            with self.watched(name, who=which):
                self.system.advance(MINUTE)

    @rule(which=st.integers(1, 3), name=names)
    def revoke(self, which: int, name: str) -> None:
        caller = self.callers[which]
        if caller.live:
            with self.watched(name, who=which):
                assert self.system.decide("DELETE", f"tokens/{caller.id}?reason=a+test").status == 200
                caller.revoked = True

    def _issued(self, audience: str | None, expires: str | None = None) -> Caller:
        audience, clock = self._audience(audience), self.upstream.clock
        body = {"label": "a test", "roles": ["reader"], "audience": audience, "expires": expires}
        answer = self.system.decide("POST", "tokens", body)
        assert answer.status == 201, answer
        until = clock.now() + deciding.SPANS[expires] if expires is not None else None
        return Caller(audience, answer.json["secret"], answer.json["token"]["id"], until, clock=clock)

    # --- questions

    @rule(who=st.integers(0, 3), name=names, spelling=spellings, short=st.booleans(), condition=conditions,
          manner=st.sampled_from(list(MANNERS)))  # fmt: skip
    def packument(self, who: int, name: str, spelling: int, short: bool, condition: int | None, manner: str) -> None:
        self.asker.packument(self.callers[who], name, spelling, short, condition, manner)

    @rule(who=st.integers(0, 3), name=names, spelling=spellings, selector=unheard | tags, condition=conditions)
    def manifest(self, who: int, name: str, spelling: int, selector: str, condition: int | None) -> None:
        self.asker.manifest(self.callers[who], name, spelling, selector, condition)

    @rule(who=st.integers(0, 3), name=names, version=unheard, how=st.sampled_from(["GET", "HEAD", "range"]), condition=conditions)
    def tarball(self, who: int, name: str, version: str, how: str, condition: int | None) -> None:
        self.asker.tarball(self.callers[who], name, version, how, condition)

    @rule(who=st.integers(0, 3), name=names, spelling=spellings, version=unheard)
    def beside(self, who: int, name: str, spelling: int, version: str) -> None:
        self.asker.dist_tags(self.callers[who], name, spelling)
        self.asker.attestations(self.callers[who], name, spelling, version)

    @rule(who=st.integers(0, 3))
    def search(self, who: int) -> None:
        self.asker.search(self.callers[who])

    @rule(who=st.integers(0, 3), tree=st.dictionaries(names, st.lists(unheard, min_size=1, max_size=2, unique=True), min_size=1))
    def audit(self, who: int, tree: dict[str, list[str]]) -> None:
        self.asker.audit(self.callers[who], tree)

    @rule(who=st.integers(0, 3), name=names, version=unheard, words=st.booleans())
    def show(self, who: int, name: str, version: str, words: bool) -> None:
        explaining.show(self.asker, self.callers[who], name, version, words)

    @rule(who=st.integers(0, 3), name=names | st.none())
    def held(self, who: int, name: str | None) -> None:
        explaining.held(self.asker, self.callers[who], name)

    @rule(who=st.integers(0, 3), name=names, condition=conditions)
    def everything(self, who: int, name: str, condition: int | None) -> None:
        """One package on every route at one instant."""
        caller = self.callers[who]
        self.asker.packument(caller, name, 1, False, condition)
        for manner in MANNERS:
            self.asker.packument(caller, name, 0, True, condition, manner)
        for version in VERSIONS:
            self.asker.manifest(caller, name, 0, version, condition)
            self.asker.tarball(caller, name, version, "HEAD", None)
            self.asker.tarball(caller, name, version, "GET", condition)
        for tag in ("latest", "next", "beta"):
            self.asker.manifest(caller, name, 2, tag, None)
        self.asker.dist_tags(caller, name, 1)
        explaining.held(self.asker, caller, name)
