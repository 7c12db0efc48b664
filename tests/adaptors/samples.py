"""Documents of every kind, by name: what the golden files of each format are made of.

Companies and numbers are invented; their check digits are right, for the rules look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from adaptors.formats.document import (
    ZERO,
    Address,
    AllowanceCharge,
    Attachment,
    Delivery,
    Endpoint,
    Kind,
    Line,
    OutgoingDocument,
    Party,
    Payment,
    Person,
    Preceding,
    Subtotal,
    Totals,
    Vat,
)
from adaptors.formats.sums import with_sums

D = Decimal
STANDARD, REDUCED = Vat("S", D(25)), Vat("S", D(12))
ZERO_RATED, EXEMPT, REVERSE = Vat("Z", D(0)), Vat("E", D(0)), Vat("AE", D(0))
WITHIN_EU, EXPORT, OUTSIDE = Vat("K", D(0)), Vat("G", D(0)), Vat("O", None)
NOTHING = Totals(*[ZERO] * 9)

SELLER = Party(
    "Vestjysk Pumpefabrik ApS",
    Endpoint("0184", "12345674"),
    registration_number="12345674",
    vat_number="DK12345674",
    gln="5790000000012",
    address=Address(("Havnegade 12",), "Esbjerg", "6700", "", "DK"),
    contact=Person("Karin Østergård", "+45 75 12 34 56", "faktura@example.com"),
)
BUYER = Party(
    "Nordic Pumps A/S",
    Endpoint("0184", "25313763"),
    number="10042",
    registration_number="25313763",
    vat_number="DK25313763",
    address=Address(("Industrivej 7", "2. sal"), "Aarhus C", "8000", "", "DK"),
    contact=Person("Søren Ågård", "+45 86 12 34 56", "ap@example.com"),
)
MUNICIPALITY = replace(
    BUYER, name="Ringkøbing Skole & Børnehave", endpoint=Endpoint("0088", "5798000000124"), gln="5798000000124",
    number="10077", contact=Person("Inge Bøgh"),
)  # fmt: skip
GERMAN = Party(
    "Müller & Söhne GmbH",
    Endpoint("9930", "DE136695976"),
    number="20001",
    registration_number="HRB 12345",
    vat_number="DE136695976",
    address=Address(("Straße des 17. Juni 135",), "Berlin", "10623", "", "DE"),
)
AMERICAN = Party(
    "Acme Pumps, Inc.",
    Endpoint("0060", "123456789"),
    number="30001",
    registration_number="123456789",
    address=Address(("1 Market Street", "Suite 300"), "San Francisco", "94105", "CA", "US"),
)
BANK = Payment("42", reference="10482", branch="0040", account="0440116243", terms="Netto 30 dage")
IBAN = Payment("30", reference="10482", iban="DK5000400440116243", bic="NDEADKKK", account_name=SELLER.name)
FIK_71 = Payment("93", reference="000000000104828", card_type="71", account="12345678", terms="Netto 8 dage")
FIK_73 = Payment("93", card_type="73", account="12345678")
FIK_75 = Payment("93", reference="0000000000104828", card_type="75", account="12345678")
SEPA_DEBIT = Payment(
    "59", mandate="M-2026-17", creditor_id="DK98ZZZ1234567890", debited_account="DE89370400440532013000"
)
CARD = Payment("48", reference="10482", text="Betalt med kort")


def line(id: str = "1", name: str = "Pumpe P-100", quantity: Any = 2, price: Any = "500.00", **more: Any) -> Line:
    """Its net amount is worked out where none is given."""
    count, each = D(quantity), D(price)
    extra = sum((one.signed for one in more.get("allowances_charges", ())), ZERO)
    net = more.pop("net", None)
    return Line(
        id, name, count, each, D(net) if net is not None else (count * each + extra).quantize(D("0.01")),
        more.pop("vat", STANDARD), **more,
    )  # fmt: skip


def document(kind: Kind = Kind.INVOICE, lines: Sequence[Line] = (), **more: Any) -> OutgoingDocument:
    """An ordinary Danish invoice, with what is told otherwise."""
    known: dict[str, Any] = {
        "number": "10482", "issue_date": date(2026, 3, 15), "currency": "DKK", "seller": SELLER, "buyer": BUYER,
        "due_date": date(2026, 4, 14), "books_currency": "DKK", "customer_order_number": "PO-4711",
        "buyer_reference": "Indkøb", "payment": BANK, "subtotals": (), "totals": NOTHING, "language": "da",
    }  # fmt: skip
    known |= more
    return with_sums(OutgoingDocument(kind=kind, lines=tuple(lines) or (line(),), **known))


def credit(lines: Sequence[Line] = (), **more: Any) -> OutgoingDocument:
    return document(
        Kind.CREDIT_NOTE, lines,
        **{"number": "90017", "corrects": (Preceding("10482", date(2026, 3, 15)),), "due_date": None, **more},
    )  # fmt: skip


def allowance(amount: Any, reason: str = "Rabat", vat: Vat | None = STANDARD, **more: Any) -> AllowanceCharge:
    return AllowanceCharge(False, D(amount), reason, more.pop("reason_code", "95"), vat=vat, **more)


def charge(amount: Any, reason: str = "Fragt", vat: Vat | None = STANDARD, **more: Any) -> AllowanceCharge:
    return AllowanceCharge(True, D(amount), reason, more.pop("reason_code", "FC"), vat=vat, **more)


def _because(vat: Vat, reason: str, code: str = "") -> tuple[Subtotal, ...]:
    return (Subtotal(vat, ZERO, ZERO, reason, code),)


def _paid(prepaid: Any = 0, rounding: Any = 0, tax_in_books: Any = None) -> Totals:
    return replace(
        NOTHING, prepaid=D(prepaid), rounding=D(rounding),
        tax_in_books=None if tax_in_books is None else D(tax_in_books),
    )  # fmt: skip


SHOP = Delivery(
    "Nordic Pumps, lager 3", date(2026, 3, 12), "5798000000124", "0088",
    Address(("Lagervej 3",), "Horsens", "8700", "", "DK"),
)  # fmt: skip
IN_BERLIN = Delivery("", date(2026, 3, 12), address=GERMAN.address)
PDF = Attachment("specification.pdf", content=b"%PDF-1.4\n%a small file\n", description="Specification")
LINES = tuple(line(str(n), f"Vare {n}", n, f"{n * 10}.25", seller_item=f"P-{n:03}") for n in range(1, 11))
DISCOUNTED = line(
    "1", "Ventil", 10, "89.95", allowances_charges=(allowance("89.95", vat=None, base=D("899.50"), percent=D(10)),)
)

SAMPLES: dict[str, Callable[[], OutgoingDocument]] = {
    "plain": document,
    "ten_lines": lambda: document(lines=LINES),
    "two_hundred_lines": lambda: document(lines=[line(str(n), f"Vare {n}", 1, "1.00") for n in range(1, 201)]),
    "two_rates": lambda: document(lines=[line(), line("2", "Bog", 1, "100.00", vat=REDUCED)]),
    "three_categories": lambda: document(
        lines=[
            line(),
            line("2", "Frimærker", 1, "250.00", vat=ZERO_RATED),
            line("3", "Forsikring", 1, "80.00", vat=EXEMPT),
        ],
        subtotals=_because(EXEMPT, "Momsfri efter momslovens § 13"),
    ),
    "zero_rated": lambda: document(lines=[line(vat=ZERO_RATED)]),
    "exempt": lambda: document(
        lines=[line("1", "Undervisning", 4, "600.00", vat=EXEMPT, unit="HUR")],
        subtotals=_because(EXEMPT, "Undervisning, momslovens § 13, stk. 1, nr. 3", "VATEX-EU-132-1I"),
    ),
    "reverse_charge": lambda: document(
        lines=[line(vat=REVERSE)],
        buyer=GERMAN,
        payment=IBAN,
        language="de",
        delivery=IN_BERLIN,
        subtotals=_because(REVERSE, "Reverse charge", "VATEX-EU-AE"),
    ),
    "reverse_charge_domestic": lambda: document(
        lines=[line("1", "Metalskrot", 120, "4.75", vat=REVERSE, unit="KGM")],
        subtotals=_because(REVERSE, "Omvendt betalingspligt, momslovens § 46", "VATEX-EU-AE"),
    ),
    "within_eu": lambda: document(
        lines=[line(vat=WITHIN_EU)],
        buyer=GERMAN,
        payment=IBAN,
        delivery=IN_BERLIN,
        language="de",
        subtotals=_because(WITHIN_EU, "Intra-community supply", "VATEX-EU-IC"),
    ),
    "export": lambda: document(
        lines=[line(vat=EXPORT)],
        buyer=AMERICAN,
        payment=IBAN,
        currency="USD",
        language="en",
        subtotals=_because(EXPORT, "Export outside the EU", "VATEX-EU-G"),
    ),
    "outside_scope": lambda: document(
        lines=[line("1", "Gebyr", 1, "100.00", vat=OUTSIDE)],
        subtotals=_because(OUTSIDE, "Not subject to VAT", "VATEX-EU-O"),
        seller=replace(SELLER, vat_number=""),
        buyer=replace(BUYER, vat_number=""),
    ),
    "line_discount": lambda: document(lines=[DISCOUNTED]),
    "line_charge": lambda: document(lines=[line(allowances_charges=(charge("45.00", "Emballage", None),))]),
    "line_both": lambda: document(
        lines=[line(allowances_charges=(allowance("100.00", vat=None), charge("45.00", "Emballage", None)))]
    ),
    "document_allowance": lambda: document(allowances_charges=(allowance("50.00"),)),
    "document_percent": lambda: document(allowances_charges=(allowance("50.00", base=D("1000.00"), percent=D(5)),)),
    "document_charge": lambda: document(allowances_charges=(charge("75.00"),)),
    "allowance_of_each_rate": lambda: document(
        lines=[line(), line("2", "Bog", 1, "100.00", vat=REDUCED)],
        allowances_charges=(allowance("40.00"), allowance("10.00", vat=REDUCED), charge("75.00")),
    ),
    "prepaid": lambda: document(totals=_paid(250)),
    "prepaid_in_full": lambda: document(totals=_paid(1250), payment=CARD, due_date=None),
    "rounded": lambda: document(lines=[line(price="499.99")], totals=_paid(0, "0.02")),
    "rounded_down": lambda: document(lines=[line(price="500.01")], totals=_paid(0, "-0.03")),
    "foreign_currency": lambda: document(currency="EUR", payment=IBAN, totals=_paid(tax_in_books="1865.20")),
    "foreign_currency_credit": lambda: credit(currency="SEK", payment=IBAN, totals=_paid(tax_in_books="167.50")),
    "return_line": lambda: document(lines=[line(), line("2", "Returneret ventil", -1, "100.00")]),
    "negative_total": lambda: document(lines=[line(quantity=-1)], due_date=None),
    "many_decimals": lambda: document(lines=[line("1", "Strøm", "1234.567", "0.87654", unit="KWH")]),
    "small_amounts": lambda: document(lines=[line(str(n), "Skrue", 3, "0.125", net="0.38") for n in range(1, 4)]),
    "large_amounts": lambda: document(lines=[line("1", "Kraftværk", 3, "987654321.99")]),
    "free_of_charge": lambda: document(lines=[line(), line("2", "Vareprøve", 5, "0.00")]),
    "iban": lambda: document(payment=IBAN),
    "fik_71": lambda: document(payment=FIK_71),
    "fik_73": lambda: document(payment=FIK_73),
    "fik_75": lambda: document(payment=FIK_75),
    "direct_debit": lambda: document(payment=SEPA_DEBIT, currency="EUR", totals=_paid(tax_in_books="1865.20")),
    "card": lambda: document(payment=CARD),
    "no_payment_means": lambda: document(payment=Payment("1", terms="Efter aftale")),
    "public_buyer": lambda: document(buyer=MUNICIPALITY, buyer_reference="5798000000124-17"),
    "no_order_number": lambda: document(customer_order_number=""),
    "all_references": lambda: document(
        supplier_order_number="SO-88",
        contract="K-2026",
        project="P-7",
        accounting_cost="4217:2323:2323",
    ),
    "item_numbers": lambda: document(
        lines=[
            line(
                seller_item="P-100",
                buyer_item="778899",
                gtin="5790000000012",
                order_line="10",
                description="Dykpumpe, 230 V, med 10 m kabel",
                note="Serienummer 4711",
            )
        ]
    ),
    "delivery": lambda: document(delivery=SHOP),
    "period": lambda: document(
        period_start=date(2026, 3, 1), period_end=date(2026, 3, 31), lines=[line("1", "Leje", 1, "4000.00", unit="MON")]
    ),
    "tax_point": lambda: document(tax_point_date=date(2026, 3, 12)),
    "attachment": lambda: document(attachments=(PDF, Attachment("drawing", url="https://example.com/drawing.pdf"))),
    "odd_characters": lambda: document(
        note="A & B < C > \"D\" 'E' æøåÆØÅ ß é € – “quoted” 漢字",
        lines=[line(name="Rør & <bøjning> ½\" ']]>'")],
        buyer=replace(BUYER, name="Ærø & Søn “I/S”"),
    ),
    "long_texts": lambda: document(
        note="Lang tekst. " * 60,
        lines=[line(name="Meget langt varenavn " * 4, description="Beskrivelse " * 40)],
        buyer=replace(BUYER, name="Selskabet af den ganske overordentlig lange betegnelse af 1899 A/S"),
    ),
    "no_contacts": lambda: document(seller=replace(SELLER, contact=Person()), buyer=replace(BUYER, contact=Person())),
    "debit_note": lambda: document(Kind.DEBIT_NOTE, [line("1", "Rykkergebyr", 1, "100.00")], number="70003"),
    "credit": credit,
    "credit_two_rates": lambda: credit([line(), line("2", "Bog", 1, "100.00", vat=REDUCED)]),
    "credit_reverse_charge": lambda: credit(
        [line(vat=REVERSE)],
        buyer=GERMAN,
        payment=IBAN,
        subtotals=_because(REVERSE, "Reverse charge", "VATEX-EU-AE"),
        language="de",
    ),
    "credit_with_allowance": lambda: credit(allowances_charges=(allowance("50.00"),)),
    "credit_of_nothing_named": lambda: credit(corrects=()),
    "credit_of_several": lambda: credit(corrects=(Preceding("10482", date(2026, 3, 15)), Preceding("10483"))),
    "credit_public_buyer": lambda: credit(buyer=MUNICIPALITY),
}
"""By the name of its golden file. What a format cannot say, its tests list with the reason."""
