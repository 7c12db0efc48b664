"""Who may not see an adaptor, sees nothing of what it sent, through whatever connection that went."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from adaptors.models import Transaction
from arhub.domain.sharing import Actor, hidden


def without_hidden(actor: Actor, sent: QuerySet[Any]) -> QuerySet[Any]:
    unseen = hidden(actor, "activation")
    if unseen is None:
        return sent
    return sent.exclude(Exists(Transaction.objects.filter(delivery__outbound=OuterRef("pk"), activation__in=unseen)))
