"""A cell that cannot be read is an answer like any other."""

from __future__ import annotations

import gc

from arhub.records.base import Kind
from ingestion.coercion import coerce
from tests.ingestion.coercion.kinds import UNDECIDED, field


def test_refused_cells_keep_nothing_of_their_column_alive() -> None:
    """Files are read without the collector of cycles: an exception that kept its traceback kept every chunk."""
    gc.collect()
    gc.disable()
    try:
        for kind in Kind:
            coerce(field(kind), ["neither this", "nor that", '"'], UNDECIDED)
        assert gc.collect() == 0
    finally:
        gc.enable()
