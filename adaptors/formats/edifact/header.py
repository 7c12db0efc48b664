"""From BGM to the allowances and charges of the document: groups 1 to 15."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from adaptors.formats.document import OutgoingDocument, Payment
from adaptors.formats.edifact import parties
from adaptors.formats.edifact.amounts import allowance_charge
from adaptors.formats.edifact.profiles import Profile
from adaptors.formats.edifact.writer import Writer, joined

_MEANS = {"58": "30", "57": "30", "49": "31", "59": "31"}
"""Codes of UNCL 4461 that came after D.96A → the nearest that it has."""
_MEANS_KNOWN = frozenset(
    map(str, (*range(1, 24), *range(25, 44), 50, *range(60, 68), 70, *range(74, 79), *range(91, 98)))
)
_WHY = {"AE": "Reverse charge", "K": "Intra-community supply"}
_MOST_NOTES, _MOST_CORRECTED = 10, 92


def write(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    writer.put("BGM", document.kind.code, writer.code(document.number, 35, "number"), "9")
    _dates(writer, document, profile)
    if "payment" in profile.parts:
        means = _MEANS.get(document.payment.code, document.payment.code)
        writer.put("PAI", joined("", "", means if means in _MEANS_KNOWN else "ZZZ"))
    _notes(writer, document, profile)
    _references(writer, document, profile)
    parties.write(writer, document, profile)
    if "currency" in profile.parts:
        books = document.books_currency
        writer.put("CUX", f"2:{document.currency}:4", f"3:{books}:3" if books not in ("", document.currency) else "")
    if document.due_date and "due_in_terms" in profile.parts:
        writer.put("PAT", "3")
        _date(writer, "13", document.due_date)
    for one in document.allowances_charges:
        allowance_charge(writer, one, profile)


def why_untaxed(category: str) -> str:
    """The words for a category that the directory has no code for."""
    return _WHY.get(category, "")


def free_text(writer: Writer, subject: str, text: str, field: str, most: int = _MOST_NOTES) -> None:
    """As many FTX as it takes, at most `most`."""
    pieces = writer.words(text, field, width=70, count=5 * most)
    for start in range(0, len(pieces), 5):
        writer.put("FTX", subject, "", "", joined(*pieces[start : start + 5]))


def _date(writer: Writer, qualifier: str, day: date | None) -> None:
    if day is not None:
        writer.put("DTM", f"{qualifier}:{day:%Y%m%d}:102")


def _dates(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    _date(writer, "137", document.issue_date)
    _date(writer, "35", document.delivery.date if document.delivery else None)
    _date(writer, "131", document.tax_point_date)
    begin, end = document.period_start, document.period_end
    if begin and end:
        writer.put("DTM", f"263:{begin:%Y%m%d}{end:%Y%m%d}:718")
    else:
        _date(writer, "167", begin)
        _date(writer, "168", end)
    if "due_in_header" in profile.parts:
        _date(writer, "13", document.due_date)


def _notes(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    """What matters most comes first: where texts are cut, it is the note at the end."""
    message, writer.segments = writer.segments, []
    if "exemptions" in profile.parts:
        for text in dict.fromkeys(_exemptions(document)):
            free_text(writer, "TXD", text, "exemption_reason", 1)
    if "payment_text" in profile.parts:
        for text in _payment_texts(document.payment):
            free_text(writer, "PMD", text, "payment_means", 1)
    if "terms" in profile.parts:
        free_text(writer, "AAB", document.payment.terms, "payment_terms")
    for one in document.attachments:
        if one.url:
            free_text(writer, "DOC", f"{one.description or one.name}: {one.url}", "attachments", 1)
    if "notes" in profile.parts:
        free_text(writer, "AAI", document.note, "note")
    text = f"Expected notes that fit {_MOST_NOTES} times 5 times 70 characters together."
    writer.segments = message + writer.first(writer.segments, _MOST_NOTES, text, "note")


def _payment_texts(payment: Payment) -> Iterator[str]:
    """Among them the code line of a Danish payment slip."""
    if payment.text:
        yield payment.text
    if payment.card_type:
        yield f"+{payment.card_type}<{payment.reference if payment.card_type != '73' else ''}+{payment.account}<"
    if payment.mandate or payment.creditor_id:
        yield f"Mandate {payment.mandate}, creditor {payment.creditor_id}".replace("Mandate , ", "")


def _exemptions(document: OutgoingDocument) -> Iterator[str]:
    for one in document.subtotals:
        reason = one.reason or why_untaxed(one.vat.category)
        code = f"({one.reason_code})" if one.reason_code else ""
        if text := f"{reason} {code}".strip():
            yield text


def _references(writer: Writer, document: OutgoingDocument, profile: Profile) -> None:
    costs = "cost_references" in profile.parts
    for qualifier, number, field in (
        ("ON", document.customer_order_number, "customer_order_number"),
        ("VN", document.supplier_order_number, "supplier_order_number"),
        ("CT", document.contract, "contract"),
        ("CR", document.buyer_reference, "buyer_reference"),
        ("PQ", document.payment.reference, "payment_reference"),
        ("ADE", document.accounting_cost if costs else "", "accounting_cost"),
        ("AEP", document.project if costs else "", "project"),
    ):
        if number:
            writer.put("RFF", joined(qualifier, writer.code(number, 35, field)))
    if len(document.corrects) > _MOST_CORRECTED:
        writer.refuse(
            f"Expected at most {_MOST_CORRECTED} corrected documents, found {len(document.corrects)}.",
            "corrected_document",
        )
    for one in document.corrects:
        writer.put("RFF", joined("IV", writer.code(one.number, 35, "corrected_document")))
        _date(writer, "171", one.date)
