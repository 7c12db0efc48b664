"""The job done on real input: the six example sheets of the Sage Network documentation."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.db.models import Sum

from arhub.models import Account, Application, Contact, Document, Payment, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Change
from tests.ingestion.conftest import EXAMPLES

SHEETS = {
    "payment_applied": "paymentapplied",
    "credit_memo_applied": "creditmemoapplied",
    "invoice": "invoice",
    "payment": "payment",
    "contact": "contact",
    "account": "company",
}
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the example sheets are not at {EXAMPLES.name}/")


def _ingest(expected_exit: int = 0, **files: Path) -> dict[str, Any]:
    out = StringIO()
    pairs = [f"{name}={path}" for name, path in files.items()]
    try:
        call_command("ingest", *pairs, tenant="acme", json=True, stdout=out, stderr=StringIO())
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == expected_exit
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def sheets(tenant: Tenant) -> dict[str, Path]:
    return {name: EXAMPLES / f"{file}.xlsx" for name, file in SHEETS.items()}


@pytest.mark.parametrize("backwards", [False, True])
def test_sheets_go_in_by_one_command_in_any_order(tenant: Tenant, sheets: dict[str, Path], backwards: bool) -> None:
    order = list(reversed(sheets)) if backwards else list(sheets)

    result = _ingest(**{name: sheets[name] for name in order})

    inserted = {line["type"]: (line["inserted"], line["invalid"]) for line in result["files"]}
    assert inserted == {
        "ACCOUNT": (22, 0),
        "CONTACT": (21, 0),
        "INVOICE": (2100, 0),
        "ADJUSTMENT": (21, 0),
        "PAYMENT": (1318, 0),
        "PAYMENT_APPLIED": (1318, 0),
        "CREDIT_MEMO_APPLIED": (21, 0),
    }
    assert [line["warnings"] for line in result["files"]] == [[]] * 7
    with scope(tenant.pk):
        assert Account.objects.get(kind="own").name == "Lockstep Demo Data"
        assert (Contact.objects.count(), Payment.objects.count(), Application.objects.count()) == (21, 1318, 1339)
        sums = dict(Document.objects.values_list("document_type").annotate(n=Sum("outstanding_amount")).order_by())
        assert sums == {"invoice": Decimal(2138044), "credit_memo": Decimal(101883)}


def test_second_run_writes_nothing(tenant: Tenant, sheets: dict[str, Path]) -> None:
    _ingest(**sheets)

    again = _ingest(**sheets)

    assert all(line["unchanged"] == line["lines"] for line in again["files"])
    with scope(tenant.pk):
        assert not Change.objects.exists()


def test_one_changed_cell_gives_exactly_one_update(tenant: Tenant, sheets: dict[str, Path], tmp_path: Path) -> None:
    _ingest(**sheets)
    book = openpyxl.load_workbook(sheets["account"])
    sheet = book.active
    column = next(cell.column for cell in sheet[1] if cell.value == "city")
    old, sheet.cell(5, column).value = sheet.cell(5, column).value, "Skagen"
    book.save(tmp_path / "company.xlsx")

    again = _ingest(account=tmp_path / "company.xlsx")

    assert [(line["updated"], line["unchanged"]) for line in again["files"]] == [(1, 21)]
    with scope(tenant.pk):
        change = Change.objects.get()
        assert (change.field, change.old, change.new, change.line) == ("city", old, "Skagen", 5)


def test_cells_of_the_sheet_survive(tenant: Tenant, sheets: dict[str, Path]) -> None:
    _ingest(**sheets)

    with scope(tenant.pk):
        account = Account.objects.get(erp_key="2DE3E102-FB8D-4054-B894-F53535F2C726")
        assert (account.phone, account.postal_code) == ("4566882411", "67410")
        assert account.source_created_at.isoformat() == "2021-11-09T12:04:24.460000+00:00"
