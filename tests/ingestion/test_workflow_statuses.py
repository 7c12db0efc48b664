"""Workflow statuses: taken in as Sage Network names them, a history per document, taken back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from arhub.domain.tenants import create_tenant
from arhub.models import Document, Role, Tenant, WorkflowStatus
from arhub.tenancy.scope import scope
from ingestion.domain import streaming
from tests.ingestion.conftest import ACCOUNTS, Load, counts, problems
from tests.ingestion.test_screens import signed_in
from tests.ingestion.test_undo import integrity, kept, undo

INVOICES = "erp_key,invoice_number,account_id,total_amount\nD1,100,C1,10\nD2,200,C2,20\n"
RECEIVED, APPROVED = "5f0c9f0e-6d1c-4b1e-9a53-0c1d6a2f7b10", "0b8f5a64-1d0e-4c34-8f6e-bb1f6f0d2a11"
ROWS: list[dict[str, Any]] = [
    {"invoiceErpKey": "D1", "workflowStatusId": RECEIVED, "notes": None, "code": "Received",
     "created": "2026-03-01T08:00:00.46"},
    {"invoiceErpKey": "D1", "workflowStatusId": APPROVED, "notes": "By the buyer", "code": "Approved",
     "created": "2026-03-02T08:00:00"},
    {"invoiceErpKey": "D1", "workflowStatusId": RECEIVED, "notes": "Sent back", "code": "Received",
     "created": "2026-03-03T08:00:00"},
]  # fmt: skip
HISTORY = [("Received", None, 1), ("Approved", "By the buyer", 2), ("Received", "Sent back", 3)]


def as_pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def as_csv(rows: list[dict[str, Any]]) -> str:
    lines = [rows[0].keys(), *(["" if cell is None else cell for cell in row.values()] for row in rows)]
    return "".join(",".join(line) + "\r\n" for line in lines)


def as_json_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def history(tenant: Tenant, number: str = "100") -> list[tuple[str | None, str | None, int]]:
    with scope(tenant.pk):
        statuses = WorkflowStatus.objects.filter(document__number=number).order_by("source_created_at", "pk")
        return [
            (item.code, item.notes, item.source_created_at.day if item.source_created_at else 0) for item in statuses
        ]


@pytest.mark.parametrize("cased", [str, as_pascal], ids=["camel", "pascal"])
@pytest.mark.parametrize(("name", "write"), [("csv", as_csv), ("jsonl", as_json_lines)])
def test_statuses_with_sage_headers_go_in(
    load: Load, tenant: Tenant, tmp_path: Path, cased: Any, name: str, write: Any
) -> None:
    load(account=ACCOUNTS, invoice=INVOICES)
    rows = [{cased(key): value for key, value in row.items()} for row in ROWS]
    with zipfile.ZipFile(tmp_path / "sync.zip", "w") as packed:
        packed.writestr(f"InvoiceWorkflowStatuses.{name}", write(rows))
    out = io.StringIO()

    call_command("ingest", str(tmp_path / "sync.zip"), tenant="acme", json=True, stdout=out)

    (file,) = json.loads(out.getvalue())["files"]
    assert (file["type"], file["inserted"], file["invalid"]) == ("WORKFLOW_STATUS", 3, 0)
    assert history(tenant) == HISTORY
    assert integrity() == []


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-03-01T08:00:00.460000Z", (1, 0, 0, 1, 0)), ("2026-03-01T09:00:00.46+01:00", (1, 0, 0, 1, 0)),
     ("2026-03-01T08:00:00Z", (1, 1, 0, 0, 0)), ("", (1, 1, 0, 0, 0))],
)  # fmt: skip
def test_status_is_known_by_document_status_and_moment(
    load: Load, tenant: Tenant, moment: str, expected: tuple[int, ...]
) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv(ROWS))

    again = load(workflow_status=as_csv([{**ROWS[0], "invoiceErpKey": "100", "created": moment}]))

    assert counts(again)["WORKFLOW_STATUS"] == expected


def test_status_without_a_moment_is_one_record(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, workflow_status="invoice,workflow_status_id,notes\nD1,S1,first\n")

    again = load(workflow_status="invoice,workflow_status_id,created,notes\n100,S1,,second\n")

    assert counts(again)["WORKFLOW_STATUS"] == (1, 0, 1, 0, 0)
    assert history(tenant) == [(None, "second", 0)]


def test_the_same_status_twice_at_one_moment_is_refused(load: Load) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv([ROWS[1], ROWS[2], ROWS[1]]))

    assert counts(ingestion)["WORKFLOW_STATUS"] == (3, 2, 0, 0, 1)
    assert "which is on line 2" in problems(ingestion)[0][1]


def test_status_of_nobodys_document_is_invalid(load: Load) -> None:
    ingestion = load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv([{**ROWS[0], "invoiceErpKey": "D9"}]))

    assert "found 'D9', which no document has" in problems(ingestion)[0][1]


def test_long_file_of_statuses_goes_in_slice_by_slice(
    load: Load, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "SLICE_ROWS", (2,))
    load(account=ACCOUNTS, invoice=INVOICES)
    text = as_csv(ROWS)

    first, second = load(workflow_status=text), load(workflow_status=text)

    assert counts(first)["WORKFLOW_STATUS"] == (3, 3, 0, 0, 0)
    assert counts(second)["WORKFLOW_STATUS"] == (3, 0, 0, 3, 0)
    assert history(tenant) == HISTORY


def test_undo_takes_the_newest_status_back(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv(ROWS[:2]))
    newest = load(workflow_status=as_csv([ROWS[2], {**ROWS[1], "notes": "Corrected"}]))

    undo(newest)

    assert history(tenant) == HISTORY[:2]
    assert integrity() == []


def test_document_with_a_newer_status_stays_when_its_load_is_undone(load: Load, tenant: Tenant) -> None:
    first = load(account=ACCOUNTS, invoice=INVOICES)
    load(workflow_status=as_csv(ROWS[:1]))

    undo(first)

    assert history(tenant) == HISTORY[:1]
    assert [(kind, label) for kind, label, _ in kept(first)] == [("account", "Alpha"), ("invoice", "100")]


def test_document_page_tells_the_history_and_where_it_came_from(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv(ROWS))
    with scope(tenant.pk):
        document = Document.objects.get(number="100")

    page = signed_in(tenant, Role.VIEWER).get(f"/arhub/invoice/{document.pk}/change/").content.decode()

    shown = page.partition("<h2>Workflow</h2>")[2].partition("</section>")[0]
    assert re.findall(r">(Received|Approved)</a>", shown) == ["Received", "Approved", "Received"]
    assert re.findall(r">(workflow_status.csv, line \d)</a>", shown) == [
        f"workflow_status.csv, line {line}" for line in (4, 3, 2)
    ]
    assert "By the buyer" in shown


def test_another_tenant_sees_no_status(load: Load, tenant: Tenant) -> None:
    load(account=ACCOUNTS, invoice=INVOICES, workflow_status=as_csv(ROWS))
    other = create_tenant("other", name="Other", currency="DKK")
    with scope(tenant.pk):
        status, document = WorkflowStatus.objects.first(), Document.objects.get(number="100")
    client = signed_in(other, Role.ADMINISTRATOR)

    pages = [
        client.get(f"/arhub/workflowstatus/{address}", follow=True).content.decode()
        for address in ("", f"{status.pk}/change/", f"?document__id__exact={document.pk}", "?q=100")
    ]
    export = client.post("/arhub/workflowstatus/export/", {"format": "0", "resource": "0"})

    assert [word for page in pages for word in ("Approved", "By the buyer", APPROVED) if word in page] == []
    assert len(b"".join(export.streaming_content).decode().splitlines()) == 1
    assert history(other) == []
    with scope(other.pk):
        assert WorkflowStatus.objects.count() == 0
