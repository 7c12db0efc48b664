"""Answers that come in: read, kept once, matched with what they speak of; what matches nothing waits for a person."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from adaptors.answer_kinds import kind_of
from adaptors.answers.base import HEAD_BYTES, LARGEST, AnswerKind, Said, Unreadable
from adaptors.domain.answers.matching import find
from adaptors.domain.documents.mistakes import PASSING
from adaptors.domain.transactions import ladder
from adaptors.models import Answer, Transaction
from arhub.domain.events import emit
from arhub.domain.sentences import printable, tellable
from arhub.models import User
from connectors.domain.answering import Arrived, NotReadable
from connectors.domain.deliveries import last_attempt

LONGEST_REASON = 400

logger = logging.getLogger(__name__)


class CannotMatch(ValueError):
    """An answer cannot be matched with a transaction; the text says why."""


@transaction.atomic
def take(arrived: Arrived) -> str:
    """Keep what a file says, if it is an answer, and let it have its say. Returns that in a sentence; empty when it is
    none. For settings.ANSWER_READERS. Raises `NotReadable`."""
    kind = kind_of(arrived.file.read(HEAD_BYTES))
    if kind is None:
        return ""
    arrived.file.seek(0)
    content = arrived.file.read(LARGEST + 1)
    said = _read(kind, content)
    if arrived.seen is not None and arrived.seen.pk is None:
        arrived.seen.save()
    kept = [row for place, one in enumerate(said) if (row := _keep(arrived, kind, content, one, place))]
    for row in sorted(kept, key=lambda one: one.transaction_id or 0):  # all hold transactions in one order
        if row.transaction_id:
            ladder.answered(row)
        else:
            _tell_unmatched(row)
    return _sentence(kind, kept)


@transaction.atomic
def match(answer: Answer, to: Transaction, user: User | None) -> None:
    """Say by hand what an answer speaks of. Raises `CannotMatch`."""
    if to.delivery is None:
        raise CannotMatch(f"Nothing of {to.number} has gone out: no answer can speak of it.")
    attempt = last_attempt(to.delivery)
    held = Answer.objects.filter(pk=answer.pk, transaction=None)
    if not held.update(transaction=to, attempt=attempt, matched_by=user):
        raise CannotMatch("The answer was matched with a transaction meanwhile.")
    answer.refresh_from_db()
    ladder.note(to, f"Answer {answer.pk} was matched by hand.", user)
    ladder.answered(answer)


def _read(kind: AnswerKind, content: bytes) -> list[Said]:
    """A mistake of ours keeps no other file back."""
    try:
        return kind.read(content)
    except Unreadable as problem:
        raise NotReadable(str(problem)) from None
    except PASSING:
        raise
    except Exception:
        reference = secrets.token_hex(4)
        logger.exception("An answer cannot be read, reference %s", reference)
        raise NotReadable(f"The hub made a mistake with this answer. Tell support the reference {reference}.") from None


def _keep(arrived: Arrived, kind: AnswerKind, content: bytes, said: Said, place: int) -> Answer | None:
    """The answer, matched where it can be; None when the same came before, and
    nothing more is known of it. The bytes stay with the first of a file."""
    row, is_new = Answer.objects.get_or_create(
        sha256=arrived.sha256,
        place=place,
        defaults={
            "kind": kind.kind, "verdict": said.verdict, "text": tellable(said.text),
            "reasons": [{"code": tellable(one.code, 40), "text": tellable(one.text, LONGEST_REASON)}
                        for one in said.reasons],
            "references": [{"kind": one.kind, "value": printable(one.value, 255), "document_type": one.document_type}
                           for one in said.references],
            "sender": printable(said.sender, 255), "said_at": _not_later(said.said_at),
            "name": printable(arrived.name, 500), "content": b"" if place else content, "file": arrived.seen,
        },
    )  # fmt: skip
    if row.transaction_id:
        return None
    found = find(said.references, arrived, said.endpoint)
    if found is not None and found.delivery is not None:
        row.transaction, row.attempt = found, last_attempt(found.delivery)
        row.save(update_fields=["transaction", "attempt"])
    return row if is_new or found else None


def _not_later(said_at: datetime | None) -> datetime | None:
    """A clock that is ahead must not have the last word for ever."""
    return min(said_at, timezone.now()) if said_at else None


def _tell_unmatched(row: Answer) -> None:
    data = {"answer": row.pk, "kind": row.kind, "verdict": row.verdict, "text": row.text, "sender": row.sender,
            "name": row.name}  # fmt: skip
    emit("answer.unmatched", data, subject=f"Answer {row.pk}")


def _sentence(kind: AnswerKind, rows: Sequence[Answer]) -> str:
    if not rows:
        return f"{kind.label}: the same came before."
    unmatched = sum(row.transaction is None for row in rows)
    told = f"{kind.label}: {rows[0].text}" if len(rows) == 1 else f"{kind.label}: {len(rows):,} documents."
    if not unmatched:
        return f"{told} Matched with {rows[0].transaction}." if len(rows) == 1 else told
    return (
        f"{told} {unmatched:,} speak of nothing that is known." if len(rows) > 1 else f"{told} Of what, is not known."
    )
