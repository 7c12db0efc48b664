"""CONTRL: what an EDIFACT system found in the syntax of an interchange. It says nothing of what stands in it.
Source: ISO 9735-4, and the service code lists 0083 and 0085."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from adaptors.answers.base import Reason, Reference, Said, Unreadable, Verdict, sentence
from adaptors.answers.contrl.errors import ERRORS
from adaptors.answers.edifact import EdifactAnswer, Message
from adaptors.validation.edifact.syntax import Segment

REJECTED = {"4", "6"}
"""4: this level and all below it; 6, of older releases: the envelope."""
TAKEN = {"1", "2", "3", "5", "7", "8"}
LEVELS = {"UCI": "the interchange", "UCF": "the group", "UCM": "the message"}


class Contrl(EdifactAnswer):
    kind = "contrl"
    label = "EDIFACT CONTRL"
    message_type: ClassVar[str] = "CONTRL"

    def said(self, message: Message) -> Iterator[Said]:
        uci = next((one for one in message.segments if one.tag == "UCI"), None)
        if uci is None:
            raise Unreadable(f"CONTRL: expected UCI in the message of {message.unh}, found none.")
        levels = [one for one in message.segments if one.tag in LEVELS]
        for one in levels:
            _check(one)
        is_rejected = any(_action(one) in REJECTED for one in levels)
        reasons = list(_reasons(message))
        is_checked = _action(uci) != "8"
        what = "Rejected, as its syntax is wrong" if is_rejected else "Its syntax is in order" if is_checked else ""
        yield Said(
            Verdict.REJECTED if is_rejected else Verdict.RECEIVED, sentence(what or "The interchange arrived", reasons),
            reasons, [Reference("interchange", uci.get(0))], message.sender, "", message.said_at, message.id,
        )  # fmt: skip


def _action(segment: Segment) -> str:
    """UCM has the identifier of the message where UCI has two parties."""
    return segment.get(3 if segment.tag == "UCI" else 2)


def _check(segment: Segment) -> None:
    if _action(segment) not in REJECTED | TAKEN:
        raise Unreadable(f"CONTRL: expected 4, 7 or 8 as the action in {segment}, found {_action(segment)[:20]!r}.")


def _reasons(message: Message) -> Iterator[Reason]:
    where = ""
    for one in message.segments:
        match one.tag:
            case "UCI" | "UCF" | "UCM":
                where = f"In {LEVELS[one.tag]}"
                yield from _reason(where, one.get(4 if one.tag == "UCI" else 3))
            case "UCS":
                where = f"In segment {one.get(0)}"
                yield from _reason(where, one.get(1))
            case "UCD":
                place = f"{where}, element {one.get(1)}" + (f", component {one.get(1, 1)}" if one.get(1, 1) else "")
                yield from _reason(place, one.get(0))


def _reason(where: str, code: str) -> Iterator[Reason]:
    if code:
        yield Reason(f"{where}: {ERRORS.get(code, f'error {code}')}", code)
