"""Whatever is made up of amounts that agree comes out valid, and reads back with the same totals."""

from __future__ import annotations

from dataclasses import asdict

from hypothesis import given

from adaptors.formats.bis3.format import Bis3Format
from adaptors.formats.document import OutgoingDocument
from adaptors.formats.sums import differences
from tests.adaptors import generated, official
from tests.adaptors.formats.bis3.reader import Reading


@generated.SEARCH
@given(generated.documents())
def test_made_up_document_is_valid_and_adds_up(document: OutgoingDocument) -> None:
    content = Bis3Format().render(document).content
    read = Reading(content)

    assert list(differences(document, unit=generated.UNITS[document.currency])) == []
    assert official.faults(content, warnings=True) == []
    assert read.totals == asdict(document.totals)
    assert read.vat == [(one.vat.category, one.vat.rate, one.taxable, one.tax) for one in document.subtotals]
