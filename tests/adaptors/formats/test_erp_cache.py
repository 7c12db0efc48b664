"""Invoice history of ERP Cache, as the hub reads drops of others."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from adaptors.formats.base import Unsayable
from adaptors.formats.document import Attachment
from adaptors.formats.erp_cache.format import ErpCacheFormat
from tests.adaptors.samples import BUYER, PDF, SAMPLES, credit, document
from tests.connectors.erp_cache.drops import drop


def records(of: Any, **options: Any) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """What the hub's own reader of drops finds, and its warnings."""
    form = ErpCacheFormat(options)
    read, found = drop(form.render(of).content, form.drop_name(of))
    return found, read.warnings


def xml(of: Any, **options: Any) -> str:
    with zipfile.ZipFile(io.BytesIO(ErpCacheFormat(options).render(of).content)) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode()


@pytest.mark.parametrize("name", SAMPLES)
def test_document_is_read_back_as_a_row_of_invoice_history(name: str) -> None:
    of = SAMPLES[name]()
    sign = -1 if of.kind.is_credit else 1

    assert records(of) == (
        [
            {
                "invoice_number": of.number,
                "account_id": of.buyer.number,
                "invoice_date": of.issue_date.isoformat(),
                "total_amount": sign * of.totals.gross,
                "balance_due": None,
            }
        ],
        (),
    )
    assert ErpCacheFormat().render(of) == ErpCacheFormat().render(of)


def test_outstanding_amount_is_what_is_to_be_paid_where_it_is_asked_for() -> None:
    of = SAMPLES["prepaid"]()

    assert records(of, outstanding="payable")[0][0]["balance_due"] == of.totals.payable == 1000
    assert records(credit(), outstanding="payable")[0][0]["balance_due"] == -1250


def test_name_is_of_the_shop_the_date_and_the_number() -> None:
    named = ErpCacheFormat({"shop": "ACME-Staging"}).drop_name

    assert named(document()).stem == "ACME-Staging_ErpCache_Invoice_20260315010482"
    assert named(document(number="F-2026/10482 x")).stem == "ACME-Staging_ErpCache_Invoice_20260315202610482"
    assert named(document(number="9" * 60)).index == "20260315" + "9" * 32


def test_pdf_goes_along_where_it_was_made() -> None:
    page = Attachment("10482.pdf", content=b"%PDF-page", is_alternative=True)
    of = replace(document(), attachments=(PDF, page))

    found = re.search(r"<InvoicePdf>(.*)</InvoicePdf>", xml(of, pdf=True))

    assert found is not None
    assert base64.b64decode(found[1]) == b"%PDF-page"
    assert "InvoicePdf" not in xml(of)
    with pytest.raises(Unsayable, match=r"^The PDF that is to go into the XML was not made\.$"):
        xml(replace(document(), attachments=(PDF,)), pdf=True)


def test_hostile_text_is_escaped() -> None:
    assert records(document(number="<a>&\"'"))[0][0]["invoice_number"] == "<a>&\"'"


@pytest.mark.parametrize("shop", ["", "a/b", "a:b"])
def test_shop_that_no_file_can_be_called_after_holds_the_document(shop: str) -> None:
    with pytest.raises(Unsayable, match=f"^The shop's name “{shop}” cannot stand in the name of a file"):
        ErpCacheFormat({"shop": shop}).render(document())


def test_customer_without_a_number_holds_the_document() -> None:
    with pytest.raises(Unsayable) as held:
        ErpCacheFormat().render(document(buyer=replace(BUYER, number="")))

    assert [(one.text, one.field) for one in held.value.problems] == [
        ("ERP Cache knows a customer by its number, and this one has none.", "customer_number")
    ]


def test_option_that_is_wrong_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^Shop: expected a text, found '7'\.$"):
        ErpCacheFormat({"shop": 7})
