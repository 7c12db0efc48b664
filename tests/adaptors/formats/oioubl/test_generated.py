"""Documents that nobody thought of: OIOUBL says them by its schema and its sums, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from adaptors.formats.base import Unsayable
from adaptors.formats.document import OutgoingDocument
from adaptors.formats.oioubl.format import OioublFormat
from adaptors.formats.sums import with_sums
from tests.adaptors.formats.oioubl.arithmetic import broken
from tests.adaptors.generated import SEARCH, UNITS, documents
from tests.adaptors.official import schema_faults
from tests.adaptors.samples import STANDARD

OIOUBL = OioublFormat()
REFUSED = {"prepaid_amount", "quantity", "tax_amount", "total_amount", "vat_breakdown"}


@SEARCH
@given(documents())
def test_generated_document_is_right_or_refused(document: OutgoingDocument) -> None:
    _try(document, REFUSED)


@SEARCH
@given(documents())
def test_generated_document_of_one_rate_is_right_or_refused(document: OutgoingDocument) -> None:
    _try(_of_one_rate(document), REFUSED - {"vat_breakdown"})


def _try(document: OutgoingDocument, refused: set[str]) -> None:
    try:
        content = OIOUBL.render(document).content
    except Unsayable as error:
        assert {problem.field for problem in error.problems} <= refused
    else:
        assert schema_faults(content) == []
        assert broken(content) == []


def _of_one_rate(document: OutgoingDocument) -> OutgoingDocument:
    """With Danish VAT in place of every rate above zero, and none told in another currency."""
    lines = [replace(one, vat=STANDARD) if one.vat.category == "S" else one for one in document.lines]
    changes = [
        replace(one, vat=STANDARD) if one.vat and one.vat.category == "S" else one
        for one in document.allowances_charges
    ]
    changed = replace(document, lines=lines, allowances_charges=changes)
    return with_sums(
        replace(changed, totals=replace(changed.totals, tax_in_books=None)), UNITS[document.currency]
    )  # fmt: skip
