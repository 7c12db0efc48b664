"""The short form of `make fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz.seeds import INPUTS
from tests.fuzz.trial import attempt, input_of
from tests.fuzz.workers import run

_FEW = 40


def test_full_form_has_enough_inputs() -> None:
    assert sum(INPUTS.values()) >= 100_000
    assert min(INPUTS.values()) >= 5_000


@pytest.mark.parametrize("kind", INPUTS)
def test_mutated_files_give_rows_or_a_sentence(kind: str) -> None:
    outcomes = [attempt(kind, *input_of(kind, index, "short")) for index in range(_FEW)]

    assert len(outcomes) == _FEW
    assert None in outcomes
    assert any(rows is not None for rows in outcomes)


def test_workers_count_every_input_once() -> None:
    tallies = [tally for _, tally in run({"json": 130, "csv": 60}, "short", 2)]

    assert sum(tally.inputs for tally in tallies) == 190
    assert sum(tally.with_rows + tally.refused for tally in tallies) == 190
    assert [finding for tally in tallies for finding in tally.findings] == []
