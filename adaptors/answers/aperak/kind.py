"""APERAK: what the application behind an EDIFACT system found in a message. Source: UN/EDIFACT D.96A and EANCOM."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from adaptors.answers.base import Reason, Reference, Said, Verdict, sentence
from adaptors.answers.edifact import EdifactAnswer, Message, moment, words
from adaptors.validation.edifact.syntax import Segment

RESPONSES = {"AB": Verdict.RECEIVED, "AI": Verdict.RECEIVED, "AP": Verdict.ACCEPTED, "CA": Verdict.ACCEPTED,
             "AC": Verdict.ACCEPTED, "NA": Verdict.REJECTED, "RE": Verdict.REJECTED}  # fmt: skip
"""4343, of BGM."""
FUNCTIONS = {"27": Verdict.REJECTED, "29": Verdict.ACCEPTED, "30": Verdict.ACCEPTED, "34": Verdict.ACCEPTED,
             "44": Verdict.ACCEPTED, "45": Verdict.ACCEPTED}  # fmt: skip
"""1225, of BGM."""
CALLED = {Verdict.REJECTED: "Rejected", Verdict.ACCEPTED: "Accepted", Verdict.RECEIVED: "Received"}
NUMBERS = {"IV": "invoice", "CD": "credit_memo", "DL": "debit_memo", "DM": "", "ACE": ""}
"""Qualifiers of 1153 under which a document's number stands, and its type."""
MESSAGES = {"ACW", "AAB", "TN"}
INTERCHANGES = {"AGO", "AGI", "ICR"}


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
    """The message, then the interchange, then the document."""
    found: dict[str, list[Reference]] = {"message": [], "interchange": [], "document": []}
    for one in message.segments:
        qualifier, value = one.get(0), one.get(0, 1)
        if one.tag != "RFF" or not value:
            continue
        if qualifier in MESSAGES:
            found["message"].append(Reference("message", value))
        if qualifier in MESSAGES | INTERCHANGES:
            found["interchange"].append(Reference("interchange", value))
        if qualifier in NUMBERS:
            found["document"].append(Reference("document", value, NUMBERS[qualifier]))
    return [one for kind in found.values() for one in dict.fromkeys(kind)]


def _sender(message: Message) -> str:
    parties = (one.get(1) for one in message.segments if one.tag == "NAD" and one.get(0) in ("MS", "FR"))
    return next(parties, "") or message.sender


def _made_at(message: Message) -> datetime | None:
    made = (one.get(0, 1) for one in message.segments if one.tag == "DTM" and one.get(0) == "137")
    return moment(next(made, "")) or message.said_at
