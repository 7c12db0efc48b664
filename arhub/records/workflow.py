"""What became of documents in somebody's workflow: received, approved, rejected, paid."""

from __future__ import annotations

from dataclasses import replace

from arhub.records.base import Field, Kind, RecordType
from arhub.records.documents import INVOICE_NUMBER_SYNONYMS
from arhub.records.shared import CREATED, RECORD, erp_key

_SINCE = replace(
    CREATED,
    help="Since when the document has this status. Statuses of one document at different times are its history.",
    example="2026-03-16T09:30:00Z",
    synonyms=(*CREATED.synonyms, "date", "status date", "since", "changed at"),
)

WORKFLOW_STATUS = RecordType(
    name="workflow_status",
    code="WORKFLOW_STATUS",
    label="Workflow status",
    plural="Workflow statuses",
    help="The statuses a document has had over time, one row for each.",
    model="arhub.WorkflowStatus",
    sage="InvoiceWorkflowStatus",
    key=("invoice", "workflow_status_id", "source_created_at"),
    key_defaults=(("source_created_at", ""),),
    fields=(
        erp_key("status", "workflow status erp key"),
        Field(
            "invoice",
            Kind.REFERENCE,
            column="document",
            references="invoice",
            required=True,
            help="The erp_key or the number of the document that has the status.",
            example="10482",
            synonyms=(
                *INVOICE_NUMBER_SYNONYMS,
                "invoice no",
                "document key",
                "document no",
                "doc no",
                "credit memo no",
            ),
            sage="invoiceErpKey",
        ),
        Field(
            "workflow_status_id",
            max_length=36,
            required=True,
            help="The id of the status itself: the same for every document that has it.",
            example="5f0c9f0e-6d1c-4b1e-9a53-0c1d6a2f7b10",
            synonyms=("status id", "workflow id"),
            sage="workflowStatusId",
        ),
        Field(
            "code",
            help="What the status is called.",
            example="Approved",
            synonyms=("status", "status code", "workflow status", "workflow status code", "state"),
            sage="code",
        ),
        Field(
            "notes",
            max_length=4000,
            help="What was said about it.",
            example="Approved by the buyer",
            synonyms=("note", "comment", "comments", "remarks", "workflow status notes"),
            sage="notes",
        ),
        *(_SINCE if item is CREATED else item for item in RECORD),
    ),
)
