"""The golden cases: samples by profile and options. A buyer without a GLN gets one where the profile insists on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from adaptors.formats.document import OutgoingDocument
from adaptors.formats.edifact.format import EdifactFormat
from tests.adaptors.samples import SAMPLES

GLN = "5790000000029"
UNSAYABLE = {
    "attachment": "EDIFACT carries no files, and specification.pdf is attached.",
    "odd_characters": (
        "“A & B < C > \"D\" 'E' æøåÆØÅ ß é € – “quoted” 漢字” has characters that UNOC does not have: 漢字."
    ),
}
"""Samples that the default options hold, with the reason."""


Case = tuple[EdifactFormat, Callable[[], OutgoingDocument]]


def with_gln(document: OutgoingDocument) -> OutgoingDocument:
    return document if document.buyer.gln else replace(document, buyer=replace(document.buyer, gln=GLN))


def _case(sample: str, **options: Any) -> Case:
    return EdifactFormat({"segment_ends": "lf"} | options), lambda: with_gln(SAMPLES[sample]())


def _without_gln(sample: str) -> Case:
    return EdifactFormat({"segment_ends": "lf", "profile": "plain"}), SAMPLES[sample]


_OF_EACH = (
    "plain", "three_categories", "reverse_charge", "within_eu", "line_both", "allowance_of_each_rate", "prepaid",
    "rounded_down", "foreign_currency", "item_numbers", "delivery", "period", "fik_71", "public_buyer", "credit",
    "credit_of_several", "debit_note",
)  # fmt: skip
_PARTNER = {
    "sender_id": "5790000000012", "receiver_id": "EDIPARTNER", "receiver_qualifier": "ZZZ", "test": True,
    "acknowledge": True, "prepared_at": "260316:0815", "agreement": "NORDIC", "una": False,
}  # fmt: skip
_OTHER_CODES = {
    "supplier": "SE", "register": "AHO", "gross": "86", "association": "none", "known_by": "vat_number",
}  # fmt: skip
_LEFT_OUT = {f"part_{name}": "no" for name in ("contacts", "payment", "bank", "item_numbers", "notes")}

CASES: dict[str, Case] = {
    **{name: _case(name) for name in SAMPLES if name not in UNSAYABLE},
    **{f"{name}.plain": _without_gln(name) for name in _OF_EACH},
    **{f"{name}.retail": _case(name, profile="retail") for name in _OF_EACH},
    "plain.one_line": _case("plain", segment_ends=""),
    "plain.crlf": _case("plain", segment_ends="crlf"),
    "plain.partner": _case("plain", **_PARTNER),
    "odd_characters.replaced": _case("odd_characters", unknown_characters="replace"),
    "odd_characters.unoa": _case("odd_characters", unknown_characters="replace", characters="UNOA"),
    "odd_characters.unob": _case("odd_characters", unknown_characters="replace", characters="UNOB"),
    "attachment.left_out": _case("attachment", attachments="leave_out"),
    "reverse_charge.zero_rate": _case("reverse_charge", reverse_charge="Z"),
    "plain.codes": _case("plain", **_OTHER_CODES),
    "item_numbers.few_parts": _case("item_numbers", **_LEFT_OUT),
    "plain.invoicee": _case("plain", part_invoicee="yes", part_due_in_header="yes"),
}
"""By the name of its golden file, without the ending: how it is written, and what."""
