"""Packages that run things when they are installed, each in another place, and clients that are allowed to let them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.process import Result
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World
from tests.fakes.simulator import Published
from tests.fakes.simulator.tarball import build_tarball

ORDINARY = {"before": "preinstall", "during": "install", "after": "postinstall"}
"""Package -> the script that it has; these run in every client that is allowed to."""

FLAGS = {
    "npm12": ["--dangerously-allow-all-scripts"],
    "pnpm10": ["--config.dangerouslyAllowAllBuilds=true"],
    "pnpm12": ["--config.dangerouslyAllowAllBuilds=true"],
}


def touches(mark: str) -> str:
    """A command that leaves a mark."""
    return f'touch "$MARKS/{mark}"'


def publish_ordinary(world: World) -> dict[str, Published]:
    """Packages with one script each, and one without any."""
    found = {
        name: world.publish(name, "1.0.0", days=400, manifest={"scripts": {"test": "true", script: touches(name)}})
        for name, script in ORDINARY.items()
    }
    return {**found, "plain": world.publish("plain", "1.0.0", days=400)}


def publish_odd(world: World) -> dict[str, Published]:
    """A native module, a package inside of a package, and a script that is in the document alone."""
    builds = {"scripts": {"install": "node-gyp rebuild"}, "gypfile": True}
    brings: dict[str, Any] = {"bundleDependencies": ["inner"], "dependencies": {"inner": "1.0.0"}}
    inner = json.dumps({"name": "inner", "version": "1.0.0", "scripts": {"postinstall": touches("inner")}})
    silent = build_tarball({"name": "told", "version": "1.0.0", "main": "index.js"}, {"index.js": ""})
    world.publish("inner", "1.0.0", days=400)
    return {
        "native": world.publish("native", "1.0.0", days=400, manifest=builds, files={"binding.gyp": "{}", "index.js": ""}),
        "outer": world.publish(
            "outer", "1.0.0", days=400, manifest=brings, files={"node_modules/inner/package.json": inner, "index.js": ""}
        ),
        "told": world.publish("told", "1.0.0", days=400, manifest={"scripts": {"postinstall": touches("told")}}, tarball=silent),
    }


def project_of(folder: Path, published: dict[str, Published]) -> tuple[Path, Path]:
    """A project that depends on all of them, and trusts them as bun wants it; and a folder for marks."""
    marks = folder / "marks"
    marks.mkdir(parents=True)
    names = dict.fromkeys(published, "1.0.0")
    return write_project(folder / "project", names, trustedDependencies=[*published, "inner"]), marks


async def install_with_scripts(client: Client, project: Path, world: World, marks: Path, *, frozen: bool = False) -> Result:
    """Whatever wants to run may run, and leaves its mark in a folder."""
    env = {"MARKS": str(marks), "YARN_ENABLE_SCRIPTS": "true"}
    return await client.install(project, world.url, frozen=frozen, extra_env=env, extra_args=FLAGS.get(client.name, []))
