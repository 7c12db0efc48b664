"""The workflow statuses that invoices have had, the newest first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from arhub.models import WorkflowStatus
from ingestion.sage_network.ids import Kind
from ingestion.sage_network.read.properties import HUB, Context, Property, constant, reference, stored
from ingestion.sage_network.read.resources import Resource
from ingestion.sage_network.read.shared import GROUP, KEY, own_id
from ingestion.sage_network.searchlight import Holds


def newest_first(status: Any) -> Any:
    """A sort key: by when the source says it began, else by when it came."""
    return -(status.source_created_at or status.created_at).timestamp(), -status.pk


def _status_id(status: Any, context: Context) -> UUID | str:
    """As it was given: usually a uuid of the client's own."""
    return str(status.workflow_status_id)


def _since(status: Any, context: Context) -> Any:
    return status.source_created_at or status.created_at


WORKFLOW = Resource(
    name="InvoiceWorkflowStatusHistory",
    kind=Kind.WORKFLOW_STATUS,
    scope="documents",
    rows=WorkflowStatus.objects.all,
    properties=(
        own_id("invoiceWorkflowStatusHistoryId", Kind.WORKFLOW_STATUS),
        reference("invoiceId", Kind.INVOICE, "document_id"),
        Property("workflowStatusId", _status_id),
        GROUP,
        KEY,
        stored("code", "code", Holds.TEXT),
        stored("notes", "notes", Holds.TEXT),
        stored("workflowStatusNotes", "notes", Holds.TEXT),
        Property("created", _since),
        constant("createdUserId", Holds.UUID, HUB),
    ),
)
