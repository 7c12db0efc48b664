"""Which documents go out: what is new, what people choose by number, customer or date; and why the others do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import or_

from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from adaptors.models import Activation, ExportRule, PassedOver, Transaction
from arhub.domain.receivables import OTHER_KINDS
from arhub.models import Account, Direction, Document, DocumentLine


class Reason(StrEnum):
    """Why a document does not go out by itself; the first that holds."""

    PAYABLE = "It is a document that we owe."
    DRAFT = "It is a draft: nothing is sent before it is booked."
    VOIDED = "It is voided."
    MISSING = "Its source does not have it any more."
    EXPORTED = "It was exported already."
    NOT_ACTIVATED = "Its customer is not activated."
    TYPE = "Documents of this type are not exported."
    STATUS = "Documents with this status are not exported."
    DATE = "It is dated before the day from which documents are exported."
    EXISTED = "It was in the hub before, and nobody asked for it."


BY_HAND = (Reason.TYPE, Reason.STATUS, Reason.DATE, Reason.EXISTED)
"""What does not go by itself, and goes when a person asks for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people ask for: numbers as they stand on the documents, customers by their account, days, both included."""

    numbers: Collection[str] = ()
    accounts: Collection[int] | None = None
    first: date | None = None
    last: date | None = None


def of_source(activation: Activation) -> QuerySet[Document]:
    """Every document of the ledger that the activation takes from."""
    if activation.source is None:
        return Document.objects.none()
    return Document.objects.filter(ledger=activation.source.ledger_id)


def due(activation: Activation) -> QuerySet[Document]:
    """What goes out by itself and has not yet: of active customers, in the order of their dates."""
    rows = fitting(activation).filter(Exists(_rule(activation)))
    rows = rows.exclude(Exists(_transactions(activation))).exclude(Exists(_passed_over(activation)))
    return rows.order_by("invoice_date", "pk")


def due_after(activation: Activation, day: date, last: int) -> QuerySet[Document]:
    """What is due and comes after a document: its day, and its id."""
    return due(activation).filter(Q(invoice_date__gt=day) | Q(pk__gt=last), invoice_date__gte=day)


def stopped(activation: Activation, ids: Collection[int]) -> dict[int, Reason]:
    """Those of the documents, once selected, that do not go any more, and why: voided since, say, or their customer is
    not active any more."""
    if not ids:
        return {}
    cases = [*_never(), (Reason.NOT_ACTIVATED, ~Q(Exists(_rule(activation))))]
    rows = Document.objects.filter(pk__in=ids).annotate(reason=_first(cases)).exclude(reason="")
    return {pk: Reason[name] for pk, name in rows.values_list("pk", "reason")}


def fitting(activation: Activation) -> QuerySet[Document]:
    """The documents that an activation is for, whatever their customers: by type, status, day, and booked."""
    rows = of_source(activation).exclude(_refused()).filter(invoice_date__gte=activation.dated_from)
    rows = rows.filter(document_type__in=activation.document_types)
    return rows.filter(status__in=activation.statuses) if activation.statuses else rows


def previewed(activation: Activation, account: int, most: int = 20) -> list[Document]:
    """The newest documents of a customer that could be shown as they would go out, whatever their day and type."""
    rows = of_source(activation).filter(account_id=account).exclude(_refused())
    return list(rows.order_by("-invoice_date", "-pk")[:most])


def pass_over(documents: QuerySet[Document], activation: Activation) -> int:
    """Let documents stay where they are until a person asks for them; how many. One statement."""
    columns = documents.order_by().annotate(
        for_tenant=Value(activation.tenant_id), by=Value(activation.pk)
    ).values_list("for_tenant", "by", "pk")  # fmt: skip
    try:
        sql, parameters = columns.query.sql_with_params()
    except EmptyResultSet:  # nothing can be among them
        return 0
    with database.cursor() as cursor:
        cursor.execute(
            f"insert into {PassedOver._meta.db_table} (tenant_id, activation_id, document_id) {sql} "
            "on conflict do nothing", parameters,
        )  # fmt: skip
        return int(cursor.rowcount)


def due_count(activation: Activation, most: int) -> int:
    """How many documents go out with the next run; at most one more than `most` are counted."""
    return len(due(activation).values_list("pk", flat=True)[: most + 1])


def wanted(activation: Activation, asked: Wanted) -> QuerySet[Document]:
    """The documents that people ask for, each with `reason`, the name of a `Reason` why it does not go by itself; empty
    for those that do."""
    rows = of_source(activation)
    if asked.numbers:
        rows = rows.filter(number_lower__in=[number.strip().lower() for number in asked.numbers])
    if asked.accounts is not None:
        rows = rows.filter(account_id__in=asked.accounts)
    if asked.first:
        rows = rows.filter(invoice_date__gte=asked.first)
    if asked.last:
        rows = rows.filter(invoice_date__lte=asked.last)
    return rows.annotate(reason=_reason(activation)).order_by("invoice_date", "pk")


def _reason(activation: Activation) -> Case:
    """In SQL, the order of `Reason`."""
    cases = [
        *_never(),
        (Reason.EXPORTED, Q(Exists(_transactions(activation)))),
        (Reason.NOT_ACTIVATED, ~Q(Exists(_rule(activation)))),
        (Reason.TYPE, ~Q(document_type__in=activation.document_types)),
        (Reason.DATE, Q(invoice_date__isnull=True) | Q(invoice_date__lt=activation.dated_from)),
        (Reason.EXISTED, Q(Exists(_passed_over(activation)))),
    ]
    if activation.statuses:
        cases.insert(7, (Reason.STATUS, Q(status__isnull=True) | ~Q(status__in=activation.statuses)))
    return _first(cases)


def _never() -> list[tuple[Reason, Q]]:
    others = Account.objects.filter(kind__in=OTHER_KINDS).values("pk")
    return [
        (Reason.PAYABLE, Q(direction=Direction.PAYABLE) | Q(account_id__in=others)),
        (Reason.DRAFT, Q(is_draft=True)),
        (Reason.VOIDED, Q(is_voided=True)),
        (Reason.MISSING, Q(missing_at__isnull=False)),
    ]


def _first(cases: Iterable[tuple[Reason, Q]]) -> Case:
    return Case(*(When(condition, then=Value(reason.name)) for reason, condition in cases), default=Value(""))


def _refused() -> Q:
    return reduce(or_, (condition for _, condition in _never()))


def _rule(activation: Activation) -> QuerySet[ExportRule]:
    """The active rule of the outer document's customer."""
    return ExportRule.objects.filter(activation=activation, account_id=OuterRef("account_id"), is_active=True)


def _passed_over(activation: Activation) -> QuerySet[PassedOver]:
    return PassedOver.objects.filter(activation=activation, document_id=OuterRef("pk"))


def _transactions(activation: Activation) -> QuerySet[Transaction]:
    return Transaction.objects.filter(activation=activation, document_id=OuterRef("pk"))


def changed(activation: Activation) -> QuerySet[Transaction]:
    """Transactions whose document, or a line of it, was written since, and whose change was not noted yet: the last of
    each document."""
    newer = Transaction.objects.filter(
        activation=activation, document_id=OuterRef("document_id"), again__gt=OuterRef("again")
    )
    lines = DocumentLine.objects.filter(document_id=OuterRef("document_id"), updated_at__gt=OuterRef("looked_at"))
    rows = Transaction.objects.filter(activation=activation, changed_at=None).exclude(Exists(newer))
    return rows.filter(Q(document__updated_at__gt=F("looked_at")) | Exists(lines)).order_by("pk")
