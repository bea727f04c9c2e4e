"""`pratique diff`: what is printed, and in which colours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from proxy.cli.comparing import ALARM, diff, field_line
from proxy.cli.trouble import Trouble
from tests.proxy.cli.test_relocking import LOGGED
from tests.proxy.web.scene import Scene, scene
from tests.proxy.web.test_diff import publish


async def said(
    stage: Scene, capsys: pytest.CaptureFixture[str], *versions: str, as_json: bool = False, upstream: bool = False
) -> str:
    await asyncio.to_thread(diff, [*versions], None, stage.proxy.url, upstream=upstream, as_json=as_json)
    return LOGGED.sub("", capsys.readouterr().out)


async def test_install_scripts_first_then_files_then_their_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        lines = (await said(stage, capsys, "tool@1.0.0", "tool@1.1.0")).splitlines()
        assert lines[0].startswith("tool 1.0.0 → 1.1.0: 1 file added, 0 removed, 2 changed; ")
        assert lines[1] == "1.1.0 is withheld"
        assert lines[2] == "+ scripts.postinstall: node <U+001B>[2Jsteal.js"
        assert lines[3].startswith("changed  package.json (")
        assert "takes part in the installation" in lines[3]
        text = "\n".join(lines)
        assert "@@ index.js -1 +1 @@\n-module.exports = 1\n+module.exports = 2" in text
        assert "@@ steal.js -1 +1 @@\n+steal()" in text
        assert "\x1b" not in text
        # The version before it is what it is compared with by itself.
        assert await said(stage, capsys, "tool@1.1.0") == text + "\n"
        first = (await said(stage, capsys, "tool@1.0.0")).splitlines()
        assert first[0].startswith("tool nothing (there is no version before it) → 1.0.0: ")
        told = json.loads(await said(stage, capsys, "tool@1.1.0", as_json=True, upstream=True))
        assert told["bytes"] == "upstream"


def test_what_an_installation_runs_is_alarming_unless_it_is_gone() -> None:
    each = {"field": "scripts", "key": "postinstall", "old": None, "new": "x [red]", "inside": "node_modules/a", "runs": True}
    assert (field_line(each).plain, field_line(each).style) == ("+ node_modules/a: scripts.postinstall: x [red]", ALARM)
    gone = field_line({**each, "old": "x", "new": None})
    assert (gone.plain, gone.style) == ("- node_modules/a: scripts.postinstall: x", "red")
    assert field_line({**each, "old": "y", "runs": False}).plain == "~ node_modules/a: scripts.postinstall: y → x [red]"


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (["tool"], "names no version"),
        (["tool@1.0.0", "other@1.1.0"], "two packages"),
        (["tool@1.0.0", "tool@1.1.0", "tool@1.2.0"], "too many"),
        (["tool@1/0"], "not a version"),
    ],
)
def test_what_cannot_be_compared_is_not_asked_for(versions: list[str], words: str) -> None:
    with pytest.raises(Trouble, match=words) as trouble:
        diff(versions, None, "http://127.0.0.1:9", upstream=False, as_json=False)
    assert trouble.value.code == 2
