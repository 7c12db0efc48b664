"""The legacy functions: lower-case elements in a fixed order, dates in three parts, a key as the answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.simulators.intacct import customers, documents, payments
from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.call import Call
from connectors.simulators.intacct.documents import ZERO, Currency
from connectors.simulators.intacct.errors import invalid, missing, not_found, wrong
from connectors.simulators.intacct.kinds import ADJUSTMENT, CUSTOMER, INVOICE, PAYMENT, Kind
from connectors.simulators.intacct.payments import Application
from connectors.simulators.intacct.settlement import credit_left
from connectors.simulators.intacct.values import flag, money, number
from connectors.simulators.intacct.xml import Element, make, split_date, text


def create_invoice(call: Call, element: Element) -> Element:
    created, term = _date(element, "datecreated"), text(element, "termname")
    fields = {
        **_header(element), "RECORDID": text(element, "invoiceno"), "DOCNUMBER": text(element, "ponumber") or None,
        "TERMNAME": term or None,
        "WHENDUE": documents.due_date(call.books, created, split_date(element, "datedue"), term),
        "ONHOLD": _flag(element, "onhold"), "SUPDOCID": text(element, "supdocid") or None,
        "BILLTOPAYTOCONTACTNAME": text(element, "billto/contactname") or None,
        "SHIPTORETURNTOCONTACTNAME": text(element, "shipto/contactname") or None,
    }  # fmt: skip
    return _post(call.books, INVOICE, element, fields, element.findall("invoiceitems/lineitem"))


def create_aradjustment(call: Call, element: Element) -> Element:
    fields = {
        **_header(element), "RECORDID": text(element, "adjustmentno"), "DOCNUMBER": text(element, "invoiceno") or None,
    }  # fmt: skip
    return _post(call.books, ADJUSTMENT, element, fields, element.findall("aradjustmentitems/lineitem"))


def update_invoice(call: Call, element: Element) -> Element:
    """Of an invoice without payments: what is left out stays."""
    books, document = call.books, _document(call.books, INVOICE, element)
    documents.untouched(document)
    names = {
        "ponumber": "DOCNUMBER", "description": "DESCRIPTION", "supdocid": "SUPDOCID", "termname": "TERMNAME",
        "payto/contactname": "BILLTOPAYTOCONTACTNAME", "returnto/contactname": "SHIPTORETURNTOCONTACTNAME",
    }  # fmt: skip
    changes: dict[str, Any] = {
        field: text(element, name) or None for name, field in names.items() if element.find(name) is not None
    }
    dates = {"datecreated": "WHENCREATED", "dateposted": "WHENPOSTED", "datedue": "WHENDUE"}
    changes |= {field: value for name, field in dates.items() if (value := split_date(element, name))}
    documents.check_contacts(books, changes)
    if changes.get("TERMNAME") and "WHENDUE" not in changes:
        created = changes.get("WHENCREATED", document["WHENCREATED"])
        changes["WHENDUE"] = documents.due_date(books, created, None, changes["TERMNAME"])
    if (given := text(element, "invoiceno")) and given != document["RECORDID"]:
        documents.check_number(books, INVOICE, given)
        changes["RECORDID"] = given
    if document["RAWSTATE"] == "D" and text(element, "action") == "Submit":
        changes |= {"STATE": "Posted", "RAWSTATE": "A"}
    documents.owe(books, document, -document["TRX_TOTALDUE"])
    books.change(document, TRX_TOTALDUE=ZERO, **changes, **_custom(books, INVOICE, element))
    _update_lines(books, document, element)
    documents.total(books, document)
    return _key(document)


def reverse_invoice(call: Call, element: Element) -> Element:
    document = _document(call.books, INVOICE, element)
    documents.cancel(call.books, document, text(element, "description"), _date(element, "datereversed"))
    return _key(document)


def delete_invoice(call: Call, element: Element) -> Element:
    return _delete(call.books, INVOICE, element)


def delete_aradjustment(call: Call, element: Element) -> Element:
    return _delete(call.books, ADJUSTMENT, element)


def delete_customer(call: Call, element: Element) -> Element:
    name = element.get("customerid")
    customer = call.books.find(CUSTOMER, name)
    if customer is None:
        raise not_found(CUSTOMER.title, name)
    customers.delete_customer(call.books, customer)
    return make("key", name)


def create_arpayment(call: Call, element: Element) -> Element:
    """Without documents to pay it is an advance."""
    books, amount = call.books, _amount(element, "paymentamount")
    currency, received = _currency(element), split_date(element, "datereceived")
    fields = payments.header(
        books, text(element, "customerid"), method=text(element, "paymentmethod"), received=received, paid=received,
        bank=text(element, "bankaccountid"), undeposited=text(element, "undepfundsacct"),
        batch=text(element, "batchkey"),
        currency=currency.code, rate=currency.rate, DOCNUMBER=text(element, "refid") or None,
    )  # fmt: skip
    applications = _applications(element.findall("arpaymentitem"))
    if not applications:
        line = documents.line(books, account="1200", label="", amount=amount, location="", department="")
        return _key(payments.advance(books, fields, [line], draft=False))
    overpaid = amount - sum((each.cash for each in applications), ZERO)
    if overpaid < 0:
        raise wrong("The amounts applied are more than the payment amount.")
    return _key(payments.receive(books, fields, applications, overpaid, fields["PAYMENTDATE"]))


def apply_arpayment(call: Call, element: Element) -> Element:
    """Take from a payment, an advance, a credit memo or a negative invoice: a payment without cash is made of it."""
    books, key, day = call.books, text(element, "arpaymentkey"), _date(element, "paymentdate")
    name, source = _source(books, key)
    applications = [
        Application(each.key, credits={name: (key, each.cash)})
        for each in _applications(element.findall("arpaymentitems/arpaymentitem"))
    ]
    fields = {
        "CUSTOMERID": source["CUSTOMERID"], "CUSTOMERNAME": source["CUSTOMERNAME"], "CURRENCY": source["CURRENCY"],
        "BASECURR": source["BASECURR"], "EXCHANGE_RATE": source["EXCHANGE_RATE"], "PARENTPAYMENTKEY": source.number,
        "PAYMENTMETHOD": source["PAYMENTMETHOD"], "FINANCIALENTITY": source["FINANCIALENTITY"],
        "RECEIPTDATE": day, "PAYMENTDATE": day, "WHENCREATED": day, "WHENPAID": day,
        "DESCRIPTION": text(element, "memo") or None,
    }  # fmt: skip
    return _key(payments.receive(books, fields, applications, ZERO, day, record_type="ro"))


def reverse_arpayment(call: Call, element: Element) -> Element:
    payment = call.books.get(PAYMENT, element.get("key"))
    if payment is None:
        raise not_found(PAYMENT.title, element.get("key"))
    payments.reverse(call.books, payment, text(element, "description"), _date(element, "datereversed"))
    return _key(payment)


def _post(books: Books, kind: Kind, element: Element, fields: dict[str, Any], lines: list[Element]) -> Element:
    action = text(element, "action")
    checked = [_line(books, line) for line in lines]
    fields |= _custom(books, kind, element)
    external = {"EXTERNALID": value} if (value := text(element, "externalid")) else {}
    return _key(documents.post(books, kind, {**fields, **external}, checked, _currency(element), action))


def _header(element: Element) -> dict[str, Any]:
    created = _date(element, "datecreated")
    if text(element, "batchkey"):
        raise invalid("Summary", text(element, "batchkey"))  # nobody has made one
    return {
        "CUSTOMERID": text(element, "customerid"), "WHENCREATED": created,
        "WHENPOSTED": split_date(element, "dateposted") or created, "DESCRIPTION": text(element, "description") or None,
    }  # fmt: skip


def _line(books: Books, element: Element) -> dict[str, Any]:
    names = {
        "memo": "ENTRYDESCRIPTION", "projectid": "PROJECTID", "customerid": "CUSTOMERID", "itemid": "ITEMID",
        "classid": "CLASSID", "contractid": "CONTRACTID", "employeeid": "EMPLOYEEID", "vendorid": "VENDORID",
    }  # fmt: skip
    return documents.line(
        books, account=text(element, "glaccountno"), label=text(element, "accountlabel"),
        amount=money(text(element, "amount"), "amount") if text(element, "amount") else None,
        location=text(element, "locationid"), department=text(element, "departmentid"),
        **{field: text(element, name) or None for name, field in names.items()},
    )  # fmt: skip


def _update_lines(books: Books, document: Record, element: Element) -> None:
    for changed in element.findall("updateinvoiceitems/updatelineitem"):
        place = int(changed.get("line_num"))
        if place > len(document.lines):
            raise invalid("Line Number", place)
        line = document.lines[place - 1]
        merged = make("lineitem")
        account, label = text(changed, "glaccountno"), text(changed, "accountlabel")
        for tag, value in (
            ("glaccountno", account or ("" if label else line["ACCOUNTNO"])), ("accountlabel", label),
            ("amount", text(changed, "amount") or line["TRX_AMOUNT"]),
            ("memo", text(changed, "memo") or line["ENTRYDESCRIPTION"]),
            ("locationid", text(changed, "locationid") or line["LOCATIONID"]),
            ("departmentid", text(changed, "departmentid") or line["DEPARTMENTID"]),
        ):  # fmt: skip
            merged.append(make(tag, value))
        new = {name: value for name, value in _line(books, merged).items() if value is not None}
        books.change(line, **new, AMOUNT=documents.in_base(document, new["TRX_AMOUNT"]))
    for added in element.findall("updateinvoiceitems/lineitem"):
        documents.add_line(books, document, _line(books, added))


def _document(books: Books, kind: Kind, element: Element) -> Record:
    """The one that the element's key means, which may be an external id."""
    key = element.get("key")
    if (element.get("externalkey") or "").lower() == "true":
        found = next((each for each in books.tables[kind.name].values() if each["EXTERNALID"] == key), None)
    else:
        found = books.get(kind, key)
    if found is None:
        raise not_found(kind.title, key)
    return found


