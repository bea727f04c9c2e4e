"""Record real applications: `python -m tests.bench.record DIR` resolves them through the registry that npm is configured for
and keeps every packument and every tarball, each fetched once and a few at a time.

DIR lies outside of the repository: what is in it belongs to others. An interrupted recording goes on where it stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from tests.bench.corpus import PLACEHOLDER, Application, Corpus, Tarball
from tests.bench.synthetic import add_synthetic
from tests.fakes.simulator.publishing import tarball_path

MEDIUM = (
    "express react react-dom eslint webpack webpack-cli axios lodash prettier mocha @babel/core @babel/preset-env koa commander "
    "chalk debug yargs rxjs ts-node-dev nodemon sass-loader css-loader style-loader html-webpack-plugin"
)
LARGE = (
    f"{MEDIUM} next vite typescript jest ts-jest supertest @nestjs/core @nestjs/common @nestjs/platform-express @mui/material "
    "@emotion/react @emotion/styled @aws-sdk/client-s3 @aws-sdk/client-dynamodb @reduxjs/toolkit react-redux react-router-dom "
    "mongoose sequelize knex socket.io graphql @apollo/client @typescript-eslint/eslint-plugin @typescript-eslint/parser "
    "eslint-plugin-react eslint-plugin-import eslint-plugin-jsx-a11y vue vuex vue-router fastify winston pino ioredis nyc"
)
APPLICATIONS = {"medium": MEDIUM, "large": LARGE}
ALSO = ("next",)
"""Recorded even where no application needs it: the largest document that developers meet every day."""

AT_ONCE = 4
TRIES = 3


def resolve(npm: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The lockfile that npm makes of a package.json; no script runs and no tarball is fetched."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text(json.dumps(manifest))
        options = [
            "--package-lock-only",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--legacy-peer-deps",
        ]
        done = subprocess.run([npm, "install", *options], cwd=folder, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            raise RuntimeError(f"npm could not resolve the application:\n{done.stderr}")
        lockfile: dict[str, Any] = json.loads((Path(folder) / "package-lock.json").read_text())
    return lockfile


def pinned(lockfile: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """name and version of everything from the registry, and whether `npm ci --omit=optional` installs it: the binaries of all
    other platforms would be most of the bytes. `resolved` is moved to PLACEHOLDER on the way.
    """
    found = set()
    for place, entry in lockfile["packages"].items():
        # What has no integrity is the project itself, a link, or part of another package's tarball.
        if not place or "integrity" not in entry or not urlsplit(entry.get("resolved", "https:")).scheme.startswith("http"):
            continue
        name = entry.get("name") or place.rpartition("node_modules/")[2]
        entry["resolved"] = PLACEHOLDER + tarball_path(name, entry["version"])
        found.add((name, entry["version"], not entry.get("optional", False)))
    return sorted(found)


class Recorder:
    """Fetches what is not there yet."""

    def __init__(self, corpus: Corpus, registry: str, session: aiohttp.ClientSession) -> None:
        self._corpus = corpus
        self._registry = registry.rstrip("/")
        self._session = session
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def packages(self, wanted: dict[str, set[str]]) -> None:
        """Packuments and the versions' tarballs."""
        known = {each.name for each in self._corpus.index.packages}
        kept = {(each.name, each.version) for each in self._corpus.index.tarballs}
        todo = {
            name: sorted(version for version in versions if (name, version) not in kept)
            for name, versions in sorted(wanted.items())
            if name not in known or any((name, version) not in kept for version in versions)
        }
        done = 0

        async def one(name: str, versions: list[str]) -> None:
            nonlocal done
            async with self._turn:
                await self._package(name, versions)
            done += 1
            if done % 50 == 0 or done == len(todo):
                self._corpus.save()
                told(f"  {done} of {len(todo)} packages")

        await asyncio.gather(*(one(name, versions) for name, versions in todo.items()))

    async def _package(self, name: str, versions: list[str]) -> None:
        body = await self._fetched(f"{self._registry}/{name.replace('/', '%2f')}")
        if body is None:
            self._miss(name)
            return
        document = msgspec.json.decode(body)
        addresses = {version: document["versions"].get(version, {}).get("dist", {}).get("tarball") for version in versions}
        self._corpus.put_packument(document)
        for version, address in addresses.items():
            data = await self._fetched(address) if address else None
            if data is None:
                self._miss(f"{name}@{version}")
                continue
            self._corpus.tarball_file(name, version).write_bytes(data)
            self._corpus.index.tarballs.append(Tarball(name, version, len(data), hashlib.sha256(data).hexdigest()))

    def _miss(self, what: str) -> None:
        if what not in self._corpus.index.missing:
            self._corpus.index.missing.append(what)

    async def _fetched(self, address: str) -> bytes | None:
        """None where the registry does not have it."""
        from yarl import URL

        for attempt in range(TRIES):
            try:
                async with self._session.get(URL(address, encoded=True)) as response:
                    if response.status in {403, 404}:
                        return None
                    response.raise_for_status()
                    return await response.read()
            except (aiohttp.ClientError, TimeoutError):
                if attempt + 1 == TRIES:
                    raise
                await asyncio.sleep(2**attempt)
        return None


