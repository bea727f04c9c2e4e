"""`pratique diff` as its user runs it: what is served, what the upstream has, and what is different."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.serving import environment, pratique
from tests.end_to_end.world import World

RUNS = {"scripts": {"postinstall": "node steal.js"}}


async def test_the_bytes_that_are_served_and_the_originals(world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.0.0", days=400, files={"index.js": "module.exports = 1\n"})
    world.publish("leaf", "1.1.0", days=300, manifest=RUNS, files={"index.js": "module.exports = 2\n", "steal.js": "steal()\n"})
    async with world.proxy(scripts={"mode": "strip"}) as proxy:
        assert (await proxy.json("/leaf/1.1.0"))["version"] == "1.1.0"
        env = environment(tmp_path, PRATIQUE_URL=proxy.url)
        done = await pratique(tmp_path, "diff", "leaf@1.0.0", "leaf@1.1.0", env=env)
        assert done.ok, done.output
        assert "1.1.0 is served rewritten, without scripts.postinstall; --upstream compares the original" in done.output
        assert "+ scripts.postinstall" not in done.output
        done = await pratique(tmp_path, "diff", "leaf@1.1.0", "--upstream", env=env)
        assert "\n+ scripts.postinstall: node steal.js\n" in done.output
        assert "served rewritten" not in done.output
        done = await pratique(tmp_path, "diff", "leaf@1.1.0", "--file", "steal.js", "--json", env=env)
        told = json.loads(done.output)
        assert told["new"]["removed"] == ["scripts.postinstall"]
        assert told["new"]["integrity"] == (await proxy.json("/leaf/1.1.0"))["dist"]["integrity"]
        assert [each["path"] for each in told["diff"]["files"]] == ["steal.js"]
        done = await pratique(tmp_path, "diff", "leaf@9.9.9", env=env)
        assert (done.returncode, "no version 9.9.9" in done.output) == (1, True)
