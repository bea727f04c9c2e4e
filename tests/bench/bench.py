"""What all rows share: the corpus, the upstream, and the subjects, warmed once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.asks import VARIANTS, Ask, packument_asks, tarball_asks
from tests.bench.corpus import Corpus
from tests.bench.subjects import SUBJECTS, Direct, Subject
from tests.bench.upstream import Upstream
from tests.bench.wire import Wire
from tests.delivery.fetched import Unavailable

WARMING = 4
"""Connections at once while a subject is made warm."""

PER_WORKER = 3

WIDE = ("abbreviated gzip", "full gzip")
"""The variants that are asked for under load."""


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    quick: bool = False
    rounds: int = 5
    workers: int = 2
    seconds: float = 5.0
    """Of one run of wrk."""
    without: tuple[str, ...] = ()
    """What is not compared with."""


@dataclass
class Warm:
    """A subject that has served the whole corpus once."""

    subject: Subject
    etags: dict[str, dict[str, str]] = field(default_factory=dict)
    """variant -> path -> ETag."""


class Bench:
    """One run of the harness."""

    def __init__(self, options: Options, corpus: Corpus, folder: Path, stack: ExitStack) -> None:
        self.options = options
        self.corpus = corpus
        self.folder = folder
        self.missing: dict[str, str] = dict.fromkeys(options.without, "left out")
        """subject -> how to install it."""
        self._stack = stack
        self._warm: dict[str, Warm] = {}
        self._made = 0
        self.upstream = Upstream(corpus.root, folder / "upstream")
        stack.callback(self.upstream.stop)

    def place(self, name: str) -> Path:
        """A folder that nobody has used."""
        self._made += 1
        made = self.folder / f"{self._made}-{name}"
        made.mkdir()
        return made

    def make(self, name: str, settings: Mapping[str, str] | None = None, workers: int | None = None) -> Subject:
        """A subject with an empty cache, not started."""
        return SUBJECTS[name](self.place(name), self.upstream.url, workers or self.options.workers, settings)

    @contextmanager
    def fresh(self, name: str, settings: Mapping[str, str] | None = None, workers: int | None = None) -> Iterator[Subject]:
        """A subject with an empty cache, running."""
        with self.make(name, settings, workers) as subject:
            yield subject

    def warm(self, names: Sequence[str]) -> list[Warm]:
        """Those of the subjects that are installed, warm; kept until the end of the run."""
        for name in names:
            if name not in self._warm and name not in self.missing:
                try:
                    subject = self._stack.enter_context(self.fresh(name))
                except Unavailable as error:
                    self.missing[name] = str(error)
                    continue
                self.say(f"warming {name}")
                self._warm[name] = Warm(subject, self.make_warm(subject))
        return [self._warm[name] for name in names if name in self._warm]

    def make_warm(self, subject: Subject, copies: Sequence[str] = ("",)) -> dict[str, dict[str, str]]:
        """Ask for everything once, of each worker where each has a memory of its own; the ETags of packuments."""
        etags: dict[str, dict[str, str]] = {variant: {} for variant in VARIANTS}
        asks = [(variant, ask) for variant in WIDE for ask in packument_asks(self.corpus.index.packages, variant)]
        if isinstance(subject, Direct):
            return etags
        todo = [*asks, *(("", ask) for ask in tarball_asks(self.corpus.index.tarballs))]

        ended = threading.Event()

        def some(part: Sequence[tuple[str, Ask]]) -> None:
            with Wire(subject.url) as wire:
                for variant, ask in part:
                    if ended.is_set():
                        return
                    for copy in copies:
                        answer = wire.get(copied(ask.path, copy), ask.headers)
                        if answer.status != 200:
                            raise RuntimeError(
                                f"{subject.name} answers {ask.path} with {answer.status}: {answer.content[:300]!r}"
                            )
                        if variant and "etag" in answer.headers:
                            etags[variant][ask.path] = answer.headers["etag"]

        parts = [todo[n::WARMING] for n in range(WARMING)]
        if subject.memories > 1:
            # Which worker takes a connection is chance: of so many, each has some. All go round from different places.
            count = PER_WORKER * subject.memories
            parts = [todo[(at := len(todo) * n // count) :] + todo[:at] for n in range(count)]
        with ThreadPoolExecutor(len(parts)) as pool:
            try:
                list(pool.map(some, parts))
            finally:
                ended.set()
        return etags

    def say(self, line: str) -> None:
        """Progress, apart from the result."""
        sys.stderr.write(f"  {line}\n")
        sys.stderr.flush()


def copied(path: str, copy: str) -> str:
    """The path of a copy (`x3-`) of a package, or of its tarball as the proxy names it; see tests.bench.replay."""
    if path.startswith("/@"):
        return path.replace("/@", f"/@{copy}", 1)
    name, dash, file = path[1:].partition("/-/")
    return f"/{copy}{name}/-/{copy}{file}" if dash else f"/{copy}{name}"


def rounds(bench: Bench, names: Sequence[str], measure: Callable[[str, int], float]) -> list[dict[str, float]]:
    """Subjects take turns; each round begins with another one."""
    made: list[dict[str, float]] = []
    for number in range(bench.options.rounds):
        turn = [*names[number % len(names) :], *names[: number % len(names)]] if names else []
        made.append({name: measure(name, number) for name in turn})
    return made
