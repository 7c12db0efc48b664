"""What stands on the page, every text as it is read there. The template only places it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adaptors.formats.document import ZERO, Address, AllowanceCharge, Line, OutgoingDocument, Party, Subtotal, Vat
from adaptors.formats.pdf import words
from adaptors.formats.pdf.labels import CATEGORIES, LABELS, TITLES
from adaptors.formats.pdf.payment import payment_of
from arhub.countries import NAMES as COUNTRIES

Fact = tuple[str, str]
"""A label and a text."""
_PRICE_DIGITS = 2
_LONG = 600
"""Characters, about ten lines."""
_DIGIT, _LETTER, _BEFORE, _WIDEST = 1.78, 1.45, 6.5, 40.0
"""Millimetres: of a digit, of a letter in a heading, of the room before a column, of the widest column."""
_CITY_FIRST = ("US", "CA", "GB", "AU")
"""Where the postal code comes after the city."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the document. `details` stand below its name."""

    id: str
    name: str
    details: tuple[str, ...]
    quantity: str
    unit: str
    price: str
    vat: str
    amount: str

    @property
    def is_long(self) -> bool:
        """Whether it may go on on the next page, since it would leave too much of this one empty."""
        return sum(map(len, (self.name, *self.details))) > _LONG


def _address(address: Address) -> list[str]:
    """Its lines without the country."""
    parts: tuple[str, ...] = (address.postal_code, address.city)
    if address.country in _CITY_FIRST:
        parts = (address.city, address.region, address.postal_code)
    return [*filter(None, (*address.lines, " ".join(filter(None, parts))))]


def _widths(rows: Sequence[Row], headings: Mapping[str, str]) -> list[str]:
    """Of the columns, in millimetres; empty for that of the items."""
    found = []
    for name, heading in headings.items():
        longest = max((len(getattr(row, name)) for row in rows), default=0)
        width = max(longest * _DIGIT, len(heading) * _LETTER) + (_BEFORE if heading else 0)
        found.append("" if name == "name" else f"{min(width, _WIDEST):.1f}")
    return found


