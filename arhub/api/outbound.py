"""What is sent to others, as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects

from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Value, as_time, choice, time
from arhub.models import Attempt, Outbound

STATES: list[str] = Outbound.State.values


class AttemptSerializer(RecordSerializer):
    """One attempt to bring it there, or one look-up."""

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of the attempt.")
    started_at = time("started_at", "When.", allow_null=False)
    is_look_up = Value(attrgetter("is_look_up"), BOOL, help_text="Whether the other side was only asked.")
    outcome = choice(attrgetter("outcome"), Attempt.Outcome.values, "What became of it.")
    status = Value(attrgetter("status"), INTEGER, allow_null=True, help_text="The HTTP status that was answered.")
    text = Value(attrgetter("text"), TEXT, help_text="What became of it, in words.")
    excerpt = Value(attrgetter("excerpt"), TEXT, help_text="The beginning of the answer.")
    duration_ms = Value(attrgetter("duration_ms"), INTEGER, allow_null=True, help_text="Milliseconds it took.")


def _next_attempt(outbound: Outbound) -> str | None:
    return None if outbound.state in Outbound.SETTLED else as_time(outbound.next_attempt_at)


class OutboundSerializer(RecordSerializer):
    """Something on its way to somebody else."""

    optional: ClassVar[tuple[str, ...]] = ("log",)

    id = Value(attrgetter("pk"), ID, help_text="The hub's own id of it.")
    subject = Value(attrgetter("subject"), TEXT, help_text="What it is, in words.")
    state = choice(attrgetter("state"), STATES, "How far it is.")
    attempts = Value(attrgetter("attempts"), INTEGER, help_text="Attempts since it was made or last sent again.")
    answer = Value(attrgetter("answer"), TEXT, help_text="What became of the last attempt.")
    created_at = time("created_at", "When it was made.", allow_null=False)
    next_attempt_at = Value(
        _next_attempt, {**TEXT, "format": "date-time"}, allow_null=True, help_text="When it is tried next."
    )
    settled_at = time("settled_at", "When it was delivered or given up.")
    log = AttemptSerializer(many=True, required=False)


def with_attempts(outbounds: Sequence[Any]) -> None:
    prefetch_related_objects(outbounds, "log")
