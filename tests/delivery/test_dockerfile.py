"""What the Dockerfile says, without building it."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.delivery import dockerfile
from tests.delivery.helm import ROOT
from tests.delivery.sealed import UID


def final() -> dict[str, dockerfile.Instruction]:
    """The last stage's instructions by their word."""
    return {each.word: each for each in dockerfile.stages()[-1]}


def test_every_stage_starts_from_one_pinned_base() -> None:
    arguments, *stages = dockerfile.stages()
    assert [each.rest for each in arguments] == ["BASE=python:3.12-slim", "BASE_DIGEST"]
    assert {stage[0].rest.removesuffix(" AS build") for stage in stages} == {"${BASE}@${BASE_DIGEST}"}


def test_it_runs_as_nobody_in_particular_and_lets_nobody_in_by_itself() -> None:
    last = final()
    assert last["USER"].rest == f"{UID}:{UID}"
    assert last["EXPOSE"].rest == "4873"
    assert last["ENTRYPOINT"].array == ["pratique"]
    assert last["CMD"].array == ["serve", "--host", "0.0.0.0", "--port", "4873"]
    variables = dockerfile.variables(dockerfile.stages()[-1])
    assert variables["PRATIQUE_STORAGE__DATA_DIR"] == "/data"
    assert [name for name in variables if name.startswith("PRATIQUE_")] == ["PRATIQUE_STORAGE__DATA_DIR"]


def test_what_is_copied_is_let_in_and_nothing_else() -> None:
    copied = [name for each in dockerfile.stages()[1] if each.word == "COPY" for name in each.sources]
    inward, outward = dockerfile.let_in()
    assert outward[0] == "*"
    assert set(copied) == set(inward) - {"requirements"}  # the folder, for the sake of one file in it
    assert "requirements/*" in outward
    assert all((ROOT / name).exists() for name in copied)
    assert any(fnmatch("proxy/__pycache__", pattern) for pattern in outward)


def test_what_builds_the_wheel_is_removed_and_nothing_else() -> None:
    """The packages that only the build backend wants, by what the requirements say about each."""
    blocks = re.findall(r"^([a-z0-9-]+)==[^\n]*\n((?:    .*\n)+)", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.M)
    wanted_by = {name: set(re.findall(r"^    #(?: via|  ) +([a-z0-9-]+)", rest, re.M)) for name, rest in blocks}
    building = {"editables", "hatchling"}
    while more := {name for name, by in wanted_by.items() if by and by <= building} - building:
        building |= more
    (step,) = [each.rest for each in dockerfile.stages()[1] if "uninstall --yes editables" in each.rest]
    removed = re.search(r"uninstall --yes ((?:[a-z-]+ )+)", step)
    assert removed is not None
    assert set(removed[1].split()) == building


@pytest.mark.delivery
@pytest.mark.timeout(300)
def test_hadolint_finds_nothing(tools: Path) -> None:
    done = subprocess.run([tools / "hadolint", "--no-color", dockerfile.DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
