"""The page of a transaction: where it stands, what can be done, its document, every attempt with what came back, its
story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adaptors.admin.document_text import text_of
from adaptors.admin.ladder_steps import steps_of
from adaptors.admin.problems import holding_and_beside
from adaptors.domain.approvals.approving import approvals_of
from adaptors.domain.documents.producing import as_sent
from adaptors.domain.paused_gateways import paused_gateways
from adaptors.domain.transactions import steering
from adaptors.formats.pdf import words
from adaptors.models import Answer, ExportRule, Transaction
from arhub.admin import cells
from arhub.admin.facts import page_of
from arhub.domain import approvals
from arhub.domain.sharing import Actor, Level, may
from arhub.models import Attempt, Outbound
from connectors.models import DeliveryReceipt

MOST = 100
"""Attempts, receipts, answers and lines of its story that are shown: the newest. Lines of the document: the first."""
KINDS = {"mdn": "MDN", "report": "Report of the access point", "answer": "Answer of the server"}


@dataclass(slots=True)
class Tried:
    """An attempt with the receipts and answers that belong to it; None for those that belong to none that is shown."""

    attempt: Attempt | None
    chip: str = ""
    receipts: list[tuple[DeliveryReceipt, str]] = field(default_factory=list)
    answers: list[tuple[Answer, str]] = field(default_factory=list)


def page(row: Transaction, actor: Actor) -> dict[str, Any]:
    """As an actor sees it: of a gateway that is not shared with them, its name alone."""
    delivery = row.delivery
    outbound = delivery.outbound if delivery else None
    attempts = list(outbound.log.order_by("-id")[:MOST]) if outbound else []
    expectations = list(row.expectations.all())
    holding, beside = holding_and_beside(row.problems)
    choices = steering.choices_of(row)
    return {
        "row": row,
        "chip": cells.chip(str(row.get_state_display())),
        "outbound": outbound,
        "steps": steps_of(row, expectations, _first_sent(outbound)),
        "expectations": [(one, kind_of(one.kind)) for one in expectations],
        "possible": [choice for choice in choices if not choice.obstacle],
        "impossible": [choice for choice in choices if choice.obstacle],
        "may_act": may(actor, row.activation, Level.OPERATE),
        "sees_gateway": row.connection is not None and may(actor, row.connection, Level.VIEW),
        "tried": tried(row, attempts),
        "story": row.log.select_related("user").order_by("-id")[:MOST],
        "paused": [
            one
            for one in paused_gateways(row.activation)
            if one.connection.pk == row.connection_id and row.state == Transaction.State.SENDING
        ],
        "approvals": approvals.visible(actor, approvals_of(row)),
        "document_url": page_of(row.document),
        "account_url": page_of(row.account),
        "rule": ExportRule.objects.filter(activation=row.activation_id, account=row.account_id).first(),
        "holding": holding,
        "beside": beside,
        "content": text_of(row),
        **_to_read(row),
    }


def _to_read(row: Transaction) -> dict[str, Any]:
    """The document as it was sent, and its first lines with what people call their units."""
    outgoing = as_sent(row) if row.content else None
    lines = outgoing.lines[:MOST] if outgoing else ()
    return {"outgoing": outgoing, "lines": [(line, words.unit(line.unit, words.FALLBACK)) for line in lines]}


def _first_sent(outbound: Outbound | None) -> Any:
    if outbound is None:
        return None
    sent = outbound.log.filter(is_look_up=False).order_by("id").values_list("started_at", flat=True)
    return sent.first()


def tried(row: Transaction, attempts: Sequence[Attempt]) -> list[Tried]:
    """The attempts with what came back to each; beneath them what belongs to none of them."""
    found = {one.pk: Tried(one, cells.chip(one.get_outcome_display())) for one in attempts}
    rest = Tried(None)
    receipts = row.delivery.receipts.order_by("-id")[:MOST] if row.delivery else ()
    for receipt in receipts:
        found.get(receipt.attempt or 0, rest).receipts.append((receipt, kind_of(receipt.kind)))
    for answer, chip in _answers(row.answers.order_by("-id").defer("content")[:MOST]):
        found.get(answer.attempt or 0, rest).answers.append((answer, chip))
    return [*found.values(), *([rest] if rest.receipts or rest.answers else [])]


def _answers(answers: Iterable[Answer]) -> Iterable[tuple[Answer, str]]:
    return ((answer, cells.chip(answer.get_verdict_display())) for answer in answers)


def kind_of(kind: str) -> str:
    return KINDS.get(kind, kind.replace("_", " ").capitalize())
