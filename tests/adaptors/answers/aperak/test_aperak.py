"""What the application behind an EDIFACT system finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Verdict
from tests.adaptors.answers.samples import edifact
from tests.contracts.answer_contract import AnswerContract, Sample

TYPE = "APERAK:D:96A:UN:EAN004"
PARTIES = ("NAD+MS+5790000000005::9", "NAD+MR+5790000000012::9")
AT = datetime(2026, 3, 20, 11, 30, tzinfo=UTC)


class TestContract(AnswerContract):
    kind = "aperak"

    def samples(self) -> list[Sample]:
        errors = ("ERC+42", "FTX+AAO+++Ordrenummer ?: PO-1 er ukendt:se venligst", "RFF+ON:PO-1", "ERC+7")
        content = edifact(
            TYPE, "BGM+313+A-17+27", "DTM+137:202603201045:203", "RFF+ACW:R1", "RFF+IV:10482", *PARTIES, *errors
        )
        why = [Reason("Ordrenummer : PO-1 er ukendt se venligst", "42"), Reason("Error 7", "7")]
        said = Said(
            Verdict.REJECTED, f"Rejected: {why[0].text}; Error 7.", why,
            [Reference("message", "R1"), Reference("interchange", "R1"), Reference("document", "10482", "invoice"),
             Reference("document", "R1")],
            "5790000000005", "", datetime(2026, 3, 20, 10, 45, tzinfo=UTC), "X1/M1",
        )  # fmt: skip
        plain = Said(Verdict.RECEIVED, "Received.", [], [Reference("document", "10482", "invoice")], "5790000000005",
                     "", AT, "X1/M1")  # fmt: skip
        return [Sample(content, [said]), Sample(edifact(TYPE, "BGM+312+A-18+9", "RFF+IV:10482"), [plain])]


@pytest.mark.parametrize(
    ("bgm", "more", "verdict"),
    [
        ("BGM+313+1+9", ("ERC+1",), "rejected"),
        ("BGM+312+1+9", (), "received"),
        ("BGM+312+1+29", (), "accepted"),
        ("BGM+313+1+27", (), "rejected"),
        ("BGM+312+1+9+AP", (), "accepted"),
        ("BGM+312+1+9+RE", (), "rejected"),
        ("BGM+312+1+9+AB", ("ERC+1",), "received"),
    ],
)
def test_verdict_is_what_it_says_else_whether_it_has_errors(bgm: str, more: tuple[str, ...], verdict: str) -> None:
    [found] = load_answer("aperak").read(edifact(TYPE, bgm, "RFF+IV:10482", *more))

    assert found.verdict == verdict


def test_text_without_an_error_is_told() -> None:
    [found] = load_answer("aperak").read(edifact(TYPE, "BGM+312+1+29", "FTX+AAO+++Bogført"))

    assert (found.text, found.reasons) == ("Accepted: Bogført.", [Reason("Bogført")])


def test_each_message_of_an_interchange_is_read() -> None:
    content = edifact(TYPE, "BGM+312+1+29", "RFF+IV:1").replace(
        b"UNZ+1", b"UNH+M2+" + TYPE.encode() + b"'BGM+313+2+27'RFF+CD:2'UNT+4+M2'UNZ+2"
    )

    found = load_answer("aperak").read(content)

    assert [(one.verdict, one.references[0], one.message_id) for one in found] == [
        ("accepted", Reference("document", "1", "invoice"), "X1/M1"),
        ("rejected", Reference("document", "2", "credit_memo"), "X1/M2"),
    ]
