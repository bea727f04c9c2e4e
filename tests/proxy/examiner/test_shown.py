"""What was found is shown: to programs, typed, and in the lines of `pratique show`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from proxy.cli.inside import MOST, lines_of
from proxy.web.shapes_inside import Explained
from tests.fakes.tars import member, tgz
from tests.proxy.examiner.scene import DAY, Scene, ambiguous, scene

BEFORE = {"scripts": {"postinstall": "node a.js"}}
AFTER = {"scripts": {"postinstall": "node b.js", "preinstall": "curl"}, "dependencies": {"tool": "git+https://git.example/t.git"}}


async def shown(there: Scene, version: str) -> Any:
    """The answer of the API, which has to be what it says that it is."""
    answer = await there.proxy.json(f"/-/pratique/v1/packages/left-pad/versions/{version}")
    msgspec.convert(answer, Explained)
    return answer


async def test_before_anybody_looked_there_is_nothing_to_show(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish()
        answer = await shown(there, "1.0.0")
        assert (answer["examination"], answer["rewrite"]) == (None, None)
        assert list(lines_of(answer)) == ["examined: not yet"]


async def test_what_is_new_is_marked(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(manifest=BEFORE)
        there.publish(version="1.1.0", ago=DAY, manifest=AFTER, files={"big.js": "x" * 5000, "node.node": b"\x7fELF" + bytes(60)})
        await there.versions()
        await there.examine()
        answer = await shown(there, "1.1.0")
        examination = answer["examination"]
        assert examination["since"]["version"] == "1.0.0"
        assert examination["contents"]["dependencies"] == 1
        told = "\n".join(lines_of(answer))
        for line in (
            "compared with 1.0.0",
            "install script: preinstall: curl (new)",
            "install script: postinstall: node b.js (changed)",
            "new dependencies: tool",
            "from no registry: tool: git+https://git.example/t.git",
            "machine code: node.node (new)",
            " bytes (before: ",
        ):
            assert line in told


async def test_what_can_be_read_in_two_ways_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(tarball=ambiguous("1.0.0"))
        await there.fetch("1.0.0")
        await there.examine()
        told = list(lines_of(await shown(there, "1.0.0")))
        assert "can be read in more than one way: package.json is in it twice, with different content" in told


async def test_why_nothing_could_be_found_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(tarball=b"no archive")
        await there.fetch("1.0.0")
        await there.examine()
        (line,) = lines_of(await shown(there, "1.0.0"))
        assert "in vain: " in line
        assert "no archive" in line


async def test_long_lists_are_cut_for_people(tmp_path: Path) -> None:
    files = [member(f"package/{number}.node", b"\x7fELF" + bytes(60)) for number in range(MOST + 3)]
    manifest = member("package/package.json", b'{"name": "left-pad", "version": "1.0.0"}')
    async with scene(tmp_path) as there:
        there.publish(tarball=tgz(manifest, *files))
        await there.fetch("1.0.0")
        await there.examine()
        (line,) = [each for each in lines_of(await shown(there, "1.0.0")) if each.startswith("machine code")]
        assert line.endswith(", and 3 more")


async def test_the_metrics_count_what_was_done(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(manifest=BEFORE)
        await there.fetch("1.0.0")
        assert await there.metric("pratique_examiner_waiting") == 1
        await there.examine()
        counted = {name: await there.metric(f"pratique_{name}") for name in ("examined_total", "examined_scripts_total")}
        assert counted == {"examined_total": 1, "examined_scripts_total": 1}
        assert await there.metric("pratique_examiner_waiting") == 0
