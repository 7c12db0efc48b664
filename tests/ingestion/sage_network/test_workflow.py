"""Workflow statuses of invoices: taken in as sync models, read back newest first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.models import Tenant
from tests.ingestion.sage_network.conftest import Ask, client_of
from tests.ingestion.sage_network.test_sync import COMPANIES, INVOICES, numbers, packed, upload, work

SENT, PAID = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return client_of(tenant, "read", "write")


def status(key: str, kind: str, code: str, created: str) -> dict[str, Any]:
    return {
        "erpKey": key, "invoiceErpKey": "I1", "workflowStatusId": kind, "code": code, "notes": f"is {code}",
        "created": created,
    }  # fmt: skip


def test_statuses_of_an_invoice_are_its_history(client: Client, ask: Ask) -> None:
    work(client, upload(client, packed(company=COMPANIES, invoice=INVOICES)))
    batch = {
        "invoiceWorkflowStatuses": [
            status("W1", SENT, "Sent", "2026-03-01T10:00:00Z"),
            status("W2", PAID, "Paid", "2026-04-01T10:00:00Z"),
        ]
    }
    done = work(client, client.post("/api/v1/Sync/batch", batch, content_type="application/json"))
    invoice = ask("Invoices/query", include="WorkflowStatuses")[1]["records"][0]
    code, history = ask(f"Invoices/{invoice['invoiceId']}/workflow-status-history")

    assert numbers(done["details"]) == {"InvoiceWorkflowStatus": (2, 0, 0, 0)}
    assert (code, history) == (200, invoice["workflowStatuses"])
    assert [(one["workflowStatusId"], one["notes"], one["created"]) for one in history] == [
        (PAID, "is Paid", "2026-04-01T10:00:00Z"),
        (SENT, "is Sent", "2026-03-01T10:00:00Z"),
    ]
    assert {one["invoiceId"] for one in history} == {invoice["invoiceId"]}
