"""Formats of a few lines, in the place of the two that most customers have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from adaptors import registry
from adaptors.formats.base import Format, Rendered
from adaptors.formats.document import OutgoingDocument
from connectors.base import Setting


class PlainFormat(Format):
    kind, label, summary, ending, media_type = "bis3", "Plain", "The number.", "txt", "text/plain"

    def render(self, document: OutgoingDocument) -> Rendered:
        return Rendered(document.number.encode(), self.media_type, self.ending)


class ColumnsFormat(PlainFormat):
    kind, label = "csv", "With columns"
    options: ClassVar[tuple[Setting, ...]] = (
        Setting("columns", "Columns", kind="columns", required=False),
        Setting("headings", "Headings", kind="bool", default=True),
        Setting("sign", "Decimal sign", kind="choice", default=".", choices=((".", "Point"), (",", "Comma"))),
    )


class Other(PlainFormat):
    kind, label = "other", "Other"


@pytest.fixture(autouse=True)
def sample_formats(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Those are there, and any other asks for nothing."""
    for kind, (label, _) in registry.FORMATS.items():
        name = {"bis3": "PlainFormat", "csv": "ColumnsFormat"}.get(kind, "Other")
        monkeypatch.setitem(registry.FORMATS, kind, (label, f"{__name__}.{name}"))
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()
