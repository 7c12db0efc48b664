"""Orders people expect."""

from __future__ import annotations

import re

_RUNS = re.compile(r"(\d+)")


def natural_key(text: str | None) -> list[tuple[int, int, str]]:
    """A sort key in which numbers inside text count as numbers: 2 before 10, "1a" before "1b". Nothing comes first."""
    runs = _RUNS.split((text or "").casefold())
    return [(0, int(run), run) if run.isdecimal() else (1, 0, run) for run in runs if run]
