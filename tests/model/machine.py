"""The machine: an upstream that changes, people who decide, time that passes, and questions in between."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes.clock import FakeClock
from tests.model import deciding, explaining
from tests.model.asking import Asker, Caller
from tests.model.ranges import MEANING, VERSIONS
from tests.model.reference import Reference
from tests.model.stands import DAY, Terms
from tests.model.system import InProcess, System

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOLDS = {None: (7, 14), "research": (3, 7), "careful": (14, 30)}
"""By audience the days of `hold` and `new_package_hold`."""

names = st.sampled_from(["lib", "@s/p"])
versions = st.sampled_from(VERSIONS)
unheard = st.sampled_from([*VERSIONS, "9.9.9"])
audiences = st.sampled_from([None, None, "research", "careful"])
spellings = st.integers(0, 2)
tags = st.sampled_from(["latest", "next", "beta"])
ages = st.one_of(
    st.sampled_from([3, 7, 14, 30]).flatmap(
        lambda days: st.sampled_from([days * DAY - 9 * MINUTE, days * DAY, days * DAY + MINUTE])
    ),
    st.sampled_from([400 * DAY, 400 * DAY, 60 * DAY, DAY, timedelta(0), -3 * MINUTE, -2 * DAY]),
)
troubles = st.sampled_from(["", "", "", "", "no time", "naive time", "sha1 only", "no digest", "other name"])
spans = st.sampled_from(
    [MINUTE, 2 * MINUTE, 4 * MINUTE, 6 * MINUTE, 20 * MINUTE, timedelta(hours=2), DAY]
    + [days * DAY - MINUTE for days in (3, 7, 14)]
    + [days * DAY for days in (3, 7, 14, 31)]
)
conditions = st.none() | st.integers(0, 5)


class Machine(RuleBasedStateMachine):
    """Every answer equals the reference; `drive` says what is driven."""

    drive: Callable[..., System] = InProcess

    @initialize(
        enforce=st.sampled_from([True, True, True, False]),
        baseline=st.sampled_from([None, None, START - 5 * DAY]),
        first=st.lists(st.tuples(names, versions, ages, troubles, tags | st.none()), max_size=8, unique_by=lambda each: each[:2]),
    )
    def begin(self, enforce: bool, baseline: datetime | None, first: list[tuple[str, str, timedelta, str, str | None]]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="model-"))
        quarantine = {"hold": "7d", "new_package_hold": "14d", "enforce": "enforce" if enforce else "observe"}
        if baseline is not None:
            quarantine["baseline"] = baseline.isoformat()
        sections = {
            "quarantine": quarantine,
            "audiences": [
                {"name": name, "quarantine": {"hold": f"{hold}d", "new_package_hold": f"{longer}d"}}
                for name, (hold, longer) in HOLDS.items()
                if name is not None
            ],
            "upstream": {"retries": 0},
            "access": {"admin_token_env": "MODEL_ADMIN"},
        }
        self.system = type(self).drive(self.folder, FakeClock(START), sections)
        self.system.start()
        terms = {name: Terms(hold * DAY, longer * DAY, enforce, baseline) for name, (hold, longer) in HOLDS.items()}
        self.upstream = self.system.upstream
        self.asker = Asker(self.system, Reference(self.upstream, terms))
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
            self.everything(turn % 4, ("lib", "@s/p")[turn // 4 % 2], turn % 5)

    # --- the upstream

    @rule(name=names, version=versions, age=ages, trouble=troubles, tag=tags | st.none())
    def publish(self, name: str, version: str, age: timedelta, trouble: str, tag: str | None) -> None:
        if version not in self.upstream.listed(name):
            self.upstream.publish(name, version, age, trouble, tag)

    @rule(
        name=names, which=st.integers(0, 6), how=st.sampled_from(["publish again", "exchange", "mend", "deprecate", "unpublish"])
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
            case _:
                self.upstream.unpublish(name, version)

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

    @rule(down=st.booleans())
    def fail(self, down: bool) -> None:
        self.upstream.down = down

    # --- time, and the proxy itself

    @rule(span=spans)
    def pass_by(self, span: timedelta) -> None:
        self.system.advance(span)

    @rule(span=spans)
    def pass_again(self, span: timedelta) -> None:
        self.system.advance(span)

    @rule()
    def restart(self) -> None:
        self.system.stop()
        self.system.start()

    @rule()
    def refresh(self) -> None:
        self.system.refresh()

    @rule()
    def log_is_whole(self) -> None:
        assert self.system.decide("GET", "log/verify").json["sound"] is True

    # --- people

    @rule(action=st.sampled_from(["release", "release", "block", "hold"]), name=names, version=unheard, audience=audiences,
          expires=st.sampled_from([None, None, "1h", "3d", "30d"]))  # fmt: skip
    def decide(self, action: str, name: str, version: str, audience: str | None, expires: str | None) -> None:
        deciding.decide(self.asker, action, name, version, audience, expires)

    @rule(action=st.sampled_from(["release", "block", "block", "hold"]), name=names, bounds=st.sampled_from(list(MEANING)),
          audience=audiences, expires=st.sampled_from([None, "1h", "3d"]))  # fmt: skip
    def decide_range(self, action: str, name: str, bounds: str, audience: str | None, expires: str | None) -> None:
        deciding.decide(self.asker, action, name, bounds, audience, expires)

    @rule(which=st.integers(0, 20))
    def withdraw(self, which: int) -> None:
        deciding.withdraw(self.asker, which)

    @rule(on=st.booleans())
    def freeze(self, on: bool) -> None:
        deciding.freeze(self.asker, on)

    @rule(name=names, version=versions, wrong=st.sampled_from([False, False, True]))
    def adopt(self, name: str, version: str, wrong: bool) -> None:
        deciding.adopt(self.asker, name, version, wrong)

    @rule(which=st.integers(1, 3), revoke=st.booleans())
    def credit(self, which: int, revoke: bool) -> None:
        caller = self.callers[which]
        if revoke and caller.live:
            assert self.system.decide("DELETE", f"tokens/{caller.id}?reason=a+test").status == 200
            caller.live = False
        elif not revoke and not caller.live:
            self.callers[which] = self._issued(caller.audience)

    def _issued(self, audience: str | None) -> Caller:
        answer = self.system.decide("POST", "tokens", {"label": "a test", "roles": ["reader"], "audience": audience})
        assert answer.status == 201, answer
        return Caller(audience, answer.json["secret"], answer.json["token"]["id"])

    # --- questions

    @rule(who=st.integers(0, 3), name=names, spelling=spellings, short=st.booleans(), condition=conditions)
    def packument(self, who: int, name: str, spelling: int, short: bool, condition: int | None) -> None:
        self.asker.packument(self.callers[who], name, spelling, short, condition)

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
        self.asker.packument(caller, name, 0, True, condition)
        for version in VERSIONS:
            self.asker.manifest(caller, name, 0, version, condition)
            self.asker.tarball(caller, name, version, "HEAD", None)
            self.asker.tarball(caller, name, version, "GET", condition)
        for tag in ("latest", "next", "beta"):
            self.asker.manifest(caller, name, 2, tag, None)
        self.asker.dist_tags(caller, name, 1)
        explaining.held(self.asker, caller, name)
