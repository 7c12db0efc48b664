"""What is written of every sample: the same bytes as ever, valid, and read back by another reader than ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adaptors.formats.bis3.format import Bis3Format
from tests.adaptors import golden, official
from tests.adaptors.formats.bis3.reader import Reading
from tests.adaptors.samples import SAMPLES, document

FORMAT = Bis3Format()


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_comes_out_as_its_golden_file(name: str) -> None:
    content = FORMAT.render(SAMPLES[name]()).content

    assert golden.readable(content, "xml").decode() == golden.stored(FORMAT, name).read_text()


def test_golden_files_are_of_samples() -> None:
    assert sorted(path.stem for path in (golden.FOLDER / "bis3").iterdir()) == sorted(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_valid(name: str) -> None:
    content = FORMAT.render(SAMPLES[name]()).content

    assert official.faults(content, warnings=True) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_read_back(name: str) -> None:
    given = SAMPLES[name]()

    read = Reading(FORMAT.render(given).content)

    assert read.head == {
        "number": given.number, "date": given.issue_date.isoformat(), "code": given.kind.code,
        "note": given.note.strip(),
        "due": given.due_date.isoformat() if given.due_date else "", "currency": given.currency,
        "reference": given.buyer_reference, "order": given.customer_order_number, "terms": given.payment.terms,
        "corrects": [one.number for one in given.corrects],
    }  # fmt: skip
    assert read.totals == {
        "lines": given.totals.lines, "net": given.totals.net, "tax": given.totals.tax, "gross": given.totals.gross,
        "allowances": given.totals.allowances, "charges": given.totals.charges, "prepaid": given.totals.prepaid,
        "rounding": given.totals.rounding, "payable": given.totals.payable, "tax_in_books": given.totals.tax_in_books,
    }  # fmt: skip
    assert read.vat == [(one.vat.category, one.vat.rate, one.taxable, one.tax) for one in given.subtotals]
    for party, read_party in ((given.seller, read.seller), (given.buyer, read.buyer)):
        assert read_party == {
            "name": party.name, "endpoint": str(party.endpoint), "vat": party.vat_number, "city": party.address.city,
            "registration": party.registration_number, "country": party.address.country,
            "street": party.address.lines[0], "contact": party.contact.name,
        }  # fmt: skip
    assert read.lines == [
        (one.id, one.name.strip(), one.quantity, one.unit, one.price, one.net, one.vat.category, one.vat.rate)
        for one in given.lines
    ]


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert FORMAT.render(document()) == FORMAT.render(document())


def test_facts_tell_an_access_point_what_it_asks_for() -> None:
    invoice, credit = FORMAT.render(SAMPLES["public_buyer"]()), FORMAT.render(SAMPLES["credit"]())

    assert invoice.facts == {
        "document_type_id": "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##"
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1",
        "process_id": "cenbii-procid-ubl::urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "sender": "0184:12345674",
        "receiver": "0088:5798000000124",
        "country": "DK",
    }
    assert credit.facts["document_type_id"].startswith(
        "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2::CreditNote##urn:cen.eu:en16931"
    )


PAID = {  # sample → code, reference, account, bank
    "plain": ("42", "10482", "0440116243", "0040"),
    "iban": ("31", "10482", "DK5000400440116243", "NDEADKKK"),
    "reverse_charge": ("30", "10482", "DK5000400440116243", "NDEADKKK"),
    "fik_71": ("93", "71#000000000104828", "12345678", ""),
    "fik_73": ("93", "73#", "12345678", ""),
    "fik_75": ("93", "75#0000000000104828", "12345678", ""),
    "card": ("48", "10482", "", ""),
    "no_payment_means": ("1", "", "", ""),
}


@pytest.mark.parametrize("name", PAID)
def test_way_of_paying_is_told(name: str) -> None:
    assert Reading(FORMAT.render(SAMPLES[name]()).content).paid == PAID[name]


def test_vat_numbers_are_left_out_of_what_vat_has_nothing_to_do_with() -> None:
    given = SAMPLES["outside_scope"]()
    registered = replace(given, seller=SAMPLES["plain"]().seller, buyer=SAMPLES["plain"]().buyer)

    assert FORMAT.render(registered).content == FORMAT.render(given).content


def test_reason_without_vat_is_that_of_the_category_where_none_is_given() -> None:
    given = SAMPLES["reverse_charge"]()
    silent = replace(given, subtotals=[replace(one, reason="", reason_code="") for one in given.subtotals])

    content = FORMAT.render(silent).content

    assert b"<cbc:TaxExemptionReasonCode>VATEX-EU-AE</cbc:TaxExemptionReasonCode><cac:TaxScheme>" in content
    assert official.faults(content) == []


def test_credit_note_has_its_due_date_and_project_in_other_places() -> None:
    given = replace(SAMPLES["credit"](), due_date=date(2026, 4, 14), project="P-7")

    read = Reading(FORMAT.render(given).content)

    assert read.head["due"] == "2026-04-14"
    assert read.project == "P-7"
    assert Reading(FORMAT.render(SAMPLES["all_references"]()).content).project == "P-7"
