"""`pratique relock`: what it prints, what it writes, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proxy.cli.relocking import relock, replace_text
from proxy.cli.trouble import Trouble
from proxy.cli.unified import unified
from tests.proxy.npm.lockfile.examples import YARN_4
from tests.proxy.web.scene import Scene, scene
from tests.proxy.web.test_relock import SERVED, put_on_record, sri

LOGGED = re.compile(r"^\d{4}-\d\d-\d\d .*\n", re.MULTILINE)
"""What the server writes to the same place."""

FLAG = '      "hasInstallScript": true,\n'


@dataclass
class Desk:
    """A project with a lockfile from before, and a server that strips."""

    stage: Scene
    file: Path
    text: str

    async def run(self, *files: Path, host: str | None = None, url: str | None = None, **how: bool) -> int:
        """The exit code."""
        options = {"write": False, "original": False, "as_json": False, **how}
        try:
            await asyncio.to_thread(relock, [*files] or [self.file], host, url or self.stage.proxy.url, **options)
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    @property
    def stripped(self) -> str:
        """The lockfile as it has to be."""
        upstream = self.stage.upstream.package("runs")["versions"]["1.0.0"]["dist"]["integrity"]
        return self.text.replace(upstream, sri(SERVED)).replace(FLAG, "")


@asynccontextmanager
async def desk(home: Path) -> AsyncIterator[Desk]:
    async with scene(home / "server", scripts={"mode": "strip"}) as stage:
        stage.publish("runs", "1.0.0", 400, manifest={"scripts": {"postinstall": "node ."}})
        await put_on_record(stage, "runs", "1.0.0")
        packages = {"": {"name": "project"}, **{f"node_modules/{name}": entry(stage, name) for name in ("lib", "runs", "twice")}}
        packages["node_modules/twice"] = {**packages["node_modules/lib"], "name": "lib", "version": "9.9.9"}
        packages["node_modules/twice"]["resolved"] = packages["node_modules/lib"]["resolved"].replace("1.0.0", "9.9.9")
        packages["node_modules/runs"] |= {"hasInstallScript": True, "license": "MIT"}
        text = json.dumps({"name": "project", "lockfileVersion": 3, "packages": packages}, indent=2) + "\n"
        file = home / "package-lock.json"
        file.write_bytes(text.encode())
        yield Desk(stage, file, text)


def entry(stage: Scene, name: str) -> dict[str, Any]:
    """As npm locks it."""
    if name == "twice":
        return {}
    dist = stage.upstream.package(name)["versions"]["1.0.0"]["dist"]
    return {"version": "1.0.0", "resolved": dist["tarball"], "integrity": dist["integrity"]}


async def test_without_write_it_says_what_it_would_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path) as at:
        assert await at.run() == 1
        assert at.file.read_text() == at.text
        said = capsys.readouterr()
        assert LOGGED.sub("", said.out).splitlines() == list(unified(str(at.file), at.text, at.stripped))
        assert f"{at.file}: 1 version would be locked anew; --write does it\n" in said.err
        assert "  lib@9.9.9: lib has no version 9.9.9 that the upstream lists\n" in said.err


async def test_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path) as at:
        at.file.chmod(0o600)
        assert await at.run(write=True) == 0
        assert at.file.read_text() == at.stripped
        assert f"{at.file}: 1 version was locked anew\n" in capsys.readouterr().err
        assert at.file.stat().st_mode & 0o777 == 0o600
        assert await at.run() == 0
        said = capsys.readouterr()
        assert (LOGGED.sub("", said.out), "0 versions would be locked anew\n" in said.err) == ("", True)
        assert await at.run(original=True) == 1
        assert await at.run(original=True, write=True) == 0
        assert at.file.read_text() == at.text
        assert sorted(os.listdir(tmp_path)) == ["package-lock.json", "server"]


async def test_line_ends_links_and_several_files(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.file.write_bytes(at.text.replace("\n", "\r\n").encode())
        link = tmp_path / "deep" / "package-lock.json"
        link.parent.mkdir()
        link.symlink_to(at.file)
        other = tmp_path / "other" / "npm-shrinkwrap.json"
        other.parent.mkdir()
        other.write_text("\ufeff" + at.text, "utf-8")
        assert await at.run(link, other, write=True) == 0
        assert link.is_symlink()
        assert at.file.read_bytes() == at.stripped.replace("\n", "\r\n").encode()
        assert other.read_text("utf-8") == "\ufeff" + at.stripped


async def test_addresses_move_where_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path) as at:
        assert await at.run(host="https://npm.example/base/", write=True, as_json=True) == 0
        (told,) = json.loads(LOGGED.sub("", capsys.readouterr().out))["lockfiles"]
        assert told["changed"] == ["lib@1.0.0", "runs@1.0.0"]
        assert (told["file"], told["kind"], told["written"]) == (str(at.file), "package-lock 3", True)
        assert told["told"] == ["lib@9.9.9: lib has no version 9.9.9 that the upstream lists"]
        places = json.loads(at.file.read_text())["packages"]
        assert places["node_modules/runs"]["resolved"] == "https://npm.example/base/runs/-/runs-1.0.0.tgz"
        assert places["node_modules/twice"]["resolved"].startswith(at.stage.upstream.url)


async def test_bytes_of_nobody_are_told_and_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path) as at:
        own = at.stage.upstream.package("runs")["versions"]["1.0.0"]["dist"]["integrity"]
        at.file.write_text(at.text.replace(own, sri(b"something else")))
        assert await at.run(write=True) == 0
        assert "  left alone: runs@1.0.0 (line " in capsys.readouterr().err
        assert sri(b"something else") in at.file.read_text()


async def test_yarn_4_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path) as at:
        file = tmp_path / "yarn.lock"
        file.write_text(YARN_4.replace("leaf@npm", "runs@npm"))
        assert await at.run(file) == 0
        assert "YARN_CHECKSUM_BEHAVIOR=update yarn install" in capsys.readouterr().err


async def test_what_goes_wrong_changes_nothing_and_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        broken = tmp_path / "pnpm-lock.yaml"
        broken.write_text("lockfileVersion: '99'\n")
        binary = tmp_path / "yarn.lock"
        binary.write_bytes(b"\xff\xfe")
        for files, more, words in (
            ([at.file, tmp_path / "nothing.json"], {}, "cannot be read"),
            ([at.file, broken], {}, "lockfileVersion"),
            ([at.file, binary], {}, "cannot be read"),
            ([at.file], {"host": "npm.example"}, "no http"),
            ([at.file], {"host": "file:///x"}, "no http"),
            ([at.file], {"url": "http://127.0.0.1:9"}, "pratique serve"),
        ):
            with pytest.raises(Trouble, match=words) as trouble:
                await at.run(*files, write=True, **more)  # type: ignore[arg-type]
            assert trouble.value.code == 2
        assert at.file.read_text() == at.text


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "package-lock.json"
    file.write_text("changed\n")
    with pytest.raises(Trouble, match="changed meanwhile"):
        replace_text(file, "before\n", "after\n")
    assert file.read_text() == "changed\n"
    replace_text(file, "changed\n", "after\n")
    assert file.read_text() == "after\n"
    with pytest.raises(Trouble, match="cannot be written"):
        replace_text(tmp_path / "nothing", "before\n", "after\n")
    assert os.listdir(tmp_path) == ["package-lock.json"]
