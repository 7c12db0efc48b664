"""What a load sets for the whole process, while others read beside it."""

from __future__ import annotations

import gc
import sys

from ingestion.domain.full_speed import FULL_SPEED


def test_settings_come_back_when_the_last_of_two_overlapping_loads_ends() -> None:
    def now() -> tuple[bool, float]:
        return gc.isenabled(), sys.getswitchinterval()

    before = now()

    FULL_SPEED.__enter__()
    FULL_SPEED.__enter__()
    both = now()
    FULL_SPEED.__exit__()
    one = now()
    FULL_SPEED.__exit__()

    assert both == one == (False, 0.0005)
    assert now() == before
