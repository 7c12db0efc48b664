"""Transactions by the beginning of a number, a name or an id that anybody calls them by.

Each way has queries of its own, one range of an index each, read in its order, and gives a bounded number of ids. Asked
for together, or in no order or another one, they would be read through the whole table. The columns have collation C,
and are asked for ranges, which indexes answer under row-level security as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    ways = [rows for name in OWN for rows in _beginning(Transaction.objects.all(), name, term)]
    ways.append(_some(Transaction.objects.filter(delivery__in=_delivered(term)).order_by()))
    if term.isdecimal() and len(term) <= MOST_DIGITS and int(term) <= LARGEST_ID:
        ways.append(_some(Transaction.objects.filter(pk=int(term)).order_by()))
    return _together(ways)


def numbered(term: str) -> QuerySet[Transaction]:
    """Those whose document's number begins so."""
    return Transaction.objects.filter(begins("number", term))


def begins(column: str, term: str) -> Q:
    """The condition that a column of collation C begins with the term, as it is written, in capitals or in small."""
    condition = Q()
    for text in _spellings(term):
        condition |= _begins_as_written(column, text)
    return condition


def _spellings(term: str) -> Iterator[str]:
    return iter(dict.fromkeys((term, term.upper(), term.lower())))


def _begins_as_written(column: str, text: str) -> Q:
    above = next_prefix(text)
    return Q(**{f"{column}__gte": text}) & (Q(**{f"{column}__lt": above}) if above else Q())


def _beginning(rows: QuerySet[Any], column: str, term: str, *, field: str = "pk") -> Iterator[QuerySet[Any]]:
    """The first of the rows whose column begins with the term, for each way to write it."""
    for text in _spellings(term):
        yield _some(rows.filter(_begins_as_written(column, text)).order_by(column), field)


def _some(rows: QuerySet[Any], field: str = "pk") -> QuerySet[Any]:
    return rows.values_list(field, flat=True)[:MOST]


def _delivered(term: str) -> list[int]:
    """The ids of deliveries. Of a message's id, what comes before the @ is the identity."""
    identity = term.strip("<>").partition("@")[0] or term
    ways = list(_beginning(Delivery.objects.all(), "name", term))
    ways += _beginning(DeliveryReceipt.objects.all(), "reference", term, field="delivery")
    ways.append(_some(Delivery.objects.filter(outbound__in=_outbounds(identity, term)).order_by()))
    return _together(ways)


def _outbounds(identity: str, term: str) -> list[int]:
    """The ids of what is sent. The destinations are named, since that is how the index begins."""
    destinations = [str(pk) for pk in Connection.objects.order_by().values_list("pk", flat=True)]
    sent = Outbound.objects.filter(channel=CHANNEL, destination__in=destinations)
    ways = [_some(Outbound.objects.filter(of_identity(term)).order_by())]
    for text in _spellings(identity):
        ways.append(_some(sent.filter(_begins_as_written("identity", text)).order_by("destination", "identity")))
    return _together(ways)


def _together(ways: Sequence[QuerySet[Any]]) -> list[int]:
    """The ids that each query gives, in one query."""
    first, *others = ways
    return list(first.union(*others))
