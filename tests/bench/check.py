"""Whether what is served is right: a sample, compared with the corpus and with what was served before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random

import msgspec

from tests.bench.asks import Ask
from tests.bench.corpus import Corpus, digests_in
from tests.bench.wire import Wire

LARGE = 3_000_000
"""Documents beyond this are left out of samples: to compare one costs a second."""


class Wrong(Exception):
    """Something was served that should not have been; a measurement of it means nothing."""


class Check:
    """Keeps what a sample of requests was answered, unloaded; asks again later."""

    def __init__(self, url: str, corpus: Corpus, asks: Sequence[Ask], size: int = 16) -> None:
        self._url = url
        small = {each.name for each in corpus.index.packages if each.size < LARGE}
        if not asks:
            raise Wrong("it sends no ETag")
        usable = [ask for ask in asks if ask.tarball or ask.name in small] or list(asks)
        self._sample = Random(3).sample(usable, min(size, len(usable)))
        self._corpus = corpus
        self._bodies: dict[str, str] = {}
        self.run(first=True)

    def run(self, *, first: bool = False) -> None:
        """Raises Wrong."""
        with Wire(self._url) as wire:
            for ask in self._sample:
                answer = wire.get(ask.path, ask.headers)
                expected = 304 if ask.conditional else 200
                if answer.status != expected:
                    raise Wrong(f"{ask.path} was answered with {answer.status}, not {expected}")
                if ask.conditional:
                    continue
                content = answer.content
                digest = hashlib.sha256(content).hexdigest()
                if ask.tarball is not None and digest != ask.tarball.sha256:
                    raise Wrong(f"{ask.path} is not the tarball that upstream has")
                if first and ask.tarball is None:
                    self._compare(ask, content)
                if self._bodies.setdefault(ask.path, digest) != digest:
                    raise Wrong(f"{ask.path} changed under load")

    def _compare(self, ask: Ask, content: bytes) -> None:
        served, have = digests_in(msgspec.json.decode(content)), self._corpus.digests(ask.name)
        if served != have:
            odd = sorted({version for version, _ in served.items() ^ have.items()})
            raise Wrong(f"{ask.path} lists other versions than upstream: {', '.join(odd[:5])} ({len(odd)})")
