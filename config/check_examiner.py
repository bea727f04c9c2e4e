"""What is doubtful about examining tarballs, and what needs it; see `config.check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.problem import Problem
from config.scripts import NEEDING_EXAMINATION, RulesSettings, ScriptsMode
from config.settings import Settings
from config.units import format_size

LEAST_MEMORY = 128 * 2**20
"""Bytes. An interpreter that has read nothing yet takes a good part of it."""


def check_examiner(settings: Settings) -> Iterator[Problem]:
    """Limits under which nothing could be examined, and settings that need examinations where there are none."""
    yield from _limits(settings)
    if not settings.examiner.enabled:
        yield from unexamined(settings)
        yield from _idle_rules(settings)


def unexamined(settings: Settings) -> Iterator[Problem]:
    """Modes for install scripts that rest on what is in tarballs, where nobody looks into them: errors, all of them."""
    if settings.examiner.enabled:
        return
    said: list[tuple[str, ScriptsMode | None]] = [("scripts.mode", settings.scripts.mode)]
    said += [(f"packages[{number}].scripts.mode", entry.scripts.mode) for number, entry in enumerate(settings.packages)]
    said += [(f"namespaces[{number}].scripts.mode", entry.scripts.mode) for number, entry in enumerate(settings.namespaces)]
    for place, mode in said:
        if mode in NEEDING_EXAMINATION:
            text = (
                f'"{mode}" needs to know which scripts a tarball holds, and examiner.enabled is false, so nobody looks into'
                ' any: set that to true, or write "flag" here'
            )
            yield Problem("error", place, text)


def _idle_rules(settings: Settings) -> Iterator[Problem]:
    said = [("rules", settings.rules != RulesSettings())]
    said += [(f"packages[{number}].rules", bool(entry.rules.keys())) for number, entry in enumerate(settings.packages)]
    said += [(f"namespaces[{number}].rules", bool(entry.rules.keys())) for number, entry in enumerate(settings.namespaces)]
    for place, set_here in said:
        if set_here:
            text = "has no effect: these rules are about what is in tarballs, and examiner.enabled is false"
            yield Problem("warning", place, text)


def _limits(settings: Settings) -> Iterator[Problem]:
    examiner = settings.examiner
    if examiner.budget < 0:
        yield Problem("error", "examiner.budget", f"{examiner.budget}: write 0 or more examinations per minute")
    elif examiner.enabled and examiner.budget == 0:
        text = (
            "is 0, so nothing is examined in the background, and young versions that nobody has looked into stay withheld:"
            " write 30 or so; say examiner.enabled = false if no examinations are meant"
        )
        yield Problem("warning", "examiner.budget", text)
    if examiner.timeout == timedelta(0):
        yield Problem("error", "examiner.timeout", "must be more than 0")
    if examiner.memory < LEAST_MEMORY:
        text = f"{format_size(examiner.memory)} is less than the examining process needs by itself: write 256MiB or more"
        yield Problem("error", "examiner.memory", text)
    if examiner.max_unpacked == 0:
        yield Problem("error", "examiner.max_unpacked", "is 0, so every archive is too large: write a size such as 1GiB")
    for key, count, usual in (("max_entries", examiner.max_entries, 200_000), ("max_ratio", examiner.max_ratio, 200)):
        if count < 1:
            yield Problem("error", f"examiner.{key}", f"{count}: every archive has more; write 1 or more, {usual} is usual")
