"""APERAK: what the application behind an EDIFACT system found in a message. Source: UN/EDIFACT D.96A and EANCOM."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from adaptors.answers.base import Reason, Reference, Said, Verdict, sentence
from adaptors.answers.edifact import EdifactAnswer, Message, moment, words
from adaptors.validation.edifact.syntax import Segment

RESPONSES = {
    **dict.fromkeys(("AB", "AC", "AI"), Verdict.RECEIVED),
    **dict.fromkeys(("AP", "CA"), Verdict.ACCEPTED),
    **dict.fromkeys(("NA", "RE"), Verdict.REJECTED),
}
"""4343, of BGM."""
FUNCTIONS = {"27": Verdict.REJECTED, **dict.fromkeys(("28", "29", "30", "34", "44", "45"), Verdict.ACCEPTED)}
"""1225, of BGM."""
CALLED = {Verdict.REJECTED: "Rejected", Verdict.ACCEPTED: "Accepted", Verdict.RECEIVED: "Received"}
NUMBERS = {"IV": "invoice", "CD": "credit_memo", "DL": "debit_memo", "DM": "", "ACE": ""}
"""Qualifiers of 1153 under which a document's number stands, and its type."""
BEFORE = {"ACW", "AGO"}
"""Those of the message before: partners give its interchange there, or the number in its BGM."""


class Aperak(EdifactAnswer):
    kind = "aperak"
    label = "EDIFACT APERAK"
    message_type: ClassVar[str] = "APERAK"

    def said(self, message: Message) -> Iterator[Said]:
        bgm = next((one for one in message.segments if one.tag == "BGM"), None)
        reasons, texts = _found(message)
        verdict = _verdict(bgm, has_errors=bool(reasons))
        yield Said(
            verdict, sentence(CALLED[verdict], reasons, "; ".join(texts)), reasons or [Reason(one) for one in texts],
            _references(message), _sender(message), "", _made_at(message), message.id,
        )  # fmt: skip


def _verdict(bgm: Segment | None, *, has_errors: bool) -> Verdict:
    """As it says itself, else by whether it reports an error."""
    usual = Verdict.REJECTED if has_errors else Verdict.RECEIVED
    if bgm is None:
        return usual
    return RESPONSES.get(bgm.get(3)) or FUNCTIONS.get(bgm.get(2)) or usual


def _found(message: Message) -> tuple[list[Reason], list[str]]:
    """The errors, each with the texts that follow it, and the texts before the first."""
    errors: list[tuple[str, list[str]]] = []
    before: list[str] = []
    for one in message.segments:
        if one.tag == "ERC":
            errors.append((one.get(0), []))
        elif one.tag == "FTX" and (said := words(one, 3) or words(one, 2)):
            (errors[-1][1] if errors else before).append(said)
    return [Reason("; ".join(texts) or f"Error {code}", code) for code, texts in errors], before


def _references(message: Message) -> list[Reference]:
    """What the message went under, the document's number, then what may be one."""
    given = [(one.get(0), one.get(0, 1)) for one in message.segments if one.tag == "RFF" and one.get(0, 1)]
    documents = [Reference("document", value, NUMBERS[kind]) for kind, value in given if kind in NUMBERS]
    before = [value for kind, value in given if kind in BEFORE]
    ids = [Reference(kind, value) for kind in ("message", "interchange") for value in before]
    return list(dict.fromkeys([*ids, *documents, *(Reference("document", value) for value in before)]))


def _sender(message: Message) -> str:
    parties = (one.get(1) for one in message.segments if one.tag == "NAD" and one.get(0) in ("MS", "FR"))
    return next(parties, "") or message.sender


def _made_at(message: Message) -> datetime | None:
    made = (one.get(0, 1) for one in message.segments if one.tag == "DTM" and one.get(0) == "137")
    return moment(next(made, "")) or message.said_at
