"""The Dockerfile, read far enough to do what it says without a builder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its lines joined."""

    word: str
    rest: str

    @property
    def command(self) -> str:
        """What RUN runs, without mounts."""
        return re.sub(r"^(--\S+\s+)+", "", self.rest)

    @property
    def array(self) -> list[str]:
        """The JSON of an ENTRYPOINT, CMD or HEALTHCHECK."""
        found = json.loads(self.rest[self.rest.index("[") :])
        assert isinstance(found, list)
        return found

    @property
    def sources(self) -> list[str]:
        """What COPY copies."""
        return self.rest.split()[:-1]


def stages() -> list[list[Instruction]]:
    """What stands before the first FROM, then one list a stage."""
    found: list[list[Instruction]] = [[]]
    for instruction in instructions(DOCKERFILE.read_text("utf-8")):
        if instruction.word == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def instructions(text: str) -> list[Instruction]:
    """Without comments, with continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines) + "\n")
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()]


def variables(stage: list[Instruction]) -> dict[str, str]:
    """What ENV sets."""
    words = " ".join(each.rest for each in stage if each.word == "ENV").split()
    return dict(word.split("=", 1) for word in words)


def let_in() -> tuple[list[str], list[str]]:
    """The patterns of .dockerignore that let something in, and those that keep something out."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [line[1:] for line in lines if line.startswith("!")], [line for line in lines if not line.startswith("!")]
