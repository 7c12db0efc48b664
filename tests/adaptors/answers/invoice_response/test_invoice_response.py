"""What customers in Peppol do with an invoice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Verdict
from tests.adaptors.answers.samples import INVOICE_RESPONSE, enveloped, reason, response, said_of
from tests.contracts.answer_contract import AnswerContract, Sample

REFERENCE = "<cbc:IssueDate>2026-03-15</cbc:IssueDate><cbc:DocumentTypeCode>380</cbc:DocumentTypeCode>"


class TestContract(AnswerContract):
    kind = "invoice_response"

    def samples(self) -> list[Sample]:
        why = reason("REF", "The order number is wrong.", ("BT-13", "PO-4711")) + reason("CNO", "Send a credit note")
        content = response(INVOICE_RESPONSE, said_of("RE", inside=why, reference=REFERENCE))
        said = Said(
            Verdict.REJECTED,
            "Rejected: The order number is wrong; BT-13 should be PO-4711; Send a credit note.",
            [Reason("The order number is wrong; BT-13 should be PO-4711", "REF"), Reason("Send a credit note", "CNO")],
            [Reference("document", "10482", "invoice")], "Nordic Pumps A/S", "0184:25313763",
            datetime(2026, 3, 20, 11, 30, tzinfo=UTC), "AR-1",
        )  # fmt: skip
        instance = "1f0b1f5e-2f7e-4b0a-9a55-4f6b6c5b0001"
        same = Said(*(getattr(said, name) for name in Said.__slots__[:-1]), instance)
        return [Sample(content, [said]), Sample(enveloped(content, instance), [same])]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("AB", "received"), ("IP", "in_process"), ("UQ", "in_process"), ("CA", "accepted"), ("AP", "accepted"),
     ("PD", "accepted"), ("RE", "rejected")],
)  # fmt: skip
def test_response_code_is_the_verdict(code: str, verdict: str) -> None:
    [found] = load_answer("invoice_response").read(response(INVOICE_RESPONSE, said_of(code)))

    assert (found.verdict, found.references) == (verdict, [Reference("document", "10482")])


def test_credit_note_is_told_from_an_invoice() -> None:
    code = "<cbc:DocumentTypeCode>381</cbc:DocumentTypeCode>"
    [found] = load_answer("invoice_response").read(response(INVOICE_RESPONSE, said_of("AP", reference=code)))

    assert found.references == [Reference("document", "10482", "credit_memo")]
