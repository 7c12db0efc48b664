"""VAT, in OIOUBL's own categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from adaptors.formats.document import ZERO, AllowanceCharge, OutgoingDocument, Party, Subtotal, Vat
from adaptors.formats.oioubl.pieces import amount
from adaptors.formats.sums import rounded
from adaptors.formats.xml import branch, leaf

STANDARD = "StandardRated"
CATEGORIES = {
    "S": STANDARD, "Z": "ZeroRated", "E": "ZeroRated", "AE": "ReverseCharge",
    "K": "K", "G": "G", "O": "O", "L": "L", "M": "M",
}  # fmt: skip
"""VAT category → OIOUBL's, of its list 1.4. The list has no category for what is exempt: as in the authority's own
conversion from Peppol, that is ZeroRated, and its reason says the rest."""
MOMS = (
    '<cac:TaxScheme><cbc:ID schemeAgencyID="320" schemeID="urn:oioubl:id:taxschemeid-1.5">63</cbc:ID>'
    "<cbc:Name>Moms</cbc:Name></cac:TaxScheme>"
)
FOREIGN = MOMS.replace(">63<", ">VAT<").replace("Moms", "VAT")
_HUNDRED = Decimal(100)


def scheme(party: Party) -> str:
    """Danish VAT, or that of another country."""
    return MOMS if party.vat_number.startswith("DK") or party.address.country == "DK" else FOREIGN


@dataclass(frozen=True, slots=True)
class Group:
    """Subtotals that share one of OIOUBL's categories, which the rules allow only once."""

    id: str
    parts: tuple[Subtotal, ...]

    @property
    def rates(self) -> frozenset[Decimal]:
        return frozenset(rate_of(one.vat) for one in self.parts)

    @property
    def taxable(self) -> Decimal:
        return sum((one.taxable for one in self.parts), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((one.tax for one in self.parts), ZERO)


def groups(document: OutgoingDocument) -> list[Group]:
    """In the order they first come; without those of charges of nothing, which are left out. Raises KeyError for a
    category nobody knows."""
    used = {line.vat for line in document.lines} | {one.vat for one in document.allowances_charges if one.amount}
    found: dict[str, list[Subtotal]] = {}
    for one in document.subtotals:
        if one.vat in used or one.taxable or one.tax:
            found.setdefault(CATEGORIES[one.vat.category], []).append(one)
    return [Group(id, tuple(parts)) for id, parts in found.items()]


def rate_of(vat: Vat) -> Decimal:
    return vat.rate or ZERO


class Categories(dict[Vat, str]):
    """VAT → its TaxCategory, written once for all lines, with the reason that the breakdown gives."""

    def __init__(self, document: OutgoingDocument) -> None:
        super().__init__()
        self.scheme = scheme(document.seller)
        for one in document.subtotals:
            self[one.vat] = category(one.vat, self.scheme, [one])

    def __missing__(self, vat: Vat) -> str:
        self[vat] = category(vat, self.scheme)
        return self[vat]


def category(vat: Vat, tax_scheme: str, why: Sequence[Subtotal] = ()) -> str:
    rate = rate_of(vat)
    percent = f"{rate.normalize():f}" if rate else "0"
    return branch(
        "cac:TaxCategory",
        f'<cbc:ID schemeAgencyID="320" schemeID="urn:oioubl:id:taxcategoryid-1.4">{CATEGORIES[vat.category]}</cbc:ID>',
        f"<cbc:Percent>{percent}</cbc:Percent>",
        leaf("cbc:TaxExemptionReasonCode", next((one.reason_code for one in why if one.reason_code), "")),
        leaf("cbc:TaxExemptionReason", "; ".join(dict.fromkeys(one.reason for one in why if one.reason))),
        tax_scheme,
    )


def of_line(net: Decimal, vat: Vat, currency: str, categories: Mapping[Vat, str]) -> str:
    """A line's own TaxTotal, which the rules ask for even where no VAT is due."""
    tax = amount("cbc:TaxAmount", rounded(net * rate_of(vat) / _HUNDRED), currency)
    taxable = amount("cbc:TaxableAmount", net, currency)
    return f"<cac:TaxTotal>{tax}<cac:TaxSubtotal>{taxable}{tax}{categories[vat]}</cac:TaxSubtotal></cac:TaxTotal>"


def of_document(document: OutgoingDocument) -> str:
    """The TaxTotal of the document, with the VAT in the accounting currency where a rate above zero is."""
    parts = (_subtotal(group, document) for group in groups(document))
    return branch("cac:TaxTotal", amount("cbc:TaxAmount", document.totals.tax, document.currency), parts)


def currency_in_books(document: OutgoingDocument) -> str:
    """The accounting currency, where the document tells VAT in it: another than its own, and VAT is due."""
    given = document.totals.tax_in_books
    is_another = document.books_currency not in ("", document.currency)
    return document.books_currency if given and is_another else ""


def _subtotal(group: Group, document: OutgoingDocument) -> str:
    currency, books = document.currency, currency_in_books(document)
    in_books = document.totals.tax_in_books if books and group.id == STANDARD else None
    return branch(
        "cac:TaxSubtotal",
        amount("cbc:TaxableAmount", group.taxable, currency),
        amount("cbc:TaxAmount", group.tax, currency),
        amount("cbc:TransactionCurrencyTaxAmount", in_books, books) if in_books is not None else "",
        category(group.parts[0].vat, scheme(document.seller), group.parts),
    )


def allowances_charges(
    found: Iterable[AllowanceCharge], currency: str, categories: Mapping[Vat, str], vat: Vat | None = None
) -> Iterator[str]:
    """Allowances and charges; `vat` is that of the line they are on. Those of nothing are left out, as the rules
    ask."""
    for one in found:
        own = one.vat or vat
        if one.amount and own:
            yield _allowance_charge(one, currency, categories[own])


def _allowance_charge(one: AllowanceCharge, currency: str, tax_category: str) -> str:
    worked_out = one.percent is not None and one.base
    factor = f"{(one.percent / _HUNDRED).normalize():f}" if worked_out and one.percent is not None else ""
    return branch(
        "cac:AllowanceCharge",
        f"<cbc:ChargeIndicator>{'true' if one.is_charge else 'false'}</cbc:ChargeIndicator>",
        leaf("cbc:AllowanceChargeReasonCode", one.reason_code),
        leaf("cbc:AllowanceChargeReason", one.reason),
        leaf("cbc:MultiplierFactorNumeric", factor),
        amount("cbc:Amount", one.amount, currency),
        amount("cbc:BaseAmount", one.base, currency) if one.base else "",
        tax_category,
    )
