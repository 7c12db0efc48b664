"""Exporting by hand: documents are found by their numbers, customers or days, and those that are chosen go out."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from adaptors.api.shared import chosen, wrong
from adaptors.api.transaction_fields import TransactionSerializer
from adaptors.catalogue import Work
from adaptors.domain.transactions import exporting, steering
from adaptors.domain.transactions.manual_search import List, sorted_out
from adaptors.domain.transactions.selection import Reason, Wanted
from adaptors.models import Activation, Transaction
from arhub.api.base import given, person_of
from arhub.api.columns import DAY, ID, TEXT, RecordSerializer, Value, amount
from arhub.api.errors import ApiError
from arhub.domain.sharing import Level
from arhub.models import Document, User

MOST = 500
"""Documents that one request finds and exports."""
NOT_ACTIVATED, NOT_EXPORTED, ALREADY, NEVER = "not_activated", "not_exported", "already_exported", "never_exported"
NAMES = {List.NOT_ACTIVATED: NOT_ACTIVATED, List.NOT_EXPORTED: NOT_EXPORTED, List.EXPORTED: ALREADY, "": NEVER}
"""The lists of the search, and what the API calls them."""
_NUMBER_AT_ONCE = f"{MOST} at most"


def _ids(help_text: str) -> serializers.ListField:
    child = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    return serializers.ListField(child=child, min_length=1, max_length=MOST, required=False, help_text=help_text)


class ManualExportInputSerializer(serializers.Serializer):
    """Which documents are looked for, by one of `invoices`, `accounts`, and `first` with `last`; what becomes of
    them."""

    adaptor = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The id of an adaptor.")
    invoices = serializers.ListField(
        child=serializers.CharField(max_length=120), min_length=1, max_length=MOST, required=False,
        help_text=f"Numbers as they stand on the documents, {_NUMBER_AT_ONCE}.",
    )  # fmt: skip
    accounts = _ids(f"The hub's own ids of customers' accounts, {_NUMBER_AT_ONCE}.")
    first = serializers.DateField(required=False, help_text="The first day that may stand on them.")
    last = serializers.DateField(required=False, help_text="The last day that may stand on them.")
    export = serializers.BooleanField(default=False, help_text="Export what is chosen. Left out, they are only found.")
    dry_run = serializers.BooleanField(
        default=False, help_text="With `export`: refuse what would be refused, and send nothing."
    )
    documents = _ids(
        "Of what is found, the ids of the documents to export; left out: all of `not_exported` that can go."
    )
    reason = serializers.CharField(
        max_length=400, required=False, default="", allow_blank=True,
        help_text="Why documents of `already_exported` go once more, as new ones.",
    )  # fmt: skip

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        ways = ["invoices" in asked, "accounts" in asked, "first" in asked or "last" in asked]
        if sum(ways) != 1:
            found = sum(ways) or "none"
            raise serializers.ValidationError(
                {"invoices": f"Expected one of: invoices; accounts; first and last. Found {found} of them."}
            )
        if "first" in asked and "last" in asked and asked["last"] < asked["first"]:
            raise serializers.ValidationError({"last": "Expected a day that is not before the first."})
        return asked


class FoundSerializer(RecordSerializer):
    """A document that was found."""

    document_hub_id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the document.")
    number = Value(attrgetter("number"), TEXT, allow_null=True, help_text="Its number.")
    account_hub_id = Value(attrgetter("account_id"), ID, allow_null=True, help_text="The id of its customer's account.")
    account_name = Value(
        lambda row: row.account.name if row.account else None, TEXT, allow_null=True, help_text="The customer's name."
    )
    document_date = Value(
        lambda row: row.invoice_date.isoformat() if row.invoice_date else None, DAY, allow_null=True,
        help_text="The day that stands on it.",
    )  # fmt: skip
    amount = amount("total_amount", "What is to be paid.")
    currency = Value(attrgetter("currency"), TEXT, allow_null=True, help_text="The currency of the amount.")
    text = Value(lambda row: _said(row), TEXT, help_text="Why it does not go by itself; else empty.")
    transaction = Value(
        attrgetter("last_transaction"), ID, allow_null=True, help_text="The last transaction that it went with."
    )


class CountsSerializer(serializers.Serializer):
    """How many documents are in each list."""

    not_activated = serializers.IntegerField(help_text="Whose customers are not activated.")
    not_exported = serializers.IntegerField(help_text="That go, by themselves or when they are asked for.")
    already_exported = serializers.IntegerField(help_text="That went already.")
    never_exported = serializers.IntegerField(help_text="That never go, such as drafts.")


class ManualExportSerializer(serializers.Serializer):
    """What was found, and what became of what was chosen."""

    counts = CountsSerializer(help_text="How many documents are in each list.")
    not_activated = FoundSerializer(many=True, help_text="Activate the customer first; see export-rules.")
    not_exported = FoundSerializer(many=True, help_text="These go, by themselves or when they are asked for.")
    already_exported = FoundSerializer(many=True, help_text="These go once more with a reason, as new ones.")
    never_exported = FoundSerializer(many=True, help_text="These never go; `text` says why.")
    chosen = serializers.IntegerField(help_text="How many are exported, or would be.")
    exported = TransactionSerializer(many=True, help_text="What became of them: those on hold say what is missing.")


def _said(row: Any) -> str:
    return str(Reason[row.reason]) if row.reason else ""


class ManualExports(GenericViewSet):
    """Exporting by hand. The lists of a search are told whole, so that one request takes a bounded number."""

    resource = "manual_exports"
    model = Transaction
    serializer_class = ManualExportSerializer
    queryset = Transaction.objects.none()

    @extend_schema(
        request=ManualExportInputSerializer, responses={200: ManualExportSerializer, 202: ManualExportSerializer}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Find documents, and export those that are chosen. 202 says that some were handed over; what becomes of them
        is told by their transactions."""
        asked = given(request, ManualExportInputSerializer)
        activation = chosen(request, asked["adaptor"], Level.OPERATE if asked["export"] else Level.VIEW)
        if activation.entry.work is not Work.EXPORT:
            raise wrong("adaptor", f"{activation} exports no documents.")
        found = _found(activation, asked)
        picked = _picked(found, asked)
        made = _exported(activation, picked, asked, person_of(request)) if asked["export"] else []
        answer = {
            "counts": {name: len(rows) for name, rows in found.items()}, **found, "chosen": len(picked),
            "exported": _as_stored(made),
        }  # fmt: skip
        return Response(ManualExportSerializer(answer, context={"included": ()}).data,
                        status.HTTP_202_ACCEPTED if made else status.HTTP_200_OK)  # fmt: skip


