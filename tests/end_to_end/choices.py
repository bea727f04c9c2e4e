"""Which clients a scenario is worth running with, and what they print."""

from __future__ import annotations

import re

from tests.end_to_end.clients.fixtures import CLIENTS
from tests.end_to_end.clients.process import Result

NPMS = ("npm10", "npm11", "npm12")

MANAGERS = tuple(name for name in CLIENTS if name != "corepack_pnpm")
"""All but corepack: what it starts is the pnpm10 of this list, and its own part has tests of its own."""

DIFFERENT = ("npm11", "pnpm12", "yarn1", "bun")
"""One of each kind of HTTP client, for what our answers decide and clients have no say in.

npm10 and npm12 ask what npm11 asks; pnpm10 asks what yarn1 asks (abbreviated, unconditional), yarn4 what npm11 does (full).
"""


def prints(done: Result, words: str) -> bool:
    """Whether a client printed these words, wherever it broke the line (pnpm 12 does so in the middle of an address)."""
    return _squeezed(words) in _squeezed(done.output)


def notices(done: Result) -> list[str]:
    """The lines that npm marks as notices of ours."""
    return [line for line in done.output.splitlines() if line.startswith("npm notice pratique")]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s│]+", "", text)
