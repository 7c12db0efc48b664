"""Applications: which payment or credit memo reduced which document by how much."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from arhub.api.columns import TEXT, Value, choice, columns_of
from arhub.api.filters import IdFilter, OfDocument, WordFilter, described
from arhub.api.writing import WriteView
from arhub.domain import search
from arhub.domain.receivables import of_customers
from arhub.models import Application, ApplicationType, Direction, Document, Payment
from arhub.records import RecordType
from arhub.records.money import CREDIT_MEMO_APPLIED, PAYMENT_APPLIED


class ApplicationSerializer(columns_of(CREDIT_MEMO_APPLIED), columns_of(PAYMENT_APPLIED)):  # type: ignore[misc]
    """What reduces a document: a part of a payment or of a credit memo. `invoice` is the erp_key of the document."""

    application_type = choice(attrgetter("application_type"), ApplicationType.values, "What reduces it.")
    currency = Value(attrgetter("document.currency"), TEXT, allow_null=True, help_text="The document's currency.")


class ApplicationFilters(OfDocument):
    payment_hub_id = described(IdFilter("payment_id"), "The hub's own id of the payment.")
    credit_memo_hub_id = described(IdFilter("credit_memo_id"), "The hub's own id of the credit memo.")
    application_type = described(WordFilter("application_type", ApplicationType.values), "What reduces documents.")

    def by_key(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The kind stands before the key in the index."""
        return super().by_key(rows, name, value).filter(application_type__in=ApplicationType.values)


class Applications(WriteView):
    """Which payments and credit memos reduced which documents by how much."""

    resource = "applications"
    record_types = (PAYMENT_APPLIED, CREDIT_MEMO_APPLIED)
    model = Application
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationFilters
    search_in = "the beginning of the document's number, or of the application's key"

    def get_queryset(self) -> QuerySet[Any]:
        mine = of_customers("document__account_id") & Q(document__direction=Direction.RECEIVABLE)
        return super().get_queryset().filter(mine)

    def search(self, term: str) -> Q:
        return search.of_document(term)

    def type_of(self, row: dict[str, Any], record: Any = None) -> RecordType:
        is_credit = record.credit_memo_id is not None if record else "credit_memo" in row
        return CREDIT_MEMO_APPLIED if is_credit else PAYMENT_APPLIED

    def shown(self, records: Sequence[Any]) -> Any:
        fetch_ends(records)
        return super().shown(records)


def fetch_ends(applications: Sequence[Application]) -> None:
    """Fetches what was applied to what: the documents on either side at once."""
    ids = {pk for application in applications for pk in (application.document_id, application.credit_memo_id) if pk}
    documents = Document.objects.only("erp_key", "currency").in_bulk(ids)
    for application in applications:
        application.document = documents[application.document_id]
        application.credit_memo = documents.get(application.credit_memo_id)
    prefetch_related_objects(applications, Prefetch("payment", Payment.objects.only("erp_key")))
