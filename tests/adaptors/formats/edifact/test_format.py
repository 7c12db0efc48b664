"""What the format refuses, what parties lack, and what its options change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adaptors.formats.base import Format, Problem, Unsayable
from adaptors.formats.document import OutgoingDocument, Payment, Preceding, Vat
from adaptors.formats.edifact.format import EdifactFormat
from adaptors.registry import load
from tests.adaptors.formats.edifact.cases import UNSAYABLE, with_gln
from tests.adaptors.formats.edifact.directory import parse
from tests.adaptors.samples import BUYER, SAMPLES, SELLER, WITHIN_EU, allowance, document, line


def _problems(made: OutgoingDocument, **options: Any) -> list[Problem]:
    with pytest.raises(Unsayable) as refused:
        EdifactFormat(options).render(with_gln(made))
    return list(refused.value.problems)


def _segments(made: OutgoingDocument, **options: Any) -> list[str]:
    content = EdifactFormat({"segment_ends": "lf"} | options).render(with_gln(made)).content
    return [one.removesuffix("'") for one in content.decode("latin-1").splitlines()]


def _of(tag: str, made: OutgoingDocument, **options: Any) -> list[str]:
    return [one for one in _segments(made, **options) if one.startswith(tag)]


def test_format_is_the_registered_one() -> None:
    registered: type[Format] = load("edifact")

    assert (registered, registered.rules, registered.ending) == (EdifactFormat, ("edifact",), "edi")


def test_rendered_file_has_its_type_and_is_the_same_again() -> None:
    first, second = (EdifactFormat().render(with_gln(document())) for _ in range(2))

    assert first == second
    assert (first.media_type, first.ending) == ("application/EDIFACT", "edi")


@pytest.mark.parametrize("sample", UNSAYABLE)
def test_sample_that_cannot_be_said_is_refused_with_its_reason(sample: str) -> None:
    assert [str(one) for one in _problems(SAMPLES[sample]())] == [UNSAYABLE[sample]]


@pytest.mark.parametrize(
    ("changes", "field", "line_number"),
    [
        ({"number": "N" * 36}, "number", ""),
        ({"number": "10482漢"}, "number", ""),
        ({"customer_order_number": "P" * 36}, "customer_order_number", ""),
        ({"corrects": (Preceding("9" * 36),)}, "corrected_document", ""),
        ({"note": "ord " * 1000}, "note", ""),
        ({"note": "漢"}, "note", ""),
        ({"payment": Payment("30", iban="DK" + "1" * 40)}, "supplier_iban", ""),
        ({"seller": replace(SELLER, gln="")}, "supplier_gln", ""),
        ({"seller": replace(SELLER, name="N" * 200)}, "supplier_name", ""),
        ({"buyer": replace(BUYER, address=replace(BUYER.address, city="Æ" * 36))}, "customer_city", ""),
        ({"buyer": replace(BUYER, address=replace(BUYER.address, postal_code="1" * 10))}, "customer_postal_code", ""),
        ({"buyer": replace(BUYER, address=replace(BUYER.address, lines=("a" * 160,)))}, "customer_address_line1", ""),
        ({"corrects": [Preceding(str(n)) for n in range(93)]}, "corrected_document", ""),
        ({"seller": replace(SELLER, vat_number="")}, "supplier_vat_number", ""),
        ({"lines": [line(vat=WITHIN_EU)], "buyer": replace(BUYER, vat_number="")}, "customer_vat_number", ""),
        ({"lines": [line(name="漢")]}, "description", "1"),
        ({"lines": [line(), line("2", description="Ord " * 600)]}, "description", "2"),
        ({"lines": [line(seller_item="S" * 36)]}, "product_code", "1"),
        ({"lines": [line(unit="DOZEN")]}, "unit_code", "1"),
        ({"lines": [line(price="0.1234567890123456")]}, "unit_price", "1"),
        ({"lines": [line(quantity="1234567890123456", price=0)]}, "quantity", "1"),
        ({"lines": [line(vat=Vat("L", Decimal(7)))]}, "vat_breakdown", "1"),
        ({"lines": [line(allowances_charges=[allowance(1, vat=None)] * 16)]}, "allowances_charges", "1"),
        ({"lines": [line(str(n), vat=Vat("S", Decimal(n))) for n in range(1, 12)]}, "vat_breakdown", ""),
        ({"allowances_charges": (allowance(1, "漢"),)}, "allowances_charges", ""),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_field(changes: dict[str, Any], field: str, line_number: str) -> None:
    problem = _problems(document(**changes))[0]

    assert (problem.field, problem.line) == (field, line_number)


def test_texts_are_cut_and_codes_are_not_where_that_is_chosen() -> None:
    long = document(
        note="ord " * 2000, lines=[line(name="Navn " * 200, note="x " * 2000)], seller=replace(SELLER, name="N" * 400)
    )

    assert len(_of("FTX+AAI", long, long_texts="cut")) == 9 + 5
    assert [one.field for one in _problems(replace(long, number="1" * 36), long_texts="cut")] == ["number"]


def test_characters_are_transliterated_before_texts_are_split() -> None:
    made = document(lines=[line(name="€" * 20)], note="ﬁlm – “x” … Łódź №3 ½")

    assert _of("IMD", made) == ["IMD+F++:::" + "EUR" * 11 + "EU:R" + "EUR" * 8]
    assert _of("FTX+AAI", made) == ['FTX+AAI+++film - "x" ... Lódz No3 ½']


def test_release_character_does_not_count() -> None:
    made = document(lines=[line(name="?" * 35)])

    assert _of("IMD", made) == ["IMD+F++:::" + "??" * 35]


@pytest.mark.parametrize(("characters", "said"), [("UNOA", "AEBLEGROED (A) 5 DEG"), ("UNOB", "aeblegroed (a) 5 deg")])
def test_set_of_ascii_has_stand_ins_for_danish_letters(characters: str, said: str) -> None:
    assert _of("IMD", document(lines=[line(name="æblegrød @ 5°")]), characters=characters) == [f"IMD+F++:::{said}"]


def test_reference_is_of_number_and_content() -> None:
    one, same, noted, longer = (
        _of("UNZ", made)[0].removeprefix("UNZ+1+")
        for made in (document(), document(), document(note="Ny"), document(number="INV/2026-00010482"))
    )

    assert one == same != noted
    assert (one[:5], noted[:5], longer[:6]) == ("10482", "10482", "010482")
    assert {len(one), len(longer)} == {13, 14}


def test_lines_are_numbered_by_place_where_their_own_numbers_cannot_be_told() -> None:
    made = document(lines=[line("10"), line("10.1"), line("A")])

    assert _of("LIN", made) == ["LIN+1", "LIN+2", "LIN+3"]


def test_description_goes_into_ftx_where_imd_has_no_room() -> None:
    made = document(lines=[line(description="Beskrivelse " * 70)])

    assert (len(_of("IMD", made)), len(_of("FTX+PRD", made))) == (1, 3)


@pytest.mark.parametrize(("code", "told"), [("30", "30"), ("58", "30"), ("59", "31"), ("42", "42"), ("48", "ZZZ")])
def test_means_of_payment_are_those_of_the_directory(code: str, told: str) -> None:
    assert _of("PAI", document(payment=Payment(code))) == [f"PAI+::{told}"]


def test_address_of_attachment_is_told() -> None:
    made = SAMPLES["attachment"]()

    assert _of("FTX+DOC", made, attachments="leave_out") == ["FTX+DOC+++drawing?: https?://example.com/drawing.pdf"]


def test_period_with_one_end_is_told_as_that_end() -> None:
    assert _of("DTM+168", document(period_end=date(2026, 3, 31))) == ["DTM+168:20260331:102"]


def test_interchange_is_between_endpoints_where_there_are_no_gln() -> None:
    content = EdifactFormat({"profile": "plain"}).render(document(seller=replace(SELLER, gln=""))).content

    assert parse(content.decode("latin-1"))[0][2:4] == [["12345674", "ZZZ"], ["25313763", "ZZZ"]]


def test_interchange_id_that_is_no_gln_is_refused() -> None:
    assert [one.field for one in _problems(document(), receiver_id="5790000000028")] == ["receiver_id"]


def test_time_of_preparation_that_is_none_is_refused() -> None:
    assert [one.field for one in _problems(document(), prepared_at="yesterday")] == ["prepared_at"]


def test_parties_that_have_all_lack_nothing() -> None:
    made = with_gln(document())

    assert list(EdifactFormat().lacks(made.seller, made.buyer, made.payment, "")) == []


def test_parties_lack_what_the_profile_needs() -> None:
    nobody = replace(BUYER, name="", endpoint=None, gln="", registration_number="", vat_number="", number="")

    lacking = list(EdifactFormat().lacks(SELLER, nobody, Payment("30"), ""))

    assert [one.field for one in lacking] == [
        "customer_name", "customer_gln", "customer_endpoint_id", "supplier_iban",
    ]  # fmt: skip


@pytest.mark.parametrize(("country", "lacking"), [("DK", ["customer_postal_code"]), ("IE", [])])
def test_postal_code_is_lacking_in_denmark_alone(country: str, lacking: list[str]) -> None:
    buyer = with_gln(document()).buyer
    abroad = replace(buyer, address=replace(buyer.address, postal_code="", country=country), registration_number="")

    assert [one.field for one in EdifactFormat().lacks(SELLER, abroad, Payment("1"), "")] == lacking


def test_wrong_gln_is_lacking() -> None:
    lacking = list(EdifactFormat().lacks(SELLER, replace(BUYER, gln="5790000000028"), Payment("1"), ""))

    assert [one.field for one in lacking] == ["customer_gln"]
