"""Which function answers which request: (method, path after /api/v1/) → handler. Parts in braces are its arguments.

A fixed path goes before one with arguments, whatever their order here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from arhub.api import callers
from arhub.api.errors import ApiError
from ingestion.sage_network.parameters import parameters
from ingestion.sage_network.read.address_queries import query_addresses, retrieve_address
from ingestion.sage_network.read.custom_fields import VALUE, of_definitions, of_records
from ingestion.sage_network.read.documents import INVOICE, LINE
from ingestion.sage_network.read.enrollments import ENROLLMENTS
from ingestion.sage_network.read.includes import SCOPES
from ingestion.sage_network.read.money import CREDIT_MEMO_APPLICATION, PAYMENT_APPLICATION, PAYMENTS
from ingestion.sage_network.read.parties import COMPANY, CONTACTS
from ingestion.sage_network.read.queries import one, query, retrieve
from ingestion.sage_network.read.resources import Dict, Resource
from ingestion.sage_network.searchlight import parse_include
from ingestion.sage_network.sync import handlers

Handler = Callable[..., Any]
"""(request, **ids) → what goes back as JSON. `request.tenant` is set, and its scope is open."""


def _asked(request: Any, resource: Resource) -> dict[str, str]:
    """The parameters, from a caller who may read the resource and what is to come with it."""
    callers.require(request, resource.scope, "read")
    found = parameters(request)
    for name in parse_include(found.get("include", ""), resource.collections):
        for scope in SCOPES.get(name, ()):
            callers.require(request, scope, "read")
    return found


def _query(resource: Resource) -> Handler:
    def handler(request: Any) -> Dict:
        return query(resource, request.tenant, _asked(request, resource))

    return handler


def _retrieve(resource: Resource) -> Handler:
    def handler(request: Any, id: str) -> Dict:
        return retrieve(resource, request.tenant, id, _asked(request, resource))

    return handler


def _addresses(request: Any) -> Dict:
    callers.require(request, INVOICE.scope, "read")
    return query_addresses(request.tenant, parameters(request))


def _address(request: Any, id: str) -> Dict:
    callers.require(request, INVOICE.scope, "read")
    return retrieve_address(request.tenant, id, parameters(request))


def _workflow_history(request: Any, id: str) -> list[Dict]:
    asked = _asked(request, INVOICE) | {"include": "WorkflowStatuses"}
    return list(retrieve(INVOICE, request.tenant, id, asked)["workflowStatuses"])


def _custom_field_value(request: Any, definition_id: str, record_key: str) -> Dict:
    asked = _asked(request, VALUE)
    uuids = [_uuid(definition_id), _uuid(record_key)]
    missing = f"No CustomFieldValue of {record_key} has the definition {definition_id}."
    if None in uuids:
        raise ApiError(404, missing)
    wanted = of_records(uuids[1:]) & of_definitions(uuids[:1])  # type: ignore[arg-type]
    return one(VALUE, wanted, request.tenant, asked, missing)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


RESOURCES = {
    "companies": COMPANY,
    "contacts": CONTACTS,
    "invoices": INVOICE,
    "invoice-lines": LINE,
    "payments": PAYMENTS,
    "payments-applied": PAYMENT_APPLICATION,
    "credit-memos-applied": CREDIT_MEMO_APPLICATION,
    "appenrollments": ENROLLMENTS,
}

ROUTES: dict[tuple[str, str], Handler] = {
    **{("get", f"{path}/query"): _query(resource) for path, resource in RESOURCES.items()},
    **{("get", f"{path}/{{id}}"): _retrieve(resource) for path, resource in RESOURCES.items()},
    ("get", "invoices/{id}/workflow-status-history"): _workflow_history,
    ("get", "invoice-addresses/query"): _addresses,
    ("get", "invoice-addresses/{id}"): _address,
    ("get", "customfieldvalues/query"): _query(VALUE),
    ("get", "customfieldvalues/{definition_id}/{record_key}"): _custom_field_value,
    ("get", "status"): handlers.status,
    ("post", "sync"): handlers.submit,
    ("post", "sync/zip"): handlers.upload_zip,
    ("post", "sync/batch"): handlers.upload_batch,
    ("get", "sync/query"): handlers.query_syncs,
    ("get", "sync/{id}"): handlers.retrieve_sync,
    ("delete", "sync/{id}"): handlers.cancel_sync,
}