def _found(activation: Activation, asked: dict[str, Any]) -> dict[str, list[Any]]:
    """The documents by the list that each is in. Raises `ApiError` for more than a request takes."""
    wish = Wanted(asked.get("invoices", ()), asked.get("accounts"), asked.get("first"), asked.get("last"))
    rows = list(sorted_out(activation, wish).select_related("account")[: MOST + 1])
    if len(rows) > MOST:
        raise ApiError(
            422, f"More than {MOST} documents were found: ask for fewer days, customers or numbers at a time. What is "
            "due goes out with a run of the adaptor, however much it is.", code="too_many",
        )  # fmt: skip
    last = Transaction.objects.filter(activation=activation, document__in=[row.pk for row in rows]).order_by("again")
    transactions = dict(last.values_list("document_id", "pk"))
    found: dict[str, list[Any]] = {name: [] for name in NAMES.values()}
    for row in rows:
        row.last_transaction = transactions.get(row.pk)
        found[NAMES[row.list]].append(row)
    return found


def _picked(found: dict[str, list[Any]], asked: dict[str, Any]) -> list[Any]:
    """What is to be exported. Raises `ApiError` for what cannot."""
    ids = asked.get("documents")
    if ids is None:
        return list(found[NOT_EXPORTED])
    known = {row.pk: (name, row) for name, rows in found.items() for row in rows}
    if unknown := sorted(set(ids) - set(known)):
        raise wrong("documents", f"Document {unknown[0]} is not among those that were found.")
    rows = [known[pk] for pk in sorted(set(ids))]
    for name, row in rows:
        if name in (NOT_ACTIVATED, NEVER):
            raise wrong("documents", f"{row.number or row.pk} cannot go. {_said(row)}")
        if name == ALREADY and not asked["reason"].strip():
            raise wrong("reason", f"{row.number or row.pk} was exported already: say why it is to go once more.")
    return [row for _, row in rows]


def _exported(
    activation: Activation, picked: Sequence[Document], asked: dict[str, Any], user: User | None
) -> list[Transaction]:
    if not activation.is_on:
        raise ApiError(409, f"{activation} is switched off.")
    if asked["dry_run"] or not picked:
        return []
    fresh = [row.pk for row in picked if not row.last_transaction]  # type: ignore[attr-defined]
    made, _ = exporting.export_chosen(activation, fresh, user) if fresh else ([], [])
    before = Transaction.objects.filter(pk__in=[row.last_transaction for row in picked])  # type: ignore[attr-defined]
    made += [_once_more(row, user, asked["reason"]) for row in before.order_by("pk")]
    return made


def _once_more(row: Transaction, user: User | None, reason: str) -> Transaction:
    """What is on hold has not gone out: it is made anew as the same. The rest goes as a new one."""
    is_held = row.state == Transaction.State.HELD
    try:
        return steering.act(row, "try_again" if is_held else "send_as_new", user, reason)
    except steering.CannotDo as problem:
        raise ApiError(409, f"{row.number}: {problem}") from problem


def _as_stored(made: Sequence[Transaction]) -> list[Transaction]:
    rows = Transaction.objects.filter(pk__in=[row.pk for row in made]).order_by("pk")
    return list(rows.select_related("delivery__outbound").defer("delivery__outbound__content"))
