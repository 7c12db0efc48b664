"""Who may not see an adaptor, sees nothing of what it sent, through whatever connection that went, nor of what came
back about it."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from adaptors.models import Activation, Answer, Transaction
from arhub.domain.sharing import Actor, Level, hidden, visible
from arhub.models import Outbound

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def visible_transactions(actor: Actor, rows: Rows) -> Rows:
    """Those of some transactions that an actor may see. Their activations are few and named one by one: of each the
    planner knows how much of the table it has. Of a subquery it takes that half of the table may be seen, and walks all
    of it for who sees the little that a small activation sent long ago."""
    if actor.most is not None and not actor.is_narrowed:
        return rows
    seen = visible(actor, Activation.objects.order_by(), "activation").values_list("pk", flat=True)
    return rows.filter(activation__in=list(seen))


def without_hidden(actor: Actor, sent: QuerySet[Any]) -> QuerySet[Any]:
    unseen = hidden(actor, "activation")
    if unseen is None:
        return sent
    return sent.exclude(Exists(Transaction.objects.filter(delivery__outbound=OuterRef("pk"), activation__in=unseen)))


def sender_of(outbound: Outbound) -> Activation | None:
    """The adaptor whose document it is; None for what is no transaction's."""
    row = Transaction.objects.select_related("activation").filter(delivery__outbound=outbound.pk).first()
    return row.activation if row else None


def visible_answers(actor: Actor, rows: QuerySet[Answer]) -> QuerySet[Answer]:
    """Those that speak of what an actor sees. What nothing was found for is for those who may match it with anything,
    from clerks upwards."""
    matches = actor.most is not None and actor.most.includes(Level.OPERATE)
    seen = visible(actor, rows, "activation", "transaction__activation")
    return seen if matches else seen.exclude(transaction=None)


def content_of(actor: Actor, answer: Answer) -> bytes:
    """The file that an answer came in, kept with the first answer of it; empty where another answer in it speaks of
    what the actor does not see."""
    own = Answer.objects.filter(sha256=answer.sha256)
    if actor.is_narrowed and own.exclude(pk__in=visible_answers(actor, own).values("pk")).exists():
        return b""
    first = answer if not answer.place else own.filter(place=0).first()
    return bytes(first.content) if first else b""
