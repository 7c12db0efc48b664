"""Mails that say what became of others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adaptors.answer_kinds import load_answer
from adaptors.answers.base import Reason, Reference, Said, Unreadable, Verdict
from tests.adaptors.answers.samples import bounce
from tests.contracts.answer_contract import AnswerContract, Sample

ID = "<0123456789abcdef0123456789abcdef@vestjysk.example>"
FILE = Reference("file", "invoice-10482.xml")
FROM = ("mx.example.com", "", datetime(2026, 3, 20, 11, 30, tzinfo=UTC), "<20260320113000.AB12@mx.example.com>")


class TestContract(AnswerContract):
    kind = "bounce"

    def samples(self) -> list[Sample]:
        unknown = Reason("ap@nordic.example: 550 5.1.1 User unknown", "5.1.1")
        text = f"The mail could not be delivered: {unknown.text}."
        said = Said(Verdict.REJECTED, text, [unknown], [Reference("message", ID), FILE], *FROM)
        full = Reason("ap@nordic.example: 452 4.2.2 Mailbox full", "4.2.2")
        told = f"The mail is delayed, and tried again: {full.text}."
        references = [Reference("message", ID), Reference("message", "ENV-1"), FILE]
        late = Said(Verdict.INFORMATION, told, [full], references, *FROM)
        delayed = bounce(ID, action="delayed", status="4.2.2", said="452 4.2.2 Mailbox full", envelope="ENV-1")
        return [Sample(bounce(ID), [said]), Sample(delayed, [late])]


@pytest.mark.parametrize(
    ("action", "verdict"),
    [("failed", "rejected"), ("delayed", "information"), ("delivered", "received"), ("relayed", "information"),
     ("expanded", "information"), ("FAILED", "rejected")],
)  # fmt: skip
def test_action_is_the_verdict(action: str, verdict: str) -> None:
    [found] = load_answer("bounce").read(bounce(ID, action=action))

    assert found.verdict == verdict


def test_one_recipient_who_did_not_get_it_counts_more_than_another_who_did() -> None:
    other = b"Final-Recipient: rfc822; cc@nordic.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient"
    [found] = load_answer("bounce").read(bounce(ID).replace(b"Final-Recipient", other, 1))

    assert (found.verdict, [one.code for one in found.reasons]) == ("rejected", ["5.1.1"])


def test_only_the_headers_of_the_mail_may_come_back() -> None:
    [found] = load_answer("bounce").read(bounce(ID).replace(b"message/rfc822", b"text/rfc822-headers"))

    assert found.references == [Reference("message", ID)]


def test_headers_that_are_long_hide_nothing() -> None:
    received = b"Received: from a.example by b.example; Fri, 20 Mar 2026 12:30:00 +0100\r\n" * 300

    assert load_answer("bounce").recognises((received + bounce(ID))[: 32 << 10])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"message/delivery-status\r\n\r\nRep", b"text/plain\r\n\r\nRep", "Expected a part message/delivery-status"),
        (b"Action: failed\r\n", b"", "as Action, found none"),
        (b"Action: failed", b"Action: pondered", "as Action, found pondered"),
    ],
)
def test_one_that_does_not_say_what_happened_is_refused(old: bytes, new: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        load_answer("bounce").read(bounce(ID).replace(old, new))


def test_mails_within_mails_without_end_are_refused() -> None:
    deep = b"Content-Type: message/rfc822\r\n\r\n" * 30_000
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"

    with pytest.raises(Unreadable):
        load_answer("bounce").read(head + deep)
