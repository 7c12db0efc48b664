"""Syncs, as the hub's own Sage Network API takes them in and tells of them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from adaptors.formats.base import Unsayable
from adaptors.formats.document import OutgoingDocument, Party
from adaptors.formats.sage_network.format import SageNetworkFormat
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, Tenant
from arhub.network.encoding import encode
from arhub.tenancy.scope import scope
from ingestion.domain import runs
from tests.adaptors.samples import BUYER, SAMPLES, document, line
from tests.ingestion.conftest import keeping_files
from tests.ingestion.sage_network.conftest import client_of

EVERY = {name: replace(make(), number=f"N-{at}") for at, (name, make) in enumerate(SAMPLES.items(), start=1)}


@pytest.fixture
def tenant(transactional_db: None, tmp_path: Path) -> Iterator[Tenant]:
    with keeping_files(tmp_path / "media"):
        yield create_tenant("acme", name="Acme A/S", currency="DKK")


def files(of: OutgoingDocument, **options: Any) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(SageNetworkFormat(options).render(of).content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()}


def taken(client: Client, content: bytes) -> dict[str, Any]:
    """What became of the sync that was uploaded so."""
    if content.startswith(b"PK"):
        ready = client.post("/api/v1/Sync/zip", {"files": SimpleUploadedFile("sync.zip", content)})
    else:
        ready = client.post("/api/v1/Sync/batch", content, content_type="application/json")
    while claimed := runs.claim():
        runs.work(*claimed)
    done: dict[str, Any] = client.get(f"/api/v1/Sync/{ready.json()['syncRequestId']}?include=Details").json()
    return done


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
def test_every_document_is_taken_in_by_a_hub_and_is_there_the_same(tenant: Tenant) -> None:
    done = taken(client_of(tenant, "read", "write"), _together(EVERY.values()))

    assert (done["statusCode"], {model: one["errorCount"] for model, one in done["details"].items()}) == (
        "Success", {"Company": 0, "Invoice": 0, "InvoiceLine": 0},
    )  # fmt: skip
    with scope(tenant.pk):
        for name, of in EVERY.items():
            found = Document.objects.get(number=of.number)
            assert (name, found.document_type, found.account.name, found.company.name) == (
                name, of.kind, _last_name(of.buyer), of.seller.name,
            )  # fmt: skip
            assert (found.total_amount, found.net_amount, found.tax_amount, found.balance_due, found.currency) == (
                of.totals.gross, of.totals.net, of.totals.tax, of.totals.payable, of.currency,
            )  # fmt: skip
            assert (found.invoice_date, found.due_date) == (of.issue_date, of.due_date)
            lines = sorted(found.lines.values_list("line_number", "quantity", "unit_price", "net_amount"))
            assert lines == sorted((one.id, one.quantity, one.price, one.net) for one in of.lines)


def _together(documents: Iterable[OutgoingDocument]) -> bytes:
    """The batches of all documents as one; of companies with the same key, the last."""
    lists: dict[str, dict[str, Any]] = {"companies": {}, "invoices": {}, "invoiceLines": {}}
    for of in documents:
        batch = json.loads(SageNetworkFormat({"shape": "batch"}).render(of).content, parse_float=Decimal)
        for name, rows in lists.items():
            rows |= {row["erpKey"]: row for row in batch[name]}
    return encode({name: list(rows.values()) for name, rows in lists.items()})


def _last_name(party: Party) -> str:
    """Several samples name the same customer differently; the last one counts."""
    return [of.buyer.name for of in EVERY.values() if of.buyer.number == party.number][-1]


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
def test_batch_says_the_same_as_the_zip(tenant: Tenant) -> None:
    client = client_of(tenant, "read", "write")

    first = taken(client, SageNetworkFormat().render(SAMPLES["item_numbers"]()).content)
    second = taken(client, SageNetworkFormat({"shape": "batch"}).render(SAMPLES["item_numbers"]()).content)

    assert {model: one["insertCount"] for model, one in first["details"].items()} == {
        "Company": 2, "Invoice": 1, "InvoiceLine": 1,
    }  # fmt: skip
    assert {model: (one["updateCount"], one["skipCount"]) for model, one in second["details"].items()} == {
        "Company": (0, 2), "Invoice": (0, 1), "InvoiceLine": (0, 1),
    }  # fmt: skip
    with scope(tenant.pk):
        assert set(Account.objects.values_list("kind", flat=True)) == {"customer", "own"}


def test_invoice_and_credit_note_of_the_same_number_have_keys_of_their_own() -> None:
    credit = files(replace(SAMPLES["credit"](), number="10482"))

    assert files(document())["invoice.csv"][0]["erpKey"] == "invoice:10482"
    assert (credit["invoice.csv"][0]["erpKey"], credit["invoiceline.csv"][0]["erpKey"]) == (
        "credit_memo:10482", "credit_memo:10482:1",
    )  # fmt: skip


def test_foreign_currency_has_no_rate_but_its_vat_in_the_books() -> None:
    (row,) = files(SAMPLES["foreign_currency"]())["invoice.csv"]

    assert "currencyRate" not in row
    assert (row["currencyCode"], row["totalAmount"], row["baseCurrencySalesTaxAmount"]) == ("EUR", "1250", "1865.2")
    assert json.loads(row["taxSummary"], parse_float=Decimal) == [
        {"taxCode": "S", "taxRate": 25, "taxTotal": Decimal("250.00")}
    ]


def test_companies_may_be_left_out() -> None:
    assert list(files(document(), companies=False)) == ["invoice.csv", "invoiceline.csv"]


def test_hostile_text_stays_in_its_cell() -> None:
    text = '=1+1","x\r\ny;'

    assert files(document(lines=[line(name=text)]))["invoiceline.csv"][0]["description"] == text


def test_party_without_any_number_holds_the_document() -> None:
    nobody = replace(BUYER, endpoint=None, number="", registration_number="", vat_number="")

    with pytest.raises(Unsayable) as held:
        SageNetworkFormat().render(document(buyer=nobody))

    assert [(one.text, one.field) for one in held.value.problems] == [
        ("The customer has no number to be known by: give a registration number, VAT number or GLN.",
         "customer_registration_number"),
    ]  # fmt: skip


def test_same_document_makes_the_same_bytes() -> None:
    for options in ({}, {"shape": "batch"}):
        assert SageNetworkFormat(options).render(document()) == SageNetworkFormat(options).render(document())


def test_option_that_is_wrong_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^Shape: expected one of zip, batch, found 'csv'\.$"):
        SageNetworkFormat({"shape": "csv"})
