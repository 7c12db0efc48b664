"""What receivers in NemHandel say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Unreadable, Verdict
from tests.adaptors.answers.samples import OIOUBL, response, said_of
from tests.contracts.answer_contract import AnswerContract, Sample

PARTY = "<cac:PartyName><cbc:Name>Aarhus Kommune</cbc:Name></cac:PartyName>"
UUID = "9756b4d0-8815-1029-857a-e388fe63f399"
REFERENCE = f"<cbc:UUID>{UUID}</cbc:UUID><cbc:DocumentTypeCode>Invoice</cbc:DocumentTypeCode>"
AT = datetime(2026, 3, 20, 11, 30, tzinfo=UTC)
LINE = (
    "<cac:LineResponse><cac:LineReference><cbc:LineID>2</cbc:LineID></cac:LineReference><cac:Response>"
    "<cbc:ReferenceID>2</cbc:ReferenceID><cbc:ResponseCode>BusinessReject</cbc:ResponseCode>"
    "<cbc:Description>Prisen er for høj</cbc:Description></cac:Response></cac:LineResponse>"
)


def read(*responses: str, **how: str) -> list[Said]:
    return load_answer("application_response").read(response(OIOUBL, *responses, **how))


class TestContract(AnswerContract):
    kind = "application_response"

    def samples(self) -> list[Sample]:
        why = "<cbc:Description>Ordrenummer mangler</cbc:Description>"
        document = said_of("BusinessReject", inside=why, reference=REFERENCE, after=LINE)
        reasons = [Reason("Ordrenummer mangler"), Reason("2: Prisen er for høj")]
        said = Said(
            Verdict.REJECTED, "Rejected: Ordrenummer mangler; 2: Prisen er for høj.", reasons,
            [Reference("message", UUID), Reference("document", "10482", "invoice")], "Aarhus Kommune",
            "0184:25313763", AT, "AR-1",
        )  # fmt: skip
        content = response(OIOUBL, document, scheme="DK:CVR", party=PARTY)
        return [Sample(content, [said]), Sample(b"\xef\xbb\xbf" + content, [said])]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("TechnicalAccept", "received"), ("ProfileAccept", "received"), ("BusinessAccept", "accepted"),
     ("TechnicalReject", "rejected"), ("ProfileReject", "rejected"), ("BusinessReject", "rejected")],
)  # fmt: skip
def test_response_code_is_the_verdict(code: str, verdict: str) -> None:
    assert [one.verdict for one in read(said_of(code))] == [verdict]


def test_each_document_of_several_has_its_own_verdict() -> None:
    found = read(said_of("BusinessAccept", "1"), said_of("BusinessReject", "2"))

    assert [(one.verdict, one.references[0].value) for one in found] == [("accepted", "1"), ("rejected", "2")]


def test_code_that_nobody_knows_is_told_with_its_place() -> None:
    with pytest.raises(Unreadable, match="as the ResponseCode of DocumentResponse 2, found Maybe"):
        read(said_of("BusinessAccept"), said_of("Maybe"))


def test_one_that_speaks_of_nothing_is_refused() -> None:
    with pytest.raises(Unreadable, match="expected it to speak of a document, found none"):
        read()


def test_more_documents_than_anybody_answers_at_once_are_refused() -> None:
    with pytest.raises(Unreadable, match="at most 500 documents"):
        read(*[said_of("BusinessAccept", str(number)) for number in range(501)])


def test_note_is_the_reason_where_no_other_is_given() -> None:
    [found] = read(said_of("BusinessReject"), head="<cbc:Note>Ring til os</cbc:Note>")

    assert found.text == "Rejected: Ring til os."


@pytest.mark.parametrize(
    "doctype",
    ['<!DOCTYPE a [<!ENTITY x "boom">]>', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
     '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
)  # fmt: skip
def test_document_type_is_refused(doctype: str) -> None:
    content = response(OIOUBL, said_of("BusinessAccept")).replace(b"?>\n", f"?>\n{doctype}\n".encode(), 1)

    with pytest.raises(Unreadable, match="Expected no document type"):
        load_answer("application_response").read(content)


def test_entities_that_multiply_are_refused() -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    content = response(OIOUBL, said_of("BusinessAccept", "&j;"))
    content = content.replace(b"?>\n", f"?>\n<!DOCTYPE a [{entities}]>\n".encode(), 1)

    with pytest.raises(Unreadable):
        load_answer("application_response").read(content)


def test_deep_nesting_is_refused() -> None:
    deep = "<cbc:Note>" * 50_000 + "</cbc:Note>" * 2

    with pytest.raises(Unreadable, match="Expected well-formed XML"):
        read(said_of("BusinessAccept"), head=deep)
