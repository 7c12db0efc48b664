"""Good documents and bad ones: each fault that is put in is found, with its rule, meaning, field and line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adaptors.registry import load
from adaptors.validation.base import CannotCheck, Finding, Severity
from adaptors.validation.checking import Validator
from adaptors.validation.installed import ACTIVE
from adaptors.validation.installing import install
from adaptors.validation.packages import missing, require
from adaptors.validation.proving import sample
from tests.adaptors.golden import FOLDER
from tests.adaptors.validation import rules

ALL = ("ubl", "en16931", "peppol")
INVOICE = sample("peppol", "Invoice")
CREDIT = sample("peppol", "CreditNote")
BARE = Validator(None)
LINE = INVOICE[INVOICE.index("  <cac:InvoiceLine>") : INVOICE.index("</Invoice>")]


def found(text: str, *sets: str) -> list[tuple[str, str, str]]:
    return [(one.rule, one.field, one.line) for one in BARE.check(text.encode(), sets or ALL)]


@pytest.mark.parametrize("text", [INVOICE, CREDIT], ids=["invoice", "credit note"])
def test_a_good_document_breaks_nothing(text: str) -> None:
    assert BARE.check(text.encode(), ALL) == []


@pytest.mark.parametrize("kind", [path.name for path in FOLDER.iterdir() if (path / "credit.xml").is_file()])
def test_what_our_formats_write_breaks_nothing(kind: str) -> None:
    files = sorted((FOLDER / kind).glob("*.xml"))

    fatal = {
        path.name: [one.rule or one.meaning for one in BARE.check(path.read_bytes(), load(kind).rules) if one.is_fatal]
        for path in files
    }

    assert {name: found for name, found in fatal.items() if found} == {}
    assert files


@pytest.mark.parametrize(
    ("part", "instead", "expected"),
    [
        ("<cbc:BuyerReference>Indkøb</cbc:BuyerReference>", "<cbc:BuyerReference/>", []),
        (">DK12345674<", ">12345674<", [("BR-CO-09", "supplier_vat_number", "")]),
        (">1250.00</cbc:TaxInclusiveAmount>", ">1251.00</cbc:TaxInclusiveAmount>",
         [("BR-CO-15", "total_amount", ""), ("BR-CO-16", "total_amount", "")]),
        (">1250.00</cbc:PayableAmount>", ">1249.00</cbc:PayableAmount>", [("BR-CO-16", "total_amount", "")]),
        (">1250.00</cbc:PayableAmount>", ">1250.001</cbc:PayableAmount>",
         [("BR-CO-16", "total_amount", ""), ("BR-DEC-18", "total_amount", ""), ("UBL-DT-01", "total_amount", "")]),
        ("<cbc:DocumentCurrencyCode>DKK", "<cbc:DocumentCurrencyCode>KRO",
         [("BR-CO-15", "total_amount", ""), ("BR-CL-04", "currency", "")]),
        ('<cbc:EndpointID schemeID="0184">25313763', '<cbc:EndpointID schemeID="9901">25313763',
         [("BR-CL-25", "customer_endpoint_scheme", "")]),
        ('<cbc:EndpointID schemeID="0184">25313763', "<cbc:EndpointID>25313763",
         [("BR-63", "customer_endpoint_scheme", "")]),
        ('<cbc:CompanyID schemeID="0184">25313763', '<cbc:CompanyID schemeID="DK">25313763',
         [("BR-CL-11", "customer_registration_number", "")]),
        ("<cbc:RegistrationName>Nordic Pumps A/S</cbc:RegistrationName>", "", [("BR-07", "customer_name", "")]),
        ("<cbc:PaymentMeansCode>42", "<cbc:PaymentMeansCode>999", [("BR-CL-16", "supplier_payment_means", "")]),
        ("        <cac:Country><cbc:IdentificationCode>DK</cbc:IdentificationCode></cac:Country>\n", "",
         [("BR-09", "supplier_country", ""), ("BR-11", "customer_country", "")]),
        ('unitCode="C62"', 'unitCode="stk"', [("BR-CL-23", "unit_code", "1")]),
        ('unitCode="C62"', "", [("BR-23", "unit_code", "1")]),
        (">500.00<", ">-500.00<", [("BR-27", "unit_price", "1")]),
        ("<cbc:Name>Pumpe P-100</cbc:Name>", "", [("BR-25", "description", "1")]),
        ("        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>25", "        <cbc:ID>Z</cbc:ID>\n        <cbc:Percent>25",
         [("BR-Z-09", "vat_breakdown", ""), ("BR-Z-05", "tax_rate", "1")]),
    ],
)  # fmt: skip
def test_a_fault_is_found_with_what_to_mend(part: str, instead: str, expected: list[tuple[str, str, str]]) -> None:
    assert part in INVOICE

    assert set(expected) <= set(found(INVOICE.replace(part, instead)))
    assert expected or found(INVOICE.replace(part, instead)) == []


def test_a_finding_says_it_in_plain_words() -> None:
    (one,) = BARE.check(INVOICE.replace('unitCode="C62"', 'unitCode="stk"').encode(), ALL)

    assert one == Finding(
        "BR-CL-23", Severity.FATAL,
        "Unit code MUST be coded according to the UN/ECE Recommendation 20 with Rec 21 extension",
        "A line's unit is no code of UN/ECE Recommendation 20, such as C62 for pieces.",
        "/Invoice/InvoiceLine/InvoicedQuantity", "unit_code", "1",
    )  # fmt: skip


def test_the_line_is_the_documents_own_number() -> None:
    second = LINE.replace("<cbc:ID>1</cbc:ID>", "<cbc:ID>20</cbc:ID>").replace("C62", "stk")

    assert ("BR-CL-23", "unit_code", "20") in found(INVOICE.replace(LINE, LINE + second))


def test_a_line_of_a_credit_note_is_told_too() -> None:
    assert found(CREDIT.replace('unitCode="C62"', 'unitCode="stk"')) == [("BR-CL-23", "unit_code", "1")]


def test_a_warning_is_not_fatal() -> None:
    text = INVOICE.replace("<cbc:IssueDate>", "<cbc:CopyIndicator>false</cbc:CopyIndicator><cbc:IssueDate>")

    (one,) = BARE.check(text.encode(), ALL)

    assert (one.rule, one.severity, one.is_fatal) == ("UBL-CR-004", Severity.WARNING, False)
    assert one.meaning == one.text == "A UBL invoice should not include the CopyIndicator"


def test_the_schema_comes_first_and_alone() -> None:
    text = INVOICE.replace(">1250.00</cbc:PayableAmount>", ">1.00</cbc:PayableAmount>")
    broken = text.replace("2026-03-15", "15.03.2026")

    assert [(one.rule, one.meaning) for one in BARE.check(broken.encode(), ALL)] == [
        ("", "cbc:IssueDate holds “15.03.2026”; expected is a date such as 2026-03-15.")
    ]


def test_another_kind_of_document_is_a_finding_whatever_the_rules() -> None:
    order = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
    (by_schema,), (by_rules,) = BARE.check(order, ["ubl"]), BARE.check(order, ["en16931"])

    assert by_schema == by_rules
    assert by_schema.meaning == (
        "The document is Order of urn:oasis:names:specification:ubl:schema:xsd:Order-2; expected was Invoice of "
        "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2 or CreditNote of "
        "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2."
    )


@pytest.mark.parametrize("claim", ["urn:example:anything-goes", "OIOUBL-2.1"])
def test_what_a_document_claims_to_be_chooses_no_weaker_rules(claim: str) -> None:
    text = INVOICE.replace("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", claim)

    assert ("BR-CL-23", "unit_code", "1") in found(text.replace('unitCode="C62"', 'unitCode="stk"'))


def test_rules_that_do_not_exist_are_a_mistake_of_the_format() -> None:
    with pytest.raises(ValueError, match="There are no rules called pepol; there are ubl, en16931, peppol, oioubl"):
        BARE.check(INVOICE.encode(), ["ubl", "pepol"])


def test_a_byte_order_mark_is_no_fault() -> None:
    assert BARE.check(b"\xef\xbb\xbf" + INVOICE.encode(), ALL) == []


@pytest.mark.parametrize(
    ("content", "meaning"),
    [
        (b'<!DOCTYPE Invoice [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + INVOICE.partition("?>")[2].encode(),
         "The document has a document type (<!DOCTYPE), which may bring entities; it is not read."),
        (INVOICE.replace("UTF-8", "ISO-8859-1").encode(),
         "The document is expected in UTF-8; it says that it is in ISO-8859-1."),
        (INVOICE.encode("latin-1"), "The document is expected in UTF-8; byte 719 is not."),
        (INVOICE.encode("utf-16"), "The document is expected in UTF-8; byte 1 is not."),
        (b"", "The document is no well-formed XML: Document is empty, line 1, column 1."),
        (b"UNB+UNOC:3'", "The document is no well-formed XML: Start tag expected, '<' not found, line 1, column 1."),
        (b"<a>&e;</a>", "The document is no well-formed XML: Entity 'e' not defined, line 1, column 7."),
        (b"<a>" * 3000 + b"</a>" * 3000, None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_finding(content: bytes, meaning: str | None) -> None:
    (one,) = BARE.check(content, ALL)

    assert one.is_fatal
    assert one.meaning == meaning or (meaning is None and "no well-formed XML" in one.meaning)


def test_utf_16_without_a_mark_does_not_hide_a_document_type() -> None:
    (one,) = BARE.check('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode("utf-16-le"), ALL)

    assert "no well-formed XML" in one.meaning


def test_a_large_attachment_goes_through() -> None:
    reference = (
        "<cac:AdditionalDocumentReference><cbc:ID>drawing</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        f'mimeCode="application/pdf" filename="drawing.pdf">{"QUJD" * 3_000_000}</cbc:EmbeddedDocumentBinaryObject>'
        "</cac:Attachment></cac:AdditionalDocumentReference>"
    )
    text = INVOICE.replace("<cac:AccountingSupplierParty>", reference + "<cac:AccountingSupplierParty>")

    assert BARE.check(text.encode(), ALL) == []


def test_two_threads_find_each_their_own() -> None:
    bad = INVOICE.replace('unitCode="C62"', 'unitCode="stk"')
    broken = INVOICE.replace("2026-03-15", "today")

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(found, [INVOICE, bad, broken] * 20))

    assert made == [[], [("BR-CL-23", "unit_code", "1")], [("", "invoice_date", "")]] * 20


def test_what_is_not_installed_is_left_out(folder: Path) -> None:
    validator = Validator(folder)

    assert validator.check(INVOICE.replace("<cbc:BuyerReference>Indkøb</cbc:BuyerReference>", "").encode(), ALL) == []
    assert [one.version for one in validator.active()][1:] == ["", ""]
    assert validator.active()[0].version >= "1.3.16"


def test_installed_rules_count_from_the_next_document_on(folder: Path, release: Callable[..., Path]) -> None:
    validator = Validator(folder)
    text = INVOICE.replace("<cbc:BuyerReference>Indkøb</cbc:BuyerReference>", "").encode()
    before = validator.check(text, ALL)

    install(release(rules.peppol()), folder)

    (after,) = validator.check(text, ALL)
    assert before == []
    assert (after.rule, after.field) == ("PEPPOL-EN16931-R003", "customer_buyer_reference")
    assert after.meaning == "The customer needs a buyer reference or an order number to recognise the document by."
    assert validator.active()[1] == ("peppol", "Peppol BIS Billing 3", "3.0.21")


def test_rules_may_be_replaced_while_documents_are_checked(folder: Path, release: Callable[..., Path]) -> None:
    validator = Validator(folder)
    install(release(rules.peppol("1.0.0")), folder)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(validator.check, INVOICE.encode(), ALL) for _ in range(100)]
        install(release(rules.peppol("1.0.1", rules.PEPPOL_WITH_WARNING)), folder)
        during = [one.result() for one in running]

    assert {len(made) for made in during} <= {0, 1}
    assert [one.rule for one in validator.check(INVOICE.encode(), ALL)] == ["X-01"]


def test_oioubl_tells_how_grave_a_rule_is_in_its_id(folder: Path, release: Callable[..., Path]) -> None:
    install(release(rules.oioubl()), folder)
    text = sample("oioubl", "Invoice").replace('"DK:CVR">DK12345674<', '"DK:CVR">DK1234567<')

    made = Validator(folder).check(text.encode(), ["ubl", "oioubl"])

    assert [(one.rule, one.severity, one.field) for one in made] == [
        ("F-LIB180", Severity.FATAL, "supplier_endpoint_id"),
        ("W-INV001", Severity.WARNING, ""),
    ]
    assert made[0].meaning == "The supplier's CVR number is wrong: DK and 8 digits are expected."
    assert made[1].meaning == "A note is recommended"


def test_rules_that_are_active_but_missing_do_not_let_documents_through(
    folder: Path, release: Callable[..., Path]
) -> None:
    install(release(rules.peppol()), folder)
    (folder / "peppol" / "3.0.21" / "PEPPOL-EN16931-UBL.xslt").unlink()

    with pytest.raises(CannotCheck, match=r"Peppol BIS Billing 3 3\.0\.21 is active, but .* is missing"):
        Validator(folder).check(INVOICE.encode(), ALL)


@pytest.mark.parametrize("said", ["../../etc", "", "3.0.21\nmore", "\xe6"])
def test_a_damaged_state_is_told(folder: Path, said: str) -> None:
    (folder / "peppol").mkdir(parents=True)
    (folder / "peppol" / ACTIVE).write_text(said, "latin-1")

    with pytest.raises(CannotCheck, match="active"):
        Validator(folder).active()


def test_rules_that_stop_on_a_document_hold_it(folder: Path, release: Callable[..., Path]) -> None:
    stopping = rules.PEPPOL.replace(
        "<svrl:schematron-output>",
        "<xsl:if test=\"//cbc:Note = 'stop'\"><xsl:message terminate='yes'>enough</xsl:message></xsl:if>"
        "<svrl:schematron-output>",
    )
    install(release(rules.peppol(sheet=stopping)), folder)
    text = INVOICE.replace("<cbc:DocumentCurrencyCode>", "<cbc:Note>stop</cbc:Note><cbc:DocumentCurrencyCode>")

    (one,) = Validator(folder).check(text.encode(), ALL)

    assert one.is_fatal
    assert one.meaning.startswith("The rules of Peppol BIS Billing 3 could not be worked out on this document: ")


def test_a_missing_package_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)

    assert missing() == ["saxonche"]
    with pytest.raises(
        CannotCheck, match=r"the package saxonche is missing\. Install the hub with its extra “validate”"
    ):
        require("saxonche")
