"""Exports: what each format writes, and that the hub reads its own files back unchanged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from arhub.domain.tenants import add_member, create_tenant
from arhub.exports.formats import CsvFormat, JsonFormat, XlsxFormat
from arhub.exports.values import Rows, as_given, owner_key
from arhub.models import Document, Tenant
from arhub.records import Kind
from arhub.sheets import MOST_CHARACTERS, fits_cell
from arhub.tenancy.scope import scope
from ingestion.models import IngestionFile
from tests.ingestion.conftest import drop_staging

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "sage-network-example"
SHEETS = {
    "account": "company", "contact": "contact", "invoice": "invoice", "payment": "payment",
    "payment_applied": "paymentapplied", "credit_memo_applied": "creditmemoapplied",
}  # fmt: skip
LISTS = {
    "account": "account/export/", "contact": "contact/export/", "invoice": "invoice/export/",
    "adjustment": "creditmemo/export/", "invoice_line": "documentline/export/", "payment": "payment/export/",
    "payment_applied": "application/export/", "credit_memo_applied": "application/export/?show=credit_memo",
    "workflow_status": "workflowstatus/export/",
    "outstanding_item": "outstandingitem/export/", "custom_field": "customfieldvalue/export/",
}  # fmt: skip
FORMS = {"csv": "0", "xlsx": "1", "json": "2"}
AWKWARD = {
    "account": 'account_id,account_name,gln,phone,credit_limit,company_identifiers,notes\n'
    '007,"=1+1; ""Pumps"", A/S",0005790000435,+45 86 12 34 56,12345678901234.567890,"{""a"":1.50}","two\nlines"\n'
    "C2,'Quoted,,'=x,0,,-\n",
    "contact": "account_id,contact_name,email,is_primary\n007,Anna Åse,anna@x.example,true\nC2,@home,,false\n",
    "invoice": "invoice_number,account_id,document_type,invoice_date,due_date,total_amount,net_amount,exchange_rate\n"
    "0001,007,AR Invoice,2026-03-01,2026-03-31,1250.00,1000.000000,7.4512345678901234567\n"
    "DM1,C2,Debit Memo,2026-03-02,,0.10,,\n"
    "CM1,C2,Credit Memo,2026-03-03,,-99.90,-80,\n"
    "AP1,C2,AP Invoice,2026-03-04,,55,,\n",
    "adjustment": "credit_memo_number,account_id,credit_date,total_amount\n"
    "CM2,007,2026-03-05,40\nCM3,007,2026-03-06,-41\n",
    "invoice_line": "invoice,line_number,description,quantity,unit_price,tax_rate\n"
    "0001,10,-minus,3,0.000000123,25\n0001,2,\"+plus\",0.5,1000.0,\n",
    "workflow_status": "invoice,workflow_status_id,code,notes,source_created_at\n"
    "0001,s1,=Received,,2026-03-02T08:00:00.5Z\n0001,s2,Approved,\"two\nlines\",2026-03-02 09:30:00+02:00\n"
    "0001,s1,=Received,,2026-03-04T08:00:00Z\nCM1,s1,,,\n",
    "payment": "payment_id,account_id,amount,payment_date,is_open\n"
    "P1,007,100.5,2026-04-01,true\nP2,C2,-3,1900-01-01,\n",
    "payment_applied": "payment,invoice,amount,applied_date\nP1,0001,60,2026-04-01\n",
    "credit_memo_applied": "credit_memo,invoice,amount\nCM2,0001,40\n",
    "outstanding_item": "invoice_number,currency,total_outstanding\nDM1,,0.05\nLATER,DKK,9\n",
    "custom_field": "table,record,label,value\nCompany,007,Region,=North\nInvoice,0001,Flag|x,-1\n",
}  # fmt: skip

in_the_database = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.fixture
def tenant(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Tenant]:
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
    yield create_tenant("acme", name="Acme", currency="DKK")
    drop_staging()


@pytest.fixture
def ingest(tenant: Tenant) -> Callable[..., dict[str, Any]]:
    """ingest(type=path, ...) loads files by the command and returns what it says."""

    def run(**files: Path) -> dict[str, Any]:
        out = io.StringIO()
        pairs = [f"{name}={path}" for name, path in files.items()]
        try:
            call_command("ingest", *pairs, tenant="acme", json=True, stdout=out, stderr=io.StringIO())
        except SystemExit as end:
            pytest.fail(f"exit status {end.code}: {out.getvalue()}")
        return json.loads(out.getvalue().splitlines()[-1])

    return run


@pytest.fixture
def clerk(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(add_member("clerk@example.com", tenant, "clerk"), "django.contrib.auth.backends.ModelBackend")
    return client


def export(client: Client, name: str, form: str) -> bytes:
    answer = client.post(f"/arhub/{LISTS[name]}", {"format": FORMS[form], "resource": "0"})
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    return b"".join(answer.streaming_content)


def unchanged(result: dict[str, Any], tenant: Tenant) -> None:
    """Every column was mapped, every row was there already, nothing was written."""
    assert [(file["updated"], file["inserted"], file["invalid"]) for file in result["files"]] == [
        (0, 0, 0) for _ in result["files"]
    ]
    assert sum(file["unchanged"] for file in result["files"]) > 0
    with scope(tenant.pk):
        loaded = IngestionFile.objects.filter(ingestion_id=result["id"])
        assert [(file.name, file.warnings) for file in loaded if file.warnings] == []
        assert [header for file in loaded for header in file.header if header not in file.mapping] == []


def read_back(
    ingest: Callable[..., dict[str, Any]], client: Client, tenant: Tenant, form: str, folder: Path, names: Any
) -> None:
    files = {}
    for name in names:
        files[name] = folder / f"{name}.{form}"
        files[name].write_bytes(export(client, name, form))
    for name, path in files.items():
        unchanged(ingest(**{name: path}), tenant)
    unchanged(ingest(**files), tenant)


@in_the_database
@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_example_sheets_come_back_unchanged(
    ingest: Callable[..., dict[str, Any]], clerk: Client, tenant: Tenant, form: str, tmp_path: Path
) -> None:
    if not EXAMPLES.is_dir():
        pytest.skip(f"The example sheets are not at {EXAMPLES}.")
    ingest(**{name: EXAMPLES / f"{sheet}.xlsx" for name, sheet in SHEETS.items()})

    read_back(ingest, clerk, tenant, form, tmp_path, [*SHEETS, "adjustment"])


@in_the_database
@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_awkward_values_come_back_unchanged(
    ingest: Callable[..., dict[str, Any]], clerk: Client, tenant: Tenant, form: str, tmp_path: Path
) -> None:
    for name, text in AWKWARD.items():
        (tmp_path / f"given-{name}.csv").write_text(text, encoding="utf-8")
    ingest(**{name: tmp_path / f"given-{name}.csv" for name in AWKWARD})
    with scope(tenant.pk):
        before = list(Document.objects.order_by("pk").values())

    read_back(ingest, clerk, tenant, form, tmp_path, AWKWARD)

    with scope(tenant.pk):
        assert list(Document.objects.order_by("pk").values()) == before


@in_the_database
def test_exports_give_back_as_given(ingest: Callable[..., dict[str, Any]], clerk: Client, tmp_path: Path) -> None:
    for name in ("account", "invoice", "adjustment"):
        (tmp_path / f"{name}.csv").write_text(AWKWARD[name], encoding="utf-8")
    ingest(**{name: tmp_path / f"{name}.csv" for name in ("account", "invoice", "adjustment")})

    credits = json.loads(export(clerk, "adjustment", "json"))
    invoices = json.loads(export(clerk, "invoice", "json"))
    accounts = export(clerk, "account", "csv").decode("utf-8-sig")

    columns = ("document_type", "total_amount", "net_amount")
    assert {row["credit_memo_number"]: tuple(row[name] for name in columns) for row in credits} == {
        "CM1": ("Credit Memo", "-99.90", "-80"), "CM2": (None, "40", None), "CM3": (None, "-41", None),
    }  # fmt: skip
    assert {row["invoice_number"]: (row["document_type"], row["exchange_rate"]) for row in invoices} == {
        "0001": ("AR Invoice", "7.4512345678901234567"), "DM1": ("Debit Memo", None),
    }  # fmt: skip
    assert next(iter(invoices[0])) == "erp_key"
    names = [row["account_name"] for row in csv.DictReader(io.StringIO(accounts))]
    assert sorted(names) == ["''Quoted" if False else '\'=1+1; "Pumps", A/S', "'Quoted"]


def rows(*values: list[Any], kinds: list[Kind]) -> Rows:
    return Rows([f"column {place}" for place in range(len(kinds))], kinds, iter(values))


def test_csv_escapes_formulas_and_writes_no_exponents() -> None:
    kinds = [Kind.TEXT, Kind.NUMBER, Kind.BOOL, Kind.DATE, Kind.DATETIME]
    line = ["=cmd()", Decimal("1E-7"), False, date(2026, 3, 1), datetime(2026, 3, 1, 8, tzinfo=UTC)]

    text = b"".join(CsvFormat().export_data(rows(line, [None] * 5, kinds=kinds))).decode()

    assert text == (
        "\ufeffcolumn 0,column 1,column 2,column 3,column 4\r\n"
        "'=cmd(),0.0000001,false,2026-03-01,2026-03-01T08:00:00+00:00\r\n"
        ",,,,\r\n"
    )


def test_json_keeps_text_and_digits() -> None:
    lines = [["=x", Decimal("10.50"), True], [None, Decimal(-1), None]]

    text = b"".join(JsonFormat().export_data(rows(*lines, kinds=[Kind.TEXT, Kind.MONEY, Kind.BOOL])))

    assert json.loads(text) == [
        {"column 0": "=x", "column 1": "10.50", "column 2": True},
        {"column 0": None, "column 1": "-1", "column 2": None},
    ]
    assert json.loads(b"".join(JsonFormat().export_data(rows(kinds=[Kind.TEXT])))) == []


def test_xlsx_has_numbers_dates_and_safe_text() -> None:
    line = ["007", "=x", Decimal("1250.50"), Decimal("1234567890123456.5"), date(2026, 3, 1), date(1850, 1, 1), True]
    kinds = [Kind.TEXT, Kind.TEXT, Kind.MONEY, Kind.MONEY, Kind.DATE, Kind.DATE, Kind.BOOL]

    content = b"".join(XlsxFormat().export_data(rows(line, kinds=kinds)))

    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book.active[2]] == [
        "007", "'=x", 1250.5, "1234567890123456.5", datetime(2026, 3, 1), "1850-01-01", "true",
    ]  # fmt: skip


def test_text_longer_than_a_cell_is_refused_not_cut() -> None:
    lines = [["x" * MOST_CHARACTERS], ["x" * (MOST_CHARACTERS + 1)]]

    with pytest.raises(ValueError, match=r"32,767 characters; column 0 of row 2 has more"):
        XlsxFormat().export_data(rows(*lines, kinds=[Kind.TEXT]))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal(-10) ** 19, max_value=Decimal(10) ** 19))
def test_number_that_fits_a_cell_keeps_its_digits(value: Decimal) -> None:
    if fits_cell(value):
        assert Decimal(f"{float(value):.15g}") == value


@pytest.mark.parametrize(
    ("amount", "kind", "sign", "expected"),
    [
        ("5", "credit_memo", -1, "-5"), ("5", "credit_memo", 1, "5"), ("5", "invoice", -1, "5"),
        ("0", "credit_memo", -1, "0"), ("-5", "credit_memo", -1, "5"),
    ],
)  # fmt: skip
def test_amount_with_the_sign_it_was_given_with(amount: str, kind: str, sign: int, expected: str) -> None:
    assert str(as_given(Decimal(amount), kind, sign)) == expected
    assert as_given(None, kind, sign) is None


def test_custom_fields_owner_as_given() -> None:
    assert owner_key("Invoice|A|B|L|x", "Invoice", "L|x") == "A|B"
