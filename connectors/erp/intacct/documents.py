"""Invoices and credit memos as `create_invoice` and `create_aradjustment` want them.

A credit memo is positive in the hub; there it is an adjustment whose lines are negative. The sign is turned here, and
back again in `rows`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from lxml import etree

from arhub.network.errors import PermanentError
from connectors.base import Subject
from connectors.erp.intacct.elements import Content, element
from connectors.erp.intacct.settings import Posting
from connectors.erp.intacct.values import amount_of, plain

_EXTRAS = (("tax_amount", "VAT"), ("shipping_amount", "Freight"), ("rounding_amount", "Rounding"))
Line = Mapping[str, Content]


def invoice(subject: Subject, posting: Posting) -> etree._Element:
    values = subject.values
    label = _label(subject, "Invoice", "invoice_number")
    if values.get("document_type") == "debit_memo":
        raise PermanentError(f"{label} is a debit memo, which is not sent to Intacct: enter it there.")
    return element(
        "create_invoice",
        {
            **_header(subject, posting, label, values.get("invoice_date")),
            **_due(values, posting),
            "invoiceno": None if posting.numbers_itself else _number(values),
            "ponumber": values.get("customer_order_number") or None,
            "onhold": True if values.get("on_hold") else None,
            "invoiceitems": {"lineitem": list(_items(subject, posting, label, Decimal(1)))},
        },
    )


def credit_memo(subject: Subject, posting: Posting) -> etree._Element:
    values = subject.values
    label = _label(subject, "Credit memo", "credit_memo_number")
    return element(
        "create_aradjustment",
        {
            **_header(subject, posting, label, values.get("credit_date") or values.get("invoice_date")),
            "adjustmentno": None if posting.numbers_itself else _number(values),
            "invoiceno": values.get("corrected_document") or None,
            "aradjustmentitems": {"lineitem": list(_items(subject, posting, label, Decimal(-1)))},
        },
    )


def customer_of(subject: Subject, label: str) -> str:
    """The CustomerID of a document's or payment's account: the one it got there, else the account's own number."""
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


def _label(subject: Subject, what: str, number: str) -> str:
    values = subject.values
    label = f"{what} {values.get(number) or values['erp_key']}"
    if values.get("is_voided"):
        raise PermanentError(f"{label} is cancelled, and is not sent to Intacct.")
    if values.get("is_draft"):
        raise PermanentError(f"{label} is a draft, and is not sent to Intacct.")
    return label


def _number(values: Mapping[str, Any]) -> str:
    return str(values.get("invoice_number") or values.get("credit_memo_number") or values["erp_key"])


def _header(subject: Subject, posting: Posting, label: str, issued: date | None) -> dict[str, Content]:
    values = subject.values
    if issued is None:
        raise PermanentError(f"{label} has no date, and Intacct needs one.")
    text = str(values.get("description") or "")
    return {
        "customerid": customer_of(subject, label),
        "datecreated": issued,
        "dateposted": values.get("posting_date"),
        "description": f"{_number(values)} {text}".strip() if posting.numbers_itself else text or None,
        **_currency(foreign(values, posting), issued, posting),
    }


def _currency(currency: str, issued: date, posting: Posting) -> dict[str, Content]:
    if not currency:
        return {}
    return {
        "basecurr": posting.base_currency, "currency": currency, "exchratedate": issued,
        "exchratetype": posting.rate_type,
    }  # fmt: skip


def _due(values: Mapping[str, Any], posting: Posting) -> dict[str, Content]:
    """Intacct demands a due date or a term; ours are texts, so that a term counts only when a setting names it."""
    if due := values.get("due_date"):
        return {"datedue": due}
    return {"termname": posting.term} if posting.term else {"datedue": values["invoice_date"]}


def _items(subject: Subject, posting: Posting, label: str, sign: Decimal) -> Iterator[Line]:
    lines = [(line, amount) for line in subject.lines if (amount := _net(line)) is not None]
    extras = _extras(subject.values, [amount for _, amount in lines], label) if lines else []
    for line, amount in lines:
        yield {
            "glaccountno": line.get("account_number") or posting.account,
            "amount": amount_of(sign * amount, f"{label}, line {line.get('line_number')}"),
            "memo": line.get("description") or None,
            "locationid": line.get("location") or posting.location or None,
        }
    for name, amount in extras if lines else _whole(subject.values, posting, label):
        yield {
            "glaccountno": posting.vat_account if name == "VAT" else posting.account,
            "amount": amount_of(sign * amount, label),
            "memo": name or None,
            "locationid": posting.location or None,
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


def _whole(values: Mapping[str, Any], posting: Posting, label: str) -> list[tuple[str, Decimal]]:
    """A document without lines: its total, of which VAT is set apart where it has an account of its own."""
    total, tax = values.get("total_amount"), values.get("tax_amount")
    if total is None:
        raise PermanentError(f"{label} has neither lines nor a total.")
    if tax and posting.vat_account != posting.account:
        return [("", total - tax), ("VAT", tax)]
    return [("", total)]
