"""Documents nobody thought of: each is written so that both checks find nothing, or refused in words."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adaptors.formats.base import Unsayable
from adaptors.formats.document import Address, Kind, OutgoingDocument, Payment, Person, Preceding, Vat
from adaptors.formats.edifact.format import EdifactFormat
from adaptors.formats.edifact.options import OPTIONS
from adaptors.validation.edifact import check
from tests.adaptors import generated
from tests.adaptors.formats.edifact.cases import with_gln
from tests.adaptors.formats.edifact.directory import faults, parse
from tests.adaptors.samples import allowance, charge, document, line

UNICODE = st.characters(exclude_categories=["Cs", "Co", "Cn"])
TEXTS = st.text(UNICODE, max_size=90) | st.text("abcæøå ?+:'\n", max_size=400)
LATIN_1 = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc", "Cf"]), max_size=300)
CODES = st.text("ABC123-/?+:'", min_size=1, max_size=40)
AMOUNTS = st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2)
PRICES = st.decimals(0, Decimal("1e9"), places=5)
DATES = st.dates(date(1990, 1, 1), date(2089, 12, 31))
VATS = st.sampled_from([Vat("S", Decimal(25)), Vat("S", Decimal("12.5")), Vat("Z", Decimal(0)), Vat("AE", Decimal(0)),
                        Vat("K", Decimal(0)), Vat("O", None)])  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> OutgoingDocument:
    lines = [
        line(
            draw(st.sampled_from([str(number), f"1.{number}", "7"])), draw(TEXTS), draw(AMOUNTS), draw(PRICES),
            net=draw(AMOUNTS), vat=draw(VATS), description=draw(TEXTS), note=draw(TEXTS),
            seller_item=draw(CODES | st.just("")), order_line=draw(st.sampled_from(["", "1", "1234567"])),
            allowances_charges=tuple(draw(st.lists(st.sampled_from([
                allowance("5.00", draw(TEXTS), None, percent=Decimal(5), base=Decimal(100)),
                charge("7.25", draw(TEXTS), None, reason_code="ZZX"),
            ]), max_size=2))),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]  # fmt: skip
    made = document(
        draw(st.sampled_from(Kind)), lines, number=draw(CODES), note=draw(TEXTS), issue_date=draw(DATES),
        due_date=draw(st.none() | DATES), period_start=draw(st.none() | st.just(date(2026, 1, 1))),
        period_end=draw(st.none() | st.just(date(2026, 1, 31))), buyer_reference=draw(CODES | st.just("")),
        payment=Payment(draw(st.sampled_from(["30", "42", "48", "58", "93"])), terms=draw(TEXTS), iban=draw(CODES)),
        corrects=tuple(Preceding(number) for number in draw(st.lists(CODES, max_size=3))),
    )  # fmt: skip
    address = Address(tuple(draw(st.lists(TEXTS, max_size=3))), draw(TEXTS), draw(CODES), draw(TEXTS), "DK")
    buyer = replace(made.buyer, name=draw(TEXTS), address=address, contact=Person(draw(TEXTS), draw(CODES)))
    return with_gln(replace(made, buyer=buyer))


@st.composite
def chosen(draw: st.DrawFn) -> dict[str, Any]:
    """Options as a form gives them."""
    return {
        one.name: draw(st.sampled_from([value for value, _ in one.choices]))
        for one in OPTIONS
        if one.kind == "choice" and not one.name.endswith("_qualifier")
    } | {"una": draw(st.booleans()), "test": draw(st.booleans())}


@settings(deadline=None, max_examples=150)
@given(documents(), chosen())
def test_generated_document_is_right_or_refused(made: OutgoingDocument, options: dict[str, Any]) -> None:
    try:
        content = EdifactFormat(options).render(made).content
    except Unsayable as unsayable:
        assert all(problem.text and problem.field for problem in unsayable.problems)
    else:
        assert (faults(content), check(content)) == ([], [])
        assert EdifactFormat(options).render(made).content == content


@settings(deadline=None)
@given(documents())
def test_generated_document_with_texts_cut_and_replaced_is_refused_for_codes_alone(made: OutgoingDocument) -> None:
    try:
        EdifactFormat({"long_texts": "cut", "unknown_characters": "replace"}).render(made)
    except Unsayable as unsayable:
        assert {problem.field for problem in unsayable.problems} <= {
            "number", "corrected_document", "buyer_reference", "supplier_iban", "product_code", "customer_postal_code",
            "customer_contact_phone", "customer_region",
        }  # fmt: skip


@generated.SEARCH
@given(generated.documents(), st.sampled_from(["eancom", "plain", "retail"]))
def test_generated_document_that_adds_up_is_right_or_refused_for_codes(made: OutgoingDocument, profile: str) -> None:
    """Their texts have every letter there is, their article numbers too."""
    options = {"profile": profile, "long_texts": "cut", "unknown_characters": "replace"}
    try:
        content = EdifactFormat(options).render(with_gln(made)).content
    except Unsayable as unsayable:
        assert {problem.field for problem in unsayable.problems} == {"product_code"}
    else:
        assert (faults(content), check(content)) == ([], [])


def _letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


@settings(deadline=None)
@given(LATIN_1, LATIN_1.filter(lambda text: len(text) <= 35))
def test_every_character_of_iso_8859_1_survives(note: str, name: str) -> None:
    made = with_gln(document(note=note, lines=[line(name=name)]))

    segments = parse(EdifactFormat().render(made).content.decode("latin-1"))

    notes = [part for one in segments if one[:2] == [["FTX"], ["AAI"]] for part in one[4]]
    names = [part for one in segments if one[0] == ["IMD"] for part in one[3][3:]]
    assert (_letters("".join(notes)), _letters("".join(names))) == (_letters(note), _letters(name))


@settings(deadline=None)
@given(st.text(UNICODE, min_size=1, max_size=30))
def test_text_has_a_sign_for_each_letter_or_is_refused(note: str) -> None:
    """Nothing becomes ? that was none, and no visible letter vanishes."""
    try:
        content = EdifactFormat().render(with_gln(document(note=note, lines=[line()]))).content
    except Unsayable as unsayable:
        (problem,) = unsayable.problems
        assert problem.field == "note"
        return

    segments = parse(content.decode("latin-1"))

    said = "".join(part for one in segments if one[:2] == [["FTX"], ["AAI"]] for part in one[4])
    assert said.count("?") == sum("?" in unicodedata.normalize("NFKD", one) for one in note)
    assert len(_letters(said)) >= len([one for one in _letters(note) if unicodedata.category(one)[0] not in "CZM"])


@given(st.data())
def test_check_answers_whatever_it_is_given(data: st.DataObject) -> None:
    """Some bytes of a good interchange are others."""
    content = bytearray(EdifactFormat().render(with_gln(document())).content)
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        content[begin : begin + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    assert all(one.is_fatal and one.text for one in check(bytes(content)))
