"""What EDIFACT systems find in the syntax of an interchange."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Unreadable, Verdict
from tests.adaptors.answers.samples import contrl, edifact
from tests.contracts.answer_contract import AnswerContract, Sample

OURS = [Reference("interchange", "010482AB12CD34")]
FROM = ("5790000000005", "", datetime(2026, 3, 20, 11, 30, tzinfo=UTC), "X1/M1")


class TestContract(AnswerContract):
    kind = "contrl"

    def samples(self) -> list[Sample]:
        fine = Said(Verdict.RECEIVED, "Its syntax is in order.", [], OURS, *FROM)
        why = [
            Reason("In the message: a value is not valid", "12"),
            Reason("In segment 7, element 3, component 2: an element is too long", "39"),
        ]
        text = f"Rejected, as its syntax is wrong: {why[0].text}; {why[1].text}."
        wrong = Said(Verdict.REJECTED, text, why, OURS, *FROM)
        message = "UCM+1+INVOIC:D:96A:UN:EAN008+4+12"
        other = contrl().replace(b"UNA:+.? '", b"").replace(b":", b"|").replace(b"+", b"*").replace(b"'", b"~")
        return [
            Sample(contrl(), [fine]),
            Sample(b"UNA|*.? ~" + other, [fine]),
            Sample(contrl("010482AB12CD34", "7", message, "UCS+7", "UCD+39+3:2"), [wrong]),
        ]


@pytest.mark.parametrize(
    ("action", "verdict", "text"),
    [("4", "rejected", "Rejected, as its syntax is wrong."), ("7", "received", "Its syntax is in order."),
     ("8", "received", "The interchange arrived.")],
)  # fmt: skip
def test_action_is_the_verdict(action: str, verdict: str, text: str) -> None:
    [found] = load_answer("contrl").read(contrl(action=action))

    assert (found.verdict, found.text) == (verdict, text)


def test_reason_for_a_whole_interchange_is_told_in_words() -> None:
    [found] = load_answer("contrl").read(contrl("R1", "4+23"))

    assert found.reasons == [Reason("In the interchange: the sender is not known", "23")]


def test_released_signs_stand_in_the_reference() -> None:
    [found] = load_answer("contrl").read(contrl("A?+B?:C??"))

    assert found.references == [Reference("interchange", "A+B:C?")]


def test_una_without_a_release_character_leaves_blanks_alone() -> None:
    [found] = load_answer("contrl").read(contrl("A B").replace(b"UNA:+.? '", b"UNA:+.  '"))

    assert found.references == [Reference("interchange", "A B")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (contrl()[:-30], "Expected the file to end with the segment terminator"),
        (contrl()[:-14] + b"?", "Expected a sign after the release character"),
        (contrl(action="x"), "expected 4, 7 or 8 as the action in segment 3, UCI, found 'x'"),
        (edifact("CONTRL:D:3:UN", "UCM+1+INVOIC:D:96A:UN+4"), "expected UCI in the message of segment 2, UNH"),
        (contrl().replace(b"UNT+3+M1'\n", b""), "Expected UNT at the end of the message that begins in segment 2, UNH"),
        (contrl().replace(b"UNOC", b"UNOX"), "Expected UNB with one of UNOA"),
    ],
)
def test_one_that_is_broken_says_where(content: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        load_answer("contrl").read(content)


def test_two_megabytes_of_release_characters_are_refused_at_once() -> None:
    with pytest.raises(Unreadable):
        load_answer("contrl").read(contrl() + b"?" * 2_000_001)
    with pytest.raises(Unreadable):
        load_answer("contrl").read(contrl() + b"?" * 1_000_001)
