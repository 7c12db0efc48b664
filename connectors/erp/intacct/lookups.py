"""Whether what a function creates is there already, by the values in the function itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import NeverThere
from connectors.erp.intacct.filters import Condition, Group, Is
from connectors.erp.intacct.reading import Reader, Row
from connectors.erp.intacct.values import plain, read_date, read_decimal

Keys = dict[str, str]

_DOCUMENTS = {"create_invoice": ("ARINVOICE", "invoiceno"), "create_aradjustment": ("ARADJUSTMENT", "adjustmentno")}
_ID = {"CUSTOMER": "CUSTOMERID", "CONTACT": "CONTACTNAME"}
_DOCUMENT_FIELDS = ("RECORDNO", "RECORDID", "CUSTOMERID", "TRX_TOTALENTERED", "CURRENCY")
_PAYMENT_FIELDS = ("RECORDNO", "DOCNUMBER", "CUSTOMERID", "TRX_TOTALENTERED", "RECEIPTDATE")


def document(reader: Reader, function: etree._Element) -> Keys | None:
    """The keys of an invoice or adjustment. Raises `NeverThere` when another one has its number."""
    name, tag = _DOCUMENTS[function.tag]
    number, customer = function.findtext(tag), function.findtext("customerid", "")
    amount = _sum(function, ".//lineitem/amount")
    found = list(reader.all(name, _DOCUMENT_FIELDS, _of_document(function, number, customer)))
    for row in found:
        if row["CUSTOMERID"] == customer and _amount(row) == abs(amount):
            return {"recordno": row["RECORDNO"], "invoiceno": row["RECORDID"]}
    if found and number:
        row = found[0]
        raise NeverThere(
            f"Number {number} is taken there by a document of {plain(_amount(row))} {row.get('CURRENCY', '')}".rstrip()
            + f" of customer {row['CUSTOMERID']}; ours is of {plain(abs(amount))} of customer {customer}."
        )
    return None


def numbered(reader: Reader, function: etree._Element, recordno: str) -> Keys | None:
    """The keys of a document by its RECORDNO."""
    name, _ = _DOCUMENTS[function.tag]
    row = next(reader.all(name, ("RECORDNO", "RECORDID"), Is("RECORDNO", recordno)), None)
    return {"recordno": recordno, "invoiceno": row["RECORDID"]} if row else None


def _of_document(function: etree._Element, number: str | None, customer: str) -> Condition:
    """By its number; where Intacct gives the numbers, ours begins the description."""
    if number:
        return Is("RECORDID", number)
    return Group("and", (Is("CUSTOMERID", customer), Is("DESCRIPTION", function.findtext("description", ""))))


def payment(reader: Reader, function: etree._Element) -> Keys | None:
    """The keys of a payment or advance. Several may have one number, such as that of a standing order: amount and day
    decide."""
    record = function[0]
    customer, number = record.findtext("CUSTOMERID", ""), record.findtext("DOCNUMBER", "")
    amount = _sum(record, ".//TRX_PAYMENTAMOUNT") + _sum(record, ".//TRX_AMOUNT") + _sum(record, "OVERPAYMENTAMOUNT")
    where = Group("and", (Is("DOCNUMBER", number), Is("CUSTOMERID", customer)))
    for row in reader.all(record.tag, _PAYMENT_FIELDS, where):
        if _amount(row) == amount and _same_day(row["RECEIPTDATE"], record.findtext("RECEIPTDATE", "")):
            return {"RECORDNO": row["RECORDNO"]}
    return None


def _same_day(there: str, ours: str) -> bool:
    return read_date(there) == read_date(ours)


def key_of(reader: Reader, record: etree._Element) -> str | None:
    """The RECORDNO of a customer or contact that has the id of this one."""
    row = _row(reader, record, ("RECORDNO",))
    return row["RECORDNO"] if row else None


def key_if_same(reader: Reader, record: etree._Element) -> str | None:
    """The same, when every value that is sent stands there."""
    sent = dict(_values(record))
    row = _row(reader, record, ("RECORDNO", *sent))
    return row["RECORDNO"] if row and all(_same(row.get(name, ""), value) for name, value in sent.items()) else None


def id_of(record: etree._Element) -> str:
    return str(record.findtext(_ID[record.tag], ""))


def _row(reader: Reader, record: etree._Element, fields: Sequence[str]) -> Row | None:
    return next(reader.all(record.tag, fields, Is(_ID[record.tag], id_of(record))), None)


def _values(record: etree._Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Those inside others by "OUTER.INNER". The code of a country is written and read under different names."""
    for field in record:
        if len(field):
            yield from _values(field, f"{prefix}{field.tag}.")
        else:
            yield prefix + field.tag.replace("ISOCOUNTRYCODE", "COUNTRYCODE"), field.text or ""


def _same(there: str, ours: str) -> bool:
    if there == ours:
        return True
    try:
        return read_decimal(there) == read_decimal(ours)
    except PermanentError:
        return False


def _sum(element: etree._Element, path: str) -> Decimal:
    return sum((Decimal(amount.text or "0") for amount in element.iterfind(path)), Decimal(0))


def _amount(row: Row) -> Decimal:
    return abs(read_decimal(row.get("TRX_TOTALENTERED", "")) or Decimal(0))
