"""The generic functions that write: upper-case elements in any order, dates as mm/dd/yyyy, data as the answer."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal

from connectors.simulators.intacct import customers, documents, payments, values
from connectors.simulators.intacct.books import Books, Record
from connectors.simulators.intacct.call import Call, Partly
from connectors.simulators.intacct.documents import ZERO
from connectors.simulators.intacct.errors import Error, Refusal, invalid, missing, not_found, wrong
from connectors.simulators.intacct.kinds import ADVANCE, CONTACT, CREDITS, CUSTOMER, PAYMENT, Kind
from connectors.simulators.intacct.payments import Application
from connectors.simulators.intacct.xml import Element, add, make, text

Writer = Callable[[Books, Element], Record]


def create(call: Call, element: Element) -> Element | Partly:
    return _each(call, element, CREATE)


def update(call: Call, element: Element) -> Element | Partly:
    return _each(call, element, UPDATE)


def delete(call: Call, element: Element) -> Element | None:
    name = text(element, "object")
    if name not in DELETE:
        raise wrong(f"The object {name} cannot be deleted.")
    kind, remove = DELETE[name]
    for key in text(element, "keys").split(","):
        record = call.books.get(kind, key.strip())
        if record is None:
            raise not_found(kind.title, key.strip())
        remove(call.books, record)
    return None


def create_advance(books: Books, element: Element) -> Record:
    paid = _day(element, "PAYMENTDATE")
    if paid is None:
        raise missing("Payment Date")
    if not text(element, "CUSTOMERID"):
        raise missing("Customer")
    lines = [
        documents.line(
            books, account=text(line, "ACCOUNTNO"), label=text(line, "ACCOUNTLABEL"), amount=_money(line, "TRX_AMOUNT"),
            location=text(line, "LOCATIONID"), department=text(line, "DEPARTMENTID"),
            ENTRYDESCRIPTION=text(line, "ENTRYDESCRIPTION") or None,
        )
        for line in element.findall("ARADVANCEITEMS/ARADVANCEITEM")
    ]  # fmt: skip
    record = payments.advance(books, _header(books, element, paid), lines, draft=_is_draft(element))
    record.draft = deepcopy(element) if _is_draft(element) else None
    return record


def create_payment(books: Books, element: Element) -> Record:
    customer, payer = text(element, "CUSTOMERID"), text(element, "PAYERNAME")
    if bool(customer) == bool(payer):
        raise wrong("Provide either a CUSTOMERID or a PAYERNAME.", "Provide one of them.")
    day = _day(element, "PAYMENTDATE") or books.now().date()
    fields = {**_header(books, element, day), "PAYERNAME": payer or None}
    applications = [_application(detail) for detail in element.findall("ARPYMTDETAILS/ARPYMTDETAIL")]
    if not applications:
        raise missing("AR Payment Details")
    if not _is_draft(element):
        return payments.receive(books, fields, applications, _money(element, "OVERPAYMENTAMOUNT") or ZERO, day)
    record = books.insert(PAYMENT, {
        **fields, "RECORDTYPE": "rp", "STATE": "Draft", "RAWSTATE": "D",
        "TRX_TOTALENTERED": sum((each.cash for each in applications), ZERO), "TRX_TOTALPAID": ZERO,
        "TRX_TOTALDUE": ZERO,
    })  # fmt: skip
    record.draft = deepcopy(element)
    return record


def _update_draft(kind: Kind, writer: Writer) -> Writer:
    def update(books: Books, element: Element) -> Record:
        record = books.get(kind, text(element, "RECORDNO"))
        if record is None:
            raise not_found(kind.title, text(element, "RECORDNO"))
        _only_draft(record)
        merged = deepcopy(record.draft)
        for child in element:
            for old in merged.findall(child.tag):
                merged.remove(old)
        merged.extend(deepcopy(child) for child in element)
        books.delete(record)
        new = writer(books, merged)
        books.renumber(new, record.number)
        return new

    return update


def _delete_draft(books: Books, record: Record) -> None:
    _only_draft(record)
    books.delete(record)


def _only_draft(record: Record) -> None:
    if record.draft is None:
        raise wrong(
            f"{record.kind.title} '{record.number}' cannot be changed in state {record['STATE']}.", "Reverse it."
        )


def _each(call: Call, element: Element, writers: dict[str, tuple[Kind, Writer]]) -> Element | Partly:
    """Every object for itself: one that fails leaves the others in the books."""
    data = make("data", listtype="objects", count=0)
    errors: list[Error] = []
    for child in element:
        try:
            if child.tag not in writers:
                raise wrong(f"The object {child.tag} is not one of {', '.join(sorted(writers))}.")
            kind, writer = writers[child.tag]
            with call.books.all_or_nothing():
                record = writer(call.books, child)
        except Refusal as refusal:
            title = writers[child.tag][0].title if child.tag in writers else child.tag
            verb = "create" if element.tag == "create" else "update"
            errors += [*refusal.errors, Error("BL01001973", f"Could not {verb} {title} record!")]
            continue
        made = add(data, kind.name.lower())
        add(made, "RECORDNO", record.number)
        if kind.id_field != "RECORDNO":
            add(made, kind.id_field, record[kind.id_field])
    data.set("count", str(len(data)))
    if errors and not len(data):
        raise Refusal(*errors)
    return Partly(data, tuple(errors)) if errors else data


def _header(books: Books, element: Element, paid: date) -> dict[str, object]:
    rate = text(element, "EXCHANGE_RATE")
    return payments.header(
        books, text(element, "CUSTOMERID"), method=text(element, "PAYMENTMETHOD"),
        received=_day(element, "RECEIPTDATE"),
        paid=paid, bank=text(element, "FINANCIALENTITY"), undeposited=text(element, "UNDEPOSITEDACCOUNTNO"),
        batch=text(element, "PRBATCHKEY") or text(element, "PRBATCH"), currency=text(element, "CURRENCY"),
        rate=values.number(rate, "EXCHANGE_RATE") if rate else None, DOCNUMBER=text(element, "DOCNUMBER") or None,
        DESCRIPTION=text(element, "DESCRIPTION") or None, SUPDOCID=text(element, "SUPDOCID") or None,
    )  # fmt: skip


def _application(detail: Element) -> Application:
    key, debit_memo = text(detail, "RECORDKEY"), text(detail, "POSADJKEY")
    if bool(key) == bool(debit_memo):
        raise wrong("Provide either a RECORDKEY or a POSADJKEY in each payment detail.", "Provide one of them.")
    if text(detail, "DISCOUNTDATE") and text(detail, "TRX_TOTALDISCOUNTTOAPPLY"):
        raise wrong("Provide either a DISCOUNTDATE or a TRX_TOTALDISCOUNTTOAPPLY.", "Provide one of them.")
    if text(detail, "INLINEKEY"):
        raise invalid("Inline Key", text(detail, "INLINEKEY"))  # negative lines stay in their invoice here
    credits: dict[str, tuple[str, Decimal]] = {}
    for name, amount in CREDITS.items():
        if credit := text(detail, name):
            credits[name] = (credit, _money(detail, amount) or ZERO)
            if credits[name][1] <= 0:
                raise missing(amount)
    return Application(
        key or debit_memo, cash=_money(detail, "TRX_PAYMENTAMOUNT") or ZERO, credits=credits,
        discount=_money(detail, "TRX_TOTALDISCOUNTTOAPPLY") or ZERO,
        line=text(detail, "POSADJENTRYKEY" if debit_memo else "ENTRYKEY"), is_debit_memo=bool(debit_memo),
    )  # fmt: skip


def _is_draft(element: Element) -> bool:
    action = text(element, "ACTION")
    if action not in {"", "Submit", "Draft"}:
        raise invalid("Action", action)
    return action == "Draft"


def _day(element: Element, name: str) -> date | None:
    return values.day(value, name) if (value := text(element, name)) else None


def _money(element: Element, name: str) -> Decimal | None:
    return values.money(value, name) if (value := text(element, name)) else None


CREATE: dict[str, tuple[Kind, Writer]] = {
    "CUSTOMER": (CUSTOMER, customers.create_customer), "CONTACT": (CONTACT, customers.create_contact),
    "ARADVANCE": (ADVANCE, create_advance), "ARPYMT": (PAYMENT, create_payment),
}  # fmt: skip
UPDATE: dict[str, tuple[Kind, Writer]] = {
    "CUSTOMER": (CUSTOMER, customers.update_customer), "CONTACT": (CONTACT, customers.update_contact),
    "ARADVANCE": (ADVANCE, _update_draft(ADVANCE, create_advance)),
    "ARPYMT": (PAYMENT, _update_draft(PAYMENT, create_payment)),
}  # fmt: skip
DELETE = {
    "CUSTOMER": (CUSTOMER, customers.delete_customer), "CONTACT": (CONTACT, customers.delete_contact),
    "ARADVANCE": (ADVANCE, _delete_draft), "ARPYMT": (PAYMENT, _delete_draft),
}  # fmt: skip
FUNCTIONS = {"create": create, "update": update, "delete": delete}
