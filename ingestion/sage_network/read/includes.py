"""The collections that come with records when they are asked for: one or two queries each, whatever the page holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from arhub.api.errors import ApiError
from arhub.domain.sorting import natural_key
from arhub.models import Application, ApplicationType, CustomFieldValue
from ingestion.models import State
from ingestion.sage_network.ids import Kind, id_of
from ingestion.sage_network.read.addresses import OF_DOCUMENTS, OF_LINES, describe_all
from ingestion.sage_network.read.custom_fields import VALUE, define, definition_of
from ingestion.sage_network.read.details import credit_memo_detail, payment_detail
from ingestion.sage_network.read.documents import INVOICE, LINE
from ingestion.sage_network.read.enrollments import ENROLLMENTS, app_of
from ingestion.sage_network.read.money import CREDIT_MEMO_APPLICATION, PAYMENT_APPLICATION, PAYMENTS
from ingestion.sage_network.read.parties import COMPANY, CONTACTS
from ingestion.sage_network.read.properties import Context
from ingestion.sage_network.read.resources import Dict, Resource
from ingestion.sage_network.read.workflow import WORKFLOW, newest_first
from ingestion.sage_network.sync.requests import SYNC, tell_details

MOST_INCLUDED = 50_000
"""Records that may come along with one page in one collection."""

SCOPES = {
    "Contacts": ("contacts",),
    "Invoices": ("documents",),
    "Lines": ("lines",),
    "Payments": ("payments", "applications"),
    "CreditMemos": ("documents", "applications"),
    "Company": ("accounts",),
    "Customer": ("accounts", "contacts"),
    "CustomFields": ("custom_fields",),
    "Applications": ("applications",),
    "Invoice": ("documents",),
    "Payment": ("payments",),
    "CreditMemoInvoice": ("documents",),
    "LastSync": ("ingestions",),
    "LastSuccessfulSync": ("ingestions",),
}
"""Name of an include → what a caller must be allowed to read besides the records themselves."""

Fill = Callable[[Sequence[Any], Sequence[Dict], Context], None]


def include(
    resource: Resource, names: Collection[str], records: Sequence[Any], found: Sequence[Dict], context: Context
) -> None:
    """Fill the collections of these names in what `resource.describe` made of the records."""
    for name in names:
        fill = _FILLS.get((resource, name)) or _EMPTY[name]
        fill(records, found, context)


def bounded(rows: QuerySet[Any, Any], what: str) -> list[Any]:
    """The rows, unless they are more than an answer should hold. Raises ApiError."""
    found = list(rows[: MOST_INCLUDED + 1])
    if len(found) > MOST_INCLUDED:
        raise ApiError(
            400,
            f"Expected at most {MOST_INCLUDED:,} {what} with one page, found more. Ask for smaller pages.",
        )
    return found


def _constant(key: str, value: Any) -> Fill:
    """What the hub keeps none of: an empty list for a collection, else null."""

    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        for item in found:
            item[key] = value

    return fill


def _one(key: str, resource: Resource, attribute: str) -> Fill:
    """The one record that a column points to."""

    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        ids = [getattr(record, attribute) for record in records]
        described = _by_id(resource, ids, context)
        for owner, item in zip(ids, found, strict=True):
            item[key] = described.get(owner)

    return fill


def _by_id(resource: Resource, ids: Iterable[int | None], context: Context) -> dict[int | None, Dict]:
    records = list(resource.rows().filter(pk__in=set(ids) - {None}))
    return dict(zip((record.pk for record in records), resource.describe(records, context), strict=True))


def _many(key: str, resource: Resource, attribute: str, order: Callable[[Any], Any] | None = None) -> Fill:
    """The records whose column points to these, in their order or by id."""

    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        rows = resource.rows().filter(**{f"{attribute}__in": [record.pk for record in records]}).order_by("pk")
        children = sorted(bounded(rows, key), key=order) if order else bounded(rows, key)
        grouped: dict[int, list[Dict]] = defaultdict(list)
        for child, described in zip(children, resource.describe(children, context), strict=True):
            grouped[getattr(child, attribute)].append(described)
        _hand_out(key, grouped, records, found)

    return fill


def _hand_out(key: str, grouped: dict[int, list[Dict]], records: Sequence[Any], found: Sequence[Dict]) -> None:
    for record, item in zip(records, found, strict=True):
        item[key] = grouped.get(record.pk, [])


def _addresses(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
    """The documents' own, and those of lines that have others."""
    grouped = {record.pk: describe_all([record], OF_DOCUMENTS, context) for record in records}
    any_given = OF_LINES[0].given | OF_LINES[1].given | OF_LINES[2].given
    lines = LINE.rows().filter(any_given, document_id__in=list(grouped)).order_by("pk")
    for line in bounded(lines, "addresses"):
        grouped[line.document_id] += describe_all([line], OF_LINES, context)
    _hand_out("addresses", grouped, records, found)


def _applied(key: str, kind: ApplicationType, other: str, detail: Callable[[Any, Context], Dict]) -> Fill:
    """What was applied to the documents, with the payment or the credit memo it comes from."""

    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        rows = Application.objects.filter(application_type=kind, document_id__in=[record.pk for record in records])
        grouped: dict[int, list[Dict]] = defaultdict(list)
        for application in bounded(rows.select_related(other).order_by("pk"), key):
            grouped[application.document_id].append(detail(application, context))
        _hand_out(key, grouped, records, found)

    return fill


