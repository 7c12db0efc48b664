"""One organization: its contacts, products, bank accounts and sales, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.simulators.dinero import seeds
from connectors.simulators.dinero.answers import Refusal
from connectors.simulators.dinero.books import Line, Payment, Voucher, new_guid, now, written
from connectors.simulators.dinero.sales import Sales, day_of
from connectors.simulators.dinero.start import first_vouchers

UNITS = (
    "hours", "parts", "km", "day", "week", "month", "kilogram", "cubicMetre", "set", "litre", "box", "case", "carton",
    "metre", "package", "shipment", "squareMetre", "session", "tonne",
)  # fmt: skip
TERMS = ("Netto", "NettoCash", "CurrentMonthOut", "Paid")


class Organization:
    def __init__(self, facts: Mapping[str, Any], *, is_empty: bool) -> None:
        self.facts = facts
        self.started: datetime = now()
        at = written(self.started - timedelta(days=30)) or ""
        self.contacts = {} if is_empty else seeds.contacts(at)
        self.products = [] if is_empty else seeds.products(at)
        self.deposit_accounts = seeds.DEPOSIT_ACCOUNTS
        self.sales = self._sales(0)
        for voucher in [] if is_empty else first_vouchers(self.contacts, self.started):
            self.sales.keep(voucher)

    def seed(self, count: int) -> None:
        """So many booked invoices instead of what was sold before."""
        self.sales = self._sales(count)

    def _sales(self, count: int) -> Sales:
        return Sales(seeds.Seeded(count, list(self.contacts.values()), self.started))

    def voucher(self, guid: str, kind: str) -> Voucher:
        """Raises Refusal."""
        found = self.sales.get(guid.lower())
        if found is None or found.kind != kind:
            raise Refusal.not_found("The voucher")
        if found.deleted_at:
            raise Refusal(404, 65, "The item is deleted.")
        return found

    def contact(self, guid: str) -> dict[str, Any]:
        found = self.contacts.get(guid.lower())
        if found is None:
            raise Refusal.not_found("The contact")
        return found

    def save_contact(self, values: Mapping[str, Any], guid: str = "") -> dict[str, Any]:
        known = {name.lower(): name for name in seeds.contact("", "", "")}
        given = {known[name.lower()]: value for name, value in values.items() if name.lower() in known}
        if not given.get("Name"):
            raise Refusal.of_fields(Name="A name is required.")
        at = written(now()) or ""
        before = self.contact(guid) if guid else {"CreatedAt": at}
        guid = guid or given.pop("ContactGuid", None) or new_guid()
        stored = seeds.contact(guid.lower(), given.pop("Name"), at, **{**given, "CreatedAt": before["CreatedAt"]})
        self.contacts[guid.lower()] = stored | {"ContactGuid": guid.lower(), "UpdatedAt": at, "DeletedAt": None}
        return self.contacts[guid.lower()]

    def remove_contact(self, guid: str) -> None:
        at = written(now())
        self.contact(guid).update(DeletedAt=at, UpdatedAt=at)

    def draft(self, kind: str, values: Mapping[str, Any], guid: str = "") -> Voucher:
        """A new one, or a draft changed. Raises Refusal."""
        given = {name.lower(): value for name, value in values.items()}
        before = self.voucher(guid, kind) if guid else None
        if before:
            check_timestamp(before, given)
            _only_draft(before)
        lines = [_line(one, bool(given.get("showlinesinclvat"))) for one in given.get("productlines") or []]
        if not lines:
            raise Refusal(400, 45, "Invoices must have at least one invoice line.")
        voucher = before or _empty(kind, (given.get("guid") or new_guid()).lower())
        voucher.lines = lines
        self._fill(voucher, given)
        voucher.touch()
        self.sales.keep(voucher)
        return voucher

    def _fill(self, voucher: Voucher, given: Mapping[str, Any]) -> None:
        contact = self.contact(given["contactguid"]) if given.get("contactguid") else {}
        voucher.contact, voucher.contact_name = contact.get("ContactGuid"), contact.get("Name", "")
        voucher.on = day_of("Date", given.get("date") or "") or date.today()
        voucher.currency = given.get("currency") or "DKK"
        voucher.terms = given.get("paymentconditiontype") or contact.get("PaymentConditionType", "Netto")
        if voucher.terms not in TERMS:
            raise Refusal.of_fields(PaymentConditionType=f"Expected one of {', '.join(TERMS)}.")
        days = given.get("paymentconditionnumberofdays")
        voucher.days = int(contact.get("PaymentConditionNumberOfDays") or 8) if days is None else int(days)
        voucher.external_reference = given.get("externalreference")
        voucher.description = given.get("description") or ("Faktura" if voucher.kind == "Invoice" else "Kreditnota")
        voucher.comment = given.get("comment")
        voucher.credits = given.get("creditnotefor")
        voucher.shows_incl_vat = bool(given.get("showlinesinclvat"))
        where = f"{contact.get('Street', '')}\n{contact.get('ZipCode', '')} {contact.get('City', '')}"
        voucher.address = given.get("address") or where.strip()

    def book(self, kind: str, guid: str, values: Mapping[str, Any]) -> Voucher:
        voucher = self.voucher(guid, kind)
        check_timestamp(voucher, {name.lower(): value for name, value in values.items()}, is_required=True)
        _only_draft(voucher)
        if not voucher.contact:
            raise Refusal.of_fields(ContactGuid="A contact is required for booking.")
        voucher.number = self.sales.next_number()
        if voucher.credits:
            self._use(voucher, self.voucher(voucher.credits, "Invoice"))
        voucher.touch()
        self.sales.keep(voucher)
        return voucher

    def _use(self, credit: Voucher, invoice: Voucher) -> None:
        """A credit note pays its invoice as far as there is something to pay."""
        amount = min(credit.total, max(invoice.remaining, Decimal(0)))
        if amount:
            credit.used = amount
            invoice.payments.append(
                Payment(new_guid(), amount, credit.on, f"Kreditnota {credit.number}", "CreditNote", credit.guid)
            )
            invoice.touch()
            self.sales.keep(invoice)

    def pay(self, guid: str, values: Mapping[str, Any]) -> tuple[Voucher, Payment]:
        voucher = self.voucher(guid, "Invoice")
        given = {name.lower(): value for name, value in values.items()}
        check_timestamp(voucher, given, is_required=True)
        if voucher.number is None:
            raise Refusal.of_fields(Guid="Only what is booked can be paid.")
        amount = _decimal("Amount", given.get("amount"))
        if not amount:
            raise Refusal.of_fields(Amount="Has to be different from 0.")
        payment = Payment(
            new_guid(), amount, day_of("PaymentDate", given.get("paymentdate") or "") or date.today(),
            given.get("description") or "Betaling", deposit_account=int(given.get("depositaccountnumber") or 55000),
            external_reference=given.get("externalreference"),
        )  # fmt: skip
        voucher.payments.append(payment)
        voucher.touch()
        self.sales.keep(voucher)
        return voucher, payment

    def credit(self, guid: str) -> Voucher:
        """A draft of a credit note over all of an invoice."""
        invoice = self.voucher(guid, "Invoice")
        if invoice.number is None:
            raise Refusal.of_fields(Guid="Only what is booked can be credited.")
        voucher = _empty("CreditNote", new_guid())
        voucher.lines, voucher.credits, voucher.on = list(invoice.lines), invoice.guid, date.today()
        voucher.contact, voucher.contact_name = invoice.contact, invoice.contact_name
        voucher.currency, voucher.address, voucher.description = invoice.currency, invoice.address, "Kreditnota"
        self.sales.keep(voucher)
        return voucher

    def remove(self, kind: str, guid: str, values: Mapping[str, Any]) -> None:
        voucher = self.voucher(guid, kind)
        check_timestamp(voucher, {name.lower(): value for name, value in values.items()})
        _only_draft(voucher)
        voucher.touch()
        voucher.deleted_at = voucher.updated_at
        self.sales.keep(voucher)


def check_timestamp(voucher: Voucher, given: Mapping[str, Any], *, is_required: bool = False) -> None:
    """Raises Refusal when the caller has seen an older version."""
    timestamp = given.get("timestamp")
    if timestamp is None and is_required:
        raise Refusal.of_fields(Timestamp="A timestamp is required.")
    if timestamp is not None and timestamp != voucher.timestamp:
        raise Refusal(400, 58, "The timestamp is outdated: get the latest version.")


def _only_draft(voucher: Voucher) -> None:
    if voucher.number is not None:
        raise Refusal.of_fields(Guid="It is booked already.")


def _empty(kind: str, guid: str) -> Voucher:
    return Voucher(guid, kind, None, "", date.today(), [], now(), now())


def _line(values: Mapping[str, Any], includes_vat: bool) -> Line:
    given = {name.lower(): value for name, value in values.items()}
    is_text = str(given.get("linetype") or "Product").lower() == "text"
    if not given.get("description") and not given.get("productguid"):
        raise Refusal.of_fields(Description="A description is required.")
    if is_text:
        return Line(given["description"], Decimal(0), is_text=True)
    if given.get("unit") not in UNITS:
        raise Refusal.of_fields(Unit=f"Expected one of {', '.join(UNITS)}.")
    account = int(given.get("accountnumber") or 1000)
    line = Line(
        given.get("description") or "", _decimal("Quantity", given.get("quantity")),
        _decimal("BaseAmountValue", given.get("baseamountvalue")), given["unit"],
        _decimal("Discount", given.get("discount") or 0), account, has_vat=account == 1000,
        product=given.get("productguid"), comments=given.get("comments"),
    )  # fmt: skip
    line.price = line.price / line.factor if includes_vat else line.price
    return line


def _decimal(name: str, value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Refusal.of_fields(**{name: "Expected a number."}) from None
