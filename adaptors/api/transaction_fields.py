"""What a transaction shows."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from adaptors.models import Transaction
from arhub.api.columns import BOOL, DAY, DECIMAL, ID, INTEGER, TEXT, RecordSerializer, Value, as_decimal, choice, time
from arhub.api.outbound import AttemptSerializer
from connectors.api.deliveries import ReceiptSerializer

_PROBLEMS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "text": TEXT, "field": TEXT, "line": {**TEXT, "nullable": True}, "rule": TEXT, "holds": BOOL, "said": TEXT,
            "location": TEXT,
        },
        "required": ["text", "field", "rule", "holds"],
    },
}  # fmt: skip


class TransactionReceiptSerializer(ReceiptSerializer):
    """What the other side said of a document. Its own bytes are below its address."""

    transaction = Value(attrgetter("delivery.transaction.pk"), ID, help_text="The transaction it belongs to.")


class StoryLineSerializer(RecordSerializer):
    """A line of the story: what a person did, and why; what came back."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the line.")
    at = time("at", "When.", allow_null=False)
    text = Value(attrgetter("text"), TEXT, help_text="What was done, or said.")
    by = Value(
        lambda entry: str(entry.user) if entry.user_id else None, TEXT, allow_null=True,
        help_text="Who did it; null for the hub and for programs.",
    )  # fmt: skip


def _of_delivery(read: Callable[[Any], Any], nothing: Any = None) -> Callable[[Transaction], Any]:
    return lambda row: read(row.delivery) if row.delivery else nothing


def _amount(row: Transaction) -> str | None:
    """Without the zeros that its column adds."""
    return None if row.amount is None else as_decimal(row.amount.normalize())


class TransactionSerializer(RecordSerializer):
    """One document on its way to one customer. `uncertain` means that it may have arrived: it is not sent again before
    that is known. `said` is why it stands where it does."""

    optional = ("log", "receipts", "entries")

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the transaction.")
    adaptor = Value(attrgetter("activation_id"), ID, help_text="The adaptor through which it goes.")
    account_hub_id = Value(attrgetter("account_id"), ID, help_text="The hub's own id of the customer's account.")
    document_hub_id = Value(attrgetter("document_id"), ID, help_text="The hub's own id of the document.")
    number = Value(attrgetter("number"), TEXT, help_text="The document's number.")
    again = Value(attrgetter("again"), INTEGER, help_text="How often it was sent as new before.")
    state = choice(attrgetter("state"), Transaction.State.values, "How far it is.")
    said = Value(attrgetter("said"), TEXT, help_text="Why it stands there, in a sentence; else empty.")
    cause = Value(attrgetter("cause"), TEXT, help_text="The same for all that stand there for one reason; else empty.")
    asks_person = Value(attrgetter("asks_person"), BOOL, help_text="Whether nothing goes on by itself.")
    problems = Value(
        attrgetter("problems"), _PROBLEMS,
        help_text="What was found in it; of `field`, `line` and `rule`, and whether it `holds` the document.",
    )  # fmt: skip
    checked_by = Value(
        attrgetter("checked_by"), {"type": "array", "items": TEXT}, help_text="The rule sets that looked at it."
    )
    sender = Value(attrgetter("sender"), TEXT, help_text="Who it is from.")
    receiver = Value(attrgetter("receiver"), TEXT, help_text="Whom it is for.")
    customer_order_number = Value(attrgetter("customer_order_number"), TEXT, help_text="The customer's order.")
    supplier_order_number = Value(attrgetter("supplier_order_number"), TEXT, help_text="Our order.")
    document_date = Value(
        lambda row: row.document_date.isoformat() if row.document_date else None, DAY, allow_null=True,
        help_text="The day that stands on it.",
    )  # fmt: skip
    amount = Value(_amount, DECIMAL, allow_null=True, help_text="What is to be paid.")
    currency = Value(attrgetter("currency"), TEXT, help_text="The currency of the amount.")
    format = Value(attrgetter("format"), TEXT, help_text="Its output format.")
    connection = Value(attrgetter("connection_id"), ID, allow_null=True, help_text="The connection it goes to.")
    delivery = Value(
        _of_delivery(attrgetter("outbound_id")), ID, allow_null=True,
        help_text="Its delivery, once it was handed over; see deliveries.",
    )  # fmt: skip
    attempts = Value(
        _of_delivery(attrgetter("outbound.attempts"), 0), INTEGER,
        help_text="Attempts since it was handed over or last resent.",
    )  # fmt: skip
    name = Value(attrgetter("name"), TEXT, help_text="What its file is called; empty before it is made.")
    media_type = Value(attrgetter("media_type"), TEXT, help_text="What its bytes are.")
    size = Value(attrgetter("size"), INTEGER, allow_null=True, help_text="Bytes.")
    digest = Value(attrgetter("sha256"), TEXT, help_text="SHA-256 of its bytes.")
    run = Value(attrgetter("run"), ID, allow_null=True, help_text="The run that selected it; null: a person did.")
    created_at = time("created_at", "When it was selected.", allow_null=False)
    rendered_at = time("rendered_at", "When its bytes were made.")
    validated_at = time("validated_at", "When nothing was found any more that holds it.")
    delivered_at = time("delivered_at", "When its gateway had it.")
    answered_at = time("answered_at", "When the other side last acknowledged or rejected it.")
    moved_at = time("moved_at", "Since when it is in its state.", allow_null=False)
    changed_at = time("changed_at", "When its document was found changed in its source since.")
    log = AttemptSerializer(many=True, required=False, source="included_log")
    receipts = TransactionReceiptSerializer(many=True, required=False, source="included_receipts")
    entries = StoryLineSerializer(many=True, required=False, source="included_entries")