def _delete(books: Books, kind: Kind, element: Element) -> Element:
    document = _document(books, kind, element)
    documents.remove(books, document)
    return _key(document)


def _source(books: Books, key: str) -> tuple[str, Record]:
    for name, kind in payments.CREDIT_KINDS.items():
        if (found := books.get(kind, key)) and credit_left(found):
            return name, found
    raise invalid("AR Payment Key", key)


def _applications(elements: list[Element]) -> list[Application]:
    return [Application(text(each, "invoicekey"), cash=_amount(each, "amount")) for each in elements]


def _currency(element: Element) -> Currency:
    code = text(element, "currency")
    sent = [name for name in ("basecurr", "exchratedate", "exchratetype", "exchrate") if element.find(name) is not None]
    if sent and not code:
        raise missing("Currency")
    rate: Decimal | None = number(value, "exchrate") if (value := text(element, "exchrate")) else None
    return Currency(code, rate, split_date(element, "exchratedate"), text(element, "exchratetype"))


def _custom(books: Books, kind: Kind, element: Element) -> dict[str, Any]:
    fields = element.findall("customfields/customfield")
    return books.typed(
        kind, {text(field, "customfieldname").upper(): text(field, "customfieldvalue") for field in fields}
    )


def _date(element: Element, name: str) -> date:
    value = split_date(element, name)
    if value is None:
        raise missing(name)
    return value


def _amount(element: Element, name: str) -> Decimal:
    value = text(element, name)
    if not value:
        raise missing(name)
    return money(value, name)


def _flag(element: Element, name: str) -> bool:
    return bool(value := text(element, name)) and flag(value, name)


def _key(record: Record) -> Element:
    return make("key", record.number)


FUNCTIONS = {
    "create_invoice": create_invoice, "update_invoice": update_invoice, "reverse_invoice": reverse_invoice,
    "delete_invoice": delete_invoice, "create_aradjustment": create_aradjustment,
    "delete_aradjustment": delete_aradjustment,
    "create_arpayment": create_arpayment, "apply_arpayment": apply_arpayment, "reverse_arpayment": reverse_arpayment,
    "delete_customer": delete_customer,
}  # fmt: skip
