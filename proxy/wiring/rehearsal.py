"""Another policy, put together beside the one in force to see what it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.check_examiner import unexamined
from config.load import load
from config.problem import ConfigError
from config.settings import Settings
from proxy.registry.quarantined import Quarantined
from proxy.web.services import BadPolicy

POLICY = frozenset({"quarantine", "scripts", "rules", "examiner", "packages", "namespaces", "audiences"})
"""The sections that say which versions may enter."""

MEMORY = "4MiB"
"""What a dry run may remember; it looks at each package once."""

Stages = Mapping[str | None, Quarantined]


def rehearsal(stages_of: Callable[[Settings], Stages]) -> Callable[[Mapping[str, Any]], Stages]:
    """What makes stages of a policy as the configuration writes it. Raises BadPolicy with every problem and its mend."""

    def rehearse(policy: Mapping[str, Any]) -> Stages:
        if beyond := sorted(policy.keys() - POLICY):
            raise BadPolicy(f"policy: {beyond[0][:40]!r} says nothing about versions; there are {', '.join(sorted(POLICY))}")
        try:
            said = {**policy, "storage": {"memory": MEMORY}}
            settings = load(env={}, overrides=said, named="policy").settings
            if problems := list(unexamined(settings)):
                raise ConfigError(problems)
            return stages_of(settings)
        except ConfigError as error:
            raise BadPolicy("; ".join(str(problem) for problem in error.problems)) from None

    return rehearse
