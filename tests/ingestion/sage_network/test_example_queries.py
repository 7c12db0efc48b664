"""The vendor's example data, queried as the vendor's samples do."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command

from arhub.models import Tenant
from tests.ingestion.conftest import EXAMPLES
from tests.ingestion.sage_network.conftest import Ask
from tests.ingestion.test_example_sheets import SHEETS

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the example sheets are not at {EXAMPLES.name}/")


def _sheet(name: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(EXAMPLES / f"{name}.xlsx", read_only=True).active
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _all(ask: Ask, path: str, **parameters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = ask(f"{path}/query", pageSize="500", pageNumber=str(len(found) // 500), **parameters)[1]
        found += page["records"]
        if len(page["records"]) < 500:
            assert page["totalCount"] == len(found)
            return found


def _comparable(name: str, value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    return str(value)[:10] if name.endswith("Date") else value


@pytest.fixture
def example(tenant: Tenant) -> Tenant:
    pairs = [f"{name}={EXAMPLES / file}.xlsx" for name, file in SHEETS.items()]
    call_command("ingest", *pairs, tenant="acme", stdout=StringIO(), stderr=StringIO())
    return tenant


def test_example_data_is_read_back_as_it_was_given(example: Tenant, ask: Ask) -> None:
    """One load for all of it: every filled cell of every sheet that the read model has a field for."""
    for path, sheet in (
        ("Companies", "company"), ("Contacts", "contact"), ("Invoices", "invoice"), ("Payments", "payment"),
        ("payments-applied", "paymentapplied"), ("credit-memos-applied", "creditmemoapplied"),
    ):  # fmt: skip
        rows = {str(row["erpKey"]): row for row in _sheet(sheet)}
        records = {record["erpKey"]: record for record in _all(ask, path)}
        assert set(records) == set(rows)
        given = [name for name in next(iter(rows.values())) if name in records[next(iter(rows))]]
        different = [
            (key, name, row[name], records[key][name])
            for key, row in rows.items()
            for name in given
            if name not in ("created", "modified")
            and row[name] is not None
            and _comparable(name, row[name]) != _comparable(name, records[key][name])
            and str(row[name]) != str(records[key][name])
        ]
        assert different == [], path
        assert len(given) > 4

    _samples(ask, _sheet("invoice"))


def _samples(ask: Ask, rows: list[dict[str, Any]]) -> None:
    """Filters of the vendor's samples and of others' programs."""
    expected = {
        "invoiceDate < 2021-12-01 AND outstandingBalanceAmount > 0": [
            row for row in rows if str(row["invoiceDate"]) < "2021-12-01" and row["outstandingBalanceAmount"] > 0
        ],
        "outstandingBalanceAmount > 0 AND invoiceDate < 2022": [
            row for row in rows if str(row["invoiceDate"]) < "2022" and row["outstandingBalanceAmount"] > 0
        ],
        "invoiceDate between 2021-01-01 and 2021-03-31": [
            row for row in rows if "2021-01-01" <= str(row["invoiceDate"])[:10] <= "2021-03-31"
        ],
        "currencyCode IN ('USD','EUR','GBP')": [row for row in rows if row["currencyCode"] in ("USD", "EUR", "GBP")],
        "invoiceTypeCode = 'credit memo'": [row for row in rows if row["invoiceTypeCode"] == "Credit Memo"],
    }
    for text, wanted in expected.items():
        found = _all(ask, "Invoices", filter=text, order="invoiceDate asc")
        assert sorted(record["erpKey"] for record in found) == sorted(str(row["erpKey"]) for row in wanted), text
        assert [record["invoiceDate"] for record in found] == sorted(record["invoiceDate"] for record in found)
