"""The state machine of `store_model`, in the size that CHATTUI_RUNS and CHATTUI_STEPS give."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from store_model import Disk

RUNS = int(os.environ.get("CHATTUI_RUNS", "40"))
STEPS = int(os.environ.get("CHATTUI_STEPS", "30"))


def test_the_disk_is_the_model() -> None:
    run_state_machine_as_test(
        Disk,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