def _companies(records: Sequence[Any], context: Context) -> dict[int, Dict]:
    """Those that issued the documents and those that owe them, found once for both includes."""
    wanted = {record.account_id for record in records} | {record.company_id for record in records}
    if missing := wanted - {None} - set(context.companies):
        accounts = list(COMPANY.rows().filter(pk__in=missing))
        described = COMPANY.describe(accounts, context)
        context.companies.update(zip((account.pk for account in accounts), described, strict=True))
    return context.companies


def _company(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
    companies = _companies(records, context)
    for record, item in zip(records, found, strict=True):
        item["company"] = companies.get(record.company_id)


def _customer(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
    """The customer, and the contact to write to first."""
    companies = _companies(records, context)
    for record, item in zip(records, found, strict=True):
        item["customer"] = companies.get(record.account_id)
    primary = [id_of(Kind.CONTACT, (item["customer"] or {}).get("primaryContactId") or "") for item in found]
    contacts = _by_id(CONTACTS, primary, context)
    for contact, item in zip(primary, found, strict=True):
        item["customerPrimaryContact"] = contacts.get(contact)


def _custom_fields(table: str) -> Fill:
    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        ids = [record.pk for record in records]
        rows = CustomFieldValue.objects.filter(table_key=table, owner__in=ids).order_by("pk")
        grouped: dict[int, list[Any]] = defaultdict(list)
        for value in bounded(rows, "custom fields"):
            grouped[value.owner].append(value)
        for record, item in zip(records, found, strict=True):
            values = grouped.get(record.pk, [])
            item["customFieldValues"] = VALUE.describe(values, context)
            item["customFieldDefinitions"] = [
                define(value, context) for value in {definition_of(value): value for value in values}.values()
            ]

    return fill


def _each(key: str, of: Callable[[Any, Context], Dict]) -> Fill:
    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        for record, item in zip(records, found, strict=True):
            item[key] = of(record, context)

    return fill


def _last_sync(key: str, **only: Any) -> Fill:
    """The newest load of each source."""

    def fill(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
        rows = SYNC.rows().filter(source_id__in=[source.pk for source in records], **only)
        newest = list(rows.order_by("source_id", "-pk").distinct("source_id"))
        described = zip(newest, SYNC.describe(newest, context), strict=True)
        by_source = {ingestion.source_id: item for ingestion, item in described}
        for source, item in zip(records, found, strict=True):
            item[key] = by_source.get(source.pk)

    return fill


def _no_custom_fields(records: Sequence[Any], found: Sequence[Dict], context: Context) -> None:
    for item in found:
        item["customFieldValues"] = item["customFieldDefinitions"] = []


_EMPTY: dict[str, Fill] = {
    "Notes": _constant("notes", []),
    "Attachments": _constant("attachments", []),
    "Classification": _constant("companyClassificationCodeDefinition", None),
    "PDFSupport": _constant("hasPdf", False),
    "Refund": _constant("refund", None),
    "CustomFields": _no_custom_fields,
}
"""What the hub keeps nothing of, where the table below has no other function."""

_FILLS: dict[tuple[Resource, str], Fill] = {
    (COMPANY, "Contacts"): _many("contacts", CONTACTS, "account_id"),
    (COMPANY, "Invoices"): _many("invoices", INVOICE, "account_id"),
    (COMPANY, "CustomFields"): _custom_fields("Company"),
    (CONTACTS, "CustomFields"): _custom_fields("Contact"),
    (INVOICE, "Addresses"): _addresses,
    (INVOICE, "Lines"): _many("lines", LINE, "document_id", lambda line: natural_key(line.line_number)),
    (INVOICE, "Payments"): _applied("payments", ApplicationType.PAYMENT, "payment", payment_detail),
    (INVOICE, "CreditMemos"): _applied("creditMemos", ApplicationType.CREDIT_MEMO, "credit_memo", credit_memo_detail),
    (INVOICE, "WorkflowStatuses"): _many("workflowStatuses", WORKFLOW, "document_id", newest_first),
    (INVOICE, "Company"): _company,
    (INVOICE, "Customer"): _customer,
    (INVOICE, "CustomFields"): _custom_fields("Invoice"),
    (PAYMENTS, "Applications"): _many("applications", PAYMENT_APPLICATION, "payment_id"),
    (PAYMENTS, "CustomFields"): _custom_fields("Payment"),
    (PAYMENT_APPLICATION, "Invoice"): _one("invoice", INVOICE, "document_id"),
    (PAYMENT_APPLICATION, "Payment"): _one("payment", PAYMENTS, "payment_id"),
    (CREDIT_MEMO_APPLICATION, "Invoice"): _one("invoice", INVOICE, "document_id"),
    (CREDIT_MEMO_APPLICATION, "CreditMemoInvoice"): _one("creditMemoInvoice", INVOICE, "credit_memo_id"),
    (VALUE, "CustomFieldDefinition"): _each("customFieldDefinition", define),
    (ENROLLMENTS, "App"): _each("app", app_of),
    (ENROLLMENTS, "LastSync"): _last_sync("lastSync"),
    (ENROLLMENTS, "LastSuccessfulSync"): _last_sync("lastSuccessfulSync", state=State.COMMITTED),
    (SYNC, "Details"): tell_details,
}
