"""Transactions by the beginning of a number, a name or an id that anybody calls them by.

Each way has a query of its own that an index answers, and gives a bounded number of ids: together, they would be read
through the whole table. The columns have collation C, and are asked for ranges, which indexes answer under row-level
security as well.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from adaptors.models import Transaction
from arhub.domain.search import next_prefix
from arhub.models import Outbound
from connectors.domain.deliveries import CHANNEL, of_identity
from connectors.models import Connection, Delivery, DeliveryReceipt

MOST = 1_000
"""Transactions that are found in each way. Whoever types so little that there are more has to type on."""
OWN = ("number", "customer_order_number", "supplier_order_number", "name")
LARGEST_ID, MOST_DIGITS = 2**63 - 1, 19


def found(term: str) -> list[int]:
    """The ids of transactions, by the beginning of their document's number, an order number, their file's name here or
    there, the id of the message that brought it, or of a receipt; or by their whole own number."""
    ways = [Transaction.objects.filter(begins(name, term)) for name in OWN]
    ways.append(Transaction.objects.filter(delivery__in=_delivered(term)))
    if term.isdecimal() and len(term) <= MOST_DIGITS and int(term) <= LARGEST_ID:
        ways.append(Transaction.objects.filter(pk=int(term)))
    return list(_together(ways))


def numbered(term: str) -> QuerySet[Transaction]:
    """Those whose document's number begins so."""
    return Transaction.objects.filter(begins("number", term))


def begins(column: str, term: str) -> Q:
    """The condition that a column of collation C begins with the term, as it is written, in capitals or in small."""
    condition = Q()
    for text in dict.fromkeys((term, term.upper(), term.lower())):
        above = next_prefix(text)
        condition |= Q(**{f"{column}__gte": text}) & (Q(**{f"{column}__lt": above}) if above else Q())
    return condition


def _delivered(term: str) -> list[int]:
    """The ids of deliveries. Of a message's id, what comes before the @ is the identity."""
    identity = term.strip("<>").partition("@")[0]
    destinations = list(map(str, Connection.objects.values_list("pk", flat=True)))
    sent = Outbound.objects.filter(channel=CHANNEL, destination__in=destinations)
    outbounds = _together(
        [sent.filter(begins("identity", identity or term)), Outbound.objects.filter(of_identity(term))]
    )
    ways: list[QuerySet[Any]] = [
        Delivery.objects.filter(begins("name", term)),
        Delivery.objects.filter(outbound__in=list(outbounds)),
    ]
    receipts = DeliveryReceipt.objects.filter(begins("reference", term)).values_list("delivery", flat=True)
    return [*_together(ways), *receipts.order_by()[:MOST]]


def _together(ways: list[QuerySet[Any]]) -> QuerySet[Any]:
    """The ids that each query gives, in one query. They have no order: the planner would walk the table in it."""
    first, *others = [way.order_by().values_list("pk", flat=True)[:MOST] for way in ways]
    return first.union(*others)
