"""The kinds of answers there are."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from adaptors.answers.base import AnswerKind

ANSWERS: dict[str, tuple[str, str]] = {  # kind → label, dotted path
    "application_response": (
        "OIOUBL application response", "adaptors.answers.application_response.kind.ApplicationResponse"
    ),
    "invoice_response": ("Peppol invoice response", "adaptors.answers.invoice_response.kind.InvoiceResponse"),
    "mlr": ("Peppol message level response", "adaptors.answers.mlr.kind.MessageLevelResponse"),
    "bounce": ("Delivery status notification", "adaptors.answers.bounce.kind.Bounce"),
    "contrl": ("EDIFACT CONTRL", "adaptors.answers.contrl.kind.Contrl"),
    "aperak": ("EDIFACT APERAK", "adaptors.answers.aperak.kind.Aperak"),
}  # fmt: skip
RECEIPTS = {"mdn": "MDN", "report": "Report of the access point"}
"""What else is expected of the other side: receipts, which gateways take."""
ANY = "answer"
"""What is expected where any answer will do."""


@cache
def load_answer(kind: str) -> AnswerKind:
    """The kind's reader. Raises KeyError for one nobody knows."""
    module, name = ANSWERS[kind][1].rsplit(".", 1)
    found: type[AnswerKind] = getattr(import_module(module), name)
    return found()


def kind_of(head: bytes) -> AnswerKind | None:
    """The kind that a file is of, by its beginning; None for what is no answer."""
    return next((one for one in map(load_answer, ANSWERS) if one.recognises(head)), None)


def answer_label(kind: str) -> str:
    if kind in ANSWERS:
        return ANSWERS[kind][0]
    return RECEIPTS.get(kind) or ("Answer" if kind == ANY else kind)
