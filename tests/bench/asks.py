"""What is asked under load: the documents of a corpus in the forms that clients ask for, and its tarballs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.bench.corpus import Package, Tarball
from tests.bench.wire import NPM_ACCEPT

GZIP = {"Accept-Encoding": "gzip"}
"""Clients take more than that; all of them take gzip."""
VARIANTS: Mapping[str, Mapping[str, str]] = {
    "abbreviated gzip": {"Accept": NPM_ACCEPT, **GZIP},
    "abbreviated plain": {"Accept": NPM_ACCEPT},
    "full gzip": {"Accept": "application/json", **GZIP},
    "full plain": {"Accept": "application/json"},
}


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    headers: Mapping[str, str]
    name: str
    tarball: Tarball | None = None
    """What it must be byte for byte, where it is one."""

    @property
    def conditional(self) -> bool:
        """Whether 304 is the answer."""
        return "If-None-Match" in self.headers


def packument_asks(packages: Sequence[Package], variant: str, etags: Mapping[str, str] | None = None) -> list[Ask]:
    """One a package, in an order of no meaning; with ETags, only for those that have one."""
    headers = VARIANTS[variant]
    made = [Ask(each.path, headers, each.name) for each in packages]
    if etags is not None:
        made = [Ask(ask.path, {**headers, "If-None-Match": etags[ask.path]}, ask.name) for ask in made if ask.path in etags]
    return shuffled(made)


def tarball_asks(tarballs: Sequence[Tarball]) -> list[Ask]:
    """One a tarball."""
    return shuffled([Ask(each.path, {"Accept": "*/*"}, each.name, each) for each in tarballs])


def shuffled(asks: list[Ask]) -> list[Ask]:
    """The same order in every run."""
    asks = sorted(asks, key=lambda ask: ask.path)
    Random(11).shuffle(asks)
    return asks
