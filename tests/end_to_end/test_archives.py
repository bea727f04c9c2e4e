"""The strict reader against the real clients: what it lists is what they put on disk, or it says that the archive is odd.

The clients install straight from a registry here; nothing of the proxy is in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from proxy.npm.archive.members import Archive, ArchiveRefused
from proxy.npm.archive.reading import read_archive
from tests.end_to_end.choices import MANAGERS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import CLIENTS, MARKS, each_client
from tests.end_to_end.clients.installation import Installation
from tests.end_to_end.clients.project import write_project
from tests.fakes.simulator import Simulator
from tests.fakes.tars import GNU, folder, gz, long_name, member, tar
from tests.proxy.npm.archive.drawn import drawn
from tests.proxy.npm.archive.mutated import mutate, nudge
from tests.proxy.npm.archive.rows import HONEST, ODD

DRAWN = 30
CHANGED = 100

DIFFERENT = {
    "backslash": ("npm11", "pnpm10"),
    "dot first": ("npm11", "yarn4"),
    "dots that lead back": ("npm11", "pnpm10"),
    "drive": ("npm11", "pnpm10"),
    "empty component": ("npm11", "pnpm10"),
    "link target of a file": ("npm11", "pnpm10"),
    "long name, then pax": ("npm11", "pnpm10"),
    "one zero block, then evil": ("npm11", "pnpm10"),
    "owner in no base": ("npm11", "pnpm10"),
    "pax path inside another value": ("npm11", "pnpm10"),
    "prefix in an old header": ("npm11", "pnpm10"),
    "contiguous file": ("npm11", "yarn4"),
}
"""Odd archives that both clients install without a word, and differently."""


def manifest(name: str, **more: str) -> bytes:
    fields = {"name": name, "version": "1.0.0", **more}
    return ("{" + ", ".join(f'"{key}": "{value}"' for key, value in fields.items()) + "}\n").encode()


def honest() -> dict[str, bytes]:
    """Archives of which the reader says nothing: those of the matrix, and some drawn with a fixed seed."""
    made = {}
    for number, row in enumerate(HONEST):
        name = f"row-{number}"
        made[name] = row.build(manifest(name), manifest(name, license="evil"))
    random = Random(20261124)
    for number in range(DRAWN):
        name = f"drawn-{number}"
        made[name], _ = drawn(random, manifest(name))
    for number in range(CHANGED):
        name = f"changed-{number}"
        made[name] = changed(random, manifest(name))
    return made


def changed(random: Random, own: bytes) -> bytes:
    """An archive that was tampered with so that the reader does not mind: the clients must not either."""
    others = [tar(member("package/b", b"1", magic=GNU)), tar(folder("package/c"), end=b""), long_name("package/" + "d" * 120)]
    while True:
        stream = bytearray(read_archive(drawn(random, own)[0]).unpacked)
        before = bytes(stream)
        for _ in range(random.randint(1, 4)):
            if random.random() < 0.7:
                nudge(stream, random)
            else:
                mutate(stream, others, random)
        packed = gz(bytes(stream))
        with suppress(ArchiveRefused):
            archive = read_archive(packed)
            if stream != before and not archive.oddities and archive.read("package.json") == own:
                return packed


def read(archive: Archive) -> dict[str, bytes]:
    return {path: bytes(archive.view(file)) for path, file in archive.files.items()}


def landed(package: Path) -> dict[str, bytes]:
    """What is on disk; pnpm keeps it behind a link."""
    root = package.resolve()
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def install(client: Client, packages: Mapping[str, bytes], folder: Path) -> Path:
    """A project with all of them in one go."""
    async with Simulator() as upstream:
        client.provision(upstream)
        for name, packed in packages.items():
            upstream.publish(name, "1.0.0", tarball=packed)
        project = write_project(folder, dict.fromkeys(packages, "1.0.0"))
        done = await client.install(project, upstream.url, audit=False)
    assert done.ok, done.output
    return project / "node_modules"


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_every_client_puts_on_disk_what_the_reader_lists(client: Client, tmp_path: Path) -> None:
    packages = honest()
    modules = await install(client, packages, tmp_path / "project")
    for name, packed in packages.items():
        archive = read_archive(packed)
        assert archive.oddities == ()
        assert landed(modules / name) == read(archive), name


@pytest.mark.parametrize("pair", [pytest.param(pair, marks=MARKS) for pair in sorted(set(DIFFERENT.values()))], ids="-".join)
async def test_odd_archives_are_installed_differently(pair: tuple[str, str], client_tools: Installation, tmp_path: Path) -> None:
    rows = [row for row in ODD if DIFFERENT.get(row.name) == pair]
    packages = {}
    for number, row in enumerate(rows):
        name = f"odd-{number}"
        packages[name] = row.build(manifest(name), manifest(name, license="evil"))
        assert read_archive(packages[name]).oddities
    first, second = [
        await install(CLIENTS[each](client_tools, tmp_path / each), packages, tmp_path / f"project-{each}") for each in pair
    ]
    for name, row in zip(packages, rows, strict=True):
        assert landed(first / name) != landed(second / name), row.name
