"""ZIP and gzip as an upload: what each file inside is, and that a load of them is a load of the files."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from arhub.models import Account, Document, OutstandingItem, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import archive, making, runs
from ingestion.domain.raw_line import raw_line
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, IngestionFile, State
from tests.ingestion.test_screens import UPLOAD, signed_in

ACCOUNTS = "account_id,account_name,currency\nC1,Alpha,DKK\nC2,Beta,EUR\n"
INVOICES = [
    {"invoice_number": f"F{number}", "account_id": "C1", "invoice_date": "2026-01-01", "total_amount": number + 0.5}
    for number in range(1, 4)
]
ITEMS = """<Import><ImportSettings><Importer>ErpCache_Invoices</Importer><Version>1.0</Version></ImportSettings>
<OutstandingItems>
<OutstandingItem><InvoiceNumber>F1</InvoiceNumber><Currency>DKK</Currency><TotalOutstanding>{}</TotalOutstanding>
</OutstandingItem>
</OutstandingItems></Import>"""
FILES = {
    "export/accounts.csv": ACCOUNTS,
    "export/invoices.json": json.dumps(INVOICES),
    "SHOP_ErpCache_OutstandingItem_20260102_1.xml": ITEMS.format("0.75"),
    "__MACOSX/._accounts.csv": "junk",
    ".DS_Store": "junk",
}


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "record_type"),
    [
        ("company.csv", "account"),
        ("Customers.xlsx", "account"),
        ("C:\\Users\\anna\\AppData\\Local\\Temp\\invoices.csv", "invoice"),
        ("tmp/InvoiceSyncModel.jsonl", "invoice"),
        ("invoice_lines.csv", "invoice_line"),
        ("invoiceworkflowstatus.csv", "workflow_status"),
        ("tmp/InvoiceWorkflowStatusSyncModel.jsonl", "workflow_status"),
        ("invoiceWorkflowStatuses.csv", "workflow_status"),
        ("workflow_statuses.csv", "workflow_status"),
        ("creditmemoapplied.csv", "credit_memo_applied"),
        ("CreditMemoApplications.csv", "credit_memo_applied"),
        ("payment-applied.csv", "payment_applied"),
        ("Credit Memos.csv", "adjustment"),
        ("adjustment.csv", "adjustment"),
        ("customFields.csv", "custom_field"),
        ("invoices_2.csv", "invoice"),
        ("SHOP_ErpCache_OutstandingItem_20260101.xml", "outstanding_item"),
        ("SHOP-Staging_ErpCache_Invoice_20260101120000_2.xml", "invoice"),
        ("SHOP_ErpCache_Orders_1.xml", ""),
        ("readme.txt", ""),
        ("2026.csv", ""),
    ],
)
def test_type_is_told_by_the_name(name: str, record_type: str) -> None:
    assert archive.type_of(name) == record_type


def test_parts_are_read_in_the_order_of_their_numbers() -> None:
    names = [f"S_ErpCache_Invoice_{index}_{part}.xml" for index, part in ((2, 10), (2, 9), (1, 1))]

    found = archive.files_in(io.BytesIO(zipped(dict.fromkeys([*names, "b/accounts.csv"], "x"))))

    assert found == [("account", "b/accounts.csv"), *(("invoice", name) for name in reversed(names))]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["accounts.csv", "x/readme.txt", "prices.csv"], "The archive holds files whose names tell no type: "
         "readme.txt, prices.csv. Nothing was taken in; name them like accounts.csv, invoices.xlsx or "
         "credit_memos.json."),
        ([f"f{number}.bin" for number in range(13)], "The archive holds files whose names tell no type: f0.bin, "
         "f1.bin, f2.bin, f3.bin, f4.bin, f5.bin, f6.bin, f7.bin, f8.bin, f9.bin and 3 more. Nothing was taken in; "
         "name them like accounts.csv, invoices.xlsx or credit_memos.json."),
        (["accounts.csv", "more.zip"], "The archive holds another archive, more.zip; unpack that first."),
        (["__MACOSX/x", "folder/"], "The archive holds no files."),
        ([f"invoice_{number}.csv" for number in range(101)], "The archive holds 101 files; up to 100 can be read at "
         "once."),
    ],
)  # fmt: skip
def test_archive_that_cannot_be_told_apart_is_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        archive.files_in(io.BytesIO(zipped(dict.fromkeys(names, "x"))))

    assert str(refused.value) == sentence


def test_archive_is_one_load_of_its_files(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(zipped(dict(FILES)))
    out = io.StringIO()

    call_command("ingest", str(tmp_path / "export.zip"), tenant="acme", json=True, stdout=out)

    result = json.loads(out.getvalue())
    assert [(line["file"], line["type"], line["inserted"]) for line in result["files"]] == [
        ("accounts.csv", "ACCOUNT", 2),
        ("invoices.json", "INVOICE", 3),
        ("SHOP_ErpCache_OutstandingItem_20260102_1.xml", "OUTSTANDING_ITEM", 1),
    ]
    assert result["files"][2]["warnings"] == [
        "The file names the importer ErpCache_Invoices, but holds what ErpCache_OutstandingItem takes; "
        "it was read as that."
    ]
    with scope(tenant.pk):
        assert len({file.content.name for file in IngestionFile.objects.all()}) == 1
        assert {str(item.amount) for item in OutstandingItem.objects.all()} == {"0.75"}
        assert Document.objects.count() == 3


@pytest.mark.parametrize("name", ["accounts.csv.gz", "anything.zip"])
def test_packed_file_works_as_its_type(tenant: Tenant, tmp_path: Path, name: str) -> None:
    content = gzip.compress(ACCOUNTS.encode()) if name.endswith("gz") else zipped({"sub/my list.csv": ACCOUNTS})
    (tmp_path / name).write_bytes(content)
    out = io.StringIO()

    call_command("ingest", f"account={tmp_path / name}", tenant="acme", json=True, stdout=out)

    (line,) = json.loads(out.getvalue())["files"]
    assert (line["inserted"], line["invalid"]) == (2, 0)


def test_archive_of_several_files_for_one_type_is_refused(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "two.zip").write_bytes(zipped({"a.csv": ACCOUNTS, "b.csv": ACCOUNTS}))

    with pytest.raises(CommandError, match=r"The archive holds 2 files: a\.csv, b\.csv\. Give one file here"):
        call_command("ingest", f"account={tmp_path / 'two.zip'}", tenant="acme")

    with scope(tenant.pk):
        assert not Ingestion.objects.exists()


def test_upload_of_an_archive(tenant: Tenant) -> None:
    client = signed_in(tenant)
    with scope(tenant.pk):
        source = Source.objects.get()

    refused = client.post(
        UPLOAD,
        {"source": source.pk, "archive": SimpleUploadedFile("x.zip", zipped({"prices.csv": "a"}))},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    taken = client.post(
        UPLOAD,
        {"source": source.pk, "archive": SimpleUploadedFile("x.zip", zipped(dict(FILES)))},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert refused.json()["error"].startswith("The archive holds files whose names tell no type: prices.csv.")
    with scope(tenant.pk):
        (ingestion,) = Ingestion.objects.all()
        assert [(file.record_type, file.member) for file in ingestion.files.all()] == [
            ("account", "export/accounts.csv"),
            ("invoice", "export/invoices.json"),
            ("outstanding_item", "SHOP_ErpCache_OutstandingItem_20260102_1.xml"),
        ]


def loaded(tenant: Tenant, record_type: str, name: str, content: bytes) -> IngestionFile:
    with scope(tenant.pk):
        ingestion = making.create(Source.objects.get(), [(record_type, name, io.BytesIO(content))], review=False)
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    assert runs.work(tenant.pk, ingestion.pk) == State.COMMITTED
    with scope(tenant.pk):
        return ingestion.files.get()


def accounts(count: int) -> str:
    rows = [f'C{number},"Møller\n{number}",DKK\r\n' for number in range(count)]
    return "account_id,account_name,currency\r\n" + "".join(rows)


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_raw_line_of_a_text(tenant: Tenant, packing: str, encoding: str) -> None:
    content = accounts(2_500).encode(encoding)
    packed = {"plain": content, "gzip": gzip.compress(content), "zip": zipped({"x.csv": content})}[packing]
    file = loaded(tenant, "account", "accounts.csv", packed)

    with scope(tenant.pk):
        first, middle, last = (raw_line(file, line) for line in (2, 2 + 2 * 1_499, 2 + 2 * 2_499))

    assert (first.header, first.cells) == (["account_id", "account_name", "currency"], ["C0", "Møller\n0", "DKK"])
    assert (middle.line, middle.text) == (3_000, 'C1499,"Møller\n1499",DKK\r\n')
    assert last.cells == ["C2499", "Møller\n2499", "DKK"]


def test_raw_line_of_json_lines_and_of_a_document(tenant: Tenant) -> None:
    objects = [{"account_id": f"C{number}", "account_name": "Ø", "currency": "DKK"} for number in range(1_200)]
    lines = loaded(tenant, "account", "a.jsonl", "\n".join(map(json.dumps, objects)).encode())
    document = loaded(tenant, "account", "a.json", json.dumps(objects).encode())

    with scope(tenant.pk):
        of_lines, of_document = raw_line(lines, 1_101), raw_line(document, 1_102)
        assert Account.objects.count() == 1_200

    assert (of_lines.cells, of_lines.text) == (["C1100", "Ø", "DKK"], json.dumps(objects[1_100]) + "\n")
    assert (of_document.cells, of_document.text) == (["C1100", "Ø", "DKK"], "")


def test_raw_line_beyond_the_end_is_refused(tenant: Tenant) -> None:
    file = loaded(tenant, "account", "accounts.csv", ACCOUNTS.encode())

    with scope(tenant.pk), pytest.raises(Unreadable, match="The file has no such line"):
        raw_line(file, 9)
