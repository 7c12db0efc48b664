"""What the receiver's access point found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Verdict
from tests.adaptors.answers.samples import MLR, MLS, reason, response, said_of
from tests.contracts.answer_contract import AnswerContract, Sample

AT = datetime(2026, 3, 20, 11, 30, tzinfo=UTC)
SENDER = ("Nordic Pumps A/S", "0184:25313763", AT, "AR-1")
INSTANCE = "1f0b1f5e-2f7e-4b0a-9a55-4f6b6c5b0001"
LINE = (
    "<cac:LineResponse><cac:LineReference><cbc:LineID>/Invoice/cbc:BuyerReference</cbc:LineID></cac:LineReference>"
    f"<cac:Response><cbc:ResponseCode>RE</cbc:ResponseCode>{reason('BV', 'PEPPOL-EN16931-R003')}</cac:Response>"
    "</cac:LineResponse>"
)


class TestContract(AnswerContract):
    kind = "mlr"

    def samples(self) -> list[Sample]:
        wrong = Reason("/Invoice/cbc:BuyerReference: PEPPOL-EN16931-R003", "BV")
        text = f"Rejected by the receiver's access point: {wrong.text}."
        rejected = Said(Verdict.REJECTED, text, [wrong], references("10482"), *SENDER)
        approved = Said(Verdict.ACCEPTED, "Found in order and passed on.", [], references(INSTANCE), *SENDER)
        return [
            Sample(response(MLR, said_of("RE", after=LINE)), [rejected]),
            Sample(response(MLS, said_of("AP", INSTANCE)), [approved]),
        ]


def references(value: str) -> list[Reference]:
    return [Reference("message", value), Reference("document", value)]


@pytest.mark.parametrize(("code", "verdict"), [("AB", "received"), ("AP", "accepted"), ("RE", "rejected")])
@pytest.mark.parametrize("customization", [MLR, MLS])
def test_response_code_is_the_verdict(customization: str, code: str, verdict: str) -> None:
    [found] = load_answer("mlr").read(response(customization, said_of(code)))

    assert found.verdict == verdict
