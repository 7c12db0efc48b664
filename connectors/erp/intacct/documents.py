"""Invoices and credit memos as `create_invoice` and `create_aradjustment` want them.

A credit memo is positive in the hub; there it is an adjustment whose lines are negative. The sign is turned here, and
back again in `rows`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import Subject
from connectors.erp.intacct.elements import Content, element
from connectors.erp.intacct.settings import Posting
from connectors.erp.intacct.targets import CREDIT_HEADER, HEADER, LINE, overlaid
from connectors.erp.intacct.values import amount_of, plain

_EXTRAS = (("tax_amount", "VAT"), ("shipping_amount", "Freight"), ("rounding_amount", "Rounding"))
Line = Mapping[str, Content]


def invoice(subject: Subject, posting: Posting) -> etree._Element:
    values = overlaid(subject.values, subject.header, HEADER)
    label = _label(values, "Invoice", "invoice_number")
    if values.get("document_type") == "debit_memo":
        raise PermanentError(f"{label} is a debit memo, which is not sent to Intacct: enter it there.")
    return element(
        "create_invoice",
        {
            **_header(subject, values, posting, label, values.get("invoice_date")),
            **_due(subject.header, values, posting),
            "invoiceno": None if posting.numbers_itself else _number(values),
            "ponumber": values.get("customer_order_number") or None,
            "onhold": True if values.get("on_hold") else None,
            "invoiceitems": {"lineitem": list(_items(subject, values, posting, label, Decimal(1)))},
        },
    )


def credit_memo(subject: Subject, posting: Posting) -> etree._Element:
    values = overlaid(subject.values, subject.header, CREDIT_HEADER)
    label = _label(values, "Credit memo", "credit_memo_number")
    return element(
        "create_aradjustment",
        {
            **_header(subject, values, posting, label, values.get("credit_date") or values.get("invoice_date")),
            "adjustmentno": None if posting.numbers_itself else _number(values),
            "invoiceno": values.get("corrected_document") or None,
            "aradjustmentitems": {"lineitem": list(_items(subject, values, posting, label, Decimal(-1)))},
        },
    )


def customer_of(subject: Subject, label: str) -> str:
    """The CustomerID of a document's or payment's account: the one that is mapped, or that it got there, else the
    account's own number."""
    if mapped := subject.header.get("Customer"):
        return str(mapped)
    account = subject.account
    known = subject.keys.get(("account", str(account.get("erp_key"))), {}).get("customerid")
    found = known or account.get("account_id") or account.get("erp_key")
    if not found:
        raise PermanentError(f"{label} has no account, and Intacct needs a customer.")
    return str(found)


def foreign(values: Mapping[str, Any], posting: Posting) -> str:
    """The currency, where it is not the base currency."""
    currency = str(values.get("currency") or posting.base_currency).upper()
    return "" if currency == posting.base_currency else currency


def _label(values: Mapping[str, Any], what: str, number: str) -> str:
    label = f"{what} {values.get(number) or values['erp_key']}"
    if values.get("is_voided"):
        raise PermanentError(f"{label} is cancelled, and is not sent to Intacct.")
    if values.get("is_draft"):
        raise PermanentError(f"{label} is a draft, and is not sent to Intacct.")
    return label


def _number(values: Mapping[str, Any]) -> str:
    return str(values.get("invoice_number") or values.get("credit_memo_number") or values["erp_key"])


def _header(
    subject: Subject, values: Mapping[str, Any], posting: Posting, label: str, issued: date | None
) -> dict[str, Content]:
    if issued is None:
        raise PermanentError(f"{label} has no date, and Intacct needs one.")
    text = str(values.get("description") or "")
    return {
        "customerid": customer_of(subject, label),
        "datecreated": issued,
        "dateposted": values.get("posting_date"),
        "description": f"{_number(values)} {text}".strip() if posting.numbers_itself else text or None,
        **_currency(subject.header, foreign(values, posting), issued, posting),
    }


def _currency(mapped: Mapping[str, Any], currency: str, issued: date, posting: Posting) -> dict[str, Content]:
    if not currency:
        return {}
    both: dict[str, Content] = {"basecurr": posting.base_currency, "currency": currency}
    if rate := mapped.get("ExchangeRate"):
        return {**both, "exchrate": f"{rate:f}"}
    return {**both, "exchratedate": issued, "exchratetype": posting.rate_type}


