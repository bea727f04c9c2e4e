"""What is wrong with a configuration, said once: loading and checking both report in these words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing to mend. `place` is the key path and where it was read; `text` says what is wrong and the mend."""

    level: Literal["error", "warning"]
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used. `problems` holds everything found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
