"""The harness itself: a corpus, its replay, a subject and a row, small; and what the table is computed from."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bench import gulp
from tests.bench.asks import VARIANTS, packument_asks, tarball_asks
from tests.bench.bench import Bench, Options, copied
from tests.bench.check import Check, Wrong
from tests.bench.corpus import PLACEHOLDER, Corpus, digests_in
from tests.bench.processes import memory, serving
from tests.bench.ratios import Spread, ratio
from tests.bench.record import pinned
from tests.bench.rows import rerender
from tests.bench.synthetic import COUNTS, document, small_corpus, synthetic_name
from tests.bench.table import Found, Target, markdown
from tests.bench.upstream import Upstream
from tests.bench.wire import Wire


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Six packages, and two of a known number of versions."""
    made = Corpus.create(tmp_path_factory.mktemp("corpus"))
    small_corpus(made, 6, COUNTS[:2])
    return Corpus.open(made.root)


def test_the_replay_is_an_honest_registry(corpus: Corpus, tmp_path: Path) -> None:
    upstream = Upstream(corpus.root, tmp_path)
    try:
        with Wire(upstream.url) as wire:
            for variant, headers in VARIANTS.items():
                for ask in packument_asks(corpus.index.packages, variant):
                    answer = wire.get(ask.path, headers)
                    assert answer.status == 200
                    assert ("content-encoding" in answer.headers) is ("gzip" in variant)
                    shown = msgspec.json.decode(answer.content)
                    assert digests_in(shown) == corpus.digests(ask.name)
                    assert ("readme" in shown) is ("full" in variant)
                    assert PLACEHOLDER.encode() not in answer.content
                    kept = {**headers, "If-None-Match": answer.headers["etag"]}
                    assert wire.get(ask.path, kept).status == 304
            for ask in tarball_asks(corpus.index.tarballs):
                assert ask.tarball
                assert wire.get(ask.path).content == corpus.tarball_file(ask.name, ask.tarball.version).read_bytes()
                copy = copied(f"/{ask.name}", "x3-")
                shown = msgspec.json.decode(wire.get(copy).content)
                assert shown["name"] == copy[1:]
                address = shown["versions"][ask.tarball.version]["dist"]["tarball"]
                assert address.startswith(upstream.url + copy)
                assert wire.get(address.removeprefix(upstream.url)).body == wire.get(ask.path).body
            assert wire.get("/nothing").status == 404
            audit = wire.ask("POST", "/-/npm/v1/security/advisories/bulk", {}, gzip.compress(b"{}"))
            assert (audit.status, audit.body) == (200, b"{}")
        assert upstream.counts()["/made-up-1"] == 8  # four variants, each with its 304
        upstream.reset()
        upstream.slow(30)
        answers = gulp.run(gulp.swallow(upstream.url, "/made-up-1", {}, 20))
        assert {answer.body for answer in answers} == {answers[0].body}
        assert min(answer.seconds for answer in answers) >= 0.03
        assert upstream.counts() == {"/made-up-1": 20}
    finally:
        upstream.stop()


def test_a_row_from_end_to_end(corpus: Corpus, tmp_path: Path) -> None:
    with ExitStack() as stack:
        bench = Bench(Options(quick=True, rounds=1, workers=1), corpus, tmp_path, stack)
        assert [each.reached is not None for each in rerender.measure(bench)] == [True, True, True]
        (warm,) = bench.warm(["pratique"])
        subject, etags = warm.subject, warm.etags
        assert set(etags["full gzip"]) == {each.path for each in corpus.index.packages}
        for asks in (tarball_asks(corpus.index.tarballs), packument_asks(corpus.recorded, "full gzip", etags["full gzip"])):
            Check(subject.url, corpus, asks).run()
        with pytest.raises(Wrong, match="was answered with 200, not 304"):
            Check(subject.url, corpus, packument_asks(corpus.recorded, "full gzip", dict.fromkeys(etags["full gzip"], '"x"')))
        assert subject.cpu() > 0
        assert all(memory(pid).peak > 10_000_000 for pid in serving(subject.pids, subject.port))
        assert serving(subject.pids, subject.port)


def test_synthetic_documents_have_as_many_versions_as_their_names_say() -> None:
    for count in COUNTS[:3]:
        assert len(document(synthetic_name(count), count)["versions"]) == count


def test_what_a_lockfile_pins() -> None:
    lockfile: dict[str, Any] = {
        "packages": {
            "": {"name": "project"},
            "node_modules/leaf": {"version": "1.0.0", "integrity": "sha512-x"},
            "node_modules/alias": {"name": "@scope/branch", "version": "2.0.0", "integrity": "sha512-x", "optional": True},
            "node_modules/leaf/node_modules/inside": {"version": "3.0.0", "inBundle": True},
            "node_modules/linked": {"resolved": "packages/linked", "link": True},
        }
    }
    assert pinned(lockfile) == [("@scope/branch", "2.0.0", False), ("leaf", "1.0.0", True)]
    assert lockfile["packages"]["node_modules/alias"]["resolved"] == f"{PLACEHOLDER}/@scope/branch/-/branch-2.0.0.tgz"


def test_ratios_are_taken_inside_a_round() -> None:
    reached = ratio([{"a": 10, "b": 5}, {"a": 100, "b": 25}, {"a": 3}], "a", "b")
    assert reached == Spread((2.0, 4.0))
    assert ratio([{"a": 1}], "a", "b") is None


def test_the_table_says_what_was_reached_and_what_is_missing() -> None:
    found = [
        Found("x", "speed", Target(">=", 0.5, "x nginx"), Spread((0.4, 0.61, 1234.5))),
        Found("x", "cost", Target("<=", 3, " ms"), Spread((4.0,)), "as ever"),
        Found("x", "load", None, None, "wrk is missing: apt-get install wrk"),
    ]
    assert markdown(found).splitlines()[2:] == [
        "| speed | ≥ 0.5x nginx | 0.61x nginx (0.4–1,234) | yes |",
        "| cost | ≤ 3 ms | 4 ms; as ever | **no** |",
        "| load |  | not measured; wrk is missing: apt-get install wrk |  |",
    ]