async def record(corpus: Corpus, registry: str, applications: dict[str, dict[str, Any]], npm: str) -> None:
    """Everything that the applications need."""
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        recorder = Recorder(corpus, registry, session)
        for label, manifest in applications.items():
            told(f"resolving {label} ...")
            lockfile = await asyncio.to_thread(resolve, npm, manifest)
            wanted: dict[str, set[str]] = {name: set() for name in ALSO}
            entries = pinned(lockfile)
            for name, version, installed in entries:
                wanted.setdefault(name, set()).update({version} if installed else ())
            await recorder.packages(wanted)
            folder = corpus.application(label)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text(json.dumps(manifest, indent=1))
            (folder / "package-lock.json").write_text(json.dumps(lockfile, indent=1))
            rest = [each for each in corpus.index.applications if each.label != label]
            corpus.index.applications = [*rest, Application(label, sum(installed for *_, installed in entries))]
            corpus.save()
            told(f"{label}: {corpus.index.applications[-1].packages} packages")
    add_synthetic(corpus)
    corpus.save()
    documents, tarballs = corpus.recorded, corpus.index.tarballs
    sizes = [sum(each.size for each in documents) / 1e6, sum(each.size for each in tarballs) / 1e6]
    told(f"{len(documents)} packuments ({sizes[0]:.0f} MB), {len(tarballs)} tarballs ({sizes[1]:.0f} MB)")
    if corpus.index.missing:
        told(f"the registry has no {', '.join(corpus.index.missing[:8])} ({len(corpus.index.missing)} in all)")


def told(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.record", description=__doc__)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("--app", type=Path, action="append", metavar="PACKAGE_JSON", help="instead of the two that are built in")
    asked = parser.parse_args()
    if asked.dir.resolve().is_relative_to(Path(__file__).parents[2].resolve()):
        parser.error("DIR lies in the repository; recordings belong elsewhere")
    npm = shutil.which("npm")
    if npm is None:
        parser.error("npm is needed to resolve an application")
    registry = subprocess.run(
        [npm, "config", "get", "registry"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
    if asked.app:
        given = [json.loads(path.read_text()) for path in asked.app]
        applications = {re.sub(r"[^a-z0-9-]+", "-", each.get("name", "application")): each for each in given}
    else:
        applications = {
            label: {"name": label, "private": True, "dependencies": dict.fromkeys(names.split(), "latest")}
            for label, names in APPLICATIONS.items()
        }
    asyncio.run(record(Corpus.create(asked.dir), registry, applications, npm))


if __name__ == "__main__":
    main()
