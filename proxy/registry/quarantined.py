"""The quarantined stage: the one place that decides what of a package is shown and served, for every route alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from proxy.clock import TrustedTime
from proxy.npm.integrity import IntegrityMismatch
from proxy.npm.packument import SplitPackument
from proxy.registry.cached import MANY
from proxy.registry.errors import NotFound, Withheld
from proxy.registry.flights import Flights
from proxy.registry.interface import Cached, Manifest, Packument, Tarball
from proxy.registry.memory import Memory
from proxy.registry.scripts import (
    NO_PLAN,
    BeingRewritten,
    Plan,
    Rewriter,
    Unrewritable,
    contents_of,
    hidden_of,
    in_order,
    is_stripped,
    plan_of,
    unready,
    unrewritable,
)
from quarantine.board import Board
from quarantine.errors import PratiqueError
from quarantine.gate import Basis, Gate, Judged, Standing
from quarantine.ledger import Ledger
from quarantine.package import PackageName, PackageVersion
from quarantine.policy import TermsOf, rules_for
from quarantine.record import Mismatch
from quarantine.rewrite import Rewrite
from quarantine.tags import repair
from quarantine.verdict import Effect, Finding, Verdict, earliest, stamp

log = structlog.get_logger()

UNHEARD = timedelta(seconds=10)
"""A version that the document does not list costs one look at the upstream in this time."""

MISMATCH_REMEMBERED = timedelta(minutes=5)
"""How long bytes that did not match keep a version withheld before it is fetched again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client may see of a package, and why the rest is hidden."""

    packument: Packument
    judged: Judged
    served: frozenset[str]
    """The versions that are listed and served. In observe mode they include what would have been withheld."""
    hidden: Mapping[str, Verdict]
    tags: Mapping[str, str]
    standing: Standing
    """What people had decided about the package."""
    document: SplitPackument
    """What is rendered of it: the upstream's document (`packument.document`), but for versions that are served rewritten."""
    plan: Plan = NO_PLAN
    due: frozenset[str] = frozenset()
    """Versions that nothing keeps from being served but that they have yet to be rewritten."""
    first: tuple[str, ...] = ()
    """Those of them that somebody will want first."""
    later: tuple[str, ...] = ()
    """Those that come next."""

    @property
    def name(self) -> PackageName:
        """Whose view it is."""
        return self.packument.name

    def manifest(self, version: str) -> Manifest:
        """The version as it is served."""
        return Manifest.listed(self.document, self.name, version)

    def rewritten(self, version: str) -> Rewrite | None:
        """Of which the bytes are others than the upstream's."""
        rewrite = self.plan.rewrites.get(version)
        return rewrite if rewrite is not None and not rewrite.untouched else None

    def would_withhold(self, version: str) -> bool:
        """Whether the version is served only because policy merely observes."""
        return version in self.served and self.judged.verdicts[version].withheld


