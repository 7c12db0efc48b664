"""Matching an answer by hand: a person or program says what it speaks of."""

from __future__ import annotations

from django.db import transaction

from adaptors.domain import ladder
from adaptors.models import Answer, Transaction
from arhub.models import User


class CannotMatch(ValueError):
    """The answer speaks of something already; the text says of what."""


@transaction.atomic
def match(answer: Answer, row: Transaction, user: User | None) -> None:
    """Let an answer that nothing was found for speak of a transaction, and have its say. Raises `CannotMatch`."""
    held = Answer.objects.select_for_update().get(pk=answer.pk)
    if held.transaction_id is not None:
        raise CannotMatch(f"It speaks of transaction {held.transaction_id} already.")
    held.transaction, held.matched_by = row, user
    held.save(update_fields=["transaction", "matched_by"])
    ladder.answered(held)
