"""Documents as they go out, from the hub's records and the effective settings of their customers.

What the source says is taken as it is: where lines, VAT and totals do not add up, the document says so and is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from adaptors.domain.customers.effective import Grounds, Settings
from adaptors.domain.documents.line_items import Items, is_below_zero, items_of, turned
from adaptors.domain.documents.mistakes import mistake_with
from adaptors.domain.documents.parties import Sides, compact, fik_of, sides_of
from adaptors.domain.documents.source_rows import Rows, rows_of, rules_for
from adaptors.domain.documents.vat import (
    Breakdown,
    Unknown,
    breakdown,
    given_allowances_charges,
    given_breakdown,
    unlike,
    with_reasons,
)
from adaptors.formats.base import Problem
from adaptors.formats.document import (
    ZERO,
    Address,
    AllowanceCharge,
    Attachment,
    Delivery,
    Kind,
    OutgoingDocument,
    Payment,
    Preceding,
    Subtotal,
)
from adaptors.formats.sums import differences, rounded, totals_of, unit_of
from adaptors.formats.xml import clean
from adaptors.models import Activation, ExportRule
from arhub.countries import code_of
from arhub.domain.identifiers import gln, iban_number


@dataclass(frozen=True, slots=True)
class Composed:
    """A document on its way out: `outgoing` is None when it cannot be told at all. With problems it is held. `source`
    is
    its row, a `source_rows.DocumentRow`."""

    document_id: int
    account_id: int
    rule: ExportRule | None
    version: str
    settings: Settings
    outgoing: OutgoingDocument | None
    problems: tuple[Problem, ...] = ()
    source: Any = None


def compose(activation: Activation, ids: Sequence[int]) -> Iterator[Composed]:
    """Some documents, at most some hundreds at a time: their rows, rules and settings in a constant number of
    queries."""
    found = rows_of(ids)
    rules = rules_for(activation.pk, {one.document.account_id for one in found})
    grounds = Grounds(activation, rules.values())
    known: dict[int, tuple[Settings, Sides]] = {}
    for rows in found:
        rule = rules.get(rows.document.account_id)
        if rule is None:
            continue
        try:
            if rule.pk not in known:
                settings = grounds.of(rule)
                known[rule.pk] = settings, sides_of(settings)
            made = _composed(rows, rule, *known[rule.pk], _ours(grounds, rule), grounds.company.currency)
        except Exception:
            made = _broken(rows, rule, mistake_with(rows.document.id))
        yield made


def _broken(rows: Rows, rule: ExportRule, problem: Problem) -> Composed:
    row = rows.document
    return Composed(row.id, row.account_id, rule, rows.version, {}, None, (problem,), row)


def _composed(
    rows: Rows, rule: ExportRule, settings: Settings, sides: Sides, has_address: bool, books: str
) -> Composed:
    sign = _sign(rows)
    items = items_of(turned(list(rows.lines)) if sign < 0 else list(rows.lines), settings)
    problems = list(items.problems)
    outgoing = None
    try:
        outgoing = _document(rows, items, rule, settings, sides, has_address, books, problems, sign)
    except Unknown as problem:
        problems.append(problem.problem)
    return Composed(
        rows.document.id, rows.document.account_id, rule, rows.version, settings, outgoing, tuple(problems),
        rows.document,
    )  # fmt: skip


def _document(
    rows: Rows, items: Items, rule: ExportRule, settings: Settings, sides: Sides, has_address: bool, books: str,
    problems: list[Problem], sign: int,
) -> OutgoingDocument | None:  # fmt: skip
    row = rows.document
    if not items.lines:
        problems.append(Problem("It has no lines with amounts.", "lines"))
        return None
    if not row.number:
        problems.append(Problem("It has no number.", "number"))
        return None
    if row.invoice_date is None:
        problems.append(Problem("It has no date.", "invoice_date"))
        return None
    given = given_breakdown(row.vat_breakdown, settings, sign)
    extras = _extras(row, items, settings, sign)
    currency = (row.currency or rule.account.currency or books).upper()
    unit = unit_of(currency)
    subtotals = _subtotals(row, items, extras, given, settings, problems, unit)
    totals = totals_of(
        items.lines, subtotals, extras, prepaid=row.prepaid_amount or ZERO, rounding=row.rounding_amount or ZERO,
        tax_in_books=_tax_in_books(row, currency, books),
    )  # fmt: skip
    found = OutgoingDocument(
        Kind(row.document_type), row.number, row.invoice_date, currency, sides.seller,
        sides.buyer if has_address else _billed(sides, row), tuple(items.lines), tuple(subtotals), totals,
        due_date=row.due_date, tax_point_date=row.tax_point_date,
        period_start=row.period_start, period_end=row.period_end,
        books_currency=books, allowances_charges=tuple(extras),
        payment=_payment(sides.payment, row), delivery=_delivery(row, settings, sides.buyer.address),
        corrects=_corrects(row, rows.corrected_date),
        buyer_reference=row.buyer_reference or settings["customer_buyer_reference"],
        customer_order_number=row.customer_order_number or "", supplier_order_number=row.supplier_order_number or "",
        contract=settings["contract"], accounting_cost=settings["accounting_cost"],
        note=_note(row, items, settings), attachments=_attachments(row),
        language=(settings["language"] or "en")[:2].lower(),
    )  # fmt: skip
    if not items.problems:
        problems.extend(unlike(subtotals, given))
        problems.extend(differences(found, {name: getattr(row, name) for name in _GIVEN}, unit))
    return found


_GIVEN = ("net_amount", "tax_amount", "total_amount")


def _sign(rows: Rows) -> int:
    """-1 for a credit note whose lines are below zero: the hub keeps the document's own amounts above it."""
    row = rows.document
    is_credit = row.document_type == Kind.CREDIT_NOTE and (row.total_amount or row.net_amount or ZERO) >= 0
    return -1 if is_credit and is_below_zero(list(rows.lines)) else 1


