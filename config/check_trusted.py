"""What is doubtful about `scripts.trusted`; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator

from config.pattern import covers
from config.problem import Problem
from config.settings import Settings
from config.trusted import ALL, Trusted

PLACE = "scripts.trusted"


def check_trusted(settings: Settings) -> Iterator[Problem]:
    """Entries that can make no difference."""
    if settings.scripts.trusted and _modes(settings) == {"allow"}:
        yield Problem("warning", PLACE, "has no effect: install scripts of every package are allowed")
        return
    for entry in settings.trusted:
        wider = next((other for other in settings.trusted if _takes_in(other, entry)), None)
        if wider is not None:
            yield Problem("warning", PLACE, f"{str(entry)!r} has no effect: {str(wider)!r} trusts all of it; take one out")
        elif "*" not in entry.match and settings.for_package(entry.match).scripts_mode == "allow":
            text = f"{str(entry)!r} has no effect: scripts.mode of that package is allow already; take it out"
            yield Problem("warning", PLACE, text)


def _modes(settings: Settings) -> set[str]:
    """Every mode that some package could have; a namespace that says nothing has allow."""
    said = [entry.scripts.mode for entry in settings.packages] + [entry.scripts.mode for entry in settings.namespaces]
    return {settings.scripts.mode, *(mode for mode in said if mode is not None)}


def _takes_in(wide: Trusted, narrow: Trusted) -> bool:
    return wide != narrow and wide.versions == ALL and covers(wide.match, narrow.match)