def _due(mapped: Mapping[str, Any], values: Mapping[str, Any], posting: Posting) -> dict[str, Content]:
    """Intacct demands a due date or a term; ours are texts, so that a term counts only when it is mapped, or a setting
    names it."""
    term = mapped.get("TermName")
    if due := values.get("due_date"):
        return {"datedue": due, "termname": term}
    term = term or posting.term
    return {"termname": term} if term else {"datedue": values["invoice_date"]}


def counted(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines that add something to a document; the others are only text."""
    return [line for line in lines if _net(line) is not None]


def _items(subject: Subject, values: Mapping[str, Any], posting: Posting, label: str, sign: Decimal) -> Iterator[Line]:
    counting = counted(subject.lines)
    mapped = subject.mapped_rows("line", counting or [{}])
    lines = [overlaid(line, row, LINE) for line, row in zip(counting, mapped, strict=True)] if counting else []
    amounts = [amount for line in lines if (amount := _net(line)) is not None]
    for line, amount in zip(lines, amounts, strict=True):
        yield _item(line, posting, sign * amount, f"{label}, line {line.get('line_number')}")
    for name, amount in _extras(values, amounts, label) if lines else _whole(values, mapped[0], posting, label):
        row = {} if name or lines else overlaid({}, mapped[0], LINE)
        account = posting.vat_account if name == "VAT" else posting.account
        yield _item({"account_number": account, "description": name, **row}, posting, sign * amount, label)


def _item(line: Mapping[str, Any], posting: Posting, amount: Decimal, label: str) -> Line:
    account = line.get("account_number") or posting.account
    if not account:
        raise PermanentError(f"{label} has no AccountNo: give the connection one, or a field mapping.")
    return {
        "glaccountno": account,
        "amount": amount_of(amount, label),
        "memo": line.get("description") or None,
        "locationid": line.get("location") or posting.location or None,
        "departmentid": line.get("department") or None,
        "itemid": line.get("item") or None,
        "projectid": line.get("project") or None,
        "classid": line.get("class") or None,
    }


def _net(line: Mapping[str, Any]) -> Decimal | None:
    """What a line adds to the document; None for a line that is only text."""
    net, total, tax = line.get("net_amount"), line.get("total_amount"), line.get("tax_amount")
    if net is None and total is not None and tax is not None:
        return Decimal(total) - Decimal(tax)
    return net if net is not None else total


def _extras(values: Mapping[str, Any], nets: list[Decimal], label: str) -> list[tuple[str, Decimal]]:
    """What stands beside the lines so that all of it comes to the total. Lines may hold VAT or freight already, so
    what is missing decides. Raises PermanentError when nothing makes it come out even."""
    given = [(text, values[name]) for name, text in _EXTRAS if values.get(name)]
    lines, total = sum(nets, Decimal(0)), values.get("total_amount")
    if total is None:
        return [extra for extra in given if extra[0] == "VAT"]
    for many in range(len(given) + 1):
        for chosen in combinations(given, many):
            if lines + sum((amount for _, amount in chosen), Decimal(0)) == total:
                return list(chosen)
    beside = "".join(f", {text} is {plain(amount)}" for text, amount in given)
    raise PermanentError(
        f"{label}: its lines come to {plain(lines)}{beside}, which does not make its total of {plain(total)}: "
        "correct it in its source, and send it again."
    )


def _whole(
    values: Mapping[str, Any], mapped: Mapping[str, Any], posting: Posting, label: str
) -> list[tuple[str, Decimal]]:
    """A document without lines: its total, of which VAT is set apart where it has an account of its own."""
    if (amount := mapped.get("Trx_Amount")) is not None:
        return [("", amount), *_extras(values, [amount], label)]
    total, tax = values.get("total_amount"), values.get("tax_amount")
    if total is None:
        raise PermanentError(f"{label} has neither lines nor a total.")
    if tax and posting.vat_account != posting.account:
        return [("", total - tax), ("VAT", tax)]
    return [("", total)]