class Page:
    """The texts of a document in a language."""

    def __init__(self, document: OutgoingDocument, language: str) -> None:
        self.document, self.language = document, language
        self.labels: Mapping[str, str] = LABELS[language]
        self.digits = max(-int(document.totals.gross.as_tuple().exponent), 0)

    def context(self) -> dict[str, Any]:
        """By the names the template has."""
        document, labels = self.document, self.labels
        rows = [self._row(line) for line in document.lines]
        return {
            "labels": labels,
            "language": self.language,
            "issued": document.issue_date.isoformat(),
            "title": TITLES[self.language][document.kind],
            "number": document.number,
            "letter": next((char for char in document.seller.name if char.isalnum()), "•").upper(),
            "seller": document.seller,
            "seller_lines": [*_address(document.seller.address), *self._country(document.seller)],
            "seller_contact": self._contact(document.seller),
            "seller_numbers": list(self._numbers(document.seller)),
            "buyer": document.buyer,
            "buyer_lines": _address(document.buyer.address),
            "buyer_country": self._country(document.buyer),
            "facts": [fact for fact in self._facts() if fact[1]],
            "delivery": self._delivery(),
            "has_vat_column": self._has_vat_column,
            "rows": rows,
            "widths": _widths(rows, self._headings()),
            "subtotals": [self._subtotal(one) for one in document.subtotals],
            "reasons": self._reasons(),
            "totals": list(self._totals()),
            "gross": (labels["gross"], self.money(document.totals.gross)),
            "settlement": list(self._settlement()),
            "currency": document.currency,
            "payment": payment_of(document, labels, self._due(), self.money(abs(document.totals.payable))),
            "notes": [text for text in document.note.splitlines() if text.strip()],
            "attachments": [one.url or one.name for one in document.attachments if not one.is_alternative],
        }

    def money(self, amount: Decimal) -> str:
        return words.number(amount, self.language, self.digits)

    @property
    def _has_vat_column(self) -> bool:
        return len(self.document.subtotals) > 1

    def _headings(self) -> dict[str, str]:
        """By the attributes of a row, in the order of the columns. That of the items takes the room that is left."""
        labels, amount = self.labels, f"{self.labels['amount']} {self.document.currency}"
        headings = {
            "id": "", "name": "", "quantity": labels["quantity"], "unit": labels["unit"], "price": labels["price"],
            "vat": labels["vat"], "amount": amount,
        }  # fmt: skip
        return headings if self._has_vat_column else {name: text for name, text in headings.items() if name != "vat"}

    @property
    def _is_abroad(self) -> bool:
        return self.document.buyer.address.country != self.document.seller.address.country

    def _due(self) -> str:
        return words.day(self.document.due_date, self.language) if self.document.due_date else ""

    def _country(self, party: Party) -> list[str]:
        """Its name, where the document goes abroad."""
        country = party.address.country
        return [COUNTRIES.get(country, country)] if self._is_abroad and country else []

    def _contact(self, party: Party) -> list[str]:
        phone = f"{self.labels['phone']} {party.contact.phone}" if party.contact.phone else ""
        return [*filter(None, (party.contact.name, phone, party.contact.email))]

    def _numbers(self, party: Party) -> Iterator[Fact]:
        """A VAT number that says no more than the register's number stands only on what goes abroad."""
        number, vat = party.registration_number, party.vat_number
        if number:
            yield self.labels["cvr" if party.address.country == "DK" else "registration"], number
        if vat and (self._is_abroad or vat != f"{party.address.country}{number}"):
            yield self.labels["vat_number"], vat

    def _facts(self) -> Iterator[Fact]:
        document, labels = self.document, self.labels
        yield labels["date"], words.day(document.issue_date, self.language)
        yield labels["due_date"], self._due()
        yield from ((labels["corrects"], one.number) for one in document.corrects)
        yield labels["customer_number"], document.buyer.number
        yield from self._numbers(document.buyer)
        yield labels["gln"], document.buyer.gln
        yield labels["order"], document.customer_order_number
        yield labels["reference"], document.buyer_reference
        yield labels["our_order"], document.supplier_order_number
        yield labels["contract"], document.contract
        yield labels["project"], document.project
        yield labels["cost"], document.accounting_cost
        yield labels["period"], self._period()
        yield labels["tax_point"], self._day(document.tax_point_date)
        yield labels["delivered"], self._day(document.delivery.date if document.delivery else None)

    def _day(self, value: Any) -> str:
        return words.day(value, self.language) if value else ""

    def _period(self) -> str:
        return " – ".join(filter(None, map(self._day, (self.document.period_start, self.document.period_end))))

    def _delivery(self) -> str:
        delivery = self.document.delivery
        if delivery is None:
            return ""
        return ", ".join(filter(None, (delivery.name, *_address(delivery.address))))

    def _row(self, line: Line) -> Row:
        return Row(
            line.id, line.name, tuple(self._details(line)), words.number(line.quantity, self.language),
            words.unit(line.unit, self.language), words.number(line.price, self.language, _PRICE_DIGITS),
            self._rate(line.vat), self.money(line.net),
        )  # fmt: skip

    def _details(self, line: Line) -> Iterator[str]:
        labels = self.labels
        yield from filter(None, (line.description, line.note))
        numbers = (
            ("item_number", line.seller_item), ("your_item", line.buyer_item), ("gtin", line.gtin),
            ("order_line", line.order_line),
        )  # fmt: skip
        if found := [f"{labels[name]} {value}" for name, value in numbers if value]:
            yield " · ".join(found)
        yield from (f"{self._reason(one)}: {self.money(one.signed)}" for one in line.allowances_charges)

    def _reason(self, one: AllowanceCharge) -> str:
        text = one.reason or self.labels["charge" if one.is_charge else "allowance"]
        return f"{text} {words.percent(one.percent, self.language)}" if one.percent else text

    def _rate(self, vat: Vat) -> str:
        return words.percent(vat.rate or ZERO, self.language) if vat.category != "O" else "–"

    def _subtotal(self, one: Subtotal) -> tuple[str, str, str]:
        category = CATEGORIES[self.language].get(one.vat.category, "")
        rate = self._rate(one.vat)
        return f"{category} {rate}" if category and rate != "–" else category or rate, *map(
            self.money, (one.taxable, one.tax)
        )  # type: ignore[return-value]

    def _reasons(self) -> list[str]:
        """Why no VAT is due, where the name of the category does not say it already."""
        said = {name.lower() for name in CATEGORIES[self.language].values()}
        return list(
            dict.fromkeys(one.reason for one in self.document.subtotals if one.reason.lower() not in {"", *said})
        )

    def _totals(self) -> Iterator[Fact]:
        document, labels = self.document, self.labels
        if document.allowances_charges:
            yield labels["lines"], self.money(document.totals.lines)
        yield from ((self._reason(one), self.money(one.signed)) for one in document.allowances_charges)
        yield labels["net"], self.money(document.totals.net)
        yield labels["vat"], self.money(document.totals.tax)
        if document.totals.tax_in_books is not None:
            text = words.number(document.totals.tax_in_books, self.language, _PRICE_DIGITS)
            yield f"{labels['vat_in']} {document.books_currency}", text

    def _settlement(self) -> Iterator[Fact]:
        """From the total to what is to be paid, where these differ."""
        totals = self.document.totals
        if totals.prepaid:
            yield self.labels["prepaid"], self.money(-totals.prepaid)
        if totals.rounding:
            yield self.labels["rounding"], self.money(totals.rounding)
