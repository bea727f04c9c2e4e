"""`npm ci`, and `npm install` without a lockfile: an empty client cache, and a proxy that has everything, or nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.bench import Bench
from tests.bench.corpus import PLACEHOLDER, Application
from tests.bench.ratios import ratio, spread
from tests.bench.subjects import Subject
from tests.bench.table import Found, Target
from tests.delivery.fetched import Unavailable

ROW = "install"
LATENCY = 30.0
"""Milliseconds to the upstream."""

NAMES = ("nginx", "pratique")
LIMIT = 600.0
OPTIONS = (
    "--omit=optional", "--ignore-scripts", "--no-fund", "--no-progress", "--no-update-notifier", "--replace-registry-host=always",
    "--fetch-retries=0", "--legacy-peer-deps",
)  # fmt: skip


def measure(bench: Bench) -> Iterator[Found]:
    """Pairs, warm and cold, of every recorded application."""
    if shutil.which("npm") is None:
        yield Found(ROW, "npm ci", None, None, "npm is missing: apt-get install npm")
        return
    if not bench.corpus.index.applications:
        yield Found(ROW, "npm ci", None, None, "no application is recorded: python -m tests.bench.record DIR")
        return
    applications = sorted(bench.corpus.index.applications, key=lambda each: each.packages)
    for application, command in [*((each, "ci") for each in applications), (applications[0], "install")]:
        bench.upstream.slow(LATENCY)
        try:
            yield from _pairs(bench, application, command)
        except Unavailable as error:
            yield Found(ROW, f"npm {command}, {application.packages:,} packages", None, None, str(error))
        finally:
            bench.upstream.slow(0)


def _pairs(bench: Bench, application: Application, command: str) -> Iterator[Found]:
    cold: list[dict[str, float]] = []
    warm: list[dict[str, float]] = []
    for number in range(bench.options.rounds):
        first: dict[str, float] = {}
        second: dict[str, float] = {}
        turn = NAMES if number % 2 == 0 else tuple(reversed(NAMES))
        for name in turn:
            with bench.fresh(name) as subject:
                first[name] = _install(bench, application, subject, command)
                second[name] = _install(bench, application, subject, command)
            bench.say(f"npm {command}, {application.label}, {name}: {first[name]:.1f} s cold, {second[name]:.1f} s warm")
        cold.append(first)
        warm.append(second)
    for state, made in (("warm", warm), ("cold", cold)):
        reached, noise = ratio(made, "pratique", "nginx"), spread(made, "nginx")
        assert noise is not None
        # What a median may be off by: how far nginx is from itself.
        within = max(1.05, noise.high / noise.median)
        seconds = spread(made, "pratique")
        assert seconds is not None
        why = f"{seconds.text(' s')} against {noise.text(' s')}; nginx differs from itself by {within:.2f}x"
        what = f"`npm {command}`, {state}, {application.packages:,} packages, upstream at {LATENCY:.0f} ms"
        target = Target("<=", round(within, 2), "x nginx") if command == "ci" else None
        yield Found(ROW, what, target, reached, why, {"seconds": made}, "x nginx")


def _install(bench: Bench, application: Application, subject: Subject, command: str) -> float:
    """Seconds of one install by somebody who has nothing yet; only `npm ci` has the lockfile."""
    project = bench.place("project")
    source = bench.corpus.application(application.label)
    shutil.copy(source / "package.json", project)
    if command == "ci":
        lockfile = (source / "package-lock.json").read_text().replace(PLACEHOLDER, subject.url)
        (project / "package-lock.json").write_text(lockfile)
    try:
        return _timed(project, subject.url, command)
    finally:
        shutil.rmtree(project, ignore_errors=True)


def _timed(project: Path, registry: str, command: str) -> float:
    home = project / "home"
    home.mkdir()
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LANG": "C.UTF-8", "CI": "1"}
    words = ["npm", command, f"--registry={registry}/", f"--cache={project / 'cache'}", *OPTIONS]
    begun = time.perf_counter()
    done = subprocess.run(words, cwd=project, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"npm {command} failed: {(done.stderr or done.stdout)[-2000:]}")
    return seconds
