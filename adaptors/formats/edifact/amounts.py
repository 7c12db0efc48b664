"""VAT, allowances and charges, of the document and of its lines alike; and amounts."""

from __future__ import annotations

from decimal import Decimal

from adaptors.formats.document import AllowanceCharge, Vat
from adaptors.formats.edifact.profiles import Profile
from adaptors.formats.edifact.writer import Writer, joined

_ALLOWANCES = {
    "41": "AJ", "42": "AJ", "60": "DI", "62": "DI", "63": "CL", "64": "CL", "65": "DI", "66": "DI", "67": "DI",
    "68": "DI", "70": "DI", "71": "DI", "88": "AAO", "95": "DI", "100": "ABZ", "102": "CL", "103": "DI", "104": "DI",
    "105": "VAB",
}  # fmt: skip
"""Why an allowance is given, by UNCL 5189 of today → special service 7161 of D.96A."""
_CHARGES = frozenset({
    "AA", "AAA", "AAC", "AAD", "AAE", "AAF", "AAH", "AAI", "AAS", "AAT", "AAV", "AAY", "AAZ", "ABA", "ABB", "ABC",
    "ABD", "ABF", "ABK", "ABL", "ABN", "ABR", "ABS", "ABT", "ABU", "ACF", "ACG", "ACH", "ACI", "ACJ", "ACK", "ACL",
    "ACM", "ACS", "ADC", "ADE", "ADJ", "ADK", "ADL", "ADM", "ADN", "ADO", "ADP", "ADQ", "ADR", "ADT", "AJ", "AU", "CA",
    "CAB", "CAD", "CAE", "CAF", "CAI", "CAJ", "CAK", "CD", "CG", "CS", "CT", "DAB", "DAD", "DL", "EG", "EP", "ER",
    "FAA", "FAB", "FAC", "FC", "FH", "FI", "GAA", "HAA", "HD", "HH", "IAA", "IAB", "ID", "IF", "IR", "IS", "KO", "L1",
    "LA", "LAA", "LAB", "LF", "MAE", "MI", "ML", "NAA", "OA", "PA", "PAA", "PC", "PL", "RAB", "RAC", "RAD", "RAF", "RE",
    "RF", "RH", "RV", "SA", "SAA", "SAD", "SAE", "SAI", "SG", "SH", "SM", "SU", "TAB", "TAC", "TT", "TV", "V1", "V2",
    "WH", "YY", "ZZZ",
})  # fmt: skip
"""What D.96A has of the charges of today's UNCL 7161; the text alone tells the others."""


def money(writer: Writer, qualifier: str, amount: Decimal, *currency: str, field: str = "total_amount") -> None:
    writer.put("MOA", joined(qualifier, writer.number(amount, 18, field), *currency))


def tax(writer: Writer, vat: Vat, profile: Profile) -> None:
    category = profile.categories.get(vat.category, "")
    if not category:
        writer.refuse(f"D.96A has no code for the VAT category {vat.category}.", "vat_breakdown")
    rate = f":::{vat.rate:f}" if vat.rate is not None else ""
    writer.put("TAX", "7", "VAT", "", "", rate, category)


def allowance_charge(writer: Writer, one: AllowanceCharge, profile: Profile) -> None:
    """Groups 15, 18, 19 and 21 of the document, 38, 40, 41 and 43 of a line."""
    reason = writer.words(one.reason, "allowances_charges", count=2)
    code = one.reason_code if one.reason_code in _CHARGES else ""
    service = code if one.is_charge else _ALLOWANCES.get(one.reason_code, "")
    writer.put("ALC", "C" if one.is_charge else "A", "", "", "", joined(service, "", "", *reason))
    if one.percent is not None:
        percent = writer.number(one.percent, 10, "allowances_charges")
        writer.put("PCD", joined("2" if one.is_charge else "1", percent))
    qualifier = profile.charge if one.is_charge else profile.allowance
    money(writer, qualifier, one.amount, field="allowances_charges")
    if one.base is not None and "bases" in profile.parts:
        money(writer, "25", one.base, field="allowances_charges")
    if one.vat is not None:
        tax(writer, one.vat, profile)
