"""How a version stands, for the desk: after a look at the upstream that is not older than usual."""

from __future__ import annotations

from proxy.registry.errors import NotFound
from proxy.registry.quarantined import Quarantined
from quarantine.desk import Standing
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import PackageName


class Standings:
    """`quarantine.desk.Standings` over the quarantined stage."""

    def __init__(self, quarantined: Quarantined) -> None:
        self._quarantined = quarantined

    async def known(self, name: PackageName, version: str) -> Standing | None:
        """The same from what is cached: shutting a version out must not wait for an upstream, nor need one."""
        try:
            shown = await self._quarantined.known_view(name)
        except PratiqueError:
            return None
        verdict = shown.judged.verdicts.get(version) if shown is not None else None
        return Standing(verdict, None) if verdict is not None else None

    async def standing(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        """Verdict and digests now; None where the upstream lists no such version."""
        try:
            shown = await self._quarantined.view(name)
        except NotFound:
            return None
        verdict = shown.judged.verdicts.get(version)
        if verdict is None:
            return None
        return Standing(verdict, Digests.parse(shown.packument.document.versions[version].digests) or None)