class Quarantined:
    """Applies the gate to what the cache holds, for one audience, at the instant of each request."""

    def __init__(
        self,
        cached: Cached,
        ledger: Ledger,
        terms_of: TermsOf,
        time: TrustedTime,
        board: Board,
        *,
        audience: str | None = None,
        memory: int = 64 * 2**20,
        rewriter: Rewriter | None = None,
    ) -> None:
        """Without a `rewriter` what would have to be rewritten is judged as if it were."""
        self.audience = audience
        """Whose view it is; None: of everybody who belongs to no audience."""
        self._board = board
        self._cached = cached
        self._ledger = ledger
        self._terms_of = terms_of
        self._time = time
        self._rewriter = rewriter
        self._views: Memory[PackageName, Shown] = Memory(memory)
        self._gates: dict[object, Gate] = {}
        self._remembering: Flights[PackageVersion, None] = Flights()
        self._first: Flights[PackageName, None] = Flights()

    async def view(self, name: PackageName) -> Shown:
        """What may be seen of a package now, even where that is nothing. Raises NotFound and what the cache raises."""
        packument = await self._present(name)
        if len(packument.document.versions) >= MANY and self._views.get(name) is None:
            # The first time takes longest; what came of it is remembered.
            await self._first.join(name, lambda: self._judge_elsewhere(packument))
        shown = self._judge(packument)
        if shown.judged.needs_look and not shown.packument.stale:
            shown = self._judge(await self._present(name, newer_than=self._time.now()))
        return shown

    async def view_listing(self, name: PackageName, selector: str) -> Shown:
        """A view in which the selector is looked for; one that is not there costs a look at the upstream."""
        shown = await self.view(name)
        document = shown.packument.document
        if selector not in document.versions and selector not in document.tags and selector not in shown.tags:
            newer_than = self._time.now() - UNHEARD
            shown = self._judge(await self._present(name, newer_than=newer_than))
        return shown

    async def _present(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """The document. Raises NotFound for what has gone from the upstream, however fresh its copy is."""
        packument = await self._cached.packument(name, newer_than)
        if packument.record.gone:
            raise NotFound(f"{name} is no longer on the upstream registry")
        return packument

    async def known_view(self, name: PackageName) -> Shown | None:
        """The same from what is cached, without asking the upstream; what is gone stays stored, and is shown to nobody."""
        packument = await self._cached.known(name)
        return self._judge(packument) if packument is not None and not packument.record.gone else None

    async def packument(self, name: PackageName) -> Shown:
        """What is listed. Raises Withheld where nothing is, NotFound where there is nothing to list."""
        shown = await self._prepared(await self.view(name))
        if not shown.packument.document.versions:
            raise NotFound(f"{name} has no versions (it was unpublished)")
        if not shown.served and self._comes(shown):
            raise BeingRewritten(f"all versions of {name} are still being rewritten without their install scripts; ask again")
        if not shown.served:
            raise Withheld(name, None, _of_all(shown))
        return shown

    async def resolve(self, name: PackageName, selector: str) -> tuple[Shown, str]:
        """The version that a version or dist-tag names. Raises NotFound or Withheld."""
        shown = await self._prepared(await self.view_listing(name, selector), selector)
        version = selector if selector in shown.judged.verdicts else shown.tags.get(selector, selector)
        if version not in shown.judged.verdicts:
            target = shown.packument.document.tags.get(selector)
            if target is not None and target in shown.hidden:
                raise Withheld(name, target, shown.hidden[target])
            raise NotFound(f"{name} has no version or tag {selector}")
        self._refuse_hidden(shown, version)
        return shown, version

    async def tarball(self, name: PackageName, version: str) -> Tarball:
        """The bytes of a version. Raises NotFound, Withheld, or what fetching raises."""
        shown = await self._view_of(name, version)
        tarball = await self._bytes(shown, version)
        # The download may have taken long, and a verdict outlives nothing.
        latest = await self.known_view(name) or self._judge(shown.packument)
        if version not in latest.judged.verdicts:
            raise NotFound(f"{name} has no version {version} any more")
        self._refuse_hidden(latest, version)
        return tarball

    async def _bytes(self, shown: Shown, version: str) -> Tarball:
        manifest, rewrite, rewriter = Manifest.of(shown.packument, version), shown.rewritten(version), self._rewriter
        async with self._refusing(shown, version):
            if rewriter is not None and rewrite is not None:
                return await rewriter.tarball(manifest, rewrite)
            if rewriter is not None and self._is_unseen(shown, version):
                await rewriter.vouch(manifest)
            return await self._cached.tarball(manifest)

    def _is_unseen(self, shown: Shown, version: str) -> bool:
        """Whether it is to be served without install scripts, and nobody knows yet whether it has one."""
        packument = shown.packument
        if version in shown.plan.rewrites or not is_stripped(packument, version, self._terms_of(packument.name)):
            return False
        return contents_of(packument, version) is None

    @asynccontextmanager
    async def _refusing(self, shown: Shown, version: str) -> AsyncIterator[None]:
        """Withhold a version whose bytes are not the promised ones, or cannot be rewritten."""
        try:
            yield
        except Unrewritable as error:
            raise Withheld(shown.name, version, unrewritable(shown.judged.verdicts[version], str(error))) from error
        except IntegrityMismatch as error:
            await self.remember_mismatch(Manifest.of(shown.packument, version), error)
            # The whole verdict, as everybody gets it from now on; this finding alone where it could not be remembered.
            latest = await self.known_view(shown.name)
            hidden = latest.hidden.get(version) if latest is not None else None
            raise Withheld(shown.name, version, hidden or Verdict((self._finding(error),))) from error

    async def _prepared(self, shown: Shown, version: str | None = None) -> Shown:
        """The view once what can be rewritten is: one version where that is asked for, else what a client would choose."""
        if self._rewriter is None or not shown.due:
            return shown
        if version in shown.judged.verdicts:
            if version not in shown.due:
                return shown
            async with self._refusing(shown, version):
                await self._rewriter.rewrite(Manifest.of(shown.packument, version))
        elif not shown.first or not await self._rewriter.prepare(*self._manifests(shown)):
            return shown
        return self._judge(await self._present(shown.name))

    def _comes(self, shown: Shown) -> bool:
        """Whether something of it will be served once it is rewritten."""
        rewriter, due = self._rewriter, (Manifest.of(shown.packument, each) for each in shown.due)
        return rewriter is not None and any(rewriter.refused(each) is None for each in due)

    @staticmethod
    def _manifests(shown: Shown) -> tuple[list[Manifest], list[Manifest]]:
        first, later = ([Manifest.of(shown.packument, each) for each in part] for part in (shown.first, shown.later))
        return first, later

    async def tarball_size(self, name: PackageName, version: str) -> int | None:
        """For HEAD: the same verdict, and the length where it is known; nothing is fetched or kept."""
        shown = await self._view_of(name, version)
        rewrite = shown.rewritten(version)
        return rewrite.size if rewrite is not None else await self._cached.size(Manifest.of(shown.packument, version))

    async def admit(self, name: PackageName, version: str) -> Shown:
        """Raise NotFound or Withheld unless the version may be served."""
        return await self._view_of(name, version)

    async def _view_of(self, name: PackageName, version: str) -> Shown:
        shown = await self._prepared(await self.view_listing(name, version), version)
        if version not in shown.judged.verdicts:
            raise NotFound(f"{name} has no version {version}")
        self._refuse_hidden(shown, version)
        return shown

    @staticmethod
    def _refuse_hidden(shown: Shown, version: str) -> None:
        if version not in shown.served:
            raise Withheld(shown.name, version, shown.hidden[version])

    async def remember_mismatch(self, manifest: Manifest, error: IntegrityMismatch) -> None:
        """Remember bytes that did not match, so that the next asker gets the reason and not another download."""

        async def remember() -> None:
            finding = self._finding(error)
            assert finding.until is not None
            name, version = manifest.id.name, manifest.id.version
            try:
                record = await self._ledger.remember_mismatch(name, version, Mismatch(finding.reason, finding.until))
            except PratiqueError as failure:
                log.error("mismatch-not-remembered", version=str(manifest.id), reason=str(failure))
                return
            if record is not None:
                self._cached.replace_record(name, record)

        await self._remembering.join(manifest.id, remember)

    def _finding(self, error: IntegrityMismatch) -> Finding:
        reason = f"the upstream's bytes are not what its packument promises: {error}"
        return Finding("integrity", reason, Effect.BLOCK, self._time.now() + MISMATCH_REMEMBERED)

    def _judge(self, packument: Packument) -> Shown:
        now = self._time.judging()
        held = self._views.get(packument.name)
        if held is not None and self._still_holds(held, packument):
            if held.packument is packument:
                return held
            # The same verdicts, but a later look, or one that failed.
            return replace(held, packument=packument)
        return self._keep(self._judged(packument, held.judged.basis if held is not None else None, now))

    async def _judge_elsewhere(self, packument: Packument) -> None:
        self._keep(await asyncio.to_thread(self._judged, packument, None, self._time.judging()))

    def _keep(self, shown: Shown) -> Shown:
        self._views.put(shown.name, shown, 500 * len(shown.judged.verdicts) + 2000)
        return shown

    def _judged(self, packument: Packument, earlier: Basis | None, now: datetime) -> Shown:
        """A view made anew. Touches nothing that belongs to the event loop."""
        terms = self._terms_of(packument.name)
        gate = self._gates.get(terms)
        if gate is None:
            gate = self._gates.setdefault(terms, Gate(rules_for(terms)))
        standing = Standing(self._board.of(packument.name), self.audience, self._board.frozen, self._time.now())
        judged = gate.judge_package(packument.record, packument.document.listed, now, standing, earlier)
        verdicts, plan = judged.verdicts, plan_of(packument, terms)
        hidden = hidden_of(verdicts, plan.waiting, enforce=terms.enforce)
        due: frozenset[str] = frozenset()
        if self._rewriter is not None:
            due = frozenset(plan.waiting & verdicts.keys() - hidden.keys())
            hidden |= {version: unready(verdicts[version]) for version in due}
        served = frozenset(verdicts.keys() - hidden.keys())
        tags = repair(packument.document.tags, packument.record.tags, served, packument.document.deprecated)
        document = packument.document
        if plan.rewrites and self._rewriter is not None:
            document = self._rewriter.document(packument, {each: plan.rewrites[each] for each in plan.rewrites if each in served})
        first, later = in_order(packument, served, due)
        return Shown(packument, judged, served, hidden, tags, standing, document, plan, due, first, later)

    def _still_holds(self, held: Shown, packument: Packument) -> bool:
        """Whether nothing that the verdicts depend on has changed since."""
        now, judged = self._time.judging(), held.judged
        same = held.packument.document is packument.document and held.packument.record.revision == packument.record.revision
        # Decisions expire by the wall clock, which may be ahead of the instant at which verdicts are judged.
        latest = max(now, self._time.now())
        timely = judged.at <= now and (judged.changes_at is None or latest < judged.changes_at)
        decided = held.standing.decisions is self._board.of(packument.name) and held.standing.frozen == self._board.frozen
        looked = judged.unconfirmed and held.packument.record.last_look != packument.record.last_look
        return same and timely and decided and not looked and not judged.needs_look


def _of_all(shown: Shown) -> Verdict:
    """One verdict for a package of which nothing may be seen: that of its first version to be admitted, in words."""
    hidden = shown.hidden
    until = earliest(verdict.until for verdict in hidden.values())
    first = next((version for version, verdict in hidden.items() if verdict.until == until), None)
    if first is None:
        return Verdict((Finding("nothing-admitted", "nothing of it may be served", Effect.HOLD),))
    count = len(hidden)
    what = "its only version" if count == 1 else f"all of its {count} versions"
    when = f", {first} until {stamp(until)}" if until else ""
    findings = tuple(finding for finding in hidden[first].findings if finding.withholds)
    lead = Finding("nothing-admitted", f"{what} {'is' if count == 1 else 'are'} withheld{when}", Effect.HOLD, until)
    return Verdict((lead, *findings))
