"""How a version stands, for the desk: after a look at the upstream that is not older than for whoever installs it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from proxy.registry.errors import NotFound
from proxy.registry.quarantined import Quarantined
from quarantine.desk import Standing
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import PackageName
from quarantine.verdict import Verdict


class Standings:
    """`quarantine.desk.Standings` over the quarantined stage of each audience; `None` is everybody else."""

    def __init__(self, stages: Mapping[str | None, Quarantined]) -> None:
        self._stages = stages

    async def known(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        """The same from what is cached: shutting a version out must not wait for an upstream, nor need one."""
        try:
            shown = await self._stages[audience].known_view(name)
        except PratiqueError:
            return None
        verdict = shown.judged.verdicts.get(version) if shown is not None else None
        return Standing(verdict, None, await self._others(name, version, audience)) if verdict is not None else None

    async def standing(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        """Verdict and digests now; None where the upstream lists no such version."""
        try:
            shown = await self._stages[audience].view_listing(name, version)
        except NotFound:
            return None
        verdict = shown.judged.verdicts.get(version)
        if verdict is None:
            return None
        digests = Digests.parse(shown.packument.document.versions[version].digests) or None
        return Standing(verdict, digests, await self._others(name, version, audience))

    async def _others(self, name: PackageName, version: str, audience: str | None) -> dict[str | None, Verdict]:
        """The same version as all other audiences see it, by what is cached."""
        others: dict[str | None, Verdict] = {}
        for other, stage in self._stages.items():
            with suppress(PratiqueError):
                shown = await stage.known_view(name) if other != audience else None
                if shown is not None and version in shown.judged.verdicts:
                    others[other] = shown.judged.verdicts[version]
        return others