def _extras(row: Any, items: Items, settings: Settings, sign: int) -> list[AllowanceCharge]:
    """What the source lists, and its freight where that stands in no line."""
    found = given_allowances_charges(row.allowances_charges, settings, sign)
    freight = row.shipping_amount
    if not freight:
        return found
    without = sum((line.net for line in items.lines), ZERO) + sum((one.signed for one in found), ZERO)
    net = row.net_amount
    if net is None and row.total_amount is not None and row.tax_amount is not None:
        net = row.total_amount - row.tax_amount
    if net is not None and net != without + freight:
        return found
    rates = {line.vat for line in items.lines}
    if len(rates) > 1:
        raise Unknown(
            Problem("Freight has no VAT of its own, and the lines have several rates.", "shipping_amount")
        )  # fmt: skip
    return [*found, AllowanceCharge(freight > 0, abs(freight), "Freight", "FC", vat=rates.pop())]


def _subtotals(
    row: Any, items: Items, extras: Sequence[AllowanceCharge], given: Sequence[Breakdown], settings: Settings,
    problems: list[Problem], unit: Decimal,
) -> list[Subtotal]:  # fmt: skip
    made = breakdown(items.lines, extras, items.taxes, given, row.tax_amount, unit)
    found = []
    for one in with_reasons(made, given, items.codes, settings):
        if isinstance(one, Problem):
            problems.append(one)
        else:
            found.append(one)
    return found if len(found) == len(made) else made


def _tax_in_books(row: Any, currency: str, books: str) -> Decimal | None:
    """As the source has it, else by its exchange rate."""
    if not books or currency == books:
        return None
    if row.base_currency_tax_amount is not None:
        return Decimal(row.base_currency_tax_amount)
    if row.base_currency_total_amount is not None and row.base_currency_net_amount is not None:
        return Decimal(row.base_currency_total_amount - row.base_currency_net_amount)
    if row.exchange_rate and row.tax_amount is not None:
        return rounded(row.tax_amount / row.exchange_rate)
    return None


def _ours(grounds: Grounds, rule: ExportRule) -> bool:
    """Whether somebody has set the customer's address: then it is not the document's."""
    common = grounds.sets.get(rule.common_id or 0)
    levels = [rule.values, common.values if common else {}, grounds.activation.customer]
    return any(values.get("customer_address_line1") or values.get("customer_city") for values in levels)


def _billed(sides: Sides, row: Any) -> Any:
    """The customer with the address on the document, where that is whole."""
    address = _address(row, "bill_to")
    if not address.lines or not address.city:
        return sides.buyer
    return replace(sides.buyer, address=replace(address, country=address.country or sides.buyer.address.country))


def _address(row: Any, prefix: str) -> Address:
    def get(name: str) -> str:
        return getattr(row, f"{prefix}_address_{name}") or ""

    lines = tuple(line for line in (get("line1"), get("line2")) if line)
    return Address(lines, get("city"), get("postal_code"), get("region"), code_of(get("country")))


def _payment(usual: Payment, row: Any) -> Payment:
    """How the customer pays, with what the document itself says of it."""
    reference, terms = row.payment_reference or "", row.payment_terms or ""
    if slip := fik_of(reference):
        card_type, payment_id, creditor = slip
        return Payment("93", reference=payment_id, card_type=card_type, account=creditor, terms=terms)
    found = replace(usual, reference=reference or (row.number if usual.code in ("30", "42", "58") else ""), terms=terms)
    account = compact(row.payment_account or "").upper()
    if account and iban_number(account):
        found = replace(found, code="58" if usual.code == "58" else "30", iban=account, branch="", account="")
    means = (row.payment_means or "").strip()
    return replace(found, code=means) if means.isdigit() and not slip and len(means) <= 2 else found


def _delivery(row: Any, settings: Settings, billed: Address) -> Delivery | None:
    """As the document has it, else as the customer's settings say."""
    location = row.delivery_location or settings["customer_delivery_gln"]
    address = _address(row, "ship_to")
    address = address if address.lines or address.city else Address()
    if not (row.delivery_date or row.delivery_name or location or address.lines or address.city):
        is_usual = settings["usual_delivery"] == "billed"
        return Delivery(date=row.invoice_date, address=billed) if is_usual else None
    scheme = "0088" if gln(location) else ""
    return Delivery(row.delivery_name or "", row.delivery_date, location, scheme, address)


def _corrects(row: Any, day: date | None) -> tuple[Preceding, ...]:
    return (Preceding(row.corrected_document, day),) if row.corrected_document else ()


def _note(row: Any, items: Items, settings: Settings) -> str:
    return "\n".join(filter(None, (clean(row.description or ""), *items.notes, settings["note"])))


def _attachments(row: Any) -> tuple[Attachment, ...]:
    url = row.pdf_url or ""
    return (Attachment(f"{row.number}.pdf", url=url),) if url.startswith(("https://", "http://")) else ()
