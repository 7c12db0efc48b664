from __future__ import annotations

import pytest

from tests.adaptors import golden
from tests.adaptors.formats.edifact.cases import CASES
from tests.adaptors.samples import SAMPLES


@pytest.mark.parametrize("name", CASES)
def test_case_is_written_as_golden_file_says(name: str) -> None:
    format, make = CASES[name]

    content = format.render(make()).content

    assert content == golden.stored(format, name).read_bytes()


def test_golden_files_are_those_of_cases_and_have_every_sample() -> None:
    files = {path.stem for path in (golden.FOLDER / "edifact").iterdir()}

    assert files == set(CASES)
    assert {name.split(".")[0] for name in files} == set(SAMPLES)
