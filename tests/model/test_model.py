"""Every answer of every route equals a slow reference, whatever happens: upstream, decisions, time, restarts."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine
from tests.model.workers import Workers

LONG = os.environ.get("PRATIQUE_TEST_MODEL") == "long"

ORDINARY = settings(
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
"""The same examples each time, so that a run takes as long as the last one; one that fails is shown as it is, at once."""


class Several(Machine):
    """The same with two workers, and one that remembers nothing."""

    drive = Workers


@pytest.mark.parametrize(("machine", "ordinary"), [(Machine, 8), (Several, 15)])
@pytest.mark.timeout(0 if LONG else 300)
def test_every_answer_equals_the_reference(machine: type[Machine], ordinary: int) -> None:
    examples = int(os.environ.get("PRATIQUE_TEST_MODEL_EXAMPLES", "1000"))
    long = settings(
        ORDINARY,
        derandomize=False,
        max_examples=examples,
        stateful_step_count=60,
        print_blob=True,
        phases=(Phase.generate, Phase.shrink),
    )
    run_state_machine_as_test(machine, settings=long if LONG else settings(ORDINARY, max_examples=ordinary))
