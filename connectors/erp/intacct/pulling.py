"""Pulls: stream after stream, page after page, each with the cursor that goes on after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.base import Cursor, Page, Stream
from connectors.erp.intacct import rows
from connectors.erp.intacct.filters import Group, In
from connectors.erp.intacct.reading import Reader, Row, by_keys, latest, reaching_back
from connectors.erp.intacct.rows import Typed

Bring = Callable[[Reader, Sequence[Row]], Iterable[Typed]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A stream: the object it reads by its time of change, and the records that a chunk of it brings."""

    stream: Stream
    name: str
    fields: tuple[str, ...]
    bring: Bring


def pages(reader: Reader, cursor: Cursor, overlap_minutes: int) -> Iterator[Page]:
    """From where the cursor stands to the end of the last stream."""
    since, at = dict(cursor.since), dict(cursor.at)
    if not at and not since.get("customers") and not since.get("contacts"):
        since["contacts"] = reader.newest("CONTACT")  # all until now come with their customers
    names = [feed.stream.name for feed in FEEDS]
    first = names.index(at["stream"]) if at.get("stream") in names else 0
    for index in range(first, len(FEEDS)):
        feed, is_last = FEEDS[index], index == len(FEEDS) - 1
        name = feed.stream.name
        place = at.get("place") or {}
        while True:
            chunk = reader.chunk(feed.name, feed.fields, reaching_back(since.get(name, ""), overlap_minutes), place)
            place = chunk.at
            if place:
                at = {"stream": name, "place": place}
            else:
                since = {**since, name: latest([chunk.seen, since.get(name, "")])}
                at = {} if is_last else {"stream": names[index + 1]}
            yield Page(_by_type(feed.bring(reader, chunk.rows)), Cursor(since, at), chunk.total)
            if not place:
                break


def _by_type(records: Iterable[Typed]) -> dict[str, list[rows.Record]]:
    found: dict[str, list[rows.Record]] = defaultdict(list)
    for record_type, record in records:
        found[record_type].append(record)
    return dict(found)


def _customers(reader: Reader, found: Sequence[Row]) -> Iterator[Typed]:
    for row in found:
        yield from rows.customer(row)


def _contacts(reader: Reader, found: Sequence[Row]) -> Iterator[Typed]:
    """The customers that name a changed contact: a contact itself does not say whose it is."""
    names = [row["CONTACTNAME"] for row in found]
    for first in range(0, len(names), _NAMES):
        some = names[first : first + _NAMES]
        where = Group("or", [In(f"{place}.CONTACTNAME", some) for place in rows.PLACES])
        for row in reader.all("CUSTOMER", rows.CUSTOMER, where):
            yield from rows.customer(row)


_NAMES = 100  # four times in one filter


def _documents(read: Callable[[Row], Typed], line_object: str) -> Bring:
    def bring(reader: Reader, found: Sequence[Row]) -> Iterator[Typed]:
        credits: dict[str, bool] = {}
        for row in found:
            record_type, record = read(row)
            credits[row["RECORDNO"]] = record["document_type"] == "credit_memo"
            yield record_type, record
        for row in by_keys(reader, line_object, rows.LINE, "RECORDKEY", list(credits)):
            yield rows.line(row, is_credit=credits[row["RECORDKEY"]])

    return bring


def _advances(reader: Reader, found: Sequence[Row]) -> Iterator[Typed]:
    for row in found:
        yield rows.payment(row, is_advance=True)


def _payments(reader: Reader, found: Sequence[Row]) -> Iterator[Typed]:
    for row in found:
        yield rows.payment(row, is_advance=False)
    for row in by_keys(reader, "ARPYMTDETAIL", rows.DETAIL, "PAYMENTKEY", [row["RECORDNO"] for row in found]):
        yield from rows.applications(row)


FEEDS = (
    Feed(Stream("customers", "Customers", ("account", "contact")), "CUSTOMER", rows.CUSTOMER, _customers),
    Feed(Stream("contacts", "Contacts", ("account", "contact")), "CONTACT", ("CONTACTNAME",), _contacts),
    Feed(
        Stream("invoices", "AR invoices", ("invoice", "invoice_line")),
        "ARINVOICE", rows.INVOICE, _documents(rows.invoice, "ARINVOICEITEM"),
    ),
    Feed(
        Stream("adjustments", "AR adjustments", ("adjustment", "invoice_line")),
        "ARADJUSTMENT", rows.DOCUMENT, _documents(rows.adjustment, "ARADJUSTMENTITEM"),
    ),
    Feed(Stream("advances", "AR advances", ("payment",)), "ARADVANCE", rows.PAYMENT, _advances),
    Feed(
        Stream("payments", "AR payments", ("payment", "payment_applied", "credit_memo_applied")),
        "ARPYMT", rows.PAYMENT, _payments,
    ),
)  # fmt: skip
STREAMS = tuple(feed.stream for feed in FEEDS)
